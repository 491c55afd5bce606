package command_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestACommandIsKeptBeforeItLeavesAndAfterItIsAnswered(t *testing.T) {
	y := newYard(t)
	var atSending *charging.Command
	y.link.onCall(func(c charging.Call) charging.Answer {
		list, err := y.store.Commands(context.Background(), charging.CommandQuery{ChargerID: chargerID, Limit: 1})
		if err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
			return accepted(c)
		}
		atSending = list[0]
		return accepted(c)
	})
	r := y.raw("Reset", `{"type": "Soft"}`)
	r.KeyID, r.Timeout = 7, 20*time.Second
	given := y.ask(r)
	if given.Status != charging.CommandQueued || given.Action != "Reset" || given.Protocol != "ocpp1.6" {
		t.Errorf("given: %+v", given.Command)
	}
	over := y.wait(given)
	if atSending == nil || atSending.ID != given.ID || atSending.Status.Final() {
		t.Errorf("when it left: %+v", atSending)
	}
	if over.Status != charging.CommandAnswered || over.Outcome != charging.OutcomeAccepted || string(over.Response) != `{"status":"Accepted"}` {
		t.Errorf("over: %+v %q", over.Command, over.Outcome)
	}
	kept := y.kept(given.ID)
	if kept.Status != charging.CommandAnswered || kept.Actor != "test" || kept.KeyID != 7 || kept.MessageID != "m1" ||
		string(kept.Payload) != `{"type":"Soft"}` || kept.SentAt.IsZero() || kept.AnsweredAt.Before(kept.SentAt) {
		t.Errorf("kept: %+v", kept)
	}
	if call := y.link.sent[0]; call.Timeout != 20*time.Second || call.Background || call.Deadline.IsZero() {
		t.Errorf("call: %+v", call)
	}
	if got, err := y.Get(context.Background(), given.ID); err != nil || got.Outcome != charging.OutcomeAccepted {
		t.Errorf("%+v, %v", got, err)
	}
	if list, err := y.List(context.Background(), charging.CommandQuery{ChargerID: chargerID, Limit: 10}); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if n := y.counted("Reset", "answered"); n != 1 {
		t.Errorf("counted %v", n)
	}
}

