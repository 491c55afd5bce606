package alert

import (
	"encoding/json"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// instant is a time in JSON; the zero time is null.
type instant time.Time

// MarshalJSON writes the time as the API does (contract 1.8).
func (t instant) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return append(charging.AppendTime([]byte{'"'}, time.Time(t)), '"'), nil
}

// number is a quantity in thousandths, in JSON a decimal.
type number charging.Milli

// MarshalJSON writes the number with at most three decimals.
func (n number) MarshalJSON() ([]byte, error) { return charging.AppendThousandths(nil, int64(n)), nil }

// percentOf is a latest value of charge, nil when there is none.
func percentOf(l charging.Latest) *number {
	if l.At.IsZero() {
		return nil
	}
	n := number(l.Value)
	return &n
}

// The parts of what webhooks are told; they look like those of the API.
type (
	named struct {
		ID   charging.ID `json:"id"`
		Name string      `json:"name"`
	}
	chargerPart struct {
		ID     charging.ID `json:"id"`
		Name   string      `json:"name"`
		OCPPID *string     `json:"ocppId"`
	}
	portPart struct {
		ID         charging.ID `json:"id"`
		Name       string      `json:"name"`
		PortNumber int         `json:"portNumber"`
	}
	sessionPart struct {
		ID        charging.ID  `json:"id"`
		StartTime instant      `json:"startTime"`
		EndTime   instant      `json:"endTime"`
		Energy    number       `json:"energyDeliveredKwh"`
		SoCStart  *number      `json:"socStartPercent"`
		SoCEnd    *number      `json:"socEndPercent"`
		Tag       *string      `json:"ocppIdTag"`
		VehicleID *charging.ID `json:"vehicleId"`
		Reason    *string      `json:"endReason"`
	}
	wherePart struct {
		Organization *named       `json:"organization"`
		Site         *named       `json:"site"`
		Charger      *chargerPart `json:"charger"`
		Port         *portPart    `json:"port"`
	}
)

// envelope is what a webhook receives, as Standard Webhooks has it.
type envelope struct {
	Type      string  `json:"type"`
	Timestamp instant `json:"timestamp"`
	Data      any     `json:"data"`
}

func encode(event string, at time.Time, data any) ([]byte, error) {
	return json.Marshal(envelope{event, instant(at), data})
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// whereOf names a place. Port 0 is none.
func whereOf(e *fleet.Estate, at place, port int) wherePart {
	var w wherePart
	if o := e.Organization(at.organization); o != nil {
		w.Organization = &named{o.ID, o.Name}
	}
	if at.site != nil {
		w.Site = &named{at.site.ID, at.site.Name}
	}
	if c := at.charger; c != nil {
		w.Charger = &chargerPart{c.ID, c.Name, orNil(c.OCPPID)}
		if p := c.Port(port); p != nil {
			w.Port = &portPart{p.ID, p.Name, p.Number}
		}
	}
	return w
}

func sessionOf(s *charging.Session) *sessionPart {
	if s == nil {
		return nil
	}
	part := &sessionPart{ID: s.ID, StartTime: instant(s.StartedAt), EndTime: instant(s.EndedAt),
		Energy: number(charging.Milli(s.Energy.Thousand())), SoCEnd: percentOf(s.Latest.SoC), Tag: orNil(s.Tag), Reason: orNil(s.EndReason)}
	if s.HasSoCStart {
		start := number(s.SoCStart)
		part.SoCStart = &start
	}
	if s.VehicleID != 0 {
		part.VehicleID = &s.VehicleID
	}
	return part
}

// presentSession is the charger's session of that id, running or closed lately.
func presentSession(c *charging.Charger, id charging.ID) *charging.Session {
	for _, p := range c.Ports {
		if p.Session != nil && p.Session.ID == id {
			return p.Session
		}
	}
	for _, s := range c.Floating {
		if s.ID == id {
			return s
		}
	}
	for _, s := range c.Recent {
		if s.ID == id {
			return s
		}
	}
	return nil
}
