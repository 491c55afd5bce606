package sim

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
)

// TestObey holds what a charger answers, to every action of every version with
// every value that is only just allowed, against the version's table. What the
// charger says afterwards is held against it by the server.
func TestObey(t *testing.T) {
	for _, protocol := range []string{Protocol16, Protocol201, Protocol21} {
		for _, action := range talks[protocol].table().Actions {
			if action.Direction&ocpp.ToCharger == 0 {
				continue
			}
			bubble(t, protocol+" "+action.Name+" has a legal answer, whatever it says", func(t *testing.T) {
				s := newServer(t)
				s.protocol = protocol
				f := startOne(s, func(cfg *Config) {
					cfg.Protocols, cfg.Chargers[0].Ports, cfg.Life.SessionLength = []string{protocol}, 2, 10*time.Hour
				})
				time.Sleep(time.Minute)
				payloads := [][]byte{ocpptest.Full(action.Request), ocpptest.Minimal(action.Request)}
				for e := range ocpptest.Edges(action.Request) {
					payloads = append(payloads, e.Payload)
				}
				for _, payload := range payloads {
					answerTo(t, f.Chargers()[0], &action, payload)
				}
				time.Sleep(10 * time.Minute)
			})
		}
	}
}

// answerTo lets a charger obey and checks its answer.
func answerTo(t *testing.T, c *Charger, action *ocpp.Action, payload []byte) {
	t.Helper()
	c.do(func(now instant) {
		answer := c.obey(&ocpp.Frame{Type: ocpp.Call, Action: action.Name, Payload: payload}, now)
		if refusal, refused := answer.(*ocpp.CallError); refused {
			t.Errorf("%s was refused: %v", payload, refusal)
			return
		}
		text := appendJSON(nil, answer)
		if fault := ocpp.Check(c.talk.table().Version, action.Response, text); fault != nil {
			t.Errorf("%s was answered %s: %v", payload, text, fault)
		}
	})
}
