package gateway

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// answersBoots makes the estate answer boots so.
func (e *memoryEstate) answersBoots(registration string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.registration = registration
}

func (c *client) boot() (status string, interval int) {
	c.t.Helper()
	c.send(bootCall)
	var frame []json.RawMessage
	var answer struct {
		Status   string
		Interval int
	}
	if err := json.Unmarshal([]byte(c.text()), &frame); err != nil || len(frame) != 3 {
		c.t.Fatalf("answer %s, %v", frame, err)
	}
	if err := json.Unmarshal(frame[2], &answer); err != nil {
		c.t.Fatal(err)
	}
	return answer.Status, answer.Interval
}

func TestBootIsAnsweredAsDecided(t *testing.T) {
	y := listenYard(t, Config{Heartbeat: 7 * time.Minute, BootRetry: 90 * time.Second})
	c := y.dial("CP1")
	f := func(decided, status string, interval int) {
		t.Helper()
		y.estate.answersBoots(decided)
		if s, i := c.boot(); s != status || i != interval {
			t.Errorf("answered %s, %d, want %s, %d", s, i, status, interval)
		}
	}
	f("Pending", "Pending", 90)
	f("Rejected", "Rejected", 90)
	f("", "Accepted", 420)
	f("Accepted", "Accepted", 420)
}

func TestChargerOf16ThatIsNotAcceptedIsServedUnlessStrict(t *testing.T) {
	for _, answer := range []string{"Pending", "Rejected"} {
		y := listenYard(t, Config{})
		y.estate.answersBoots(answer)
		c := y.dial("CP1")
		c.boot()
		c.want(statusCall, `[3,"s1",{}]`)
		if odd := y.estate.oddities(); len(odd) != 3 || len(odd[2]) != 1 || odd[2][0] != "not-accepted" {
			t.Errorf("oddities %q", odd)
		}
		strict := listenYard(t, Config{Strict: true})
		strict.estate.answersBoots(answer)
		c = strict.dial("CP1")
		c.boot()
		c.want(statusCall, `[4,"s1","SecurityError","the boot was not accepted yet; send BootNotification again",{}]`)
		c.want(heartbeatCall, `[4,"h1","SecurityError","the boot was not accepted yet; send BootNotification again",{}]`)
		strict.estate.answersBoots("")
		c.boot()
		c.want(statusCall, `[3,"s1",{}]`)
	}
}

func TestAnswerToABootHoldsOverReconnects(t *testing.T) {
	f := func(b *charging.Boot, answer string) {
		t.Helper()
		y := listenYard(t, Config{Strict: true})
		y.estate.chargers[0].Boot = b
		y.dial("CP1").want(statusCall, answer)
	}
	f(&charging.Boot{}, `[3,"s1",{}]`)
	f(&charging.Boot{Registration: "Accepted"}, `[3,"s1",{}]`)
	f(&charging.Boot{Registration: "Pending"}, `[4,"s1","SecurityError","the boot was not accepted yet; send BootNotification again",{}]`)
	f(&charging.Boot{Registration: "Rejected"}, `[4,"s1","SecurityError","the boot was not accepted yet; send BootNotification again",{}]`)
}

func TestWhatACallAskedForIsWelcomeWhilePending(t *testing.T) {
	inBubble(t, Config{Strict: true, PingEvery: -1}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{Registration: "Pending"}
		c := y.pipe(y.estate.chargers[0])
		done := y.callWith(context.Background(), charging.Call{
			Action: "TriggerMessage", Payload: []byte(`{"requestedMessage":"StatusNotification","connectorId":1}`)})
		id, _ := c.outgoing()
		c.send(`[3,"` + id + `",{"status":"Accepted"}]`)
		<-done
		c.want(statusCall, `[3,"s1",{}]`)
		c.want(heartbeatCall, `[4,"h1","SecurityError","the boot was not accepted yet; send BootNotification again",{}]`)
		// The next boot begins anew.
		y.estate.answersBoots("Pending")
		c.boot()
		c.want(statusCall, `[4,"s1","SecurityError","the boot was not accepted yet; send BootNotification again",{}]`)
		c.drainLater()
	})
}

func TestCallsToAChargerThatIsNotAccepted(t *testing.T) {
	const trigger = `{"requestedMessage":"BootNotification"}`
	f := func(registration, action, payload, why string) {
		t.Helper()
		inBubble(t, Config{PingEvery: -1}, func(y *yard) {
			y.estate.chargers[0].Boot = &charging.Boot{Registration: registration}
			c := y.pipe(y.estate.chargers[0])
			done := y.callWith(context.Background(), charging.Call{Action: action, Payload: []byte(payload)})
			if why != "" {
				wantAnswer(t, <-done, charging.CommandNotConnected, why)
			} else {
				id, _ := c.outgoing()
				c.send(`[3,"` + id + `",{}]`)
				wantAnswer(t, <-done, charging.CommandAnswered, "")
			}
			c.drainLater()
		})
	}
	const rejected = " was not sent: the charger's boot was answered Rejected, and until it is accepted it may only be asked to boot (TriggerMessage BootNotification)."
	const pending = " was not sent: the charger's boot was answered Pending, and it neither starts nor stops charging until it is accepted."
	f("Rejected", "TriggerMessage", trigger, "")
	f("Rejected", "TriggerMessage", `{"requestedMessage":"Heartbeat"}`, "TriggerMessage"+rejected)
	f("Rejected", "GetConfiguration", `{}`, "GetConfiguration"+rejected)
	f("Pending", "GetConfiguration", `{}`, "")
	f("Pending", "TriggerMessage", trigger, "")
	f("Pending", "RemoteStartTransaction", `{}`, "RemoteStartTransaction"+pending)
	f("Pending", "RequestStopTransaction", `{}`, "RequestStopTransaction"+pending)
	f("Accepted", "RemoteStartTransaction", `{}`, "")
}
