// Package auth decides who may: the keys of programs and people to the API,
// what each key sees, the passwords of chargers, and from which address a
// request really came.
//
// Everything here is a plain function of its arguments; keys and passwords are
// kept by the store and looked up in the live estate by the callers. The
// package performs no I/O and imports charging only.
package auth
