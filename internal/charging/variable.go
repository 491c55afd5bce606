package charging

import "time"

// Variable is one attribute of a variable of a charger's device model (OCPP
// 2.0.1 B07), or a configuration key of 1.6, which has no component.
type Variable struct {
	Component         string // "" for a key of 1.6
	ComponentInstance string
	EVSE, Connector   int // 0 for none
	Name              string
	Instance          string
	Attribute         string // Actual, Target, MinSet or MaxSet
	Value             string // secrets replaced
	HasValue          bool
	Mutability        string // ReadOnly, WriteOnly, ReadWrite; "" unknown
	// Characteristics are data type, unit, limits and values as compact JSON;
	// "" for none.
	Characteristics string
	ReportedAt      time.Time
}

// ChargerVariables are variables of one charger, for storing.
type ChargerVariables struct {
	ChargerID ID
	Variables []Variable
}
