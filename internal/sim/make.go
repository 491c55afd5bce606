package sim

import (
	"fmt"
	"hash/fnv"
)

// Make is a type of charger: its data plate and its habits on the wire.
type Make struct {
	Vendor, Model, Firmware string
	// DC says what it gives; DC chargers know the vehicle's state of charge.
	DC bool
	// Phases is 1 or 3; it means nothing for DC.
	Phases int
	// Ports is the number of connectors, MaxPower what each can give, in W.
	Ports, MaxPower int

	// Rich sends 8 samples each time instead of 3 or 4.
	Rich bool
	// PerPhase sends current and voltage for each phase; AC only.
	PerPhase bool
	// Kilo writes kWh and kW with three decimals instead of Wh and W.
	Kilo bool
	// TransactionData puts the samples of begin and end into StopTransaction.
	TransactionData bool
	// BootAlways sends BootNotification on every connection, not only after
	// the power came.
	BootAlways bool
	// Events tells statuses by NotifyEvent on 2.0.1; on 2.1 all do.
	Events bool
}

// Makes are the types that fleets are made up of. No real maker has these
// names, because no real maker's chargers are imitated.
var Makes = []Make{
	{Vendor: "Kestrel", Model: "HyperLine 180", Firmware: "5.8.2", DC: true, Ports: 2, MaxPower: 180_000, Rich: true, TransactionData: true},
	{Vendor: "Ohmstead", Model: "Curb 22", Firmware: "2.11.0", Phases: 3, Ports: 2, MaxPower: 22_000, Rich: true, PerPhase: true},
	{Vendor: "Fjordlade", Model: "Home 11", Firmware: "1.4.9-r3", Phases: 3, Ports: 1, MaxPower: 11_000, Kilo: true, BootAlways: true},
	{Vendor: "Brightpole", Model: "BP-50", Firmware: "V3.20", DC: true, Ports: 1, MaxPower: 50_000, Events: true},
	{Vendor: "Lumen Grid", Model: "L2 Duo", Firmware: "2026.2", Phases: 1, Ports: 2, MaxPower: 7_400, TransactionData: true},
}

// Generate returns cfg.Count chargers of mixed makes.
func Generate(cfg Config) []ChargerConfig {
	prefix := cfg.Prefix
	if prefix == "" {
		prefix = defaultPrefix
	}
	chargers := make([]ChargerConfig, cfg.Count)
	for i := range chargers {
		chargers[i] = ChargerConfig{
			Identity: fmt.Sprintf("%s%05d", prefix, i+1),
			Password: cfg.Password,
			Make:     Makes[i%len(Makes)],
		}
	}
	return chargers
}

// serialOf makes a serial number that stays the same for an identity.
func serialOf(identity string) string {
	h := fnv.New64a()
	h.Write([]byte(identity))
	return fmt.Sprintf("SN%012X", h.Sum64()&0xffffffffffff)
}
