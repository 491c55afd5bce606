package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// inBubble runs a test on a clock of its own, with charger 1 behind a pipe.
func inBubble(t *testing.T, cfg Config, test func(y *yard)) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, cfg)
		defer y.stop()
		test(y)
	})
}

// withCalls runs a test about calls of ours: charger 1 booted some day, and
// nobody pings it.
func withCalls(t *testing.T, test func(y *yard)) {
	inBubble(t, Config{PingEvery: -1}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		test(y)
	})
}

// outgoing returns the id and the action of the next call of ours.
func (c *client) outgoing() (id, action string) {
	c.t.Helper()
	text := c.text()
	var frame []any
	if err := json.Unmarshal([]byte(text), &frame); err != nil || len(frame) != 4 || frame[0] != 2.0 {
		c.t.Fatalf("a call was awaited, and got %s, %v", text, err)
	}
	return frame[1].(string), frame[2].(string)
}

func (y *yard) call(ctx context.Context, action string) <-chan charging.Answer {
	return y.callWith(ctx, charging.Call{Action: action})
}

func (y *yard) callWith(ctx context.Context, c charging.Call) <-chan charging.Answer {
	c.ChargerID = 1
	done := make(chan charging.Answer, 1)
	go func() { done <- y.g.Call(ctx, c) }()
	return done
}

// wantAnswer compares what became of a call with a status and a reason.
func wantAnswer(t *testing.T, a charging.Answer, status charging.CommandStatus, why string) {
	t.Helper()
	got := ""
	if a.Error != nil {
		got = a.Error.Description
	}
	if a.Status != status || got != why {
		t.Errorf("a call ended as %s: %q, want %s: %q", a.Status, got, status, why)
	}
	if sent := status != charging.CommandNotConnected && why != "Reset could not be sent before its deadline."; (a.MessageID != "") != sent || a.SentAt.IsZero() == sent {
		t.Errorf("a call that ended as %s has the message id %q and left at %s", a.Status, a.MessageID, a.SentAt)
	}
}

// drainLater reads what comes so that the server can end the connection.
func (c *client) drainLater() { go c.closed() }

func TestCallsLeaveOneAfterAnother(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		ctx := context.Background()
		first := y.call(ctx, "ClearCache")
		synctest.Wait()
		second := y.call(ctx, "GetConfiguration")
		id, action := c.outgoing()
		if action != "ClearCache" || len(id) > 36 {
			t.Errorf("first call %s, id %q", action, id)
		}
		// Calls of both sides may cross.
		c.want(statusCall, `[3,"s1",{}]`)
		c.send(`[3,"` + id + `",{"status":"Accepted"}]`)
		got := <-first
		wantAnswer(t, got, charging.CommandAnswered, "")
		if string(got.Response) != `{"status":"Accepted"}` || got.MessageID != id || got.AnsweredAt.IsZero() {
			t.Errorf("first call answered %+v", got)
		}
		id2, action := c.outgoing()
		if action != "GetConfiguration" || id2 == id {
			t.Errorf("second call %s, id %q", action, id2)
		}
		c.send(`[4,"` + id2 + `","FormationViolation",""]`)
		got = <-second
		wantAnswer(t, got, charging.CommandRefused, "")
		if got.Error.Code != "FormationViolation" || string(got.Error.Details) != "{}" || got.Response != nil {
			t.Errorf("second call answered %+v", got)
		}
		c.drainLater()
	})
}

func TestCallsWaitUntilTheBootIsAnsweredAndAWhileLonger(t *testing.T) {
	withCalls(t, func(y *yard) {
		release := make(chan struct{})
		y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
			<-release
			return charging.Outcome{}, nil
		}
		c := y.pipe(y.estate.chargers[0])
		done := y.call(context.Background(), "ClearCache")
		c.send(bootCall)
		time.Sleep(20 * time.Second) // longer than calls are held without a boot
		close(release)
		if got := c.text(); !strings.HasPrefix(got, `[3,"b1",`) {
			t.Fatalf("first comes %s", got)
		}
		answered := time.Now()
		id, _ := c.outgoing()
		if pause := time.Since(answered); pause < time.Second || pause > 5*time.Second {
			t.Errorf("a call left %s after the answer to the boot", pause)
		}
		c.send(`[3,"` + id + `",{}]`)
		<-done
		c.drainLater()
	})
}

