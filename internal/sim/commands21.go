package sim

import (
	"encoding/json"
	"slices"
	"time"
)

// commands21 are the commands that only 2.1 has, or that mean more there.
func commands21() map[string]command {
	return map[string]command{
		"AFRRSignal":                  on(afrrSignal),
		"AdjustPeriodicEventStream":   on(adjustStream),
		"ChangeTransactionTariff":     on(changeTariff),
		"ClearDERControl":             on(clearDER),
		"ClearTariffs":                on(clearTariffs),
		"GetDERControl":               on(getDER),
		"GetPeriodicEventStream":      answers(object{}),
		"GetTariffs":                  on(getTariffs),
		"NotifyAllowedEnergyTransfer": on(allowedTransfer),
		"NotifyWebPaymentStarted":     answers(object{}),
		"RequestBatterySwap":          on(swapBattery),
		"SetDERControl":               on(setDER),
		"SetDefaultTariff":            on(setTariff),
		"UpdateDynamicSchedule":       on(updateDynamic),
		"UsePriorityCharging":         on(usePriority),
		"VatNumberValidation":         answers(object{}),
	}
}

// sessionPort returns the port whose session has that transaction, nil for none.
func (c *Charger) sessionPort(transaction string) *port {
	for i := range c.ports {
		if s := c.ports[i].session; s != nil && s.transaction == transaction {
			return &c.ports[i]
		}
	}
	return nil
}

func afrrSignal(c *Charger, _ *struct{}, _ instant) any {
	if c.running() == 0 {
		return because("Rejected", "NotEnabled")
	}
	return status("Accepted")
}

// adjustStream refuses: the charger has opened no stream.
func adjustStream(*Charger, *struct{}, instant) any { return because("Rejected", "NotFound") }

func allowedTransfer(c *Charger, m *struct {
	Transaction string `json:"transactionId"`
}, _ instant) any {
	if c.sessionPort(m.Transaction) == nil {
		return because("Rejected", "TxNotFound")
	}
	return status("Accepted")
}

func usePriority(c *Charger, m *struct {
	Transaction string `json:"transactionId"`
	Activate    bool   `json:"activate"`
}, now instant) any {
	p := c.sessionPort(m.Transaction)
	if p == nil {
		return because("Rejected", "TxNotFound")
	}
	keep := c.memory()
	if !slices.ContainsFunc(keep.profiles, func(o *profile) bool {
		return o.Purpose == purposePriority && (o.port == 0 || o.port == int64(p.number))
	}) {
		return status("NoProfile")
	}
	if keep.priority == nil {
		keep.priority = make(map[int]bool)
	}
	keep.priority[p.number] = m.Activate
	c.relimitAll(now)
	return status("Accepted")
}

func updateDynamic(c *Charger, m *struct {
	ID     int64 `json:"chargingProfileId"`
	Update struct {
		Limit    *float64 `json:"limit"`
		Setpoint *float64 `json:"setpoint"`
	} `json:"scheduleUpdate"`
}, now instant) any {
	for _, p := range c.memory().profiles {
		if p.ID == m.ID && p.Kind == "Dynamic" {
			p.schedule.Periods = slices.Clone(p.schedule.Periods)
			if m.Update.Limit != nil {
				p.schedule.Periods[0].Limit = m.Update.Limit
			}
			if m.Update.Setpoint != nil {
				p.schedule.Periods[0].Setpoint = m.Update.Setpoint
			}
			c.relimitAll(now)
			return status("Accepted")
		}
	}
	return because("Rejected", "InvalidProfile")
}

// swapBattery refuses: the charger has no batteries to give.
func swapBattery(*Charger, *struct{}, instant) any { return because("Rejected", "NotEnabled") }

// tariff is a default tariff for an EVSE, or for all as 0.
type tariff struct {
	id        string
	evse      int64
	validFrom *time.Time
}

// tariffRef is the part of a tariff that matters to a charger that leaves the
// sums to the server.
type tariffRef struct {
	ID       string     `json:"tariffId"`
	Currency string     `json:"currency"`
	From     *time.Time `json:"validFrom"`
}

func setTariff(c *Charger, m *struct {
	EVSE   int64     `json:"evseId"`
	Tariff tariffRef `json:"tariff"`
}, _ instant) any {
	keep := c.memory()
	switch {
	case c.portsOf(m.EVSE) == nil:
		return because("Rejected", "UnknownEvse")
	case slices.ContainsFunc(keep.tariffs, func(t tariff) bool { return t.id == m.Tariff.ID && t.evse == m.EVSE }):
		return status("DuplicateTariffId")
	}
	keep.tariffs = slices.DeleteFunc(keep.tariffs, func(t tariff) bool { return t.evse == m.EVSE })
	keep.tariffs = append(keep.tariffs, tariff{m.Tariff.ID, m.EVSE, m.Tariff.From})
	return status("Accepted")
}

