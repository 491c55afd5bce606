package command_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

const oldPassword = "000102030405060708090a0b0c0d0e0f"

// valid says which of the passwords let the charger in.
func (y *yard) valid(passwords ...string) (list []bool) {
	c := y.settings()
	for _, p := range passwords {
		list = append(list, auth.CheckChargerPassword(y.cfg.Secret, c.PasswordHash, []byte(p)) ||
			auth.CheckChargerPassword(y.cfg.Secret, c.NextPasswordHash, []byte(p)))
	}
	return list
}

// given is the password that a call gives.
func given(t testing.TB, c charging.Call) string {
	t.Helper()
	var m struct {
		Value           string
		SetVariableData []struct{ AttributeValue string }
	}
	if err := json.Unmarshal(c.Payload, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.SetVariableData) > 0 {
		return m.SetVariableData[0].AttributeValue
	}
	return m.Value
}

func variableAnswer(status string) string {
	return `{"setVariableResult":[{"attributeStatus":"` + status + `","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`
}

func TestANewPassword(t *testing.T) {
	both, onlyNew, onlyOld := []bool{true, true}, []bool{false, true}, []bool{true, false}
	lost := func(status charging.CommandStatus) func(charging.Call) charging.Answer {
		return func(charging.Call) charging.Answer { return failed(status, "no answer") }
	}
	refused := func(charging.Call) charging.Answer {
		return charging.Answer{Status: charging.CommandRefused, Error: &charging.CommandError{Code: "NotSupported"}}
	}
	for _, tt := range []struct {
		name     string
		protocol string
		answer   func(charging.Call) charging.Answer
		want     []bool // the old one, the new one
	}{
		{"that is accepted is the only one", "ocpp1.6", accepted, onlyNew},
		{"that is accepted is the only one", "ocpp2.0.1", answered(variableAnswer("Accepted")), onlyNew},
		{"that is accepted is the only one", "ocpp2.1", answered(variableAnswer("Accepted")), onlyNew},
		{"that is rejected is none", "ocpp1.6", answered(`{"status":"Rejected"}`), onlyOld},
		{"that is not supported is none", "ocpp1.6", answered(`{"status":"NotSupported"}`), onlyOld},
		{"that is rejected is none", "ocpp2.0.1", answered(variableAnswer("Rejected")), onlyOld},
		{"whose call is refused is none", "ocpp1.6", refused, onlyOld},
		{"without an answer is valid beside the old one", "ocpp1.6", lost(charging.CommandTimedOut), both},
		{"whose connection was lost is valid beside the old one", "ocpp2.0.1", lost(charging.CommandConnectionLost), both},
		{"with an unreadable answer is valid beside the old one", "ocpp1.6", lost(charging.CommandUnknown), both},
		{"that needs a reboot is valid beside the old one", "ocpp1.6", answered(`{"status":"RebootRequired"}`), both},
	} {
		t.Run(tt.name+" "+tt.protocol, func(t *testing.T) {
			y := newYard(t)
			y.speak(tt.protocol)
			y.setPassword(oldPassword)
			var fresh string
			y.link.onCall(func(c charging.Call) charging.Answer {
				fresh = given(t, c)
				if got := y.valid(oldPassword, fresh); !equal(got, both) {
					t.Errorf("while it is under way: %v", got)
				}
				return tt.answer(c)
			})
			over, err := y.RotatePassword(context.Background(), chargerID, "key Ops")
			if err != nil || over.Actor != "key Ops" || over.Order != "configuration" {
				t.Fatalf("%+v, %v", over.Command, err)
			}
			if len(fresh) != 40 {
				t.Errorf("made %q", fresh)
			}
			if got := y.valid(oldPassword, fresh); !equal(got, tt.want) {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
}

func equal(a, b []bool) bool { return len(a) == len(b) && a[0] == b[0] && a[1] == b[1] }

const unsettled = "password: nobody knows yet whether the charger took the last change; it shows when the charger connects next, after a reset say"

func TestAPasswordThatNobodyKnowsOfIsNotForgottenForAnother(t *testing.T) {
	for _, answer := range []func(charging.Call) charging.Answer{
		func(charging.Call) charging.Answer { return failed(charging.CommandTimedOut, "no answer") },
		answered(`{"status":"RebootRequired"}`),
	} {
		y := newYard(t)
		y.setPassword(oldPassword)
		var first string
		y.link.onCall(func(c charging.Call) charging.Answer {
			first = given(t, c)
			return answer(c)
		})
		over, err := y.RotatePassword(context.Background(), chargerID, "test")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := y.RotatePassword(context.Background(), chargerID, "test"); charging.KindOf(err) != charging.Conflict || charging.MessageOf(err) != unsettled {
			t.Error(err)
		}
		if got := y.valid(oldPassword, first); !equal(got, []bool{true, true}) {
			t.Errorf("%v", got)
		}
		y.connect() // still with the old one
		_, err = y.RotatePassword(context.Background(), chargerID, "test")
		if needsReboot := over.Outcome == charging.OutcomeReboot; needsReboot != (charging.MessageOf(err) == unsettled) {
			t.Errorf("after a reconnection: %v", err)
		}
		c := y.settings() // as when it connects with the new one
		c.PasswordHash, c.NextPasswordHash = c.NextPasswordHash, ""
		y.update(&charging.Change{Chargers: []charging.ChargerSettings{c}})
		y.link.onCall(accepted)
		if _, err := y.RotatePassword(context.Background(), chargerID, "test"); err != nil {
			t.Error(err)
		}
	}
}

func TestOnePasswordIsGivenAtATime(t *testing.T) {
	y := newYard(t)
	y.setPassword(oldPassword)
	answer, release := held(accepted)
	y.link.onCall(answer)
	set := y.raw("ChangeConfiguration", `{"key":"AuthorizationKey","value":"ffeeddccbbaa99887766554433221100"}`)
	first := y.ask(set)
	if err := y.refused(set); charging.KindOf(err) != charging.Conflict || charging.MessageOf(err) != "password: another change of it is under way; wait for its end" {
		t.Error(err)
	}
	release()
	y.wait(first)
	y.do(set)
}

func TestARawCommandThatSetsThePasswordGoesTheSameWay(t *testing.T) {
	const fresh = "ffeeddccbbaa99887766554433221100"
	for protocol, payload := range map[string]string{
		"ocpp1.6":   `{"key":"authorizationkey","value":"` + fresh + `"}`,
		"ocpp2.0.1": `{"setVariableData":[{"attributeValue":"` + fresh + `","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`,
	} {
		y := newYard(t)
		y.speak(protocol)
		y.setPassword(oldPassword)
		action, answer := "ChangeConfiguration", `{"status":"Accepted"}`
		if protocol != "ocpp1.6" {
			action, answer = "SetVariables", variableAnswer("Accepted")
		}
		y.link.onCall(answered(answer))
		y.do(y.raw(action, payload))
		if got := y.valid(oldPassword, fresh); !equal(got, []bool{false, true}) {
			t.Errorf("%s: %v", protocol, got)
		}
	}
	t.Run("an empty one is refused", func(t *testing.T) {
		y := newYard(t)
		err := y.refused(y.raw("ChangeConfiguration", `{"key":"AuthorizationKey","value":""}`))
		if charging.MessageOf(err) != `value: the password is empty; "chargeyard charger password --remove" takes it away` {
			t.Error(err)
		}
	})
}

func TestAChargerWithoutAPasswordIsAskedForOneOnlyWhenItTookIt(t *testing.T) {
	y := newYard(t)
	y.link.onCall(func(c charging.Call) charging.Answer {
		if s := y.settings(); s.PasswordHash != "" || s.NextPasswordHash != "" {
			t.Errorf("%+v", s)
		}
		return failed(charging.CommandTimedOut, "no answer")
	})
	if _, err := y.RotatePassword(context.Background(), chargerID, "test"); err != nil {
		t.Fatal(err)
	}
	if s := y.settings(); s.PasswordHash != "" || s.NextPasswordHash != "" {
		t.Errorf("%+v", s)
	}
	y.link.onCall(accepted)
	if _, err := y.RotatePassword(context.Background(), chargerID, "test"); err != nil {
		t.Fatal(err)
	}
	if s := y.settings(); s.PasswordHash == "" || s.NextPasswordHash != "" {
		t.Errorf("%+v", s)
	}
}

func TestAPasswordThatDidNotLeaveIsForgotten(t *testing.T) {
	y := newYard(t)
	y.setPassword(oldPassword)
	y.link.setProtocol("")
	over, err := y.RotatePassword(context.Background(), chargerID, "test")
	if err != nil || over.Status != charging.CommandNotConnected || y.settings().NextPasswordHash != "" {
		t.Errorf("%+v, %v", over.Command, err)
	}
	y.link.setProtocol("ocpp1.6")
	answer, release := held(func(charging.Call) charging.Answer { return failed(charging.CommandConnectionLost, "gone") })
	y.link.onCall(answer)
	y.ask(y.raw("ClearCache", `{}`))
	<-y.link.news
	y.ask(y.raw("ClearCache", `{}`)) // with the link; what comes now waits here
	second := y.ask(y.raw("ChangeConfiguration", `{"key":"AuthorizationKey","value":"ffeeddccbbaa99887766554433221100"}`))
	if y.settings().NextPasswordHash == "" {
		t.Error("the new password is not valid while its command waits")
	}
	y.link.setProtocol("")
	release()
	if over := y.wait(second); over.Status != charging.CommandNotConnected || y.settings().NextPasswordHash != "" {
		t.Errorf("%+v %v", over.Command, time.Since(over.CreatedAt))
	}
}
