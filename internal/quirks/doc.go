// Package quirks holds what real chargers were seen to do, entry by entry of
// the corpus of reports, and how each is tested: testdata/index.jsonl. Its own
// tests play those that take a whole server: stations on raw sockets that
// answer calls oddly, late or not at all.
//
// An entry is covered by a frame with its expectation in a dialect, by tests
// of other rooms, which must be there, or by a play here; one that asks for no
// behaviour of a server says why. Given the corpus by CHARGEYARD_OCPP_QUIRKS
// (the path of a quirks.jsonl), a test fails for each entry that the index
// lacks.
//
// It has no code, only tests, and may import every room of ours.
package quirks
