// Package securitytest reviews the security of a whole server, as tests: who
// may what on every route, what an answer gives away, which headers guard
// browsers, what hostile requests and files do, that no secret stays in a log or
// a file, and that secrets are compared in constant time.
//
// The list of routes comes from the server itself, so that a route which the
// table here does not know fails. docs/explanation/security.md says which threat
// is guarded by which test.
//
// There is nothing here but tests. They may import any room.
package securitytest
