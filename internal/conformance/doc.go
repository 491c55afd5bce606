// Package conformance plays the test cases that the Open Charge Alliance has
// for servers: for each id of the lists for OCPP 1.6, 2.0.1 and 2.1 a station
// speaks with a whole server over a real socket while an operator gives the
// commands of the case through the API, and every frame of the server is held
// against the message table. docs/reference/conformance.md is written from the
// same list, so that each id is covered, not applicable with a reason, or open.
//
// It holds tests only.
package conformance