// counted is how many commands the metrics tell of.
func (y *yard) counted(action, status string) float64 {
	y.t.Helper()
	families, err := y.metrics.Gather()
	if err != nil {
		y.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if f.GetName() == "chargeyard_commands_total" && labels["action"] == action && labels["status"] == status {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestWhatDoesNotFitIsRefusedWithThePlaceAndTheRule(t *testing.T) {
	y := newYard(t)
	y.status(1, charging.Available)
	y.status(2, charging.Available)
	for _, tt := range []struct {
		name string
		r    charging.CommandRequest
		kind charging.Kind
		want string
	}{
		{"an unknown charger", charging.CommandRequest{ChargerID: 9, Action: "Reset"}, charging.NotFound, "There is no charger with id 9."},
		{"an unknown action", y.raw("Explode", `{}`), charging.Invalid, `action: ocpp1.6 has no "Explode"; GET /api/ocpp/actions?protocol=ocpp1.6 lists its actions`},
		{"an action in other letters", y.raw("resetRequest", `{}`), charging.Invalid, `action: ocpp1.6 has no "resetRequest"; did you mean Reset?`},
		{"a slip of the pen", y.raw("ClearCach", `{}`), charging.Invalid, `action: ocpp1.6 has no "ClearCach"; did you mean ClearCache?`},
		{"an action of another version", y.raw("SetVariables", `{}`), charging.Invalid, `action: ocpp1.6 has no "SetVariables"; did you mean ChangeConfiguration?`},
		{"an action of chargers", y.raw("Heartbeat", `{}`), charging.Invalid, "action: Heartbeat is sent by chargers, not to them"},
		{"a missing member", y.raw("UnlockConnector", `{}`), charging.Invalid, "payload.connectorId: is missing"},
		{"a wrong type", y.raw("UnlockConnector", `{"connectorId":"1"}`), charging.Invalid, "payload.connectorId: must be a number"},
		{"a wrong word", y.raw("Reset", `{"type":"Firm"}`), charging.Invalid, "payload.type: is none of Hard, Soft"},
		{"a strange member", y.raw("ClearCache", `{"all":true}`), charging.Invalid, "payload.all: is no member of the message"},
		{"a list for an object", y.raw("ClearCache", `[]`), charging.Invalid, "payload: is no object"},
		{"no JSON", y.raw("ClearCache", `{`), charging.Invalid, "payload: is not well-formed JSON"},
		{"a member deep inside", y.raw("SetChargingProfile", `{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,
			"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"A",
			"chargingSchedulePeriod":[{"startPeriod":0,"limit":6.25}]}}}`), charging.Invalid,
			"payload.csChargingProfiles.chargingSchedule.chargingSchedulePeriod[0].limit: may have one decimal"},
		{"an unknown order", y.order("dance", `{}`), charging.Invalid, "order: there is none called \"dance\"; there are " + strings.Join(charging.OrderNames(), ", ")},
		{"an order that lacks something", y.order("start", `{"port":1}`), charging.Invalid, "tag: is missing; name the access ID that the session is for"},
		{"an order that is not clear", y.order("start", `{"tag":"A0B1"}`), charging.Invalid, "port: is missing; several are free: 1 and 2; name the one to start on"},
		{"an order for a port that is not there", y.order("unlock", `{"port":7}`), charging.Invalid, "port: the charger has no port 7, only 1 and 2; a raw command reaches any"},
		{"an order that the version cannot do", y.order("reset", `{"resume":true}`), charging.Invalid, "resume: only OCPP 2.1 can do that; leave it out"},
		{"an order with a text that is too long", y.order("start", `{"port":1,"tag":"0123456789012345678901"}`), charging.Invalid,
			"body: does not fit RemoteStartTransaction of ocpp1.6: idTag is longer than 20 characters"},
		{"a stop of nothing", y.order("stop", `{"session":5}`), charging.NotFound, "session: 5 does not run on this charger"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := y.refused(tt.r)
			if charging.KindOf(err) != tt.kind || charging.MessageOf(err) != tt.want {
				t.Errorf("%v: %v", charging.KindOf(err), err)
			}
		})
	}
	if list, _ := y.List(context.Background(), charging.CommandQuery{ChargerID: chargerID, Limit: 10}); len(list) != 0 || len(y.link.actions()) != 0 {
		t.Errorf("kept %v, sent %v", list, y.link.actions())
	}
}

func TestToAChargerThatIsNotConnectedNothingIsSent(t *testing.T) {
	y := newYard(t)
	y.link.setProtocol("")
	over := y.ask(y.raw("Reset", `{"type":"Soft"}`))
	if over.Status != charging.CommandNotConnected || over.Error == nil || over.Error.Description != "The charger is not connected." {
		t.Errorf("%+v", over.Command)
	}
	if kept := y.kept(over.ID); kept.Status != charging.CommandNotConnected || !kept.SentAt.IsZero() {
		t.Errorf("%+v", kept)
	}
	if again := y.wait(over); again.Status != charging.CommandNotConnected {
		t.Errorf("%+v", again.Command)
	}
	order := y.ask(y.order("start", `{"tag": "A0B1"}`))
	if order.Status != charging.CommandNotConnected || order.Order != "start" || string(order.Payload) != `{"tag":"A0B1"}` {
		t.Errorf("%+v %s", order.Command, order.Payload)
	}
	t.Run("it is checked for the version that the charger spoke last", func(t *testing.T) {
		if err := y.refused(y.raw("Reset", `{}`)); charging.MessageOf(err) != "payload.type: is missing" {
			t.Error(err)
		}
	})
	t.Run("and not at all for one that never came", func(t *testing.T) {
		r := y.raw("Reset", `{}`)
		r.ChargerID = 42
		if over := y.ask(r); over.Status != charging.CommandNotConnected || over.Protocol != "" {
			t.Errorf("%+v", over.Command)
		}
		r.Payload = []byte(`{`)
		if err := y.refused(r); charging.MessageOf(err) != "payload: is not well-formed JSON" {
			t.Error(err)
		}
	})
	if len(y.link.actions()) != 0 {
		t.Error(y.link.actions())
	}
}

func TestWhatBecomesOfACommandIsKept(t *testing.T) {
	for _, tt := range []struct {
		status  charging.CommandStatus
		answer  func(charging.Call) charging.Answer
		outcome string
		why     string
	}{
		{charging.CommandAnswered, answered(`{"status":"rejected"}`), "rejected", ""},
		{charging.CommandAnswered, answered(`{"status":"SomethingElse"}`), "somethingElse", ""},
		{charging.CommandRefused, func(charging.Call) charging.Answer {
			return charging.Answer{Status: charging.CommandRefused, AnsweredAt: time.Now(),
				Error: &charging.CommandError{Code: "NotImplemented", Description: "no", Details: []byte(`{"a":1}`)}}
		}, "notSupported", "no"},
		{charging.CommandRefused, func(charging.Call) charging.Answer {
			return charging.Answer{Status: charging.CommandRefused, Error: &charging.CommandError{Code: "InternalError"}}
		}, "rejected", ""},
		{charging.CommandTimedOut, func(charging.Call) charging.Answer {
			return failed(charging.CommandTimedOut, "The charger did not answer Reset within 30s.")
		}, "", "The charger did not answer Reset within 30s."},
		{charging.CommandConnectionLost, func(charging.Call) charging.Answer { return failed(charging.CommandConnectionLost, "gone") }, "", "gone"},
		{charging.CommandUnknown, func(charging.Call) charging.Answer { return failed(charging.CommandUnknown, "unreadable") }, "", "unreadable"},
	} {
		t.Run(string(tt.status)+" "+tt.outcome, func(t *testing.T) {
			y := newYard(t)
			y.link.onCall(tt.answer)
			over := y.do(y.raw("Reset", `{"type":"Soft"}`))
			if over.Status != tt.status || over.Outcome != tt.outcome {
				t.Errorf("%+v %q", over.Command, over.Outcome)
			}
			kept := y.kept(over.ID)
			if kept.Status != tt.status || kept.SentAt.IsZero() || tt.why != "" && (kept.Error == nil || kept.Error.Description != tt.why) {
				t.Errorf("%+v %+v", kept, kept.Error)
			}
		})
	}
}

func TestCommandsLeaveInTheOrderInWhichTheyWereGiven(t *testing.T) {
	y := newYard(t)
	answer, release := held(accepted)
	y.link.onCall(answer)
	var all []charging.CommandResult
	var want []string
	for i := range 20 {
		action := []string{"ClearCache", "GetLocalListVersion"}[i%2]
		want = append(want, action)
		all = append(all, y.ask(y.raw(action, `{}`)))
	}
	release()
	for _, c := range all {
		y.wait(c)
	}
	if got := y.link.actions(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestAtMostAHundredCommandsWaitForACharger(t *testing.T) {
	y := newYard(t)
	answer, release := held(accepted)
	y.link.onCall(answer)
	var all []charging.CommandResult
	all = append(all, y.ask(y.raw("ClearCache", `{}`)))
	<-y.link.news // it left, so it does not wait
	for range 100 {
		all = append(all, y.ask(y.raw("ClearCache", `{}`)))
	}
	err := y.refused(y.raw("ClearCache", `{}`))
	if charging.KindOf(err) != charging.Conflict || charging.MessageOf(err) != "100 commands wait for this charger already; wait until some of them have left" {
		t.Error(err)
	}
	release()
	for _, c := range all {
		if over := y.wait(c); over.Status != charging.CommandAnswered {
			t.Fatalf("%+v", over.Command)
		}
	}
	y.do(y.raw("ClearCache", `{}`))
}

func TestAClientThatHangsUpCancelsNothing(t *testing.T) {
	y := newYard(t)
	answer, release := held(accepted)
	y.link.onCall(answer)
	ctx, hangUp := context.WithCancel(context.Background())
	given, err := y.Ask(ctx, y.raw("ClearCache", `{}`))
	if err != nil {
		t.Fatal(err)
	}
	<-y.link.news
	y.sent(given[0])
	hangUp()
	now, err := y.Wait(ctx, given[0].ID)
	if err != nil || now.Status != charging.CommandSent {
		t.Errorf("%+v, %v", now.Command, err)
	}
	release()
	if over := y.wait(given[0]); over.Status != charging.CommandAnswered {
		t.Errorf("%+v", over.Command)
	}
	t.Run("also before it is kept", func(t *testing.T) {
		given, err := y.Ask(ctx, y.raw("ClearCache", `{}`))
		if err != nil {
			t.Fatal(err)
		}
		if over := y.wait(given[0]); over.Status != charging.CommandAnswered {
			t.Errorf("%+v", over.Command)
		}
	})
}

func TestNothingLeavesAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t)
		answer, release := held(accepted)
		defer release()
		y.link.onCall(answer)
		y.ask(y.raw("ClearCache", `{}`))
		<-y.link.news
		var waiting []charging.CommandResult
		for range 3 {
			waiting = append(waiting, y.ask(y.raw("Reset", `{"type":"Soft"}`)))
		}
		began := time.Now()
		for _, c := range waiting {
			over := y.wait(c)
			if over.Status != charging.CommandTimedOut || over.Error.Description != "Reset could not be sent before its deadline." || !over.SentAt.IsZero() {
				t.Errorf("%+v %+v", over.Command, over.Error)
			}
		}
		if took := time.Since(began).Round(time.Second); took != time.Minute {
			t.Errorf("told after %v", took)
		}
		release()
		if got := y.link.actions(); !slices.Equal(got, []string{"ClearCache"}) {
			t.Errorf("%v", got)
		}
	})
}

