package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// packState packs the state that a record carries.
func packState(r *charging.Record) ([]byte, error) {
	c := coder{buf: make([]byte, 0, 192)}
	switch {
	case r.Port != nil && r.Charger == nil && r.PortNumber > 0:
		c.open(packedPort)
		c.portState(r.Port)
	case r.Charger != nil && r.Port == nil && r.PortNumber == 0:
		c.open(packedCharger)
		c.chargerState(r.Charger)
	default:
		return nil, fmt.Errorf("record %d of port %d does not carry the state of that port", r.ID, r.PortNumber)
	}
	err := c.close()
	return c.buf, err
}

func unpackPortState(packed []byte) (*charging.PortState, error) {
	c := coder{buf: packed, decoding: true}
	state := new(charging.PortState)
	c.open(packedPort)
	c.portState(state)
	if err := c.close(); err != nil {
		return nil, fmt.Errorf("state of a port: %w", err)
	}
	return state, nil
}

func unpackChargerState(packed []byte) (*charging.ChargerState, error) {
	c := coder{buf: packed, decoding: true}
	state := new(charging.ChargerState)
	c.open(packedCharger)
	c.chargerState(state)
	if err := c.close(); err != nil {
		return nil, fmt.Errorf("state of a charger: %w", err)
	}
	return state, nil
}

func (c *coder) portState(s *charging.PortState) {
	outer := c.begin(1)
	c.portStatus(&s.Status)
	if c.has(s.Session != nil) {
		if c.decoding {
			s.Session = new(charging.Session)
		}
		c.session(s.Session)
	}
	list(c, &s.Connectors, c.connector)
	list(c, &s.Problems, c.problem)
	c.flag(&s.Served)
	c.end(outer)
}

// list walks a list of things that begin with a bitmap each; an empty one comes
// back as nil.
func list[T any](c *coder, v *[]T, walk func(*T)) {
	if !c.has(len(*v) > 0) {
		return
	}
	if !c.decoding {
		c.buf = binary.AppendUvarint(c.buf, uint64(len(*v)))
	} else if n := c.readCount(1); n > 0 {
		*v = make([]T, n)
	}
	for i := range *v {
		walk(&(*v)[i])
	}
}

func (c *coder) connector(v *charging.Connector) {
	outer := c.begin(1)
	integer(c, &v.Number)
	word(c, &v.State)
	c.time(&v.At)
	c.end(outer)
}

func (c *coder) problem(p *charging.Problem) {
	outer := c.begin(2)
	text(c, &p.Component)
	integer(c, &p.Connector)
	text(c, &p.Variable)
	text(c, &p.TechCode)
	word(c, &p.ErrorCode)
	text(c, &p.Info)
	integer(c, &p.Severity)
	c.time(&p.At)
	c.end(outer)
}

func (c *coder) chargerState(s *charging.ChargerState) {
	outer := c.begin(1)
	if c.has(s.Boot != nil) {
		if c.decoding {
			s.Boot = new(charging.Boot)
		}
		c.boot(s.Boot)
	}
	if c.has(s.Connection != nil) {
		if c.decoding {
			s.Connection = new(charging.Connection)
		}
		c.connection(s.Connection)
	}
	c.portStatus(&s.Status)
	c.chargerMore(s)
	c.end(outer)
}

// chargerMore walks what most chargers do not have.
func (c *coder) chargerMore(s *charging.ChargerState) {
	if !c.has(len(s.Problems) > 0 || s.NextBoot != "" || s.Profile != 0 || len(s.Floating) > 0) {
		return
	}
	outer := c.begin(1)
	list(c, &s.Problems, c.problem)
	word(c, &s.NextBoot)
	integer(c, &s.Profile)
	list(c, &s.Floating, c.floating)
	c.end(outer)
}

// floating walks an element of a list of sessions, of which none is nil.
func (c *coder) floating(s **charging.Session) {
	if c.decoding {
		*s = new(charging.Session)
	}
	if *s == nil {
		c.fail(errors.New("a session without a port is missing"))
		return
	}
	c.session(*s)
}

func (c *coder) portStatus(p **charging.PortStatus) {
	if !c.has(*p != nil) {
		return
	}
	if c.decoding {
		*p = new(charging.PortStatus)
	}
	s := *p
	outer := c.begin(1)
	word(c, &s.Status)
	c.time(&s.At)
	word(c, &s.ErrorCode)
	text(c, &s.VendorErrorCode)
	text(c, &s.VendorID)
	text(c, &s.Info)
	c.end(outer)
}

func (c *coder) boot(b *charging.Boot) {
	outer := c.begin(2)
	c.time(&b.At)
	text(c, &b.Manufacturer)
	text(c, &b.Model)
	text(c, &b.SerialNumber)
	text(c, &b.Firmware)
	text(c, &b.ICCID)
	text(c, &b.IMSI)
	text(c, &b.MeterType)
	text(c, &b.MeterSerial)
	word(c, &b.Reason)
	word(c, &b.Protocol)
	word(c, &b.Registration)
	c.end(outer)
}

func (c *coder) connection(v *charging.Connection) {
	outer := c.begin(1)
	c.flag(&v.Connected)
	c.time(&v.Since)
	word(c, &v.Protocol)
	text(c, &v.Remote)
	c.time(&v.Opened)
	integer(c, &v.Profile)
	c.end(outer)
}