func TestCallsMayLeaveSoonAfterAReconnect(t *testing.T) {
	withCalls(t, func(y *yard) {
		begun := time.Now()
		c := y.pipe(y.estate.chargers[0])
		done := y.call(context.Background(), "ClearCache")
		c.want(statusCall, `[3,"s1",{}]`)
		id, _ := c.outgoing()
		if pause := time.Since(begun); pause < time.Second || pause > 5*time.Second {
			t.Errorf("a call left %s after the first message", pause)
		}
		c.send(`[3,"` + id + `",{}]`)
		<-done
		c.drainLater()
	})
}

func TestCallThatIsNotAnsweredTimesOut(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		done := y.call(context.Background(), "ClearCache")
		id, _ := c.outgoing()
		begun := time.Now()
		wantAnswer(t, <-done, charging.CommandTimedOut, "The charger did not answer ClearCache within 30s.")
		if took := time.Since(begun); took != 30*time.Second {
			t.Errorf("timed out after %s", took)
		}
		// A late answer is ignored, and the connection kept.
		c.send(`[3,"` + id + `",{}]`)
		c.want(statusCall, `[3,"s1",{}]`)
		if !strings.Contains(y.log.String(), "ignored an answer that came after its time") {
			t.Error("the late answer is not logged")
		}
		c.drainLater()
	})
}

func TestThreeUnansweredCallsEndTheConnection(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		for range maxUnanswered {
			y.call(context.Background(), "ClearCache")
		}
		for range maxUnanswered {
			c.outgoing()
		}
		c.wantClosed(1001, "the charger left 3 calls in a row unanswered")
	})
}

func TestAbandonedCallStaysOpenUntilItIsAnswered(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		ctx, cancel := context.WithCancelCause(context.Background())
		first := y.call(ctx, "ClearCache")
		synctest.Wait()
		waiting, stop := context.WithCancel(context.Background())
		second := y.call(waiting, "Reset")
		synctest.Wait()
		third := y.call(context.Background(), "GetConfiguration")
		id, _ := c.outgoing()
		cancel(errors.New("nobody wants it"))
		wantAnswer(t, <-first, charging.CommandUnknown, "The charger had not answered ClearCache when the server stopped waiting: nobody wants it")
		stop()
		wantAnswer(t, <-second, charging.CommandNotConnected, "Reset was taken back before it was sent: context canceled")
		time.Sleep(10 * time.Second)
		c.send(`[3,"` + id + `",{}]`)
		id, action := c.outgoing()
		if action != "GetConfiguration" {
			t.Errorf("next comes %s", action)
		}
		c.send(`[3,"` + id + `",{}]`)
		wantAnswer(t, <-third, charging.CommandAnswered, "")
		c.drainLater()
	})
}

func TestBrokenAnswerEndsItsCall(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		done := y.call(context.Background(), "GetConfiguration")
		id, _ := c.outgoing()
		begun := time.Now()
		c.send(`[3,"` + id + `",{"configurationKey":[]`)
		wantAnswer(t, <-done, charging.CommandUnknown,
			"The charger's answer to GetConfiguration could not be read: the elements of the frame are no JSON.")
		if time.Since(begun) > time.Second {
			t.Errorf("it took %s", time.Since(begun))
		}
		c.want(statusCall, `[3,"s1",{}]`)
		c.drainLater()
	})
}

func TestConnectionLossEndsCallsAtOnce(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		open := y.call(context.Background(), "ClearCache")
		synctest.Wait()
		waiting := y.call(context.Background(), "Reset")
		c.outgoing()
		begun := time.Now()
		c.conn.Close()
		wantAnswer(t, <-open, charging.CommandConnectionLost, "The connection ended before the charger answered ClearCache.")
		wantAnswer(t, <-waiting, charging.CommandNotConnected, "The connection ended before Reset was sent.")
		if time.Since(begun) > time.Second {
			t.Errorf("it took %s", time.Since(begun))
		}
		wantAnswer(t, <-y.call(context.Background(), "Reset"), charging.CommandNotConnected, "The charger is not connected.")
	})
}

