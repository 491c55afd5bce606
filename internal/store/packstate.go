package store

import (
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
	return c.buf, c.close()
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
	c.end(outer)
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
	c.end(outer)
}

func (c *coder) connection(v *charging.Connection) {
	outer := c.begin(1)
	c.flag(&v.Connected)
	c.time(&v.Since)
	word(c, &v.Protocol)
	text(c, &v.Remote)
	c.time(&v.Opened)
	c.end(outer)
}
