package command_test

import (
	"context"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// confirmed waits until a session confirmed the command, as it is stored.
func (y *yard) confirmed(id charging.ID) *charging.Command {
	y.t.Helper()
	// A confirmation is kept by itself, after the message that brought it was
	// answered; what is kept later comes behind it.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if c := y.kept(id); c.Session != 0 {
			return c
		}
		if err := y.fleet.Keep(context.Background(), func(*charging.Batch) {}); err != nil {
			y.t.Fatal(err)
		}
	}
	y.t.Fatalf("command %d was never confirmed", id)
	return nil
}

func (y *yard) begin(port int, tag string) *charging.Session {
	y.t.Helper()
	out := y.tell(charging.SessionStarted{Port: port, Tag: tag, HasMeterStart: true, Time: stamp(time.Now())})
	s := y.fleet.Estate().Charger(chargerID).Port(port).Session
	if s == nil || s.TransactionID != out.TransactionID {
		y.t.Fatalf("no session: %+v", out)
	}
	return s
}

func (y *yard) end(s *charging.Session) {
	y.t.Helper()
	y.tell(charging.SessionStopped{TransactionID: s.TransactionID, TransactionKnown: true, HasMeter: true, Time: stamp(time.Now()), Reason: "Remote"})
}

func TestAStartIsConfirmedByItsSession(t *testing.T) {
	t.Run("that begins after the answer", func(t *testing.T) {
		y := newYard(t)
		y.status(1, charging.Available)
		over := y.do(y.order("start", `{"tag":"A0B1"}`))
		if over.Session != 0 || over.Outcome != charging.OutcomeAccepted {
			t.Errorf("%+v", over.Command)
		}
		s := y.begin(1, "a0b1")
		if c := y.confirmed(over.ID); c.Session != s.ID || c.ConfirmedAt.Before(c.AnsweredAt) || c.Status != charging.CommandAnswered {
			t.Errorf("%+v, of session %d", c, s.ID)
		}
	})
	t.Run("that begins before the answer", func(t *testing.T) {
		y := newYard(t)
		y.status(1, charging.Available)
		var s *charging.Session
		y.link.onCall(func(c charging.Call) charging.Answer {
			s = y.begin(1, "A0B1")
			return accepted(c)
		})
		over := y.do(y.raw("RemoteStartTransaction", `{"connectorId":1,"idTag":"A0B1"}`))
		if over.Session != s.ID || y.kept(over.ID).Session != s.ID {
			t.Errorf("%+v", over.Command)
		}
	})
	t.Run("of the right port and tag only", func(t *testing.T) {
		y := newYard(t)
		y.status(1, charging.Available)
		y.status(2, charging.Available)
		y.status(3, charging.Available)
		over := y.do(y.order("start", `{"tag":"A0B1","port":2}`))
		y.begin(1, "A0B1")
		y.begin(3, "OTHER")
		s := y.begin(2, "A0B1")
		if c := y.confirmed(over.ID); c.Session != s.ID {
			t.Errorf("%+v, of session %d", c, s.ID)
		}
	})
	t.Run("one session is that of one start", func(t *testing.T) {
		y := newYard(t)
		y.status(1, charging.Available)
		first, second := y.do(y.order("start", `{"tag":"A0B1"}`)), y.do(y.order("start", `{"tag":"A0B1"}`))
		y.begin(1, "A0B1")
		y.confirmed(first.ID)
		if c := y.kept(second.ID); c.Session != 0 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("not when it was rejected", func(t *testing.T) {
		y := newYard(t)
		y.status(1, charging.Available)
		y.link.onCall(answered(`{"status":"Rejected"}`))
		first := y.do(y.order("start", `{"tag":"A0B1"}`))
		y.link.onCall(accepted)
		second := y.do(y.order("start", `{"tag":"A0B1"}`))
		y.begin(1, "A0B1")
		y.confirmed(second.ID)
		if c := y.kept(first.ID); c.Session != 0 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("by the number that we gave it in 2.x", func(t *testing.T) {
		y := newYard(t)
		y.speak("ocpp2.0.1")
		y.tell(charging.ConditionsReported{Time: stamp(time.Now()), States: []charging.ConnectorReport{{Port: 1, Connector: 1, State: "Available", Time: stamp(time.Now())}}})
		over := y.do(y.order("start", `{"tag":"A0B1"}`))
		remote := int64(payloadOf(t, y.link.sent[0])["remoteStartId"].(float64))
		y.tell(charging.SessionReported{Transaction: "tx-1", Phase: charging.PhaseStarted, HasSeq: true, Time: stamp(time.Now()), Port: 1, RemoteStart: remote})
		s := y.fleet.Estate().Charger(chargerID).Port(1).Session
		if c := y.confirmed(over.ID); c.Session != s.ID {
			t.Errorf("%+v, of session %d", c, s.ID)
		}
		t.Run("and a stop by the station's own", func(t *testing.T) {
			over := y.do(y.order("stop", `{}`))
			if got := payloadOf(t, y.link.sent[1])["transactionId"]; got != "tx-1" {
				t.Errorf("%v", got)
			}
			y.tell(charging.SessionReported{Transaction: "tx-1", Phase: charging.PhaseEnded, Seq: 1, HasSeq: true, Time: stamp(time.Now()), Port: 1})
			if c := y.confirmed(over.ID); c.Session != s.ID {
				t.Errorf("%+v, of session %d", c, s.ID)
			}
		})
	})
}

func TestAStopIsConfirmedByTheEndOfItsSession(t *testing.T) {
	y := newYard(t)
	y.status(1, charging.Available)
	s := y.begin(1, "A0B1")
	over := y.do(y.order("stop", `{"port":1}`))
	if got := int64(payloadOf(t, y.link.sent[0])["transactionId"].(float64)); got != s.TransactionID {
		t.Errorf("stopped %d, not %d", got, s.TransactionID)
	}
	y.status(1, charging.Finishing)
	if c := y.kept(over.ID); c.Session != 0 {
		t.Errorf("confirmed too early: %+v", c)
	}
	y.end(s)
	if c := y.confirmed(over.ID); c.Session != s.ID {
		t.Errorf("%+v", c)
	}
}

func TestConfirmationsHoldOverARestart(t *testing.T) {
	t.Run("of sessions that come after it", func(t *testing.T) {
		y := newYard(t)
		y.status(1, charging.Available)
		over := y.do(y.order("start", `{"tag":"A0B1"}`))
		y.crash()
		s := y.begin(1, "A0B1")
		if c := y.confirmed(over.ID); c.Session != s.ID {
			t.Errorf("%+v", c)
		}
	})
	t.Run("of sessions that came before it", func(t *testing.T) {
		y := newYard(t)
		y.status(1, charging.Available)
		begun := y.begin(1, "A0B1")
		// As if the server had ended between the session and its note.
		now := time.Now().UTC().Truncate(time.Microsecond)
		start := &charging.Command{ID: 900, ChargerID: chargerID, Action: "RemoteStartTransaction", Payload: []byte(`{"connectorId":1,"idTag":"A0B1"}`),
			Protocol: "ocpp1.6", Status: charging.CommandAnswered, Response: []byte(`{"status":"Accepted"}`),
			CreatedAt: begun.StartSeen.Add(-time.Second), SentAt: begun.StartSeen.Add(-time.Second), AnsweredAt: now}
		stop := *start
		stop.ID, stop.Action, stop.Payload = 901, "RemoteStopTransaction", []byte(`{"transactionId":`+itoa(begun.TransactionID)+`}`)
		y.end(begun)
		if err := y.fleet.Keep(t.Context(), func(b *charging.Batch) { b.Commands = append(b.Commands, start, &stop) }); err != nil {
			t.Fatal(err)
		}
		y.crash()
		if c := y.kept(stop.ID); c.Session != begun.ID {
			t.Errorf("the stop: %+v", c)
		}
	})
}
