package upkeep

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// handle hands an event of the charger in.
func (y *yard) handle(body charging.Body) {
	y.t.Helper()
	c := y.fleet.Estate().Charger(chargerID)
	if _, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: chargerID, Generation: c.ConnectedAs, Received: time.Now(), Body: body}); err != nil {
		y.t.Fatal(err)
	}
}

func TestAVehiclesNeedsAreMetWithWhatThePortHas(t *testing.T) {
	f := func(v ocpp.Version, maxPower charging.Milli, want string) {
		t.Helper()
		y := newYard(t, v)
		y.change(&charging.Change{Actor: "test", Ports: []charging.PortSettings{{ID: 81, ChargerID: chargerID, Number: 1, Name: "Port 1", MaxPower: maxPower}}})
		y.boot()
		y.rests()
		y.handle(charging.SessionReported{Transaction: "tx-1", Phase: charging.PhaseStarted, HasSeq: true, Port: 1, Connector: 1, State: charging.StateEVConnected})
		y.handle(charging.Noted{Kind: charging.NoteChargingNeeds, Port: 1, Detail: `{"evseId":1}`})
		y.until("a profile was sent", func() bool { return y.charger.count("SetChargingProfile") == 1 })
		told := strings.Join(y.charger.told(), "\n")
		for _, part := range []string{`"chargingProfilePurpose":"TxProfile"`, `"transactionId":"tx-1"`, `"evseId":1`, want} {
			if !strings.Contains(told, part) {
				t.Errorf("the charger was not told %s but\n%s", part, told)
			}
		}
	}
	f(ocpp.V201, 160_000_000, `"limit":160000`)
	f(ocpp.V21, 0, `"limit":22080`)
}

func TestAVehicleThatFollowsSetpointsIsSentNoProfile(t *testing.T) {
	y := newYard(t, ocpp.V21)
	y.boot()
	y.rests()
	y.handle(charging.SessionReported{Transaction: "tx-1", Phase: charging.PhaseStarted, HasSeq: true, Port: 1, Connector: 1})
	y.handle(charging.Noted{Kind: charging.NoteChargingNeeds, Port: 1, Detail: `{"evseId":1,"chargingNeeds":{"controlMode":"DynamicControl"}}`})
	y.handle(charging.Noted{Kind: charging.NoteChargingNeeds, Port: 2, Detail: `{"evseId":2}`}) // without a session there
	y.boot()
	y.rests()
	if n := y.charger.count("SetChargingProfile"); n != 0 {
		t.Errorf("the charger was told\n%s", strings.Join(y.charger.told(), "\n"))
	}
}
