package gateway

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
)

// essential are the members without which a message says nothing, so that it is
// refused also without Strict. Messages that are not here are never refused,
// those of sessions among them.
var essential = map[string][]string{
	"Authorize":                        {"idTag", "idToken"},
	"DiagnosticsStatusNotification":    {"status"},
	"FirmwareStatusNotification":       {"status"},
	"GetCertificateChainStatus":        {"certificateStatusRequests"},
	"LogStatusNotification":            {"status"},
	"SecurityEventNotification":        {"type"},
	"SignCertificate":                  {"csr"},
	"SignedFirmwareStatusNotification": {"status"},
	"StatusNotification":               {"connectorId", "evseId", "status", "connectorStatus"},
	"VatNumberValidation":              {"vatNumber"},
}

// Promise 3: without Strict, a message is refused only when it is no JSON, or
// when what is wrong is the one member that it is about.
func TestTolerantServerRefusesOnlyWhatLeavesNothingToActOn(t *testing.T) {
	y := newYard(t, Config{})
	defer y.stop()
	y.g.fleet = discard{y.estate}
	for i := range protocols {
		p := &protocols[i]
		d := y.dialogOf(p)
		accepted, refused := 0, 0
		for _, row := range p.table.Actions {
			if row.Direction&ocpp.FromCharger == 0 || row.Send {
				continue
			}
			for fault := range ocpptest.Faults(row.Request) {
				kind, code := answerTo(t, d, row.Name, fault.Payload)
				nothing := !json.Valid(fault.Payload) ||
					essential[row.Name] != nil && (fault.Path == "" || slices.Contains(essential[row.Name], fault.Path))
				switch {
				case kind == 3:
					accepted++
				case nothing:
					refused++
				default:
					t.Errorf("%s %s: %s at %q is answered %v %s", p.name, row.Name, fault.Name, fault.Path, kind, code)
				}
			}
		}
		t.Logf("%s: of %d faulty messages, %d are refused", p.name, accepted+refused, refused)
		if accepted < 5*refused || refused == 0 {
			t.Errorf("%s: %d are accepted, and %d refused", p.name, accepted, refused)
		}
	}
}
