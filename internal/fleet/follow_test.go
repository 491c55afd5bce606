package fleet_test

import (
	"context"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

func TestFollowersAreToldOfEveryOtherEstate(t *testing.T) {
	y := newYard(t)
	changed, stop := y.Follow()
	told := func() bool {
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
	if told() {
		t.Error("nothing happened")
	}
	before := y.Estate()
	if _, err := y.Connect(context.Background(), chargerID, charging.Connected{Protocol: "ocpp1.6"}, noon); err != nil {
		t.Fatal(err)
	}
	if !told() || told() {
		t.Error("one change is told once, before it is answered")
	}
	seen := 0
	for was, is := range y.Estate().Changed(before) {
		seen++
		if was != before.Charger(chargerID) || is != y.Estate().Charger(chargerID) {
			t.Errorf("%v became %v", was, is)
		}
	}
	if seen != 1 {
		t.Errorf("%d chargers changed", seen)
	}
	for range y.Estate().Changed(y.Estate()) {
		t.Error("an estate differs from itself")
	}
	y.update(&charging.Change{Vehicles: []charging.Vehicle{{ID: 701, OrganizationID: 3, Name: "Van 13"}}})
	if !told() {
		t.Error("a change of the configuration is not told")
	}
	stop()
	y.update(&charging.Change{Vehicles: []charging.Vehicle{{ID: 702, OrganizationID: 3, Name: "Van 14"}}})
	if told() {
		t.Error("it was told after stop")
	}
}

func TestAnEstateOfTheStoredIsThatOfTheFleet(t *testing.T) {
	y := newYard(t)
	stored, err := y.store.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	e := fleet.EstateOf(stored)
	if e.Len() != 1 || e.Charger(chargerID) == nil || e.Site(12).Name != "Harbor" || !e.Inside(5, 3) || e.Version() != y.Estate().Version() {
		t.Errorf("%+v", e)
	}
}
