package sim

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// TestMisbehaviour holds each misbehaviour against its word.
func TestMisbehaviour(t *testing.T) {
	// said are the calls of a charger of each version that behaves.
	said := make(map[string][]got)
	for _, protocol := range []string{Protocol16, Protocol201} {
		bubble(t, "a charger of "+protocol+" behaves unless it is told otherwise", func(t *testing.T) {
			s := newServer(t)
			s.protocol = protocol
			f := startOne(s, func(cfg *Config) {
				cfg.Protocols, cfg.Chargers[0].Make, cfg.Chargers[0].Make.BootAlways = []string{protocol}, Makes[0], true
				cfg.Life.FaultsPerHour, cfg.Life.ArrivalsPerHour = 6, 6
			})
			time.Sleep(12 * time.Hour)
			if f.Chargers()[0].wrong != nil {
				t.Error("it misbehaves")
			}
			said[protocol] = s.received()
		})
	}
	for _, m := range Misbehaviours() {
		if m.payload == nil && m.text == nil && m.id == nil && m.tag == nil {
			continue
		}
		t.Run(m.Name+" changes what is said", func(t *testing.T) {
			if m.tag != nil {
				if tag := "04a1B2c3"; m.tag(tag) == tag {
					t.Error("the card stays as it is")
				}
				return
			}
			for _, list := range said {
				if slices.ContainsFunc(list, func(g got) bool { return changed(t, &m, g) }) {
					return
				}
			}
			if !slices.Contains([]string{"available-again"}, m.Name) {
				t.Error("all stays as it is")
			}
		})
	}

	t.Run("names are checked", func(t *testing.T) {
		_, err := New(Config{URL: "ws://host/ocpp", Count: 1, Misbehave: []string{"no-pong", "sings"}})
		if err == nil || err.Error() != `there is no misbehaviour "sings": chargeyard simulate --misbehaviours lists them` {
			t.Error(err)
		}
		names := make(map[string]bool)
		for _, m := range Misbehaviours() {
			if names[m.Name] || m.What == "" || strings.HasSuffix(m.What, ".") {
				t.Errorf("%+v", m)
			}
			names[m.Name] = true
		}
	})
}

// changed reports whether a misbehaviour changes a call.
func changed(t *testing.T, m *Misbehaviour, g got) bool {
	body := []byte(g.payload)
	call := message{id: g.id, body: &body}
	if m.id != nil {
		call.id = m.id(call.id)
	}
	for a, name := range actionNames {
		if name == g.action {
			call.action = action(a)
		}
	}
	right := ocpp.AppendCall(nil, g.id, g.action, appendJSON(nil, decode(body)))
	w := &manners{list: []*Misbehaviour{m}}
	frame := w.twist(nil, &call)
	if len(frame) == 0 {
		t.Errorf("%s: nothing is left of %s", m.Name, body)
	}
	if m.payload == nil {
		right = ocpp.AppendCall(nil, g.id, g.action, body)
	}
	return !bytes.Equal(right, frame)
}

