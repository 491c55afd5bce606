package upkeep

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// availabilityChanged keeps a command that the charger answered.
func (y *yard) availabilityChanged(answer string) {
	y.t.Helper()
	c := &charging.Command{ID: 7, ChargerID: chargerID, Actor: "test", Action: "ChangeAvailability", Payload: []byte(`{}`),
		Status: charging.CommandAnswered, Response: []byte(`{"status":"` + answer + `"}`), CreatedAt: time.Now()}
	if err := y.fleet.Keep(context.Background(), func(b *charging.Batch) { b.Commands = append(b.Commands, c) }); err != nil {
		y.t.Fatal(err)
	}
}

// says reports a state of connector 1 of port 1.
func (y *yard) says(state string) {
	y.t.Helper()
	now := charging.Timestamp{Parsed: time.Now()}
	var body charging.Body = charging.PortStatusReported{Port: 1, Status: charging.Status(state), ErrorCode: charging.NoError, Time: now}
	if y.charger.version != ocpp.V16 {
		body = charging.ConditionsReported{Time: now, States: []charging.ConnectorReport{{Port: 1, Connector: 1, State: state, Time: now}}}
	}
	if _, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: chargerID, Received: time.Now(), Body: body}); err != nil {
		y.t.Fatal(err)
	}
}

func TestAStatusThatIsOwedIsAskedFor(t *testing.T) {
	f := func(v ocpp.Version, settings map[string]string, want string) {
		t.Helper()
		y := newYard(t, v)
		y.charger.settings = settings
		y.says("Available")
		y.boot()
		y.rests()
		asked := y.charger.count(want) // the boot was followed by no status either
		if asked != 1 {
			t.Errorf("version %d: after the boot asked %d times", v, asked)
		}
		y.availabilityChanged("Scheduled")
		y.availabilityChanged("Rejected")
		y.availabilityChanged("Accepted")
		y.until("asking", func() bool { return y.charger.count(want) == asked+1 })
		y.rests()
		if n := y.charger.count("TriggerMessage"); n != asked+1 {
			t.Errorf("version %d: the charger was told\n%s", v, strings.Join(y.charger.told(), "\n"))
		}
	}
	f(ocpp.V16, settings16(), `TriggerMessage {"requestedMessage":"StatusNotification"}`)
	f(ocpp.V201, settings2x(), `TriggerMessage {"evse":{"connectorId":1,"id":1},"requestedMessage":"StatusNotification"}`)
	f(ocpp.V21, settings2x(), `TriggerMessage {"evse":{"connectorId":1,"id":1},"requestedMessage":"StatusNotification"}`)
}

func TestAStatusThatCameIsNotAskedFor(t *testing.T) {
	for _, v := range []ocpp.Version{ocpp.V16, ocpp.V201} {
		y := newYard(t, v)
		y.upkeep.cfg.AfterBoot = 50 * time.Millisecond
		if y.charger.settings = settings16(); v != ocpp.V16 {
			y.charger.settings = settings2x()
		}
		y.boot()
		y.says("Unavailable")
		y.rests()
		y.availabilityChanged("Accepted")
		y.says("Available")
		y.rests()
		if n := y.charger.count("TriggerMessage"); n != 0 {
			t.Errorf("version %d: asked %d times", v, n)
		}
	}
}

func TestATriggerThatIsRefusedIsTriedForEachConnectorAndNeverHurts(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings, y.charger.partsOnly = settings16(), true
	y.says("Available")
	y.boot()
	y.rests()
	if n := y.charger.count(`TriggerMessage {"connectorId":1,"requestedMessage":"StatusNotification"}`); n != 1 {
		t.Errorf("the charger was told\n%s", strings.Join(y.charger.told(), "\n"))
	}
	if y.charger.count("GetConfiguration") == 0 || y.charger.tags() == "" {
		t.Errorf("the set-up ended with the trigger:\n%s", strings.Join(y.charger.told(), "\n"))
	}
	y = newYard(t, ocpp.V16)
	y.charger.settings, y.charger.fail = settings16(), map[string]string{"TriggerMessage": "NotImplemented"}
	for range 2 {
		y.says("Available")
		y.boot()
		y.rests()
	}
	if n := y.charger.count("TriggerMessage"); n != 1 || y.charger.tags() == "" {
		t.Errorf("asked %d times; the charger was told\n%s", n, strings.Join(y.charger.told(), "\n"))
	}
}

func TestAChargerThatDoesNotBearItIsLeftAloneLongerAndLonger(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.upkeep.cfg.Rest, y.upkeep.cfg.MaxRest = 200*time.Millisecond, time.Hour
	y.charger.settings, y.charger.fail = settings16(), map[string]string{"ChangeConfiguration": "timeout"}
	rest := func() time.Duration {
		y.upkeep.mu.Lock()
		defer y.upkeep.mu.Unlock()
		return y.upkeep.rest(y.upkeep.visits[chargerID])
	}
	for _, want := range []time.Duration{400, 800} {
		y.boot()
		y.rests()
		if got := rest(); got != want*time.Millisecond {
			t.Errorf("rests %v, want %v ms", got, want)
		}
	}
	// A tag that was revoked is not a matter of rest.
	y.change(&charging.Change{Actor: "test", AccessIDs: []charging.AccessID{
		{ID: 2, OrganizationID: 1, Tag: "GROUPCARD", Type: charging.TypeRFID, Revoked: true}}})
	y.until("the list changed", func() bool { return y.charger.tags() == "0A0B0C0D" })
	y.rests()
	if got := rest(); got != 200*time.Millisecond {
		t.Errorf("after a good visit it rests %v", got)
	}
	v := &visit{troubled: 60}
	if got := y.upkeep.rest(v); got != time.Hour {
		t.Errorf("rests %v at most", got)
	}
}

func TestTheLocalListFollowsTheCharger(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings = settings16()
	y.boot()
	y.rests()
	y.change(&charging.Change{Actor: "test", Sites: []charging.Site{{ID: 13, OrganizationID: 9, Name: "Elsewhere", Timezone: "UTC"}}})
	y.change(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{{ID: chargerID, SiteID: 13, Name: "Bay 4", OCPPID: "bay-4"}}})
	y.until("the list is that of the new site", func() bool { return y.charger.tags() == "STRANGER" })
	y.change(&charging.Change{Actor: "test", Sites: []charging.Site{{ID: 13, OrganizationID: 1, Name: "Elsewhere", Timezone: "UTC"}}})
	y.until("the list is that of the new organization", func() bool { return y.charger.tags() == "GROUPCARD" })
}
