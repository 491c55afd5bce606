package provision

import (
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func (p *planner) newPort(d *draft, row *Port) *charging.Port {
	port := &charging.Port{PortSettings: charging.PortSettings{
		ID:            p.ids.allot(charging.IDPort, row.ID),
		ChargerID:     d.ID,
		Number:        row.Number,
		Name:          firstOf(row.Name, charging.DefaultPortName(row.Number)),
		MaxPower:      row.MaxPower,
		ConnectorType: row.ConnectorType,
	}}
	d.Ports = append(d.Ports, port)
	p.change.Ports = append(p.change.Ports, port.PortSettings)
	p.tell("new", "port", port.ID, d.Name+" / "+port.Name, row.Path, nil)
	return port
}

// changePorts takes over the ports of a charger that was found, and the types,
// which depend on each other: a type that nobody set follows from the ports,
// a connector type that nobody set from the type. A value of the file that
// is shown already is not a change.
func (p *planner) changePorts(d *draft, r *row, c *changes) {
	details := make([]changes, len(r.Ports))
	ports := make([]*charging.Port, len(r.Ports))
	for _, old := range r.old.Ports {
		d.Ports = append(d.Ports, &charging.Port{PortSettings: old.PortSettings})
	}
	for i := range r.Ports {
		row := &r.Ports[i]
		if port := d.Port(row.Number); port != nil {
			details[i].text("name", &port.Name, row.Name)
			details[i].power(&port.MaxPower, row.MaxPower)
			ports[i] = port
		}
	}
	// Twice, because a connector type can turn the type, and the reverse.
	for range 2 {
		if r.Type != "" && d.EffectiveType() != r.Type {
			c.text("type", &d.Type, r.Type)
		}
		for i, port := range ports {
			if port != nil && r.Ports[i].ConnectorType != "" && d.ConnectorType(port) != r.Ports[i].ConnectorType {
				details[i].text("connectorType", &port.ConnectorType, r.Ports[i].ConnectorType)
			}
		}
	}
	for i, port := range ports {
		switch {
		case port == nil:
			p.newPort(d, &r.Ports[i])
		case details[i] != nil:
			p.change.Ports = append(p.change.Ports, port.PortSettings)
			p.tell("change", "port", port.ID, d.Name+" / "+port.Name, r.Ports[i].Path, details[i])
		}
	}
}

// power takes over a power that the file gives, at the resolution of the API.
func (c *changes) power(to *charging.Milli, from charging.Milli) {
	if from.Thousand() == 0 || from.Thousand() == to.Thousand() {
		return
	}
	*c = append(*c, fmt.Sprintf("maximumPowerKw %s -> %s", kilowatts(*to), kilowatts(from)))
	*to = from
}

func kilowatts(m charging.Milli) string {
	if m == 0 {
		return "null"
	}
	return string(charging.AppendThousandths(nil, m.Thousand()))
}