func TestACommandIsNotSentToAChargerThatCameBackSpeakingAnotherVersion(t *testing.T) {
	y := newYard(t)
	answer, release := held(func(charging.Call) charging.Answer { return failed(charging.CommandConnectionLost, "gone") })
	y.link.onCall(answer)
	first := y.ask(y.raw("ClearCache", `{}`))
	<-y.link.news
	second := y.ask(y.raw("Reset", `{"type":"Soft"}`)) // with the link already
	third := y.ask(y.raw("ClearCache", `{}`))
	y.link.setProtocol("ocpp2.0.1")
	release()
	y.wait(first)
	y.wait(second)
	over := y.wait(third)
	if over.Status != charging.CommandNotConnected || over.Error.Description != "The charger came back speaking ocpp2.0.1, and the command is one of ocpp1.6." {
		t.Errorf("%+v %+v", over.Command, over.Error)
	}
}

func TestWhatWasOpenWhenTheServerEndedIsUnknown(t *testing.T) {
	y := newYard(t)
	answer, release := held(accepted)
	defer release()
	y.link.onCall(answer)
	sent := y.ask(y.raw("ClearCache", `{}`))
	<-y.link.news
	queued := y.ask(y.raw("Reset", `{"type":"Soft"}`))
	y.crash()
	for _, c := range []charging.CommandResult{sent, queued} {
		over := y.wait(c)
		if over.Status != charging.CommandUnknown || over.Error == nil || over.Error.Description != "The server ended before the outcome was known." {
			t.Errorf("%+v %+v", over.Command, over.Error)
		}
	}
	if len(y.link.actions()) != 0 {
		t.Errorf("sent again: %v", y.link.actions())
	}
	y.do(y.raw("ClearCache", `{}`))
}

