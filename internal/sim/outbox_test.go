package sim

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// oneSession is a life with one vehicle at each port, which comes at once and
// charges for two to six minutes with a sample each 30 s.
var oneSession = Life{FirstArrivals: 1, SessionLength: 4 * time.Minute, SampleInterval: 30 * time.Second, Haste: 20}

// startOne runs one charger of one port against s, in a bubble of synctest.
func startOne(s *server, change func(cfg *Config)) *Fleet {
	cfg := Config{
		URL: "ws://test/ocpp", Seed: 1, Life: oneSession, Dial: s.dialPipe,
		Chargers: []ChargerConfig{{Identity: "CP1", Make: Makes[3]}},
	}
	if change != nil {
		change(&cfg)
	}
	f, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	f.Start()
	s.t.Cleanup(func() {
		f.Stop()
		s.dropAll()
		s.wg.Wait()
	})
	return f
}

// bubble runs a test in fake time, with its clean-up inside.
func bubble(t *testing.T, name string, run func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, run) })
}

// outline renders what was received in a few letters each.
func outline(list []got) string {
	var parts []string
	for _, g := range list {
		part := strings.TrimSuffix(g.action, "Transaction")
		switch g.action {
		case "StatusNotification":
			part = g.field("connectorId") + ":" + g.field("status")
		case "StopTransaction", "MeterValues":
			part += "(" + g.field("transactionId") + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func TestSession(t *testing.T) {
	bubble(t, "a session goes through all statuses in order", func(t *testing.T) {
		s := newServer(t)
		startOne(s, func(cfg *Config) { cfg.Life.SampleInterval = time.Hour })
		time.Sleep(time.Hour - time.Minute)
		want := "BootNotification 0:Available 1:Available 1:Preparing Authorize Start 1:Charging Stop(1) 1:Finishing 1:Available"
		var list []got
		for _, g := range s.received() {
			if g.action != "Heartbeat" {
				list = append(list, g)
			}
		}
		if text := outline(list); text != want {
			t.Errorf("%s\nwant %s", text, want)
		}
	})

	bubble(t, "a refused card leaves without a session", func(t *testing.T) {
		s := newServer(t)
		startOne(s, func(cfg *Config) { cfg.Life.UnknownTags = 1 })
		time.Sleep(9 * time.Minute)
		want := "BootNotification 0:Available 1:Available 1:Preparing Authorize 1:Available"
		if text := outline(s.received()); text != want {
			t.Errorf("%s\nwant %s", text, want)
		}
	})

	bubble(t, "a card that StartTransaction refuses ends the session as DeAuthorized", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			if g.action == "StartTransaction" {
				usual.payload = `{"transactionId":9,"idTagInfo":{"status":"ConcurrentTx"}}`
			}
			return usual
		}
		startOne(s, nil)
		time.Sleep(time.Minute)
		stops := s.received("StopTransaction")
		if len(stops) != 1 || stops[0].field("reason") != "DeAuthorized" || stops[0].field("transactionId") != "9" {
			t.Errorf("%+v", stops)
		}
	})

	bubble(t, "a vehicle that is full suspends before the session ends", func(t *testing.T) {
		s := newServer(t)
		startOne(s, func(cfg *Config) { cfg.Life.SessionLength, cfg.Chargers[0].Ports = 0, 8 })
		time.Sleep(4 * time.Hour)
		full := 0
		for port := range 8 {
			var list []got
			for _, g := range s.received("StatusNotification") {
				if g.field("connectorId") == fmt.Sprint(port+1) {
					list = append(list, g)
				}
			}
			if strings.Contains(strings.ReplaceAll(outline(list), fmt.Sprint(port+1, ":"), ""), "Charging SuspendedEV Finishing Available") {
				full++
			}
		}
		if full < 4 {
			t.Errorf("only %d of 8 vehicles got what they wanted", full)
		}
	})
}

func TestQueue(t *testing.T) {
	bubble(t, "what happens offline is told in order, with the id that came later", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			usual.hangUp = g.action == "Authorize"
			return usual
		}
		startOne(s, func(cfg *Config) { cfg.Retry = Retry{BackOffMin: 10 * time.Minute, BackOffMax: 10 * time.Minute} })
		time.Sleep(20 * time.Minute)
		list := s.transactions()
		if len(list) < 6 || list[0].connection != 2 {
			t.Fatalf("%+v", list)
		}
		if text := outline(list); !strings.HasPrefix(text, "Start MeterValues(1) ") || !strings.HasSuffix(text, "MeterValues(1) Stop(1)") {
			t.Error(text)
		}
		last := ""
		for _, g := range list {
			at := timestampOf(t, g)
			if at <= last {
				t.Errorf("%s after %s", at, last)
			}
			last = at
		}
	})

	bubble(t, "statuses go before the backlog", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			usual.hangUp = g.action == "StartTransaction" && g.connection == 1
			return usual
		}
		startOne(s, nil)
		time.Sleep(2 * time.Minute)
		text := outline(s.received())
		want := "BootNotification 0:Available 1:Available 1:Preparing Authorize Start 1:Charging Start"
		if !strings.HasPrefix(text, want) {
			t.Errorf("%s\nwant %s", text, want)
		}
	})

	for _, newIDs := range []bool{false, true} {
		name := map[bool]string{false: "the same message id", true: "a new message id"}[newIDs]
		bubble(t, "a message without an answer is repeated with the same content and "+name, func(t *testing.T) {
			s := newServer(t)
			heard := make(map[string]bool)
			s.react = func(g got, usual reaction) reaction {
				usual.hangUp = strings.Contains(g.payload, "meter") && !heard[g.payload]
				heard[g.payload] = true
				return usual
			}
			startOne(s, func(cfg *Config) { cfg.Retry.NewIDs = newIDs })
			time.Sleep(15 * time.Minute)
			checkRepeats(t, s.transactions(), newIDs)
		})
	}

	bubble(t, "only an answer removes a message", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			usual.silent = g.action == "StopTransaction" && len(s.received("StopTransaction")) < 4
			return usual
		}
		f := startOne(s, nil)
		time.Sleep(7 * time.Minute)
		if n := f.Chargers()[0].Queued(); n != 1 {
			t.Errorf("%d messages in the queue, not the stop alone", n)
		}
		time.Sleep(20 * time.Minute)
		if n := f.Chargers()[0].Queued(); n != 0 {
			t.Errorf("%d messages in the queue after the answer", n)
		}
		stops := s.received("StopTransaction")
		for _, g := range stops {
			if g.payload != stops[0].payload {
				t.Errorf("%s, then %s", stops[0].payload, g.payload)
			}
		}
		if len(stops) != 4 {
			t.Errorf("%d stops sent, not 4", len(stops))
		}
	})

	bubble(t, "a refused message is tried again after waits that grow, then given up", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			if g.action == "StartTransaction" {
				usual.code = ocpp.InternalError
			}
			return usual
		}
		f := startOne(s, func(cfg *Config) { cfg.Retry = Retry{Attempts: 3, Interval: 10 * time.Second} })
		time.Sleep(9 * time.Minute)
		starts := s.received("StartTransaction")
		if len(starts) != 3 {
			t.Fatalf("%d starts sent, not 3", len(starts))
		}
		for i, want := range []time.Duration{10 * time.Second, 20 * time.Second} {
			if wait := starts[i+1].at.Sub(starts[i].at).Round(time.Millisecond); wait != want {
				t.Errorf("attempt %d came after %v, not %v", i+2, wait, want)
			}
		}
		// The session goes on without an id; -1 says that there is none.
		text := outline(s.transactions())
		if !strings.HasPrefix(text, "Start Start Start MeterValues() ") || !strings.HasSuffix(text, " Stop(-1)") {
			t.Error(text)
		}
		if n := f.Summary().GivenUp; n != 1 {
			t.Errorf("%d given up", n)
		}
	})

	bubble(t, "one call is open at a time", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			before := len(s.received())
			time.Sleep(20 * time.Second)
			if now := len(s.received()); now != before {
				t.Errorf("%d calls came while %s was open", now-before, g.action)
			}
			return usual
		}
		startOne(s, func(cfg *Config) { cfg.Life.SampleInterval = 5 * time.Second })
		time.Sleep(30 * time.Minute)
		if n := len(s.transactions()); n < 10 {
			t.Errorf("only %d messages of transactions", n)
		}
	})

	bubble(t, "a server that answers nothing is left", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			usual.silent = g.connection == 1 && g.action != "BootNotification"
			return usual
		}
		f := startOne(s, nil)
		time.Sleep(10 * time.Minute)
		if sum := f.Summary(); sum.Connects != 2 || sum.Lost != 1 || sum.Connected != 1 {
			t.Errorf("%+v", sum)
		}
		if n := len(s.transactions()); n < 5 {
			t.Errorf("only %d messages of transactions came later", n)
		}
	})
}

