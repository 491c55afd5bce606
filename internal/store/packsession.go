package store

import (
	"encoding/binary"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func packSession(s *charging.Session) ([]byte, error) {
	c := coder{buf: make([]byte, 0, 160)}
	c.open(packedSession)
	c.session(s)
	err := c.close()
	return c.buf, err
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
// where the bitmap has room for 9 more.
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
	c.sessionReported(s)
	c.time(&s.PowerFrom)
	c.time(&s.PowerTo)
	c.end(outer)
}

// sessionReported walks what only sessions of 2.x have, which costs those of
// 1.6 a bit.
func (c *coder) sessionReported(s *charging.Session) {
	if !c.has(reported(s)) {
		return
	}
	outer := c.begin(2)
	text(c, &s.Transaction)
	integer(c, &s.Connector)
	integer(c, &s.RemoteStart)
	word(c, &s.Phase)
	integer(c, &s.PhaseSeq)
	c.time(&s.PhaseAt)
	integer(c, &s.TagSeq)
	c.seen(&s.Seen)
	c.flag(&s.Began)
	c.flag(&s.Incomplete)
	c.end(outer)
}

func reported(s *charging.Session) bool {
	return s.Transaction != "" || s.Connector != 0 || s.RemoteStart != 0 || s.Phase != "" || s.PhaseSeq != 0 ||
		!s.PhaseAt.IsZero() || s.TagSeq != 0 || len(s.Seen) > 0 || s.Began || s.Incomplete
}

// seen walks runs of message numbers: each as its distance from the end of the
// one before, and its length. The differences may wrap round.
func (c *coder) seen(v *[]charging.SeqRange) {
	if !c.has(len(*v) > 0) {
		return
	}
	if !c.decoding {
		c.buf = binary.AppendUvarint(c.buf, uint64(len(*v)))
		last := int64(0)
		for _, run := range *v {
			c.buf = binary.AppendVarint(c.buf, run.From-last)
			c.buf = binary.AppendVarint(c.buf, run.To-run.From)
			last = run.To
		}
		return
	}
	n := c.readCount(2)
	if n == 0 {
		return
	}
	runs, last := make([]charging.SeqRange, n), int64(0)
	for i := range runs {
		runs[i].From = last + c.readVarint()
		runs[i].To = runs[i].From + c.readVarint()
		last = runs[i].To
	}
	*v = runs
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
