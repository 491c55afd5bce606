package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func charging2() charging.ChargerSettings { return charging.ChargerSettings{OCPPID: "CP2"} }

// Server-rules 2.1, column 1.6.
func TestErrorsOfOCPP16(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	c.want(`[2,"1","Nonsense",{}]`, `[4,"1","NotImplemented","unknown action Nonsense",{}]`)
	c.want(`[2,"2","RemoteStartTransaction",{"idTag":"x"}]`,
		`[4,"2","NotSupported","RemoteStartTransaction is not sent in this direction",{}]`)
	c.want(`[2,"3","StatusNotification",{"connectorId":1,"status":}}]`,
		`[4,"3","FormationViolation","the payload is not well-formed JSON: text after the end of the value at byte 31",{}]`)
	c.want(`[2,"4","Authorize",{}]`, `[4,"4","OccurenceConstraintViolation","idTag is missing",{}]`)
	c.want(`[2,"5","Authorize",{"idTag":{"a":1}}]`, `[4,"5","TypeConstraintViolation","idTag has the wrong type",{}]`)
	c.want(`[2,"6","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Resting"}]`, `[3,"6",{}]`)
	c.want(`[2,7,"StatusNotification",{"connectorId":"1","errorCode":"NoError","status":"Available"}]`, `[3,7,{}]`)
	c.want(`[2,"8","statusnotification",{"connectorId":1,"errorCode":"NoError","status":"Available"},"more"]`, `[3,"8",{}]`)
	c.want(`[2,"9",{"no":"action"}]`, `[4,"9","FormationViolation","the frame has no action",{}]`)

	// Nothing that could be answered: the socket stays, and what follows is.
	for _, silent := range []string{`no JSON`, `{}`, `[]`, `[2]`, `[7,"x","Heartbeat",{}]`, `[1,"x","StartTransaction",{}]`,
		`[3,"nobody-asked",{}]`, `[4,"nobody-asked","GenericError","",{}]`, `[3,"cut off",{"a":[`, "\xff\xfe", ``} {
		c.send(silent)
	}
	c.want(statusCall, `[3,"s1",{}]`)
}

func TestInvalidUTF8IsReplacedAndTheSocketKept(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	c.want("[2,\"u1\",\"StatusNotification\",{\"connectorId\":1,\"errorCode\":\"NoError\",\"info\":\"a\xffb\",\"status\":\"Available\"}]", `[3,"u1",{}]`)
	events := y.estate.taken()
	last := events[len(events)-1]
	if got := last.Body.(charging.PortStatusReported).Info; got != "a\uFFFDb" {
		t.Errorf("info %q", got)
	}
	if len(last.Oddities) == 0 {
		t.Error("nothing odd about invalid UTF-8")
	}
}

func TestTwentyUnreadableMessagesInARowCloseTheSocket(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	for range maxUnreadable - 1 {
		c.send(`[2,"x","Heartbeat"`)
		c.text()
	}
	c.want(statusCall, `[3,"s1",{}]`)
	for range maxUnreadable {
		c.send(`[[[`)
	}
	c.wantClosed(1007, "too many messages in a row that are no OCPP")
}

func TestUnreadablePayloadsCountAsWell(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	for range maxUnreadable {
		c.send(`[2,"x","StatusNotification",{"connectorId":1 "a"}]`)
	}
	c.wantClosed(1007, "too many messages")
}

func TestBootIsAcceptedWithTimeAndInterval(t *testing.T) {
	y := listenYard(t, Config{Heartbeat: 7 * time.Minute})
	c := y.dial("CP1")
	c.send(bootCall)
	var frame []json.RawMessage
	if err := json.Unmarshal([]byte(c.text()), &frame); err != nil || len(frame) != 3 {
		t.Fatalf("answer %s, %v", frame, err)
	}
	var answer struct {
		Status, CurrentTime string
		Interval            int
	}
	if err := json.Unmarshal(frame[2], &answer); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse("2006-01-02T15:04:05.000Z", answer.CurrentTime)
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("currentTime %s, %v", answer.CurrentTime, err)
	}
	if answer.Status != "Accepted" || answer.Interval != 420 {
		t.Errorf("answer %+v", answer)
	}
}

func TestHeartbeatIsAnsweredWhileTheStoreIsBusy(t *testing.T) {
	y := listenYard(t, Config{})
	release := make(chan struct{})
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		<-release
		return charging.Outcome{}, nil
	}
	c := y.dial("CP1")
	c.send(statusCall)
	c.send(heartbeatCall)
	if got := c.text(); !strings.HasPrefix(got, `[3,"h1",`) {
		t.Errorf("first answer %s", got)
	}
	close(release)
	if got := c.text(); got != `[3,"s1",{}]` {
		t.Errorf("second answer %s", got)
	}
}

