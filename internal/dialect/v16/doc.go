// Package v16 says what the messages of OCPP 1.6 mean: it turns each into an
// event of package charging, and the outcome of that event into the answer. It
// is the last line that knows OCPP 1.6; what follows from an event is decided
// elsewhere, once for all versions.
//
// Everything here is a plain function: no state, no clock, no I/O. It imports
// charging, ocpp, ocpp/v16 and dialect/reading.
package v16
