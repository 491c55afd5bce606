package store

import (
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func packSession(s *charging.Session) ([]byte, error) {
	c := coder{buf: make([]byte, 0, 160)}
	c.open(packedSession)
	c.session(s)
	return c.buf, c.close()
}

func unpackSession(packed []byte) (*charging.Session, error) {
	c := coder{buf: packed, decoding: true}
	s := new(charging.Session)
	c.open(packedSession)
	c.session(s)
	if err := c.close(); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return s, nil
}

// session walks every field. The order is stored: new fields go to the end,
// where the bitmap has room for 12 more.
func (c *coder) session(s *charging.Session) {
	outer := c.begin(6)
	integer(c, &s.ID)
	integer(c, &s.ChargerID)
	integer(c, &s.PortNumber)
	integer(c, &s.State)
	integer(c, &s.TransactionID)
	same := c.has(s.AssignedID == s.TransactionID)
	if same && c.decoding {
		s.AssignedID = s.TransactionID
	}
	if !same {
		integer(c, &s.AssignedID)
	} else {
		c.bit++ // keeps the bits that follow in their places
	}
	c.sessionStart(s)
	c.sessionMeters(s)
	c.time(&s.LastSample)
	c.time(&s.AvailableAt)
	integer(c, &s.Hint)
	c.time(&s.EndedAt)
	word(c, &s.EndReason)
	integer(c, &s.MeterStop)
	c.flag(&s.HasStop)
	c.time(&s.UpdatedAt)
	integer(c, &s.Intervals)
	c.end(outer)
}

func (c *coder) sessionStart(s *charging.Session) {
	c.time(&s.StartedAt)
	text(c, &s.StartWritten)
	c.time(&s.StartSeen)
	text(c, &s.Tag)
	word(c, &s.TagStatus)
	integer(c, &s.AccessID)
	integer(c, &s.VehicleID)
	integer(c, &s.CustomerID)
	integer(c, &s.Reservation)
	integer(c, &s.MeterStart)
	c.flag(&s.HasMeterStart)
}

func (c *coder) sessionMeters(s *charging.Session) {
	integer(c, &s.Energy)
	integer(c, &s.Segment)
	c.flag(&s.HasSegment)
	integer(c, &s.Base)
	integer(c, &s.Register)
	c.time(&s.RegisterAt)
	integer(c, &s.SoCStart)
	c.flag(&s.HasSoCStart)
	if !c.has(s.Latest != charging.LatestReadings{}) {
		return
	}
	outer := c.begin(1)
	for _, latest := range [...]*charging.Latest{&s.Latest.Power, &s.Latest.Current, &s.Latest.SoC, &s.Latest.Voltage} {
		integer(c, &latest.Value)
		c.time(&latest.At)
	}
	c.end(outer)
}
