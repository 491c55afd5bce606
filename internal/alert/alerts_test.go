package alert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/alert"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// want compares the alerts with lines of kind, detail and "muted".
func (y *yard) want(want ...string) {
	y.t.Helper()
	var got []string
	for _, a := range y.alerts() {
		line := string(a.Kind)
		if a.Detail != "" {
			line += " " + a.Detail
		}
		if a.Muted {
			line += " muted"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		y.t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

const offline15 = `offlineCharger {"thresholdMinutes":15}`

func TestAChargerThatIsOfflineForTheThresholdRaisesOneAlert(t *testing.T) {
	y := newYard(t)
	y.step()
	y.connects("192.0.2.7:1")
	y.after(time.Minute).disconnects()
	y.step().after(15*time.Minute - time.Second).step().want()
	y.after(time.Second).step().want(offline15)
	y.after(time.Hour).step().want(offline15)
	y.restart() // it forgets everything but what is stored
	y.step().after(16 * time.Minute).step().want(offline15)
	y.connects("192.0.2.7:2")
	y.after(time.Minute).disconnects()
	y.after(15*time.Minute).step().want(offline15, offline15)
	a := y.alerts()[0]
	if a.ChargerID != chargerID || a.OrganizationID != 3 || a.At != a.At.Truncate(time.Millisecond) {
		t.Errorf("%+v", a)
	}
}

func TestTimeInWhichTheServerWasAwayMakesNoChargerOffline(t *testing.T) {
	y := newYard(t)
	y.connects("192.0.2.7:1")
	y.step()
	y.restart() // it ends every connection
	y.after(2 * time.Hour).step().after(14 * time.Minute).step().want()
	y.after(time.Minute).step().want(offline15)
}

func TestAChargerUnderMaintenanceRaisesNoAlertUntilItsEnd(t *testing.T) {
	y := newYard(t)
	y.step()
	y.connects("192.0.2.7:1")
	y.disconnects()
	_, err := y.store.AddWindows(context.Background(), []charging.MaintenanceWindow{{ChargerID: chargerID, From: y.now,
		To: y.now.Add(time.Hour), UserEmail: "test", CreatedAt: y.now, UpdatedAt: y.now}}, "test")
	y.must(err)
	y.after(30 * time.Minute).step().want()
	y.after(30 * time.Minute).step().want(offline15)
}

func TestTheChargeOfAVehicleRaisesAlertsOncePerThreshold(t *testing.T) {
	y := newYard(t)
	y.connects("192.0.2.7:1")
	tx := y.starts()
	y.charged(tx, 9)
	y.step().want(`lowBattery {"socThreshold":10,"socPercent":9}`)
	y.after(time.Minute).charged(tx, 10)
	y.step().after(time.Minute).charged(tx, 79)
	y.step().want(`lowBattery {"socThreshold":10,"socPercent":9}`)
	y.after(time.Minute).charged(tx, 81)
	y.step().after(time.Minute).charged(tx, 90)
	y.step()
	y.restart()
	y.connects("192.0.2.7:1")
	y.step().after(time.Minute).charged(tx, 100)
	y.stops(tx) // before the next look
	y.step().step().want(`lowBattery {"socThreshold":10,"socPercent":9}`,
		`chargingCompleted {"socThreshold":80,"socPercent":81}`, `chargingCompleted {"socThreshold":100,"socPercent":100}`)
	if a := y.alerts()[1]; a.VehicleID != 700 || a.SessionID == 0 || a.PortNumber != 1 {
		t.Errorf("%+v, want vehicle, session and port", a)
	}
}

func TestASessionThatBeganAboveAThresholdDoesNotReachIt(t *testing.T) {
	y := newYard(t)
	y.connects("192.0.2.7:1")
	tx := y.starts()
	y.charged(tx, 85)
	y.step().after(time.Minute).charged(tx, 86)
	y.step().want()
}

func TestAnErrorThatEndsOrPreventsChargingRaisesOneAlert(t *testing.T) {
	detail := func(code, what string) string {
		return fmt.Sprintf(`chargingSessionError {"status":"Faulted","ocppErrorCode":%q,"ocppVendorErrorCode":null,"ocppInfo":null,"errorContext":%q}`, code, what)
	}
	y := newYard(t)
	y.connects("192.0.2.7:1")
	tx := y.starts()
	y.after(time.Hour).status(charging.Charging, "WeakSignal")
	y.status(charging.Faulted, "OverVoltage")
	y.status(charging.Faulted, "GroundFailure")
	y.step().want()
	y.after(time.Minute).stops(tx)
	ended := `chargingSessionError {"status":"Charging","ocppErrorCode":"WeakSignal","ocppVendorErrorCode":null,"ocppInfo":null,"errorContext":"charging ended early"}`
	y.step().want(ended)
	y.status(charging.Available, charging.NoError)
	y.status(charging.Preparing, charging.NoError)
	y.status(charging.Faulted, "EVCommunicationError")
	y.status(charging.Faulted, "GroundFailure") // of the same wait
	y.step().want(ended, detail("EVCommunicationError", "failed to start"))
	y.status(charging.Available, charging.NoError)
	y.status(charging.Preparing, charging.NoError)
	y.status(charging.Faulted, "EVCommunicationError")
	y.step().want(ended, detail("EVCommunicationError", "failed to start"), detail("EVCommunicationError", "failed to start"))
}

func TestAMutedErrorRaisesNoAlert(t *testing.T) {
	y := newYard(t)
	y.must(y.store.SaveMutedErrors(context.Background(), charging.MutedErrors{OrganizationID: 1, Codes: []string{"overvoltage"}}, "test"))
	y.connects("192.0.2.7:1")
	y.status(charging.Preparing, charging.NoError)
	y.status(charging.Faulted, "OverVoltage")
	y.step().want()
	list, err := y.store.Faults(context.Background(), charging.FaultQuery{Limit: 10})
	y.must(err)
	if len(list) != 1 || list[0].Category != charging.FaultMuted {
		t.Errorf("%+v, want one that is muted", list)
	}
}

func TestChargingThatEndsAfterTheDepartureRaisesAnAlert(t *testing.T) {
	y := newYard(t)
	departs := func(at time.Time) {
		y.must(y.store.SyncDepartures(context.Background(), []charging.DepartureSync{{OrganizationID: 3, KeyOrganizationID: 3, VehicleID: 700,
			Now: y.now, Departures: []charging.Departure{{ID: at.Unix(), OrganizationID: 3, VehicleID: 700, At: at, TargetSoC: 80, CreatedAt: y.now}}}}))
	}
	y.connects("192.0.2.7:1")
	tx := y.starts()
	y.charged(tx, 20)
	y.after(time.Hour).charged(tx, 30) // 10 % an hour: five hours to go
	departs(y.now.Add(4*time.Hour + 51*time.Minute))
	y.step().after(time.Minute).step().want()
	departure := y.now.Add(4 * time.Hour)
	departs(departure)
	y.after(time.Minute).step().want()
	y.after(time.Minute).step().after(time.Minute).step().after(time.Minute).step()
	eta := time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC)
	y.want(fmt.Sprintf(`lateCharging {"originalEta":"%s","currentEta":"%[1]s","originalDepartureTime":"%s","currentDepartureTime":"%s"}`,
		eta.Format(charging.TimeLayout), time.Date(2026, 3, 2, 17, 51, 0, 0, time.UTC).Format(charging.TimeLayout), departure.Format(charging.TimeLayout)))
}

func TestTheEndOfChargingIsEstimated(t *testing.T) {
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	now := start.Add(time.Hour)
	session := func(from, to int, power, energy charging.Milli) *charging.Session {
		return &charging.Session{StartedAt: start, SoCStart: charging.Milli(from) * 1000, HasSoCStart: true, Energy: energy,
			Latest: charging.LatestReadings{SoC: charging.Latest{Value: charging.Milli(to) * 1000, At: now}, Power: charging.Latest{Value: power, At: now}}}
	}
	for _, c := range []struct {
		name    string
		session *charging.Session
		want    time.Duration // from now; -1 for unknown
	}{
		{"by power and the energy of a percent", session(20, 40, 20_000_000, 10_000_000), time.Hour}, // 0.5 kWh a percent, 40 missing
		{"by the rise when no power is told", session(20, 40, 0, 10_000_000), 2 * time.Hour},
		{"reached", session(20, 80, 20_000_000, 1), 0},
		{"no rise yet", session(20, 20, 20_000_000, 1), -1},
		{"no charge told", &charging.Session{StartedAt: start}, -1},
	} {
		got := alert.Done(c.session, 80, now)
		if want := now.Add(c.want); c.want >= 0 && !got.Equal(want) || c.want < 0 && !got.IsZero() {
			t.Errorf("%s: %v, want %v from %v", c.name, got, c.want, now)
		}
	}
}

func TestOurOwnKinds(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(y *yard)
		want []string
	}{
		{"two chargers take the connection from each other", func(y *yard) {
			for i := range 8 {
				y.after(time.Minute).connects(fmt.Sprintf("192.0.2.%d:1", 7+i%2))
			}
		}, []string{`duplicateIdentity {"addresses":["192.0.2.7","192.0.2.8"]}`}},
		{"one charger that connects again is none", func(y *yard) {
			for i := range 8 {
				y.after(time.Minute).connects(fmt.Sprintf("192.0.2.7:%d", i))
			}
		}, nil},
		{"two chargers behind one address boot in turns", func(y *yard) {
			for i := range 3 {
				y.after(time.Minute).tells(charging.Booted{Boot: charging.Boot{SerialNumber: fmt.Sprint("S", i%2)}})
			}
		}, []string{`duplicateIdentity {"serialNumbers":["S1","S0"]}`}},
		{"a charger that was replaced is none", func(y *yard) {
			for i := range 3 {
				y.after(time.Minute).tells(charging.Booted{Boot: charging.Boot{SerialNumber: fmt.Sprint("S", min(i, 1))}})
			}
		}, nil},
		{"a charger boots again and again", func(y *yard) {
			for range 8 {
				y.after(time.Minute).tells(charging.Booted{Boot: charging.Boot{SerialNumber: "S"}})
			}
		}, []string{`rebooting {"bootsInAnHour":4}`}},
		{"a clock that is ahead", func(y *yard) {
			for range 4 {
				y.after(time.Minute)
				at := y.now.Add(time.Hour)
				y.tells(charging.PortStatusReported{Port: 1, Status: charging.Available, ErrorCode: charging.NoError, Time: charging.Timestamp{Parsed: at}})
			}
		}, []string{`clockSkew {"secondsAhead":3600,"chargerTime":"2026-03-02T13:03:00.000Z"}`}},
		{"what was queued is old for a good reason", func(y *yard) {
			for range 4 {
				y.after(time.Minute)
				y.tells(charging.PortStatusReported{Port: 1, Status: charging.Available, ErrorCode: charging.NoError, Time: charging.Timestamp{Parsed: y.now.Add(-time.Hour)}})
			}
		}, nil},
		{"a grave security event, once a day", func(y *yard) {
			for range 2 {
				y.after(time.Minute).tells(charging.Noted{Kind: charging.NoteSecurityEvent, Status: "TamperDetectionActivated", Time: y.told()})
			}
			y.tells(charging.Noted{Kind: charging.NoteSecurityEvent, Status: "StartupOfTheDevice", Time: y.told()})
		}, []string{`securityEvent {"event":"TamperDetectionActivated"}`}},
		{"an update that failed", func(y *yard) {
			y.tells(charging.Noted{Kind: charging.NoteFirmware, Status: "Downloaded"})
			y.tells(charging.Noted{Kind: charging.NoteFirmware, Status: "InstallationFailed"})
		}, []string{`firmwareFailed {"status":"InstallationFailed"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newYard(t)
			y.connects("192.0.2.7:1")
			c.play(y)
			y.step().want(c.want...)
		})
	}
}

func TestRulesSayFromWhenOnAndWhoIsTold(t *testing.T) {
	y := newYard(t)
	y.step()
	for id, org := range map[charging.ID]charging.ID{7: 3, 8: 1, 9: 9} {
		y.contact(charging.Contact{ID: id, OrganizationID: org, Name: fmt.Sprint("contact ", id), Email: fmt.Sprintf("c%d@example.org", id)})
	}
	y.contact(charging.Contact{ID: 6, OrganizationID: 3, Name: "Away", Email: "c6@example.org", MutedUntil: y.now.Add(24 * time.Hour)})
	usual := charging.DefaultThresholds()
	thirty := usual
	thirty.OfflineMinutes = 30
	sixty := usual
	sixty.OfflineMinutes = 60
	kinds := []charging.AlertKind{charging.AlertOfflineCharger}
	outage := func() {
		y.connects("192.0.2.7:1")
		y.disconnects()
		y.after(2 * time.Hour).step()
	}
	told := func() (list []string) {
		for _, a := range y.alerts() {
			list = append(list, fmt.Sprint(a.Detail, a.Contacts, a.Muted, len(a.Contacts)))
		}
		return list
	}
	outage() // no rule: everybody above, but who is away
	want := []string{`{"thresholdMinutes":15}[7 8] false 2`}
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Fatalf("without rules (-want +got):\n%s", diff)
	}
	y.rule(charging.AlertRule{ID: 1, OrganizationID: 3, Name: "Depot", Kinds: kinds, Thresholds: thirty, Sites: []charging.ID{12}, Contacts: []charging.ID{7}})
	y.rule(charging.AlertRule{ID: 2, OrganizationID: 1, Name: "Holding", Kinds: kinds, Thresholds: sixty, Contacts: []charging.ID{8}})
	y.rule(charging.AlertRule{ID: 3, OrganizationID: 9, Name: "Stranger's", Kinds: kinds, Thresholds: usual, Everyone: true})
	y.rule(charging.AlertRule{ID: 4, OrganizationID: 3, Name: "Elsewhere", Kinds: kinds, Thresholds: usual, Chargers: []charging.ID{999}, Everyone: true})
	outage()
	want = append(want, `{"thresholdMinutes":30}[7] false 1`, `{"thresholdMinutes":60}[8] false 1`)
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Fatalf("with rules (-want +got):\n%s", diff)
	}
	y.rule(charging.AlertRule{ID: 1, OrganizationID: 3, Name: "Depot", Kinds: kinds, Thresholds: thirty, Contacts: []charging.ID{7}, MutedUntil: y.now.Add(time.Hour * 24)})
	y.must(y.store.RemoveAlertRule(context.Background(), 2, y.now, "test"))
	outage()
	want = append(want, `{"thresholdMinutes":30}[] true 0`)
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Fatalf("muted (-want +got):\n%s", diff)
	}
	if n := len(y.due(0, 7)); n != 2 {
		t.Errorf("%d mails to contact 7, want 2: none of what is muted", n)
	}
}

func TestWhatHappenedLongAgoIsKeptMutedAndNeverSent(t *testing.T) {
	y := newYard(t)
	y.contact(charging.Contact{ID: 7, OrganizationID: 3, Name: "Duty", Email: "duty@example.org"})
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 3, Name: "Planning", URL: "https://hooks.example.org"})
	y.connects("192.0.2.7:1")
	y.status(charging.Preparing, charging.NoError)
	y.status(charging.Faulted, "GroundFailure")
	y.after(time.Hour + time.Minute).step() // a first start with a history
	if list := y.alerts(); len(list) != 1 || !list[0].Muted {
		t.Errorf("%+v, want one that is muted", list)
	}
	if n := len(y.due(0, 7)) + len(y.due(5, 0)); n != 0 {
		t.Errorf("%d are to be sent", n)
	}
}

func TestAnAlertIsStoredWithWhatIsSentOfIt(t *testing.T) {
	y := newYard(t)
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 1, Name: "Planning", URL: "https://hooks.example.org", Events: []string{charging.EventAlertRaised}})
	y.webhook(charging.Webhook{ID: 6, OrganizationID: 9, Name: "Stranger", URL: "https://hooks.example.org"})
	y.webhook(charging.Webhook{ID: 4, OrganizationID: 3, Name: "Off", URL: "https://hooks.example.org", Disabled: true})
	y.contact(charging.Contact{ID: 7, OrganizationID: 3, Name: "Duty", Email: "duty@example.org", WebhookID: 5})
	y.step()
	y.connects("192.0.2.7:1")
	y.status(charging.Preparing, charging.NoError)
	y.status(charging.Faulted, "GroundFailure")
	y.step()
	hook, mail := y.due(5, 0), y.due(0, 7)
	if len(hook) != 1 || len(mail) != 1 || len(y.due(6, 0))+len(y.due(4, 0)) != 0 {
		t.Fatalf("%d to the webhook and %d mails, want one each and no other", len(hook), len(mail))
	}
	var body struct {
		Type string
		Data struct {
			ID           charging.ID
			Type, Text   string
			Detail       map[string]any
			Charger      struct{ Name string }
			Organization struct{ ID charging.ID }
		}
	}
	y.must(json.Unmarshal(hook[0].Body, &body))
	if body.Type != "alert.raised" || body.Data.ID != y.alerts()[0].ID || body.Data.Type != "chargingSessionError" ||
		body.Data.Detail["ocppErrorCode"] != "GroundFailure" || body.Data.Charger.Name != "Bay 4" || body.Data.Organization.ID != 3 {
		t.Errorf("%s", hook[0].Body)
	}
	var m alert.Mail
	y.must(json.Unmarshal(mail[0].Body, &m))
	for _, part := range []string{"Bay 4, Left at Harbor Depot: failed to start, GroundFailure", "Organization: Northline",
		"Since:        Mon 2 Mar 2026 12:00:00 UTC", "What to do: "} {
		if !strings.Contains(m.Subject+"\n"+m.Text, part) {
			t.Errorf("%q is not in the mail:\n%s\n\n%s", part, m.Subject, m.Text)
		}
	}
}

func TestWebhooksAreToldOfWhatHappens(t *testing.T) {
	y := newYard(t)
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 3, Name: "All", URL: "https://hooks.example.org"})
	y.webhook(charging.Webhook{ID: 6, OrganizationID: 3, Name: "Sessions", URL: "https://hooks.example.org", Events: []string{charging.EventSessionEnded}})
	y.step()
	y.connects("192.0.2.7:1")
	y.status(charging.Available, charging.NoError)
	y.status(charging.Available, charging.NoError) // nothing new
	tx := y.starts()
	y.step()
	y.restart() // what was told is not told again
	y.after(time.Minute).connects("192.0.2.7:1")
	y.status(charging.Available, charging.NoError)
	y.stops(tx)
	y.disconnects()
	y.step().step()
	var got []string
	for _, d := range y.due(5, 0) {
		got = append(got, d.Event)
	}
	want := []string{"charger.connected", "port.status", "session.started", "charger.disconnected", "charger.connected", "session.ended", "charger.disconnected"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	ended := y.due(6, 0)
	if len(ended) != 1 || !strings.Contains(string(ended[0].Body), `"endTime":"2026-03-02T12:01:00.000Z"`) ||
		!strings.Contains(string(ended[0].Body), `"ocppIdTag":"CARD"`) {
		t.Errorf("%d: %s", len(ended), ended[0].Body)
	}
}

// What happens right after a webhook was made is told, too: nothing has looked at
// the settings since.
func TestAWebhookIsToldOfWhatHappensRightAfterItWasMade(t *testing.T) {
	y := newYard(t)
	y.step()
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 3, Name: "All", URL: "https://hooks.example.org"})
	y.connects("192.0.2.7:1")
	y.step()
	if got := y.due(5, 0); len(got) != 1 || got[0].Event != charging.EventChargerConnected {
		t.Errorf("it is told of %+v", got)
	}
}
