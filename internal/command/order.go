package command

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// planOrder translates an order into calls of the charger's version. One to a
// charger that is not connected is checked and kept as it was written.
func (s *Service) planOrder(ctx context.Context, r *charging.CommandRequest, c *charging.Charger, p *planned) error {
	o, err := charging.ParseOrder(r.Order, r.Body)
	if err != nil {
		return err
	}
	if !p.connected {
		body := r.Body
		if len(body) == 0 {
			body = []byte("{}")
		}
		p.calls = []charging.OrderCall{{Payload: compact(body)}}
		return nil
	}
	facts, err := s.facts(ctx, o, c, p.version)
	if err != nil {
		return err
	}
	if err := s.locate(ctx, o, c, p); err != nil {
		return err
	}
	if p.calls, err = p.version.call(o, facts); err != nil {
		return err
	}
	for _, call := range p.calls {
		row := p.version.table.Action(call.Action)
		if fault := ocpp.Check(p.version.table.Version, row.Request, call.Payload); fault != nil {
			return charging.Errorf(charging.Invalid, "body: does not fit %s of %s: %s", call.Action, p.version.name, fault.Description)
		}
	}
	return nil
}

// facts gathers what the translation of an order needs.
func (s *Service) facts(ctx context.Context, o charging.Order, c *charging.Charger, v *version) (*charging.OrderFacts, error) {
	f := &charging.OrderFacts{Charger: c, Now: time.Now().UTC()}
	var err error
	if f.RequestID, err = s.fleet.NextID(charging.IDRequest); err != nil {
		return nil, charging.Errorf(charging.Unavailable, "the command could not be kept: %w", err)
	}
	switch o := o.(type) {
	case *charging.StartOrder:
		if o.Profile != nil {
			err = s.profileFacts(ctx, c, v, f)
		}
	case *charging.StopOrder:
		f.Session, err = o.FindSession(c)
	case *charging.SetProfileOrder:
		if o.Session != 0 || o.Profile.Purpose == charging.PurposeSession {
			if f.Session, err = (&charging.StopOrder{Session: o.Session, Port: o.Port}).FindSession(c); err != nil {
				return nil, err
			}
		}
		err = s.profileFacts(ctx, c, v, f)
	case *charging.GetConfigurationOrder:
		if v.table.Version == ocpp.V16 {
			f.MaxGet, err = s.number(ctx, charging.VariableQuery{ChargerID: c.ID, Name: "GetConfigurationMaxKeys"}, "")
		} else {
			f.MaxGet, err = s.number(ctx, charging.VariableQuery{ChargerID: c.ID, Component: "DeviceDataCtrlr", Name: "ItemsPerMessage"}, "GetVariables")
		}
	case *charging.LocalListOrder:
		var list *charging.LocalList
		if list, err = s.records.LocalList(ctx, c.ID); list != nil {
			f.ListVersion = list.Version
		}
	}
	return f, err
}

// profileFacts are those of orders with a charging profile.
func (s *Service) profileFacts(ctx context.Context, c *charging.Charger, v *version, f *charging.OrderFacts) error {
	var err error
	if f.ProfileID, err = s.fleet.NextID(charging.IDProfile); err != nil {
		return charging.Errorf(charging.Unavailable, "the command could not be kept: %w", err)
	}
	q := charging.VariableQuery{ChargerID: c.ID, Component: "SmartChargingCtrlr", Name: "RateUnit", Limit: 10}
	if v.table.Version == ocpp.V16 {
		q = charging.VariableQuery{ChargerID: c.ID, Name: "ChargingScheduleAllowedChargingRateUnit", Limit: 10}
	}
	list, _, err := s.records.Variables(ctx, q)
	if err != nil {
		return err
	}
	for _, told := range list {
		f.RateUnits = append(f.RateUnits, rateUnits(told.Value)...)
	}
	return nil
}

// rateUnits reads the units in which a charger takes limits: Current and Power
// by the letter, A and W in the field, in any case (server-rules 9).
func rateUnits(told string) (units []string) {
	for word := range strings.FieldsFuncSeq(strings.ToLower(told), func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		switch word {
		case "current", "a":
			units = append(units, "A")
		case "power", "w":
			units = append(units, "W")
		}
	}
	return units
}

// number reads a number that the charger told; 0 when it did not.
func (s *Service) number(ctx context.Context, q charging.VariableQuery, instance string) (int, error) {
	q.Limit = 20
	list, _, err := s.records.Variables(ctx, q)
	if err != nil {
		return 0, err
	}
	for _, told := range list {
		if n, err := strconv.Atoi(strings.TrimSpace(told.Value)); err == nil && n > 0 && strings.EqualFold(told.Instance, instance) {
			return n, nil
		}
	}
	return 0, nil
}

// locate fills in where a log goes to, and where firmware is, when this server
// is to see to that.
func (s *Service) locate(ctx context.Context, o charging.Order, c *charging.Charger, p *planned) (err error) {
	switch o := o.(type) {
	case *charging.LogOrder:
		if o.Location == "" && s.cfg.Files != nil {
			kind := o.Kind
			if kind == "" {
				kind = "diagnostics"
			}
			o.Location, p.upload, err = s.cfg.Files.NewUpload(ctx, c.ID, kind)
		}
	case *charging.FirmwareOrder:
		if o.File == 0 {
			return nil
		}
		if s.cfg.Files == nil {
			return charging.Errorf(charging.Invalid, "file: this server hosts no firmware; give a location")
		}
		fw, address, err := s.cfg.Files.Firmware(ctx, o.File)
		if err != nil {
			return err
		}
		e := s.fleet.Estate()
		if site := e.Site(c.SiteID); site == nil || !e.Inside(site.OrganizationID, fw.OrganizationID) {
			return charging.NoFirmware(o.File)
		}
		o.Location = address
		if o.Signature == "" {
			o.Signature, o.Certificate = fw.Signature, fw.Certificate
		}
	}
	return err
}
