package store

import (
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestWhoFollowsIsToldOfRefusalsAndAlerts(t *testing.T) {
	s := openTest(t)
	refusals, alerts := 0, 0
	stop := s.FollowRefusals(func() { refusals++ })
	defer s.FollowAlerts(func() { alerts++ })()
	if newest, err := s.NewestAlert(t.Context()); newest != 0 || err != nil {
		t.Errorf("%d, %v", newest, err)
	}
	addRefusals(t, s, refusal(1, "A", 0))
	if listRefused(t, s, 10); refusals == 0 { // stores them
		t.Error("nobody was told of a refusal")
	}
	stop()
	told := refusals
	addRefusals(t, s, refusal(1, "A", 1))
	if listRefused(t, s, 10); refusals != told {
		t.Error("who stopped following was told of a refusal")
	}
	var d charging.Derived
	for i, id := range []charging.ID{7, 8, 9} {
		d.Alerts = append(d.Alerts, charging.Alert{ID: id, OrganizationID: 1, Kind: charging.AlertOfflineCharger, At: start, Incident: string(rune('a' + i))})
	}
	for _, derived := range []*charging.Derived{{Mark: 1}, &d} { // the first raises none
		if err := s.StoreDerived(t.Context(), derived); err != nil {
			t.Fatal(err)
		}
	}
	newest, err := s.NewestAlert(t.Context())
	if alerts != 1 || newest != 9 || err != nil {
		t.Errorf("told %d times, the newest is %d, %v", alerts, newest, err)
	}
	list, err := s.AlertsAfter(t.Context(), 7, 1)
	if err != nil || len(list) != 1 || list[0].ID != 8 {
		t.Errorf("%+v, %v", list, err)
	}
}
