package gateway

import (
	"context"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func TestTimeToAnswerDependsOnTheCall(t *testing.T) {
	f := func(name string, settings, explicit, want time.Duration, action string, boot bool) {
		t.Helper()
		withCalls(t, func(y *yard) {
			y.estate.chargers[0].CallTimeout = settings
			c := y.pipe(y.estate.chargers[0])
			if boot {
				c.send(bootCall)
				c.text()
			}
			done := y.callWith(context.Background(), charging.Call{Action: action, Timeout: explicit})
			c.outgoing()
			begun := time.Now()
			go c.drainLater()
			if a := <-done; a.Status != charging.CommandTimedOut {
				t.Errorf("%s: %+v", name, a)
			}
			if took := time.Since(begun); took != want {
				t.Errorf("%s: timed out after %s, want %s", name, took, want)
			}
		})
	}
	f("default", 0, 0, 30*time.Second, "Reset", false)
	f("slow call", 0, 0, 90*time.Second, "GetConfiguration", false)
	f("first after a boot", 0, 0, 90*time.Second, "Reset", true)
	f("charger's own", 10*time.Second, 0, 10*time.Second, "GetConfiguration", true)
	f("call's own", 10*time.Second, 7*time.Second, 7*time.Second, "GetConfiguration", true)
}

func TestProtocolIsThatOfTheConnection(t *testing.T) {
	withCalls(t, func(y *yard) {
		if _, _, ok := y.g.Protocol(1); ok {
			t.Error("a charger that is not connected has a protocol")
		}
		y.pipe(y.estate.chargers[0]).drainLater()
		name, version, ok := y.g.Protocol(1)
		if name != "ocpp1.6" || version != ocpp.V16 || !ok {
			t.Errorf("protocol %q, version %d, %t", name, version, ok)
		}
	})
}

func TestACallOfAnotherVersionIsNotSent(t *testing.T) {
	withCalls(t, func(y *yard) {
		y.pipe(y.estate.chargers[0]).drainLater()
		a := <-y.callWith(context.Background(), charging.Call{Action: "ClearCache", Protocol: "ocpp2.0.1"})
		wantAnswer(t, a, charging.CommandNotConnected, "The charger came back speaking ocpp1.6, and ClearCache is one of ocpp2.0.1.")
		if !a.SentAt.IsZero() {
			t.Error("it was sent")
		}
	})
}
