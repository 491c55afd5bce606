// Package charging holds the nouns of a charging estate and the rules that
// decide about them: organizations, sites, chargers, ports, sessions, readings,
// access IDs and the events that change them.
//
// It performs no I/O, reads no clock and starts no goroutine. Time comes in as
// a value, so that every rule can be tested, fuzzed and replayed. It imports
// nothing of ours; every other room may import it.
//
// Values that stand in a published estate (see package fleet) are immutable:
// a change makes a copy. Pointers to them may be kept and compared.
package charging