func TestStopTakesBackWhatDidNotLeaveAndTellsWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t)
		y.link.onCall(func(c charging.Call) charging.Answer {
			time.Sleep(10 * time.Second) // longer than Stop waits
			return failed(charging.CommandUnknown, "the server stopped waiting")
		})
		sent := y.ask(y.raw("ClearCache", `{}`))
		<-y.link.news
		queued := y.ask(y.raw("Reset", `{"type":"Soft"}`))
		last := y.ask(y.raw("ClearCache", `{}`))
		began := time.Now()
		if err := y.Service.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began).Round(time.Second); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		for want, c := range map[string]charging.CommandResult{"unknown": sent, "notConnected": queued} {
			if kept := y.kept(c.ID); string(kept.Status) != want {
				t.Errorf("%+v", kept)
			}
		}
		if kept := y.kept(last.ID); kept.Error == nil || kept.Error.Description != "The server was shut down before ClearCache was sent." {
			t.Errorf("%+v", kept)
		}
		if err := y.refused(y.raw("ClearCache", `{}`)); charging.KindOf(err) != charging.Unavailable || charging.MessageOf(err) != "the server is shutting down" {
			t.Error(err)
		}
	})
}

func TestSecretsAreSentAndNotKept(t *testing.T) {
	y := newYard(t)
	y.link.onCall(answered(`{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"deadbeef"}]}`))
	y.setPassword("0123456789abcdef0123456789abcdef")
	const secret = "00112233445566778899aabbccddeeff"
	over := y.do(y.raw("ChangeConfiguration", `{"key":"AuthorizationKey","value":"`+secret+`"}`))
	if got := payloadOf(t, y.link.sent[0])["value"]; got != secret {
		t.Errorf("sent %v", got)
	}
	kept := y.kept(over.ID)
	if strings.Contains(string(kept.Payload), secret) || strings.Contains(string(kept.Response), "deadbeef") || strings.Contains(string(over.Response), "deadbeef") {
		t.Errorf("%s, %s", kept.Payload, kept.Response)
	}
}

