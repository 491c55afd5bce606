package fleet_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestBoot(t *testing.T) {
	boot := charging.Booted{Boot: charging.Boot{Manufacturer: "Voltix", Reason: "PowerUp"}}
	t.Run("is answered once as an operator wants", func(t *testing.T) {
		y := newYard(t)
		y.tell(charging.NextBootSet{Answer: charging.RegistrationPending, Actor: "key Depot"})
		y.restart()
		for _, want := range []string{charging.RegistrationPending, charging.RegistrationAccepted} {
			if out := y.tell(boot); out.Registration != want || y.charger().Boot.Registration != want || y.charger().NextBoot != "" {
				t.Errorf("%+v %+v, want %s", out, y.charger().Boot, want)
			}
		}
		y.tell(charging.NextBootSet{Answer: charging.RegistrationRejected})
		y.tell(charging.NextBootSet{Answer: charging.RegistrationAccepted})
		if out := y.tell(boot); out.Registration != charging.RegistrationAccepted {
			t.Errorf("%+v", out)
		}
	})
	t.Run("raises the security profile once it is accepted", func(t *testing.T) {
		y := newYard(t)
		y.connectAs("ocpp2.0.1", 2)
		if c := y.charger(); c.Profile != 0 || c.Connection.Profile != 2 {
			t.Fatalf("profile %d, connection %+v", c.Profile, c.Connection)
		}
		y.tell(charging.NextBootSet{Answer: charging.RegistrationPending})
		y.tell(boot)
		if p := y.charger().Profile; p != 0 {
			t.Errorf("profile %d by a boot that was not accepted", p)
		}
		y.tell(boot)
		y.connectAs("ocpp2.0.1", 1)
		y.tell(boot)
		y.restart()
		if c := y.charger(); c.Profile != 2 || c.Boot.Protocol != "ocpp2.0.1" || c.Boot.Reason != "PowerUp" {
			t.Errorf("profile %d, %+v", c.Profile, c.Boot)
		}
		y.tell(charging.ProfileSet{Profile: 1, Actor: "key Depot"})
		if p := y.charger().Profile; p != 1 {
			t.Errorf("profile %d", p)
		}
	})
	t.Run("over a connection that was replaced raises nothing", func(t *testing.T) {
		y := newYard(t)
		y.connectAs("ocpp2.0.1", 1)
		old := y.gen
		y.connectAs("ocpp2.0.1", 3)
		y.gen = old
		y.tell(boot)
		if p := y.charger().Profile; p != 0 {
			t.Errorf("profile %d", p)
		}
	})
}

func TestVariablesAreHandedToTheStore(t *testing.T) {
	y := newYard(t)
	b := charging.VariablesReported{RequestID: 9, Seq: 2, More: true, Variables: []charging.Variable{{Component: "SecurityCtrlr", Name: "Identity", Value: "secret"}}}
	y.tell(b)
	want := []charging.ChargerVariables{{ChargerID: chargerID, Variables: b.Variables}}
	if diff := cmp.Diff(want, y.batch.Variables); diff != "" {
		t.Error(diff)
	}
	r := y.batch.Records[0]
	if r.Kind != charging.RecordVariables || r.Detail != `{"requestId":9,"seq":2,"variables":1,"more":true}` {
		t.Errorf("%+v", r)
	}
}

func TestANoteIsKeptWithItsPortAndTheRawMessage(t *testing.T) {
	y := newYard(t)
	y.tell(connector(1, 1, "Available", y.now))
	_, err := y.Handle(t.Context(), charging.Event{ChargerID: chargerID, Received: y.now, Message: 77,
		Body: charging.Noted{Kind: charging.NoteReservation, Port: 1, RequestID: 5, Status: "Expired"}})
	if err != nil {
		t.Fatal(err)
	}
	r := y.batch.Records[0]
	if r.PortNumber != 1 || r.Message != 77 || r.Detail != `{"kind":"reservation","requestId":5,"status":"Expired"}` {
		t.Errorf("%+v", r)
	}
	y.tell(charging.Noted{Kind: charging.NoteCustomer, Status: "a\"b\\c\n\u00e9"})
	var detail struct{ Status string }
	if err := json.Unmarshal([]byte(y.batch.Records[0].Detail), &detail); err != nil || detail.Status != "a\"b\\c\n\u00e9" {
		t.Errorf("%v, %+v", err, detail)
	}
	y.tell(charging.Noted{Kind: charging.NoteChargingLimit, Port: 9})
	y.wantOdd("unknown-port: 9")
}
