package gateway

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
)

// dialogOf returns a conversation without a socket.
func (y *yard) dialogOf(p *protocol) *dialog {
	d := &dialog{g: y.g, protocol: p, charger: 1, generation: 1, turn: make(chan struct{}, 1)}
	d.registration.Store(uint32(accepted))
	return d
}

// answerTo returns the elements of the answer to a call.
func answerTo(t testing.TB, d *dialog, action string, payload []byte) (kind float64, code string) {
	t.Helper()
	text := []byte(`[2,"id","` + action + `",` + string(payload) + `]`)
	var r reply
	f, err := ocpp.ParseFrame(text)
	if broken := (*ocpp.FrameError)(nil); errors.As(err, &broken) {
		r = d.refuseBroken(broken)
	} else {
		r = d.answer(nil, &f, time.Now())
	}
	d.understood()
	var frame []any
	if err := json.Unmarshal(r.text, &frame); err != nil || len(frame) < 3 || frame[1] != "id" {
		t.Fatalf("to %s: answer %s, %v", text, r.text, err)
	}
	code, _ = frame[2].(string)
	return frame[0].(float64), code
}

// Every message with every single fault gets the exact code of its version.
func TestStrictServerNamesTheFault(t *testing.T) {
	y := newYard(t, Config{Strict: true})
	defer y.stop()
	y.g.fleet = discard{y.estate}
	for i := range protocols {
		p := &protocols[i]
		d := y.dialogOf(p)
		faults := 0
		for _, row := range p.table.Actions {
			if row.Direction&ocpp.FromCharger == 0 || row.Send {
				continue
			}
			if kind, code := answerTo(t, d, row.Name, ocpptest.Minimal(row.Request)); kind != 3 {
				t.Errorf("%s %s: a valid payload is answered %s", p.name, row.Name, code)
			}
			for fault := range ocpptest.Faults(row.Request) {
				faults++
				want := string(fault.Problem.Code(p.version))
				if kind, code := answerTo(t, d, row.Name, fault.Payload); kind != 4 || code != want {
					t.Errorf("%s %s: %s at %q is answered %v %s, want %s", p.name, row.Name, fault.Name, fault.Path, kind, code, want)
				}
			}
		}
		if faults < 100 {
			t.Errorf("%s: %d faults only", p.name, faults)
		}
	}
}

// Promise 3: without Strict, a transaction message that can be parsed gets a
// result, whatever is wrong with it.
func TestTransactionMessagesGetAResultWhateverIsWrong(t *testing.T) {
	y := newYard(t, Config{})
	defer y.stop()
	y.g.fleet = discard{y.estate}
	transactions := []string{"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"}
	for i := range protocols {
		p := &protocols[i]
		d := y.dialogOf(p)
		tried := 0
		for _, row := range p.table.Actions {
			if !slices.Contains(transactions, row.Name) {
				continue
			}
			for fault := range ocpptest.Faults(row.Request) {
				if !json.Valid(fault.Payload) {
					continue
				}
				tried++
				if kind, code := answerTo(t, d, row.Name, fault.Payload); kind != 3 {
					t.Errorf("%s %s: %s at %q is answered %s", p.name, row.Name, fault.Name, fault.Path, code)
				}
			}
		}
		if tried < 50 {
			t.Errorf("%s: %d faults only", p.name, tried)
		}
	}
}

// Every message of every version that a charger may send is served.
func TestEveryMessageOfEveryVersionIsAnswered(t *testing.T) {
	y := newYard(t, Config{})
	defer y.stop()
	for i := range protocols {
		p := &protocols[i]
		d := y.dialogOf(p)
		for _, row := range p.table.Actions {
			if row.Direction&ocpp.FromCharger == 0 || row.Send {
				continue
			}
			for _, payload := range [][]byte{ocpptest.Minimal(row.Request), ocpptest.Full(row.Request)} {
				text := ocpp.AppendCall(nil, "id", row.Name, payload)
				f, err := ocpp.ParseFrame(text)
				if err != nil {
					t.Fatal(err)
				}
				before := len(y.estate.taken())
				r := d.answer(nil, &f, time.Now())
				if !strings.HasPrefix(string(r.text), `[3,"id",{`) {
					t.Errorf("%s: to %s\nanswer %s", p.name, text, r.text)
					continue
				}
				// The answer fits its own schema.
				if fault := ocpp.Check(p.version, row.Response, resultOf(r.text, f.RawID)); fault != nil {
					t.Errorf("%s %s: answer %s: %v", p.name, row.Name, r.text, fault)
				}
				if stored := len(y.estate.taken()) - before; stored != 1 && row.Name != p.heartbeat {
					t.Errorf("%s %s: %d events", p.name, row.Name, stored)
				}
			}
		}
	}
}
