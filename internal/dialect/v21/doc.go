// Package v21 says what the messages mean that only OCPP 2.1 has; those that it
// shares with 2.0.1 are understood by package dialect/v201.
//
// Everything here is a plain function: no state, no clock, no I/O. It imports
// charging, ocpp, ocpp/v201, ocpp/v21 and dialect/v201.
package v21
