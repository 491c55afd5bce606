package fleet_test

import (
	"context"
	"slices"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

func TestEstateFindsThings(t *testing.T) {
	y := newYard(t)
	ch := &charging.Change{Sites: []charging.Site{{ID: 2, OrganizationID: 4, Name: "Two", Timezone: "UTC"}}}
	for i, identity := range []string{"Twin", "tWIN"} {
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: charging.ID(600 + i), SiteID: 2, OCPPID: identity})
	}
	for i := range 148 {
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: charging.ID(500 - i), SiteID: charging.ID(2 + 10*(i%2)), OCPPID: "x" + string(rune('A'+i%26)) + string(rune('a'+i/26))})
	}
	y.update(ch)
	e := y.Estate()
	if e.Len() != 151 {
		t.Fatalf("%d chargers", e.Len())
	}
	var walked []charging.ID
	for _, s := range e.Sites() {
		var last charging.ID
		for c := range e.Chargers(s.ID) {
			if c.SiteID != s.ID || c.ID <= last {
				t.Errorf("site %d: charger %d of site %d after %d", s.ID, c.ID, c.SiteID, last)
			}
			last = c.ID
			walked = append(walked, c.ID)
			if e.Charger(c.ID) != c || e.ChargerByIdentity(c.OCPPID) != c {
				t.Errorf("charger %d is not found", c.ID)
			}
		}
	}
	for slot := range e.Len() {
		if e.At(slot).ID != walked[slot] {
			t.Fatalf("slot %d: %d, walked %d", slot, e.At(slot).ID, walked[slot])
		}
	}
	if lo, hi := e.Slots(999); lo != 0 || hi != 0 || e.Charger(1) != nil || e.ChargerByIdentity("no") != nil || e.Site(999) != nil {
		t.Error("unknown things are found")
	}
	if e.ChargerByIdentityFold("cp1") == nil || e.ChargerByIdentityFold("twin") != nil {
		t.Error("letter case: one match is found, several are not")
	}
}

func TestTagsAreLookedUpInTheOrganizationAndItsParents(t *testing.T) {
	y := newYard(t)
	f := func(what string, org charging.ID, tag string, want charging.ID) {
		t.Helper()
		var got charging.ID
		if a := y.Estate().FindTag(org, tag); a != nil {
			got = a.ID
		}
		if got != want {
			t.Errorf("%s: access ID %d, want %d", what, got, want)
		}
	}
	f("own", 3, "A0B1", 310)
	f("of the parent, in other case", 5, "a0B1", 310)
	f("elsewhere", 5, "FOREIGN", 0)
	f("separators count", 3, "A0-B1", 0)
	if e := y.Estate(); !e.Inside(5, 3) || !e.Inside(3, 3) || e.Inside(3, 5) || e.Inside(4, 3) || e.Inside(99, 3) {
		t.Error("which organization is inside which")
	}
}

func TestAnEstateStaysAsItWas(t *testing.T) {
	y := newYard(t)
	y.tell(status(1, charging.Available, y.now))
	before := y.Estate()
	charger := before.Charger(chargerID)
	y.tell(status(1, charging.Charging, y.now))
	y.tell(status(2, charging.Charging, y.now))
	if before.Charger(chargerID) != charger || len(charger.Ports) != 1 || charger.Ports[0].Status.Status != charging.Available {
		t.Errorf("an older estate changed: %+v", charger)
	}
	if !before.SameDirectory(y.Estate()) {
		t.Error("a message changed the directory")
	}
	y.update(&charging.Change{Vehicles: []charging.Vehicle{{ID: 700, OrganizationID: 3, Name: "Renamed"}}})
	if before.SameDirectory(y.Estate()) || before.Vehicle(700).Name != "Van 12" || y.Estate().Vehicle(700).Name != "Renamed" {
		t.Error("a change of names")
	}
}

func TestUpdate(t *testing.T) {
	t.Run("moves a charger and keeps what it is doing", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 0, y.now))
		c := y.charger().ChargerSettings
		c.SiteID = 2
		y.update(&charging.Change{Sites: []charging.Site{{ID: 2, OrganizationID: 4, Timezone: "UTC"}}, Chargers: []charging.ChargerSettings{c}})
		for range 2 {
			if y.session(); y.charger().SiteID != 2 || len(slices.Collect(y.Estate().Chargers(12))) != 0 {
				t.Error("not moved")
			}
			y.restart()
		}
	})
	t.Run("keeps the id of a port that a message made", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(1, charging.Available, y.now))
		id := y.port(1).ID
		y.update(&charging.Change{Ports: []charging.PortSettings{{ID: 9999, ChargerID: chargerID, Number: 1, Name: "Left", MaxPower: 150_000_000}}})
		for range 2 {
			if p := y.port(1); p.ID != id || p.Name != "Left" || p.Status == nil {
				t.Errorf("%+v", p)
			}
			y.restart()
		}
	})
	t.Run("never gives out an id that an import brought", func(t *testing.T) {
		y := newYard(t)
		next := func() (id charging.ID) {
			err := y.Update(context.Background(), func(_ *fleet.Estate, ids *fleet.IDs) (*charging.Change, error) {
				var err error
				id, err = ids.Next(charging.IDVehicle)
				return nil, err
			})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		first := next()
		y.update(&charging.Change{Vehicles: []charging.Vehicle{{ID: first + 1, OrganizationID: 3}, {ID: first + 90_000, OrganizationID: 3}}})
		if id := next(); id <= first+90_000 {
			t.Errorf("%d was given out after %d came in", id, first+90_000)
		}
		y.restart()
		if id := next(); id <= first+90_000 {
			t.Errorf("after a restart: %d", id)
		}
	})
	t.Run("a plan that fails changes nothing", func(t *testing.T) {
		y := newYard(t)
		want := charging.Errorf(charging.Invalid, "no")
		err := y.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return nil, want })
		if err != error(want) {
			t.Errorf("%v", err)
		}
	})
}
