package v16

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
)

// transactional are the actions that are never refused once their JSON can be
// read.
var transactional = map[string]bool{ActionStartTransaction: true, ActionStopTransaction: true, ActionMeterValues: true}

func FuzzDecode(f *testing.F) {
	for i := range Table.Actions {
		a := &Table.Actions[i]
		f.Add(a.Name, []byte(`{}`))
		f.Add(a.Name, ocpptest.Full(a.Request))
	}
	f.Add("statusnotification", []byte(`{"connectorId":"1","errorCode":7,"status":"Occupied","timestamp":"2024-04-26 4:35+02"}`))
	f.Add("StartTransactionRequest", []byte(`{"connectorId":1,"idTag":"336699\","meterStart":33259490.5,"reservationId":0}`))
	f.Add("StopTransaction", []byte(`{"transactionId":9223372036854775807,"meterStop":"1,5","transactionData":{"sampledValue":{}}}`))
	f.Add("MeterValues", []byte(`{"connectorId":1,"transactionId":,"meterValue":[,{"timestamp":"","sampledValue":[{"value":NaN}]}]}`))
	f.Add("DataTransfer", []byte("{\"vendorId\":\"\xff\x00\",\"data\":{\"a\":[null,1e400]}},7"))
	f.Add("SignCertificate", []byte(`{"csr":"-----BEGIN\n\u0000\ud800"}`))

	f.Fuzz(func(t *testing.T, action string, payload []byte) {
		in := string(payload)
		m, odd, fault := Decode(action, payload)
		if string(payload) != in {
			t.Fatal("the payload was changed")
		}
		for _, o := range odd {
			if !utf8.ValidString(o) || len(o) > 200 {
				t.Errorf("oddity %q", o)
			}
		}
		row, _ := Table.Find(action)
		if fault != nil {
			if row != nil && transactional[row.Name] && json.Valid(payload) && fault.Problem != ocpp.ProblemFormation {
				t.Errorf("%s was refused: %v", row.Name, fault)
			}
			return
		}
		if m.Action() != row.Name {
			t.Errorf("%s became a %s", row.Name, m.Action())
		}
		checkRoundTrip(t, m)
		if _, _, fault := DecodeStrict(m.Action(), m.AppendJSON(nil)); fault != nil && fault.Problem == ocpp.ProblemFormation {
			t.Errorf("what was read is written as %s: %v", m.AppendJSON(nil), fault)
		}
	})
}

// checkRoundTrip demands that a message is written as JSON, and that writing it
// loses nothing more.
func checkRoundTrip(t *testing.T, m Message) {
	t.Helper()
	once := m.AppendJSON(nil)
	if !json.Valid(once) || !utf8.Valid(once) {
		t.Fatalf("%s is written as %q", m.Action(), once)
	}
	again, _, fault := Decode(m.Action(), once)
	if fault != nil {
		// An empty tag is one; an absent timestamp is written as year 1.
		t.Fatalf("%s does not read back: %v", once, fault)
	}
	if twice := again.AppendJSON(nil); string(twice) != string(once) {
		t.Fatalf("%s reads back as %s", once, twice)
	}
}
