// Package v16 holds the messages of OCPP 1.6J and its security extension
// (Security Whitepaper edition 3): one type for each message that a charger
// sends, and for those that the simulator answers, and the message table of all
// actions in both directions.
//
// It says what stands in a message, not what it means; that is package
// dialect/v16. It imports only package ocpp.
//
// Texts of optional members are "" when absent, because chargers send empty
// texts for absent ones; numbers and times tell whether they were there.
//
// table.go, the files table_….go and words.go are written by package
// ocpp/tablegen from the official JSON schemas.
package v16

//go:generate go run ../tablegen -version 1.6 -schemas $CHARGEYARD_OCPP_SCHEMAS/1.6 -out .