func TestMisorder(t *testing.T) {
	// run lets a charger of one port misbehave through some sessions.
	run := func(t *testing.T, protocol, name string) *server {
		s := newServer(t)
		s.protocol, s.unchecked = protocol, true
		startOne(s, func(cfg *Config) {
			cfg.Protocols, cfg.Misbehave, cfg.Chargers[0].Make.Events = []string{protocol}, []string{name}, false
			cfg.Life.SampleInterval = time.Minute
		})
		time.Sleep(10 * time.Minute)
		return s
	}
	for _, c := range []struct{ protocol, name, want string }{
		{Protocol16, "repeated-messages", "Start Start MeterValues(1) MeterValues(1) MeterValues(1) MeterValues(1) Stop(1) Stop(1)"},
		{Protocol16, "repeated-new-id", "Start Start MeterValues(1) MeterValues(1) MeterValues(1) MeterValues(1) Stop(1) Stop(1)"},
		{Protocol16, "stop-before-start", "Stop(-1) MeterValues() MeterValues() Start"},
		{Protocol16, "late-start", "MeterValues() Start MeterValues(1) Stop(1)"},
		{Protocol16, "lost-stops", "Start MeterValues(1) MeterValues(1)"},
		{Protocol16, "lost-starts", "MeterValues() MeterValues() Stop(-1)"},
		{Protocol16, "no-meter-values", "Start Stop(1)"},
	} {
		bubble(t, c.name+" on 1.6", func(t *testing.T) {
			if text := outline(run(t, c.protocol, c.name).transactions()); text != c.want {
				t.Errorf("%s\nwant %s", text, c.want)
			}
		})
	}
	for _, c := range []struct{ name, want string }{
		{"seqno-gaps", "Started0 Updated2 Updated4 Updated6 Ended8"},
		{"stop-before-start", "Ended4 Updated1 Updated2 Updated3 Started0"},
		{"late-start", "Updated1 Started0 Updated2 Updated3 Ended4"},
		{"lost-stops", "Started0 Updated1 Updated2 Updated3"},
		{"lost-starts", "Updated1 Updated2 Updated3 Ended4"},
	} {
		bubble(t, c.name+" on 2.0.1", func(t *testing.T) {
			var parts []string
			for _, g := range run(t, Protocol201, c.name).received("TransactionEvent") {
				head, _, _ := strings.Cut(chapter(g), "(")
				parts = append(parts, head)
			}
			if text := strings.Join(parts, " "); text != c.want {
				t.Errorf("%s\nwant %s", text, c.want)
			}
		})
	}

	bubble(t, "no-boot, boot-loop and heartbeat-flood", func(t *testing.T) {
		if n := len(run(t, Protocol16, "no-boot").received("BootNotification")); n != 0 {
			t.Errorf("%d boots", n)
		}
		if n := len(run(t, Protocol16, "boot-loop").received("BootNotification")); n < 100 {
			t.Errorf("%d boots", n)
		}
		if n := len(run(t, Protocol16, "heartbeat-flood").received("Heartbeat")); n < 5000 {
			t.Errorf("%d heartbeats", n)
		}
	})

	bubble(t, "a connection that is broken off again and again", func(t *testing.T) {
		for _, name := range []string{"close-without-frame", "bad-close", "two-sockets", "half-open"} {
			s := run(t, Protocol16, name)
			s.mu.Lock()
			n := len(s.connections)
			s.mu.Unlock()
			if n < 60 {
				t.Errorf("%s: %d connections", name, n)
			}
		}
	})

	bubble(t, "late and wrong answers", func(t *testing.T) {
		ask := func(name, action, payload string) *ocpp.Frame {
			s := run(t, Protocol16, name)
			s.mu.Lock()
			conn := s.current["CP1"]
			s.mu.Unlock()
			if err := writeServer(conn, ocpp.AppendCall(nil, "1", action, []byte(payload))); err != nil {
				t.Fatal(err)
			}
			select {
			case f := <-s.answers:
				return &f
			case <-time.After(20 * time.Second):
				return nil
			}
		}
		if ask("no-answers", "ClearCache", `{}`) != nil || ask("late-answers", "ClearCache", `{}`) != nil {
			t.Error("an answer came")
		}
		if ask("four-keys", "GetConfiguration", `{}`) != nil || ask("four-keys", "GetConfiguration", `{"key":["a","b","c","d"]}`) == nil {
			t.Error("more or less than four keys are answered")
		}
		if f := ask("rejects-triggers", "TriggerMessage", `{"requestedMessage":"Heartbeat"}`); f == nil || string(f.Payload) != `{"status":"Rejected"}` {
			t.Errorf("%+v", f)
		}
		if f := ask("tiny-errors", "ClearCache", `{}`); f == nil || f.Code != "GenericError" {
			t.Errorf("%+v", f)
		}
	})
}
