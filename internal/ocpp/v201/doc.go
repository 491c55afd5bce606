// Package v201 holds the messages of OCPP 2.0.1: one type for each message that
// a charger sends or that answers a command, and the message table of all
// actions in both directions. Its types and decoders serve 2.1 too, and read
// the members that 2.1 added.
//
// It says what stands in a message, not what it means; that is package
// dialect/v201. It imports only package ocpp.
//
// Texts of optional members are "" when absent, because chargers send empty
// texts for absent ones; numbers and times tell whether they were there.
//
// table.go, the files table_….go and words.go are written by package
// ocpp/tablegen from the official JSON schemas.
package v201

//go:generate go run ../tablegen -version 2.0.1 -schemas $CHARGEYARD_OCPP_SCHEMAS/2.0.1 -out .
