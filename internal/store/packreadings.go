package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// packReadings packs readings; none are nil.
func packReadings(readings []charging.Reading) ([]byte, error) {
	if len(readings) == 0 {
		return nil, nil
	}
	c := coder{buf: make([]byte, 0, 48+8*len(readings))}
	c.open(packedReadings)
	c.buf = binary.AppendUvarint(c.buf, uint64(len(readings)))
	var before charging.Reading
	for i := range readings {
		c.sample(&readings[i], &before)
		before = readings[i]
	}
	err := c.close()
	return c.buf, err
}

func unpackReadings(packed []byte) ([]charging.Reading, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	c := coder{buf: packed, decoding: true}
	c.open(packedReadings)
	readings := make([]charging.Reading, c.readCount(1))
	var before charging.Reading
	for i := range readings {
		c.sample(&readings[i], &before)
		before = readings[i]
	}
	if err := c.close(); err != nil {
		return nil, fmt.Errorf("readings: %w", err)
	}
	return readings, nil
}

// sample walks one reading; its group and time are mostly those of the one
// before it.
func (c *coder) sample(r, before *charging.Reading) {
	outer := c.begin(1)
	step := r.Group // a difference, which may wrap round
	if !c.decoding {
		step -= before.Group
	}
	integer(c, &step)
	if c.decoding {
		r.Group = before.Group + step
	}
	if c.has(r.Time != before.Time) {
		c.timestamp(&r.Time)
	} else if c.decoding {
		r.Time = before.Time
	}
	integer(c, &r.Measurand)
	integer(c, &r.Phase)
	where := uint16(r.Context)<<8 | uint16(r.Location)
	integer(c, &where)
	if c.decoding {
		r.Context, r.Location = charging.ReadingContext(where>>8), charging.Location(where)
	}
	integer(c, &r.Value)
	c.flag(&r.Valid)
	text(c, &r.Raw)
	c.end(outer)
}

// timeForms are the ways of writing a time that need not be kept as text. Their
// places are stored.
var timeForms = [...]string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z"}

func (c *coder) timestamp(t *charging.Timestamp) {
	outer := c.begin(1)
	c.time(&t.Parsed)
	var form uint8
	if !c.decoding {
		form = formOf(t)
	}
	integer(c, &form)
	switch {
	case form == 0:
		text(c, &t.Written)
	case int(form) > len(timeForms):
		c.fail(fmt.Errorf("packed time form %d is not known: a newer chargeyard wrote it", form))
	case c.decoding:
		t.Written = t.Parsed.Format(timeForms[form-1])
	}
	c.end(outer)
}

// formOf returns the form, counted from 1, in which t.Parsed gives t.Written
// again; 0 for none.
func formOf(t *charging.Timestamp) uint8 {
	if t.Parsed.IsZero() {
		return 0
	}
	parsed := time.UnixMicro(t.Parsed.UnixMicro()).UTC()
	var space [64]byte
	for i, form := range timeForms {
		if len(form) == len(t.Written) && string(parsed.AppendFormat(space[:0], form)) == t.Written {
			return uint8(i + 1)
		}
	}
	return 0
}
