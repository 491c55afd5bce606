package httpapi

import (
	"encoding/json"
	"math"
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const (
	maxPortNumber    = 1000
	maxPortKw        = 10_000
	maxConnectorType = 50
)

// adminPortRoutes are ports. Messages make them too.
func (a *API) adminPortRoutes() []route {
	const path = "/api/admin/ports"
	return []route{
		a.managed(http.MethodGet, path, a.adminPorts),
		a.managed(http.MethodPost, path, a.addPort),
		a.managed(http.MethodGet, path+"/{id}", a.adminPort),
		a.managed(http.MethodPatch, path+"/{id}", a.changePort),
		a.managed(http.MethodDelete, path+"/{id}", a.removePort),
	}
}

// adminPortJSON is a port as operators see it: what is set, not what follows.
type adminPortJSON struct {
	ID             charging.ID  `json:"id"`
	ChargerID      charging.ID  `json:"chargerId"`
	Number         int          `json:"portNumber"`
	Name           string       `json:"name"`
	MaximumPowerKw *thousandths `json:"maximumPowerKw"`
	ConnectorType  *string      `json:"connectorType"`
	// Status says what the port last reported.
	Status *string `json:"status"`
}

func adminPortRow(c *charging.Charger, p *charging.Port) adminPortJSON {
	row := adminPortJSON{ID: p.ID, ChargerID: c.ID, Number: p.Number, Name: p.Name, ConnectorType: orNull(p.ConnectorType)}
	if p.MaxPower > 0 {
		kw := thousandths(p.MaxPower.Thousand())
		row.MaximumPowerKw = &kw
	}
	if p.Status != nil {
		row.Status = orNull(string(p.Status.Status))
	}
	return row
}

// adminPorts answers GET /api/admin/ports, by id; chargerIds says of which
// chargers.
func (a *API) adminPorts(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	type portOf struct {
		c *charging.Charger
		p *charging.Port
	}
	e, p := a.fleet.Estate(), parametersOf(r)
	chargers := p.ids("chargerIds")
	if p.err != nil {
		return p.err
	}
	var all []*portOf
	for _, c := range e.Any() {
		if _, unseen := adminCharger(e, key, c.ID); unseen != nil || c.Retired() || !listed(chargers, c.ID) {
			continue
		}
		for _, port := range c.Ports {
			all = append(all, &portOf{c, port})
		}
	}
	id := func(of *portOf) charging.ID { return of.p.ID }
	sortByID(all, id)
	list, err := adminList(p, all, id, func(*portOf) bool { return true },
		func(of *portOf) adminPortJSON { return adminPortRow(of.c, of.p) })
	if err == nil {
		a.writeData(w, r, http.StatusOK, list)
	}
	return err
}

// pathPort is the port that the path names.
func pathPort(e *fleet.Estate, r *http.Request, key *charging.APIKey) (*charging.Charger, *charging.Port, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, nil, err
	}
	c, p := e.Port(id)
	if c == nil {
		return nil, nil, errNotFound
	}
	_, err = adminCharger(e, key, c.ID)
	return c, p, err
}

// adminPort answers GET /api/admin/ports/{id}.
func (a *API) adminPort(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	c, p, err := pathPort(a.fleet.Estate(), r, key)
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminPortJSON]{adminPortRow(c, p)})
	}
	return err
}

type portBody struct {
	ChargerID      optional[charging.ID] `json:"chargerId"`
	Number         optional[int]         `json:"portNumber"`
	Name           optional[string]      `json:"name"`
	MaximumPowerKw optional[json.Number] `json:"maximumPowerKw"`
	ConnectorType  optional[string]      `json:"connectorType"`
}

