package gateway

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// shelf keeps raw messages in memory.
type shelf struct {
	mu   sync.Mutex
	last int64
	fail error
	kept []charging.Message
}

func (s *shelf) Append(m charging.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The memory of the texts is the gateway's.
	m.Payload, m.Response = append([]byte(nil), m.Payload...), append([]byte(nil), m.Response...)
	s.kept = append(s.kept, m)
}

func (s *shelf) next() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return 0, s.fail
	}
	s.last++
	return s.last, nil
}

func (s *shelf) all() []charging.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]charging.Message(nil), s.kept...)
}

// raw is what a test compares of a raw message.
type raw struct {
	ID                int64
	FromCharger       bool
	Action, MessageID string
	Payload, Response string
	Answered          bool
}

func (s *shelf) want(t *testing.T, want ...raw) {
	t.Helper()
	eventually(t, "the messages are kept", func() bool { return len(s.all()) >= len(want) })
	// A message is kept once its answer left, so two may change places.
	all := s.all()
	slices.SortFunc(all, func(a, b charging.Message) int { return int(a.ID - b.ID) })
	var got []raw
	for _, m := range all {
		if m.ChargerID != 1 || m.Identity != "CP1" || !strings.HasPrefix(m.Protocol, "ocpp") || m.At.IsZero() || m.Answered.Before(m.At) && !m.Answered.IsZero() {
			t.Errorf("kept %+v", m)
		}
		got = append(got, raw{m.ID, m.FromCharger, m.Action, m.MessageID, string(m.Payload), string(m.Response), !m.Answered.IsZero()})
	}
	clock := cmpopts.AcyclicTransformer("clock", func(s string) string {
		if i := strings.Index(s, `"currentTime":"`); i >= 0 {
			return s[:i]
		}
		return s
	})
	if diff := cmp.Diff(want, got, clock); diff != "" {
		t.Errorf("kept messages (-want +got):\n%s", diff)
	}
}

func TestEveryCallOfTheChargerIsKeptWithItsAnswer(t *testing.T) {
	kept := &shelf{}
	y := listenYard(t, Config{Messages: kept, NextMessageID: kept.next})
	c := y.dial("CP1")
	c.send(heartbeatCall)
	c.text()
	c.want(`[2,7,"statusnotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]`, `[3,7,{}]`)
	c.want(`[2,"n","Nonsense",{"a":1}]`, `[4,"n","NotImplemented","unknown action Nonsense",{}]`)
	c.want(`[2,"9",{"no":"action"}]`, `[4,"9","FormationViolation","the frame has no action",{}]`)
	c.send("no \xff JSON")
	c.want(`[2,"p","DataTransfer",{"vendorId":"x"}]`, `[3,"p",{"status":"UnknownVendorId"}]`)
	kept.want(t,
		raw{1, true, "Heartbeat", "h1", `{}`, `{"currentTime":"`, true},
		raw{2, true, "StatusNotification", "7", `{"connectorId":1,"errorCode":"NoError","status":"Available"}`, `{}`, true},
		raw{3, true, "Nonsense", "n", `{"a":1}`, `{"errorCode":"NotImplemented","errorDescription":"unknown action Nonsense","errorDetails":{}}`, true},
		raw{4, true, "", "9", `"[2,\"9\",{\"no\":\"action\"}]"`, `{"errorCode":"FormationViolation","errorDescription":"the frame has no action","errorDetails":{}}`, true},
		raw{5, true, "", "", "\"no \uFFFD JSON\"", "", false},
		raw{6, true, "DataTransfer", "p", `{"vendorId":"x"}`, `{"status":"UnknownVendorId"}`, true},
	)
	var ids []int64
	for _, ev := range y.estate.taken() {
		if ev.Message != 0 {
			ids = append(ids, ev.Message)
		}
	}
	if diff := cmp.Diff([]int64{2, 6}, ids); diff != "" {
		t.Errorf("the events link to (-want +got):\n%s", diff)
	}
}

func TestEveryCallOfOursIsKeptWithItsAnswer(t *testing.T) {
	kept := &shelf{}
	inBubble(t, Config{PingEvery: -1, Messages: kept, NextMessageID: kept.next}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		var ids []string
		step := func(action, payload, answer string) {
			done := y.callWith(context.Background(), charging.Call{Action: action, Payload: []byte(payload)})
			id, _ := c.outgoing()
			ids = append(ids, id)
			if answer != "" {
				c.send(strings.Replace(answer, "ID", id, 1))
			}
			<-done
		}
		step("Reset", `{"type":"Soft"}`, `[3,"ID",{"status":"Accepted"}]`)
		step("ClearCache", ``, `[4,"ID","InternalError","no",{"a":1}]`)
		step("GetConfiguration", `{"key":[]}`, `[3,"ID",{"configurationKey":[]`)
		step("UnlockConnector", `{"connectorId":1}`, "")
		lost := y.callWith(context.Background(), charging.Call{Action: "ClearCache"})
		id, _ := c.outgoing()
		ids = append(ids, id)
		unsent := y.callWith(context.Background(), charging.Call{Action: "Reset"})
		synctest.Wait()
		c.conn.Close()
		<-lost
		<-unsent
		kept.want(t,
			raw{1, false, "Reset", ids[0], `{"type":"Soft"}`, `{"status":"Accepted"}`, true},
			raw{2, false, "ClearCache", ids[1], `{}`, `{"errorCode":"InternalError","errorDescription":"no","errorDetails":{"a":1}}`, true},
			raw{3, false, "GetConfiguration", ids[2], `{"key":[]}`, `"[3,\"` + ids[2] + `\",{\"configurationKey\":[]"`, true},
			raw{4, false, "UnlockConnector", ids[3], `{"connectorId":1}`, "", false},
			raw{5, false, "ClearCache", ids[4], `{}`, "", false},
		)
	})
}

func TestMessageThatWasNotStoredIsKeptWithoutAnAnswer(t *testing.T) {
	kept := &shelf{}
	y := listenYard(t, Config{Messages: kept, NextMessageID: kept.next})
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		return charging.Outcome{}, charging.Errorf(charging.NotFound, "There is no charger with id 1.")
	}
	c := y.dial("CP1")
	c.send(statusCall)
	c.closed()
	kept.want(t, raw{1, true, "StatusNotification", "s1",
		`{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"2026-03-01T12:00:00Z"}`, "", false})
}

func TestMessagesAreServedWithoutAnIDForTheirLog(t *testing.T) {
	kept := &shelf{fail: errors.New("the store is gone")}
	y := listenYard(t, Config{Messages: kept, NextMessageID: kept.next})
	y.dial("CP1").want(statusCall, `[3,"s1",{}]`)
	if got := kept.all(); len(got) != 0 {
		t.Errorf("kept %+v", got)
	}
}
