package gateway

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// follows collects what is told of a charger's messages.
type follows struct {
	mu   sync.Mutex
	told []*charging.Message
}

func (f *follows) tell(m *charging.Message) {
	f.mu.Lock()
	f.told = append(f.told, m)
	f.mu.Unlock()
}

func (f *follows) all() []*charging.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.told)
}

func (f *follows) want(t *testing.T, want ...raw) {
	t.Helper()
	eventually(t, "the messages are told", func() bool { return len(f.all()) >= len(want) })
	var got []raw
	for _, m := range f.all() {
		if m.ChargerID != 1 || m.Identity != "CP1" || m.Protocol != "ocpp1.6" || m.At.IsZero() {
			t.Errorf("told %+v", m)
		}
		got = append(got, raw{m.ID, m.FromCharger, m.Action, m.MessageID, string(m.Payload), string(m.Response), !m.Answered.IsZero()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told messages (-want +got):\n%s", diff)
	}
}

func TestWhoFollowsIsToldOfAMessageAndAgainOfItsAnswer(t *testing.T) {
	kept := &shelf{}
	y := listenYard(t, Config{Messages: kept, NextMessageID: kept.next})
	decided := make(chan struct{})
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		<-decided
		return charging.Outcome{}, nil
	}
	var own, other follows
	stop := y.g.FollowMessages(1, own.tell)
	defer y.g.FollowMessages(2, other.tell)()
	c := y.dial("CP1")
	c.send(`[2,"7","statusnotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]`)
	payload := `{"connectorId":1,"errorCode":"NoError","status":"Available"}`
	first := raw{1, true, "statusnotification", "7", payload, "", false}
	own.want(t, first) // the store is not done with it
	close(decided)
	c.text()
	second := raw{1, true, "StatusNotification", "7", payload, `{}`, true}
	own.want(t, first, second)
	c.want(`[2,"9",{"no":"action"}]`, `[4,"9","FormationViolation","the frame has no action",{}]`)
	broken := raw{2, true, "", "9", `"[2,\"9\",{\"no\":\"action\"}]"`, `{"errorCode":"FormationViolation","errorDescription":"the frame has no action","errorDetails":{}}`, true}
	// The memory of the first messages was used again meanwhile.
	own.want(t, first, second, broken)
	stop()
	stop() // twice is once
	c.want(`[2,"p","DataTransfer",{"vendorId":"x"}]`, `[3,"p",{"status":"UnknownVendorId"}]`)
	eventually(t, "the last message is kept", func() bool { return len(kept.all()) == 3 })
	own.want(t, first, second, broken)
	if list := other.all(); len(list) != 0 {
		t.Errorf("of another charger was told %+v", list)
	}
	if n := y.g.followers.count.Load(); n != 1 || len(y.g.followers.ofCharger) != 1 {
		t.Errorf("%d followers are left, of %d chargers", n, len(y.g.followers.ofCharger))
	}
}

func TestWhoFollowsIsToldOfOurCallsAsTheyLeaveAndAreAnswered(t *testing.T) {
	kept := &shelf{}
	inBubble(t, Config{PingEvery: -1, Messages: kept, NextMessageID: kept.next}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		var own follows
		defer y.g.FollowMessages(1, own.tell)()
		c := y.pipe(y.estate.chargers[0])
		done := y.callWith(context.Background(), charging.Call{Action: "Reset", Payload: []byte(`{"type":"Soft"}`)})
		id, _ := c.outgoing()
		synctest.Wait()
		left := raw{1, false, "Reset", id, `{"type":"Soft"}`, "", false}
		own.want(t, left)
		c.send(strings.Replace(`[3,"ID",{"status":"Accepted"}]`, "ID", id, 1))
		<-done
		own.want(t, left, raw{1, false, "Reset", id, `{"type":"Soft"}`, `{"status":"Accepted"}`, true})
	})
}

func TestWhoFollowsIsToldNothingSecret(t *testing.T) {
	kept := &shelf{}
	inBubble(t, Config{PingEvery: -1, Messages: kept, NextMessageID: kept.next}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		var own follows
		defer y.g.FollowMessages(1, own.tell)()
		c := y.pipe(y.estate.chargers[0])
		done := y.callWith(context.Background(), charging.Call{Action: "ChangeConfiguration", Payload: []byte(`{"key":"AuthorizationKey","value":"7Ghq-k2"}`)})
		id, _ := c.outgoing()
		c.send(strings.Replace(`[3,"ID",{"status":"Accepted"}]`, "ID", id, 1))
		<-done
		for _, m := range own.all() {
			if strings.Contains(string(m.Payload), "7Ghq-k2") {
				t.Errorf("told %s", m.Payload)
			}
		}
	})
}
