package crashtest

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// told2x is what was told of one transaction of 2.x.
type told2x struct {
	key        messageKey
	start, end *message // that were answered
	answered   int
}

// transactionKey names a transaction of 2.x.
type transactionKey struct{ identity, transaction string }

// compareReported holds the transactions that chargers number themselves
// against the sessions: each that was answered is there once, ended with its
// energy when its end was answered, and none is there that nobody began.
func compareReported(found *losses, stored *rows, told *ledger) {
	transactions := make(map[transactionKey]*told2x)
	for key, m := range told.messages {
		if m.transaction == "" {
			continue
		}
		at := transactionKey{key.identity, m.transaction}
		t := transactions[at]
		if t == nil {
			t = &told2x{key: key}
			transactions[at] = t
		}
		if !m.answered {
			continue
		}
		t.answered++
		switch m.event {
		case "Started":
			t.start = m
		case "Ended":
			t.end = m
		}
	}
	for at, t := range transactions {
		rows := stored.reported[at.identity][at.transaction]
		switch {
		case t.answered > 0 && len(rows) == 0:
			found.add("%v: the answered transaction %s is not stored", t.key, at.transaction)
			continue
		case len(rows) > 1:
			found.double("%v: transaction %s is stored %d times", t.key, at.transaction, len(rows))
			continue
		}
		if t.start != nil && t.end != nil {
			compareEnd(found, t, at.transaction, rows[0])
		}
	}
	for identity, sessions := range stored.reported {
		for transaction := range sessions {
			if transactions[transactionKey{identity, transaction}] == nil {
				found.double("charger %s has the session %s, which it never began", identity, transaction)
			}
		}
	}
}

// compareEnd holds an answered end against its session.
func compareEnd(found *losses, t *told2x, transaction string, row sessionRow) {
	begin, err := register(t.start.payload)
	if err != nil {
		found.add("%v: %v", t.key, err)
		return
	}
	end, err := register(t.end.payload)
	if err != nil {
		found.add("%v: %v", t.key, err)
		return
	}
	if want := (sessionRow{charging.SessionClosed, end - begin}); row != want {
		found.add("%v: session %s is stored as %+v, the answered end says %+v", t.key, transaction, row, want)
	}
}

// register returns the register that a TransactionEvent tells.
func register(payload []byte) (charging.Milli, error) {
	var said struct {
		MeterValue []struct {
			Samples []struct {
				Measurand string  `json:"measurand"`
				Value     float64 `json:"value"`
				Unit      struct {
					Unit string `json:"unit"`
				} `json:"unitOfMeasure"`
			} `json:"sampledValue"`
		} `json:"meterValue"`
	}
	if err := json.Unmarshal(payload, &said); err != nil {
		return 0, err
	}
	for _, v := range said.MeterValue {
		for _, s := range v.Samples {
			if s.Measurand != "Energy.Active.Import.Register" {
				continue
			}
			if s.Unit.Unit == "kWh" {
				s.Value *= 1000
			}
			return charging.Milli(s.Value*1000 + 0.5), nil
		}
	}
	return 0, nil
}
