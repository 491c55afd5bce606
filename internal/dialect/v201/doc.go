// Package v201 says what the messages of OCPP 2.0.1 mean: it turns each into an
// event of package charging, and the outcome of that event into the answer. What
// 2.1 shares with 2.0.1 is understood here, too.
//
// Everything here is a plain function: no state, no clock, no I/O. It imports
// charging, ocpp, ocpp/v201 and dialect/reading.
package v201
