package store

import (
	"encoding/json"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// writeRecord appends a row to the history.
func (db *sqlite) writeRecord(r *charging.Record) error {
	state, err := packState(r)
	if err != nil {
		return err
	}
	readings, err := packReadings(r.Readings)
	if err != nil {
		return fmt.Errorf("record %d: %w", r.ID, err)
	}
	oddities, err := packOddities(r.Oddities)
	if err != nil {
		return fmt.Errorf("record %d: %w", r.ID, err)
	}
	var packed any // NULL for none
	if readings != nil {
		packed = readings
	}
	_, err = db.exec(insertRecord, r.ID, r.ChargerID, int64(r.PortNumber), int64(r.Kind), r.Received.UnixMicro(),
		timeOrNull(r.Time.Parsed), r.Time.Written, r.MessageID, oddities, r.Detail, packed, state)
	return err
}

// packOddities makes a JSON array, or "" of none.
func packOddities(oddities []charging.Oddity) (string, error) {
	if len(oddities) == 0 {
		return "", nil
	}
	text, err := json.Marshal(oddities)
	return string(text), err
}