// apply takes over what was given, all but whose port it is.
func (b *portBody) apply(p *charging.PortSettings) error {
	if err := textGiven("name", b.Name, maxText, &p.Name); err != nil {
		return err
	}
	if p.Name == "" {
		p.Name = charging.DefaultPortName(p.Number)
	}
	if b.MaximumPowerKw.given {
		kw, err := b.MaximumPowerKw.value.Float64()
		if b.MaximumPowerKw.has() && (err != nil || !(kw > 0) || kw > maxPortKw || math.Round(kw*1000) == 0) {
			return charging.Errorf(charging.Invalid, "maximumPowerKw: must be a number above 0, at most %d, or null", maxPortKw)
		}
		p.MaxPower = charging.Milli(math.Round(kw*1000)) * 1000
	}
	return textGiven("connectorType", b.ConnectorType, maxConnectorType, &p.ConnectorType)
}

// addPort answers POST /api/admin/ports.
func (a *API) addPort(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var b portBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var id charging.ID
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		if !b.ChargerID.has() {
			return charging.Errorf(charging.Invalid, "chargerId: is missing")
		}
		charger, err := adminCharger(c.e, key, b.ChargerID.value)
		if err != nil || charger.Retired() {
			return charging.Errorf(charging.Invalid, "chargerId: there is no charger %d", b.ChargerID.value)
		}
		made := charging.PortSettings{ChargerID: charger.ID, Number: b.Number.value}
		switch {
		case made.Number < 1 || made.Number > maxPortNumber:
			return charging.Errorf(charging.Invalid, "portNumber: must be a whole number from 1 to %d", maxPortNumber)
		case charger.Port(made.Number) != nil:
			return charging.Errorf(charging.Conflict, "portNumber: the charger has a port %d already", made.Number)
		}
		if err := b.apply(&made); err != nil {
			return err
		}
		made.ID, err = c.ids.Next(charging.IDPort)
		c.Ports, id = []charging.PortSettings{made}, made.ID
		return err
	})
	if err == nil {
		a.answerPort(w, r, id)
	}
	return err
}

func (a *API) answerPort(w http.ResponseWriter, r *http.Request, id charging.ID) {
	c, p := a.fleet.Estate().Port(id)
	a.writeData(w, r, http.StatusOK, dataJSON[adminPortJSON]{adminPortRow(c, p)})
}

// changePort answers PATCH /api/admin/ports/{id}.
func (a *API) changePort(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, _, err := pathPort(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b portBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var id charging.ID
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		_, old, err := pathPort(c.e, r, key)
		if err != nil {
			return err
		}
		id = old.ID
		next := old.PortSettings
		switch {
		case b.ChargerID.given && b.ChargerID.value != old.ChargerID:
			return charging.Errorf(charging.Invalid, "chargerId: a port stays with its charger")
		case b.Number.given && b.Number.value != old.Number:
			return charging.Errorf(charging.Invalid, "portNumber: a port keeps its number, by which the charger knows it")
		}
		if err := b.apply(&next); err != nil {
			return err
		}
		if next != old.PortSettings {
			c.Ports = []charging.PortSettings{next}
		}
		return nil
	})
	if err == nil {
		a.answerPort(w, r, id)
	}
	return err
}

// removePort answers DELETE /api/admin/ports/{id}: a port that never had a status
// or a session, since the history of any other is by its number.
func (a *API) removePort(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	c, p, err := pathPort(a.fleet.Estate(), r, key)
	if err != nil {
		return err
	}
	used := charging.Errorf(charging.Invalid, "The port has had a status or a session, so its history needs it")
	if a.cfg.Records != nil {
		past, err := a.cfg.Records.History(r.Context(), charging.HistoryQuery{ChargerID: c.ID, Port: &p.Number, Limit: 1})
		if err != nil {
			return err
		}
		if len(past) > 0 {
			return used
		}
	}
	err = a.changeAs(r.Context(), key, func(c *adminChange) error {
		_, p, err := pathPort(c.e, r, key)
		if err != nil {
			return err
		}
		if p.Status != nil || p.Session != nil || p.Connectors != nil {
			return used // it came meanwhile
		}
		c.RemovedPorts = []charging.ID{p.ID}
		return nil
	})
	if err != nil {
		return err
	}
	return a.done(w, r)
}
