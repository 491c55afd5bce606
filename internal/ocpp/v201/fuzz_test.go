package v201

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
)

// transactional are the actions that are never refused once their JSON can be
// read.
var transactional = map[string]bool{ActionTransactionEvent: true, ActionMeterValues: true}

func FuzzDecode(f *testing.F) {
	for i := range Table.Actions {
		a := &Table.Actions[i]
		f.Add(a.Name, []byte(`{}`))
		f.Add(a.Name, ocpptest.Full(a.Request))
	}
	f.Add("statusnotification", []byte(`{"evseId":"1","connectorId":7.5,"connectorStatus":"Charging","timestamp":"2024-04-26 4:35+02"}`))
	f.Add("TransactionEvent", []byte(`{"eventType":"Ended","seqNo":-1,"transactionInfo":{"id":"\ud800"},"evse":{"id":9223372036854775808},"idToken":{"type":"NoAuthorization"}}`))
	f.Add("MeterValues", []byte(`{"evseId":1,"meterValue":[,{"timestamp":"","sampledValue":[{"value":NaN,"unitOfMeasure":{"multiplier":99}}]}]}`))
	f.Add("NotifyEvent", []byte(`{"eventData":[{"actualValue":{"a":1},"cleared":"1","component":{"evse":{}},"variable":7}]}`))
	f.Add("DataTransfer-Signed", []byte(`{"payload":"eyJ2ZW5kb3JJZCI6IngifQ"}`))
	f.Add("DataTransfer", []byte("{\"vendorId\":\"\xff\x00\",\"data\":{\"a\":[null,1e400]}},7"))
	f.Fuzz(func(t *testing.T, action string, payload []byte) { checkDecode(t, &codec, action, payload) })
}

// checkDecode demands what holds for every message that a codec reads.
func checkDecode(t *testing.T, v *Codec, action string, payload []byte) {
	in := string(payload)
	m, odd, fault := v.Decode(action, payload)
	if string(payload) != in {
		t.Fatal("the payload was changed")
	}
	for _, o := range odd {
		if !utf8.ValidString(o) || len(o) > 200 {
			t.Errorf("oddity %q", o)
		}
	}
	stem, signed := cutSigned(action)
	row, _ := v.Table.Find(stem)
	if fault != nil {
		if !signed && row != nil && transactional[row.Name] && json.Valid(payload) && fault.Problem != ocpp.ProblemFormation {
			t.Errorf("%s was refused: %v", row.Name, fault)
		}
		return
	}
	if m.Action() != row.Name {
		t.Errorf("%s became a %s", row.Name, m.Action())
	}
	if _, isNotice := m.(*Notice); isNotice {
		return // it is kept as sent
	}
	once := m.AppendJSON(nil)
	if !json.Valid(once) && json.Valid(payload) {
		t.Fatalf("%s is written as %q", m.Action(), once)
	}
	again, _, fault := v.Decode(m.Action(), once)
	if fault != nil {
		t.Fatalf("%s does not read back: %v", once, fault)
	}
	if twice := again.AppendJSON(nil); string(twice) != string(once) {
		t.Fatalf("%s reads back as %s", once, twice)
	}
}
