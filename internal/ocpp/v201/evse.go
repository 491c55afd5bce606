package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// EVSE names an EVSE, or one of its connectors (OCPP 2.0.1 EVSEType).
type EVSE struct {
	ID          ocpp.Int // unset when absent
	ConnectorID ocpp.Int // unset for the EVSE as a whole
}

// appendTo writes the EVSE as the member evse, if there is one.
func (e *EVSE) appendTo(w *ocpp.Writer) {
	if !e.ID.Set {
		return
	}
	w.Value("evse", func(dst []byte) []byte {
		w := ocpp.NewWriter(dst)
		w.Int("id", e.ID.V)
		w.OptInt("connectorId", e.ConnectorID)
		return w.End()
	})
}

func (r *Reader) evse(o ocpp.Object) (e EVSE) {
	for o.Next() {
		switch o.Name {
		case "id":
			e.ID = o.Int()
		case "connectorId":
			e.ConnectorID = o.Int()
		default:
			r.Other(&o)
		}
	}
	if !e.ID.Set {
		o.Want("id")
	}
	return e
}

// Component is a part of a charger (OCPP 2.0.1 ComponentType).
type Component struct {
	Name     string
	Instance string
	EVSE     EVSE
}

func (c *Component) append(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("name", c.Name)
	w.OptText("instance", c.Instance)
	c.EVSE.appendTo(&w)
	return w.End()
}

func (r *Reader) component(o ocpp.Object) (c Component) {
	for o.Next() {
		switch o.Name {
		case "name":
			c.Name = o.Text(50)
		case "instance":
			c.Instance = o.Text(50)
		case "evse":
			c.EVSE = r.evse(o.Object())
		default:
			r.Other(&o)
		}
	}
	o.Want("name")
	return c
}

// Variable is a variable of a component (OCPP 2.0.1 VariableType).
type Variable struct {
	Name     string
	Instance string
}

func (v *Variable) append(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("name", v.Name)
	w.OptText("instance", v.Instance)
	return w.End()
}

func (r *Reader) variable(o ocpp.Object) (v Variable) {
	for o.Next() {
		switch o.Name {
		case "name":
			v.Name = o.Text(50)
		case "instance":
			v.Instance = o.Text(50)
		default:
			r.Other(&o)
		}
	}
	o.Want("name")
	return v
}
