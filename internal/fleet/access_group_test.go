package fleet_test

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestATagIsDecidedByItsAccessGroupsInEveryMessage(t *testing.T) {
	y := newYard(t)
	y.update(&charging.Change{Actor: "test", AccessIDs: []charging.AccessID{{ID: 9001, OrganizationID: 5,
		Tag: "GROUPED1", Type: charging.TypeRFID}}})
	when, n := noon, 0
	statuses := func(want charging.TagStatus) {
		t.Helper()
		n++
		when = when.Add(time.Hour)
		y.now = when
		for _, body := range []charging.Body{
			charging.TagPresented{Tag: "grouped1"},
			charging.SessionStarted{Port: 1, Tag: "GROUPED1", Time: at(when)},
			charging.SessionReported{Transaction: "tx" + string(rune('a'+n)), Port: 2, Tag: "GROUPED1", HasTag: true,
				Time: at(when)},
		} {
			if out := y.tell(body); !out.HasTag || out.Tag.Status != want {
				t.Errorf("%T is answered %v %q, want %q", body, out.HasTag, out.Tag.Status, want)
			}
		}
	}
	statuses(charging.TagAccepted)
	group := charging.AccessGroup{ID: 1, OrganizationID: 5, Name: "Elsewhere", AccessIDs: []charging.ID{9001}, Sites: []charging.ID{999}}
	y.update(&charging.Change{Actor: "test", AccessGroups: []charging.AccessGroup{group}})
	statuses(charging.TagBlocked)
	group.Sites = append(group.Sites, y.charger().SiteID)
	y.update(&charging.Change{Actor: "test", AccessGroups: []charging.AccessGroup{group}})
	statuses(charging.TagAccepted)
	group.Sites, group.Chargers = nil, []charging.ID{chargerID}
	y.update(&charging.Change{Actor: "test", AccessGroups: []charging.AccessGroup{group}})
	y.restart()
	statuses(charging.TagAccepted)
	group.Chargers = nil
	y.update(&charging.Change{Actor: "test", AccessGroups: []charging.AccessGroup{group}})
	statuses(charging.TagBlocked)
	y.update(&charging.Change{Actor: "test", RemovedAccessGroups: []charging.ID{1}})
	statuses(charging.TagAccepted)
}