func getTariffs(c *Charger, m *struct {
	EVSE int64 `json:"evseId"`
}, _ instant) any {
	if c.portsOf(m.EVSE) == nil {
		return because("Rejected", "UnknownEvse")
	}
	var list []object
	for _, t := range c.memory().tariffs {
		if m.EVSE != 0 && t.evse != 0 && t.evse != m.EVSE {
			continue
		}
		v := object{"tariffId": t.id, "tariffKind": "DefaultTariff"}
		if t.evse != 0 {
			v["evseIds"] = []int64{t.evse}
		}
		if t.validFrom != nil {
			v["validFrom"] = stamp(*t.validFrom)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return status("NoTariff")
	}
	return object{"status": "Accepted", "tariffAssignments": list}
}

func clearTariffs(c *Charger, m *struct {
	IDs  []string `json:"tariffIds"`
	EVSE *int64   `json:"evseId"`
}, _ instant) any {
	keep := c.memory()
	var results []object
	keep.tariffs = slices.DeleteFunc(keep.tariffs, func(t tariff) bool {
		gone := (len(m.IDs) == 0 || slices.Contains(m.IDs, t.id)) && (m.EVSE == nil || t.evse == *m.EVSE)
		if gone {
			results = append(results, object{"tariffId": t.id, "status": "Accepted"})
		}
		return gone
	})
	for _, id := range m.IDs {
		if !slices.ContainsFunc(results, func(r object) bool { return r["tariffId"] == id }) {
			results = append(results, object{"tariffId": id, "status": "NoTariff"})
		}
	}
	if len(results) == 0 {
		results = []object{{"status": "NoTariff"}}
	}
	return object{"clearTariffsResult": results}
}

func changeTariff(c *Charger, m *struct {
	Transaction string    `json:"transactionId"`
	Tariff      tariffRef `json:"tariff"`
}, _ instant) any {
	p := c.sessionPort(m.Transaction)
	switch {
	case p == nil:
		return status("TxNotFound")
	case m.Tariff.Currency != c.get(currency()):
		return status("NoCurrencyChange")
	}
	c.talk.state(c, p, "TariffChanged")
	return status("Accepted")
}

func currency() *setting {
	i := slices.IndexFunc(settings, func(s *setting) bool { return s.variable == "Currency" })
	return settings[i]
}

// derControl is one control of distributed energy resources.
type derControl struct {
	ID        string `json:"controlId"`
	Kind      string `json:"controlType"`
	IsDefault bool   `json:"isDefault"`
	raw       map[string]json.RawMessage
}

// derMembers are the members of ReportDERControl for the members of
// SetDERControl, and the name that the setting has within the report.
var derMembers = map[string][2]string{
	"curve": {"curve", "curve"}, "enterService": {"enterService", "enterService"},
	"fixedPFAbsorb": {"fixedPFAbsorb", "fixedPFAbsorb"}, "fixedPFInject": {"fixedPFInject", "fixedPFInject"},
	"fixedVar": {"fixedVar", "fixedVar"}, "freqDroop": {"freqDroop", "freqDroop"},
	"gradient": {"gradient", "gradient"}, "limitMaxDischarge": {"limitMaxDischarge", "limitMaxDischarge"},
}

// derSettings read the whole of SetDERControl, so that it can be reported.
type derSettings struct {
	derControl
	members map[string]json.RawMessage
}

// UnmarshalJSON keeps the members beside what they mean.
func (d *derSettings) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &d.derControl); err != nil {
		return err
	}
	return json.Unmarshal(b, &d.members)
}

func setDER(c *Charger, m *derSettings, _ instant) any {
	keep := c.memory()
	control := m.derControl
	control.raw = m.members
	var superseded []string
	keep.der = slices.DeleteFunc(keep.der, func(o derControl) bool {
		if o.ID == control.ID {
			return true
		}
		if o.Kind == control.Kind && o.IsDefault == control.IsDefault {
			superseded = append(superseded, o.ID)
			return true
		}
		return false
	})
	keep.der = append(keep.der, control)
	if !control.IsDefault {
		c.says(notifyDERStartStop, object{"controlId": control.ID, "started": true, "timestamp": stamp(time.Now())})
	}
	answer := status("Accepted")
	if len(superseded) > 0 {
		answer["supersededIds"] = superseded
	}
	return answer
}

// derFilter says which controls are meant.
type derFilter struct {
	Request   int64  `json:"requestId"`
	IsDefault *bool  `json:"isDefault"`
	Kind      string `json:"controlType"`
	ID        string `json:"controlId"`
}

func (f *derFilter) matches(d *derControl) bool {
	return (f.IsDefault == nil || d.IsDefault == *f.IsDefault) && (f.Kind == "" || d.Kind == f.Kind) && (f.ID == "" || d.ID == f.ID)
}

func getDER(c *Charger, m *derFilter, _ instant) any {
	report := object{"requestId": m.Request}
	for i := range c.memory().der {
		d := &c.mem.der[i]
		if !m.matches(d) {
			continue
		}
		for name, raw := range d.raw {
			place, is := derMembers[name]
			if !is {
				continue
			}
			row := object{"id": d.ID, "isDefault": d.IsDefault, "isSuperseded": false, place[1]: raw}
			if name == "curve" {
				row["curveType"] = d.Kind
			}
			list, _ := report[place[0]].([]object)
			report[place[0]] = append(list, row)
		}
	}
	if len(report) == 1 {
		return status("NotFound")
	}
	c.says(reportDERControl, report)
	return status("Accepted")
}

func clearDER(c *Charger, m *derFilter, _ instant) any {
	keep := c.memory()
	n := len(keep.der)
	keep.der = slices.DeleteFunc(keep.der, func(d derControl) bool { return m.matches(&d) })
	if len(keep.der) == n {
		return status("NotFound")
	}
	return status("Accepted")
}
