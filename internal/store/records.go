package store

import (
	"encoding/json"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// recordRows is how many records a statement writes.
const recordRows = 16

// writeRecords appends rows to the history. A record that cannot be stored at
// all is Invalid, so that it costs only itself.
func (db *sqlite) writeRecords(records []charging.Record) error {
	args := make([]any, 0, recordRows*len(recordColumns))
	for len(records) > 0 {
		n, st := 1, insertRecord
		if len(records) >= recordRows {
			n, st = recordRows, insertRecords
		}
		args = args[:0]
		for i := range records[:n] {
			var err error
			if args, err = appendRecord(args, &records[i]); err != nil {
				return err
			}
		}
		if _, err := db.exec(st, args...); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// appendRecord appends the values of a record's columns.
func appendRecord(args []any, r *charging.Record) ([]any, error) {
	state, err := packState(r)
	if err != nil {
		return nil, notStorable(err)
	}
	packed, err := packReadings(r.Readings)
	if err != nil {
		return nil, notStorable(fmt.Errorf("record %d: %w", r.ID, err))
	}
	oddities, err := packOddities(r.Oddities)
	if err != nil {
		return nil, notStorable(fmt.Errorf("record %d: %w", r.ID, err))
	}
	var readings any // NULL for none
	if packed != nil {
		readings = packed
	}
	return append(args, r.ID, r.ChargerID, int64(r.PortNumber), int64(r.Kind), r.Received.UnixMicro(), timeOrNull(r.Time.Parsed),
		r.Time.Written, r.MessageID, oddities, r.Detail, readings, state, r.Message, string(noteOf(r))), nil
}

// noteOf returns the kind of a note, which its detail names; "" for all other
// records.
func noteOf(r *charging.Record) charging.NoteKind {
	if r.Kind != charging.RecordNote {
		return ""
	}
	var detail struct {
		Kind charging.NoteKind `json:"kind"`
	}
	if json.Unmarshal([]byte(r.Detail), &detail) != nil {
		return ""
	}
	return detail.Kind
}

func notStorable(err error) error {
	return charging.Errorf(charging.Invalid, "this cannot be stored: %w", err)
}

// packOddities makes a JSON array, or "" of none.
func packOddities(oddities []charging.Oddity) (string, error) {
	if len(oddities) == 0 {
		return "", nil
	}
	text, err := json.Marshal(oddities)
	return string(text), err
}

func unpackOddities(text string) ([]charging.Oddity, error) {
	if text == "" {
		return nil, nil
	}
	var oddities []charging.Oddity
	err := json.Unmarshal([]byte(text), &oddities)
	return oddities, err
}
