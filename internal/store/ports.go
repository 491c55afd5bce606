package store

import "github.com/chargeyard/chargeyard/internal/charging"

var ports = noun[charging.PortSettings]{
	kind:    charging.IDPort,
	columns: []string{"id", "charger_id", "number", "name", "max_power", "connector_type"},
	id:      func(p *charging.PortSettings) charging.ID { return p.ID },
	values: func(p *charging.PortSettings) []any {
		return []any{p.ChargerID, int64(p.Number), p.Name, int64(p.MaxPower), p.ConnectorType}
	},
	scan: func(p *charging.PortSettings) []any {
		return []any{&p.ID, &p.ChargerID, &p.Number, &p.Name, &p.MaxPower, &p.ConnectorType}
	},
}