func TestThereIsNoCommandWithAnUnknownID(t *testing.T) {
	y := newYard(t)
	_, err := y.Get(context.Background(), 99)
	if charging.KindOf(err) != charging.NotFound || charging.MessageOf(err) != "There is no command with id 99." {
		t.Error(err)
	}
	if _, err := y.Wait(context.Background(), 99); charging.KindOf(err) != charging.NotFound {
		t.Error(err)
	}
}

func TestTheCatalogueListsWhatGoesToChargers(t *testing.T) {
	y := newYard(t)
	for protocol, want := range map[string][]string{
		"ocpp1.6": {`"action":"RemoteStartTransaction"`, `"type":"text","required":true,"maxLength":20}`, `"decimals":1`},
		"ocpp2.0.1": {`"action":"RequestStartTransaction"`, `"type":"integer","required":true}`,
			`"words":["Immediate","OnIdle"]`},
		"ocpp2.1": {`"action":"SetDERControl"`, `"least":0`},
	} {
		body, ok := y.Catalogue(protocol)
		if !ok {
			t.Fatal(protocol)
		}
		for _, part := range want {
			if !strings.Contains(string(body), part) {
				t.Errorf("%s: %s is missing", protocol, part)
			}
		}
		for _, part := range []string{`"action":"Heartbeat"`, "customData"} {
			if strings.Contains(string(body), part) {
				t.Errorf("%s: %s is there", protocol, part)
			}
		}
	}
	if _, ok := y.Catalogue("ocpp1.5"); ok {
		t.Error("ocpp1.5")
	}
}