// timestampOf returns the timestamp of a transaction message.
func timestampOf(t *testing.T, g got) string {
	t.Helper()
	message, odd, refusal := v16.DecodeStrict(g.action, []byte(g.payload))
	if refusal != nil || len(odd) > 0 {
		t.Fatalf("%s %s: %v %v", g.action, g.payload, refusal, odd)
	}
	switch m := message.(type) {
	case *v16.StartTransaction:
		return m.Timestamp.Written
	case *v16.StopTransaction:
		return m.Timestamp.Written
	case *v16.MeterValues:
		return m.MeterValue[0].Timestamp.Written
	}
	return ""
}

// checkRepeats demands that each message came as often as it took, in order.
func checkRepeats(t *testing.T, list []got, newIDs bool) {
	t.Helper()
	repeats := 0
	ids := make(map[string]string)
	var order []string
	for i, g := range list {
		if payload, used := ids[g.id]; used && payload != g.payload {
			t.Errorf("the id %s stands for %s and %s", g.id, payload, g.payload)
		}
		ids[g.id] = g.payload
		if i == 0 || list[i-1].payload != g.payload {
			order = append(order, g.payload)
			continue
		}
		repeats++
		if same := g.id == list[i-1].id; same == newIDs {
			t.Errorf("the repeat of %s has the id %s", list[i-1].id, g.id)
		}
	}
	seen := make(map[string]bool)
	for _, payload := range order {
		if seen[payload] {
			t.Errorf("out of order: %s", payload)
		}
		seen[payload] = true
	}
	if repeats < 3 {
		t.Errorf("only %d repeats: %s", repeats, outline(list))
	}
}
