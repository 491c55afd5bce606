package v201

import (
	"encoding/json"
	"testing"

	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// FuzzFrames sends frames the way that a charger's frames go; observe demands
// that every answer is as the schema has it.
func FuzzFrames(f *testing.F) {
	for _, q := range quirks(f) {
		f.Add(q.Frame)
	}
	f.Add(transactionEvent8)
	f.Add(`[2,"a","NotifyEvent",` + notification(event(`{"name":"RCD"}`, "Tripped", `"trigger":"Alerting","actualValue":"x"`)) + `]`)
	f.Add(`[2,"a","Authorize",{"idToken":{"idToken":"A","type":"x"},"iso15118CertificateHashData":[{}],"certificate":"\ud800"}]`)
	for _, a := range wire.Table.Actions {
		f.Add(`[2,"a","` + a.Name + `",` + string(ocpptest.Full(a.Request)) + `]`)
	}
	f.Fuzz(func(t *testing.T, frame string) {
		seen := observe(t, frame)
		if seen.Answer != "" && !json.Valid([]byte(seen.Answer)) {
			t.Errorf("the answer %q to %q is no JSON", seen.Answer, frame)
		}
	})
}
