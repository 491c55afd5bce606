// Package statefuzz plays random sequences of messages, legal and not, against
// the server and a simple model of the truth, and compares GET /api/sites with
// the model after each of them, restarts of the server included.
//
// The way of a message is the real one without its socket: frame, wire,
// dialect, fleet, a real store, and the API on top. Time is the test's own, so
// that hours of a charger's life cost milliseconds. The model is written from
// the rules (what a charger means by a message, what the API shows of it), not
// from the code: it knows what was sent and derives from that what must show.
// What the rules leave open is not played; see machine_test.go.
//
// There is nothing here but tests. They may import any room.
package statefuzz
