package messagelog

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// record is a message as it is stored, with what it is found by.
type record struct {
	id      int64
	charger charging.ID
	at      int64  // Unix microseconds
	action  uint64 // one bit, of its hash
	data    []byte
}

var errRecord = errors.New("a message is damaged")

// flags of a stored message.
const (
	flagFromCharger = 1 << iota
	flagResponse    // there is one, perhaps empty
)

// encode packs a message; nothing of m is shared.
func encode(m *charging.Message) record {
	size := 64 + len(m.Identity) + len(m.Protocol) + len(m.Action) + len(m.MessageID) + len(m.Payload) + len(m.Response)
	b := make([]byte, 0, size)
	var flags byte
	if m.FromCharger {
		flags |= flagFromCharger
	}
	if m.Response != nil {
		flags |= flagResponse
	}
	b = append(b, flags)
	b = binary.AppendVarint(b, m.ID)
	b = binary.AppendVarint(b, m.ChargerID)
	b = binary.AppendVarint(b, micros(m.At))
	b = binary.AppendVarint(b, micros(m.Answered))
	for _, s := range [...]string{m.Identity, m.Protocol, m.Action, m.MessageID} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	for _, p := range [...][]byte{m.Payload, m.Response} {
		b = append(binary.AppendUvarint(b, uint64(len(p))), p...)
	}
	return record{id: m.ID, charger: m.ChargerID, at: micros(m.At), action: actionBit(m.Action), data: b}
}

// actionBit returns a word with one bit, by which most blocks that lack an
// action are left alone. It is stored: FNV-1a, its upper six bits.
func actionBit[T string | []byte](action T) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(action) {
		h = (h ^ uint64(action[i])) * 1099511628211
	}
	return 1 << (h >> 58)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// decoder reads what encode wrote.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) number() int64 {
	n, size := binary.Varint(d.b)
	return n * d.skip(size)
}

// skip moves on by size bytes and returns 1, or 0 when size is no size.
func (d *decoder) skip(size int) int64 {
	if size <= 0 || size > len(d.b) {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[size:]
	return 1
}

func (d *decoder) bytes() []byte {
	n, size := binary.Uvarint(d.b)
	if d.skip(size); n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	p := d.b[:n:n]
	d.b = d.b[n:]
	return p
}

// keys reads what a message is found by.
func (d *decoder) keys() (flags byte, id, charger, at int64) {
	if len(d.b) == 0 {
		d.bad = true
		return 0, 0, 0, 0
	}
	flags = d.b[0]
	d.b = d.b[1:]
	return flags, d.number(), d.number(), d.number()
}

// decode unpacks a message; it shares data.
func decode(data []byte) (m charging.Message, err error) {
	d := decoder{b: data}
	flags, id, charger, at := d.keys()
	m = charging.Message{ID: id, ChargerID: charger, At: timeOf(at), Answered: timeOf(d.number()),
		Identity: string(d.bytes()), Protocol: string(d.bytes()), Action: string(d.bytes()), MessageID: string(d.bytes()),
		FromCharger: flags&flagFromCharger != 0}
	m.Payload = d.bytes()
	if response := d.bytes(); flags&flagResponse != 0 {
		m.Response = response
	}
	if d.bad {
		return m, errRecord
	}
	return m, nil
}

// recordOf finds out what stored data is found by.
func recordOf(data []byte) (record, error) {
	d := decoder{b: data}
	_, id, charger, at := d.keys()
	_, _, _ = d.number(), d.bytes(), d.bytes() // time of the answer, identity, protocol
	action := d.bytes()
	if d.bad {
		return record{}, errRecord
	}
	return record{id: id, charger: charger, at: at, action: actionBit(action), data: data}, nil
}

// appendFramed appends data with its length before it.
func appendFramed(dst, data []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(data))), data...)
}

// eachRecord calls f with each message of what appendFramed wrote.
func eachRecord(b []byte, f func(*record) error) error {
	d := decoder{b: b}
	for len(d.b) > 0 {
		data := d.bytes()
		if d.bad {
			return errRecord
		}
		r, err := recordOf(data)
		if err == nil {
			err = f(&r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
