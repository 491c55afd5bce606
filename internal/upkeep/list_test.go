package upkeep

import (
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func TestTheLocalListFollowsAccessGroups(t *testing.T) {
	for _, v := range []ocpp.Version{ocpp.V16, ocpp.V201} {
		y := newYard(t, v)
		if y.charger.settings = settings16(); v != ocpp.V16 {
			y.charger.settings = settings2x()
		}
		y.boot()
		y.rests()
		group := charging.AccessGroup{ID: 1, OrganizationID: 3, Name: "Elsewhere", AccessIDs: []charging.ID{1}, Sites: []charging.ID{99}}
		y.change(&charging.Change{Actor: "test", AccessGroups: []charging.AccessGroup{group}})
		y.until("a tag of a group for other places is off the list", func() bool { return y.charger.tags() == "GROUPCARD" })
		group.Chargers = []charging.ID{chargerID}
		y.change(&charging.Change{Actor: "test", AccessGroups: []charging.AccessGroup{group}})
		y.until("a tag of a group for this charger is on the list", func() bool { return y.charger.tags() == "0A0B0C0D GROUPCARD" })
		group.Chargers = nil
		y.change(&charging.Change{Actor: "test", AccessGroups: []charging.AccessGroup{group}})
		y.until("it is off the list again", func() bool { return y.charger.tags() == "GROUPCARD" })
		y.change(&charging.Change{Actor: "test", RemovedAccessGroups: []charging.ID{1}})
		y.until("without its group it is on the list", func() bool { return y.charger.tags() == "0A0B0C0D GROUPCARD" })
	}
}

func TestWhereOrganizationsShareATagTheNearestOnesCounts(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings = settings16()
	y.change(&charging.Change{Actor: "test", AccessIDs: []charging.AccessID{
		{ID: 6, OrganizationID: 1, Tag: "revoked1", Type: charging.TypeRFID},               // revoked in organization 3
		{ID: 7, OrganizationID: 3, Tag: "groupcard", Type: charging.TypeRFID, Name: "own"}, // of both
	}})
	y.boot()
	y.rests()
	y.until("the list is there", func() bool { return y.charger.tags() != "" })
	told := strings.Join(y.charger.told(), "\n")
	if !strings.Contains(told, `"idTag":"groupcard"`) || strings.Contains(told, `"idTag":"GROUPCARD"`) || strings.Contains(told, "revoked1") {
		t.Errorf("the charger was told\n%s", told)
	}
}