func TestMessagesOfOneChargerAreHandledOneAfterAnother(t *testing.T) {
	y := listenYard(t, Config{})
	var mu sync.Mutex
	var busy, most int
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		mu.Lock()
		busy++
		most = max(most, busy)
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		busy--
		mu.Unlock()
		return charging.Outcome{}, nil
	}
	// More than wait in the queue, over two connections of one charger.
	a := y.dial("CP1")
	for range 2 * maxJobs {
		a.send(statusCall)
	}
	b := y.dial("CP1")
	for range 2 * maxJobs {
		b.send(statusCall)
	}
	for range 2 * maxJobs {
		if got := b.text(); got != `[3,"s1",{}]` {
			t.Fatalf("answer %s", got)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if most != 1 {
		t.Errorf("%d messages of one charger handled at once", most)
	}
}

func TestPanicCostsOneAnswerOnly(t *testing.T) {
	y := listenYard(t, Config{})
	y.estate.handle = func(_ context.Context, ev charging.Event) (charging.Outcome, error) {
		if ev.MessageID == "bad" {
			panic("out of nowhere")
		}
		return charging.Outcome{}, nil
	}
	c := y.dial("CP1")
	c.want(`[2,"bad","BootNotification",{"chargePointVendor":"a","chargePointModel":"b"}]`,
		`[4,"bad","InternalError","the server failed on this message",{}]`)
	c.want(statusCall, `[3,"s1",{}]`)
	if log := y.log.String(); !strings.Contains(log, "out of nowhere") || !strings.Contains(log, "conversation_test.go") {
		t.Errorf("the log shows no stack: %s", log)
	}
}

func TestFaultOfOursIsAnInternalError(t *testing.T) {
	y := listenYard(t, Config{})
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		return charging.Outcome{}, errors.New("secret detail")
	}
	c := y.dial("CP1")
	c.want(statusCall, `[4,"s1","InternalError","the server failed on this message",{}]`)
}

func TestChargerThatWasRemovedIsSentAway(t *testing.T) {
	y := listenYard(t, Config{})
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		return charging.Outcome{}, charging.Errorf(charging.NotFound, "There is no charger with id 1.")
	}
	c := y.dial("CP1")
	c.send(statusCall)
	c.wantClosed(1008, "the charger was removed from the server")
}

func TestStrictServerWantsABootFirst(t *testing.T) {
	y := listenYard(t, Config{Strict: true})
	c := y.dial("CP1")
	c.want(statusCall, `[4,"s1","SecurityError","send BootNotification first",{}]`)
	c.want(heartbeatCall, `[4,"h1","SecurityError","send BootNotification first",{}]`)
	c.send(bootCall)
	c.text()
	c.want(statusCall, `[3,"s1",{}]`)
	c.send(`[2,"6","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Resting"}]`)
	if got := c.text(); !strings.HasPrefix(got, `[4,"6","PropertyConstraintViolation",`) {
		t.Errorf("an unknown status is answered %s", got)
	}
}

func TestStrictServerKnowsWhoBootedEarlier(t *testing.T) {
	y := listenYard(t, Config{Strict: true})
	y.estate.chargers[0].Boot = &charging.Boot{}
	y.dial("CP1").want(statusCall, `[3,"s1",{}]`)
}

func TestChargerThatNeverBootsIsServed(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	c.want(statusCall, `[3,"s1",{}]`)
	c.want(`[2,"t1","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":0,"timestamp":"2026-03-01T12:00:00Z"}]`,
		`[3,"t1",{"idTagInfo":{"status":"Accepted"},"transactionId":7}]`)
	if got := y.estate.oddities(); len(got) != 3 || len(got[1]) != 1 || got[1][0] != "no-boot" || len(got[2]) != 0 {
		t.Errorf("oddities %q", got)
	}
}

func TestEventCarriesWhatMadeIt(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	id := strings.Repeat("i", 300)
	c.want(`[2,"`+id+`","Heartbeats",{}]`, `[4,"`+id+`","NotImplemented","unknown action Heartbeats",{}]`)
	c.want(`["2","`+id+`","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]`, `[3,"`+id+`",{}]`)
	events := y.estate.taken()
	ev := events[len(events)-1]
	if ev.ChargerID != 1 || ev.Generation != 1 || len(ev.MessageID) > maxMessageID+3 || time.Since(ev.Received) > time.Minute {
		t.Errorf("event %+v", ev)
	}
	if len(ev.Oddities) < 2 || ev.Oddities[0] != "quoted-message-type" {
		t.Errorf("oddities %q", ev.Oddities)
	}
}
