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

type called struct {
	payload string
	err     error
}

func (y *yard) call(ctx context.Context, action string) <-chan called {
	done := make(chan called, 1)
	go func() {
		payload, err := y.g.Call(ctx, 1, action, nil)
		done <- called{string(payload), err}
	}()
	return done
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
		if got := <-first; got.payload != `{"status":"Accepted"}` || got.err != nil {
			t.Errorf("first call answered %+v", got)
		}
		id2, action := c.outgoing()
		if action != "GetConfiguration" || id2 == id {
			t.Errorf("second call %s, id %q", action, id2)
		}
		c.send(`[4,"` + id2 + `","FormationViolation",""]`)
		var refused *CallError
		if got := <-second; !errors.As(got.err, &refused) || refused.Code != "FormationViolation" || string(refused.Details) != "{}" {
			t.Errorf("second call answered %+v", got)
		} else if refused.Error() != "the charger refused GetConfiguration with FormationViolation" {
			t.Errorf("error %q", refused)
		}
		c.drainLater()
	})
}

func TestCallErrorTellsItsDescription(t *testing.T) {
	err := &CallError{Action: "Reset", Code: "InternalError", Description: "no way"}
	if got := err.Error(); got != "the charger refused Reset with InternalError: no way" {
		t.Errorf("error %q", got)
	}
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
		got := <-done
		if took := time.Since(begun); took != 30*time.Second {
			t.Errorf("timed out after %s", took)
		}
		if got.err == nil || got.err.Error() != "The charger did not answer ClearCache within 30s." || charging.KindOf(got.err) != charging.Unavailable {
			t.Errorf("error %v", got.err)
		}
		// A late answer is ignored, and the connection kept.
		c.send(`[3,"` + id + `",{}]`)
		c.want(statusCall, `[3,"s1",{}]`)
		if !strings.Contains(y.log.String(), "ignored an answer to a call that is not open") {
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
		if got := <-first; got.err == nil || got.err.Error() != "The charger has not answered ClearCache: nobody wants it" {
			t.Errorf("error %v", got.err)
		}
		stop()
		<-second
		time.Sleep(10 * time.Second)
		c.send(`[3,"` + id + `",{}]`)
		id, action := c.outgoing()
		if action != "GetConfiguration" {
			t.Errorf("next comes %s", action)
		}
		c.send(`[3,"` + id + `",{}]`)
		if got := <-third; got.err != nil {
			t.Errorf("third call: %v", got.err)
		}
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
		got := <-done
		if got.err == nil || !strings.HasPrefix(got.err.Error(), "The charger's answer to GetConfiguration could not be read: ") {
			t.Errorf("error %v", got.err)
		}
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
		for name, done := range map[string]<-chan called{"ClearCache": open, "Reset": waiting} {
			got := <-done
			if got.err == nil || got.err.Error() != "The connection ended before the charger answered "+name+"." {
				t.Errorf("%s: %v", name, got.err)
			}
		}
		if time.Since(begun) > time.Second {
			t.Errorf("it took %s", time.Since(begun))
		}
		_, err := y.g.Call(context.Background(), 1, "Reset", nil)
		if err == nil || err.Error() != "The charger is not connected." || charging.KindOf(err) != charging.Unavailable {
			t.Errorf("call without a connection: %v", err)
		}
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
