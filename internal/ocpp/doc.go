// Package ocpp is the wire: it splits OCPP-J frames, reads JSON as real
// chargers write it, and writes JSON as the specifications want it. It knows no
// meaning: what a message says about a charger is package dialect's business,
// and which messages exist is for the packages v16, v201 and v21 below it.
//
// It imports nothing of ours, does no I/O, reads no clock, starts no goroutine
// and uses no reflection. Reading is tolerant: whatever leaves something to act
// on is read, and what was wrong with it is listed as oddities. Writing is
// strict.
package ocpp
