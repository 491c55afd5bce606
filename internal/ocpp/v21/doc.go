// Package v21 holds what OCPP 2.1 has beside 2.0.1: its own messages, and the
// message table of all its actions in both directions. The messages that both
// have are those of package v201.
//
// It says what stands in a message, not what it means; that is package
// dialect/v21. It imports packages ocpp and ocpp/v201.
//
// table.go, the files table_….go and words.go are written by package
// ocpp/tablegen from the official JSON schemas.
package v21

//go:generate go run ../tablegen -version 2.1 -schemas $CHARGEYARD_OCPP_SCHEMAS/2.1 -out .