func TestReplacedConnectionEndsItsCalls(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		open := y.call(context.Background(), "ClearCache")
		synctest.Wait()
		waiting := y.call(context.Background(), "Reset")
		c.outgoing()
		next := y.pipe(y.estate.chargers[0])
		c.drainLater()
		wantAnswer(t, <-open, charging.CommandConnectionLost, "The connection ended before the charger answered ClearCache.")
		wantAnswer(t, <-waiting, charging.CommandNotConnected, "The connection ended before Reset was sent.")
		next.drainLater()
	})
}

func TestCallIsNeverSentAfterItsDeadline(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		ctx := context.Background()
		first := y.call(ctx, "ClearCache")
		synctest.Wait()
		begun := time.Now()
		late := y.callWith(ctx, charging.Call{Action: "Reset", Deadline: begun.Add(20 * time.Second)})
		timely := y.callWith(ctx, charging.Call{Action: "UnlockConnector", Deadline: begun.Add(time.Minute)})
		id, _ := c.outgoing()
		wantAnswer(t, <-late, charging.CommandTimedOut, "Reset could not be sent before its deadline.")
		if after := time.Since(begun); after != 20*time.Second {
			t.Errorf("given up after %s", after)
		}
		c.send(`[3,"` + id + `",{}]`)
		<-first
		id, action := c.outgoing()
		if action != "UnlockConnector" {
			t.Errorf("next comes %s", action)
		}
		time.Sleep(10 * time.Second)
		c.send(`[3,"` + id + `",{}]`)
		wantAnswer(t, <-timely, charging.CommandAnswered, "")
		c.drainLater()
	})
}

func TestCallsOfOperatorsGoBeforeThoseInTheBackground(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		for _, call := range []charging.Call{
			{Action: "GetConfiguration", Background: true}, {Action: "SendLocalList", Background: true},
			{Action: "Reset"}, {Action: "ClearCache"},
		} {
			y.callWith(context.Background(), call)
			synctest.Wait()
		}
		for _, want := range []string{"Reset", "ClearCache", "GetConfiguration", "SendLocalList"} {
			id, action := c.outgoing()
			if action != want {
				t.Errorf("next comes %s, want %s", action, want)
			}
			c.send(`[3,"` + id + `",{}]`)
		}
		c.drainLater()
	})
}

func TestSentIsToldBeforeTheFrameLeaves(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		var told []string
		done := y.callWith(context.Background(), charging.Call{Action: "Reset", Sent: func(id string, at time.Time) {
			if !at.Equal(time.Now()) {
				t.Errorf("sent at %s", at)
			}
			told = append(told, id)
		}})
		id, _ := c.outgoing()
		if len(told) != 1 || told[0] != id {
			t.Errorf("told %q, sent %q", told, id)
		}
		c.send(`[3,"` + id + `",{}]`)
		if a := <-done; a.MessageID != id || a.SentAt.IsZero() {
			t.Errorf("answer %+v", a)
		}
		c.drainLater()
	})
}

func TestChargerThatNeverBootedIsAskedToOnce(t *testing.T) {
	inBubble(t, Config{PingEvery: -1}, func(y *yard) {
		begun := time.Now()
		c := y.pipe(y.estate.chargers[0])
		c.want(statusCall, `[3,"s1",{}]`)
		text := c.text()
		if after := time.Since(begun); after < 15*time.Second || after > 17*time.Second {
			t.Errorf("asked after %s", after)
		}
		if !strings.HasSuffix(text, `,"TriggerMessage",{"requestedMessage":"BootNotification"}]`) {
			t.Errorf("asked %s", text)
		}
		var frame []any
		json.Unmarshal([]byte(text), &frame)
		c.send(`[3,"` + frame[1].(string) + `",{"status":"Rejected"}]`)
		c.conn.SetReadDeadline(time.Now().Add(80 * time.Second))
		if f, err := c.read(); err == nil {
			t.Errorf("then comes %v %q", f.Header, f.Payload)
		}
		c.conn.SetReadDeadline(time.Time{})
		c.want(statusCall, `[3,"s1",{}]`)
		c.drainLater()
	})
}

func TestChargerThatBootedEarlierIsNotAskedTo(t *testing.T) {
	withCalls(t, func(y *yard) {
		c := y.pipe(y.estate.chargers[0])
		c.conn.SetReadDeadline(time.Now().Add(80 * time.Second))
		if f, err := c.read(); err == nil {
			t.Errorf("a frame %v %q", f.Header, f.Payload)
		}
		c.conn.Close()
	})
}
