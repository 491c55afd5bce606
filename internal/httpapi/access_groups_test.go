package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	groupsPath        = "/api/admin/access-groups"
	limitedManagerKey = "cy_limited_manager" // site 12 only, may manage
)

func TestAccessGroupsAreMadeChangedAndRemoved(t *testing.T) {
	y := newAccessYard(t)
	made := y.post(groupsPath, fullKey, `{"name":" Night shift ","accessIds":[311,310,310],"siteIds":[13],"chargerIds":[42],"x":1}`).data(t)
	id := idIn(made)
	want := fmt.Sprintf(`{"id":%d,"organizationId":3,"name":"Night shift","accessIds":[310,311],"siteIds":[13],"chargerIds":[42]}`, id)
	compare(t, map[string]any{"made": made}, "made", want)
	path := fmt.Sprintf("%s/%d", groupsPath, id)
	compare(t, y.get(path, fullKey).envelope(t, http.StatusOK), "data", want)
	y.restart(y.now)
	compare(t, y.get(path, parentKey).envelope(t, http.StatusOK), "data", want)
	changed := y.patch(path, fullKey, `{"siteIds":null,"accessIds":[310],"organizationId":1}`).data(t)
	compare(t, map[string]any{"changed": changed}, "changed",
		fmt.Sprintf(`{"id":%d,"organizationId":3,"name":"Night shift","accessIds":[310],"siteIds":[],"chargerIds":[42]}`, id))
	compare(t, map[string]any{"changed": y.patch(path, fullKey, `{"name":"Day"}`).data(t)}, "changed.chargerIds", `[42]`)
	y.get(path, strangerKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	if a := y.send(http.MethodDelete, path, fullKey, "application/json", ""); a.StatusCode != http.StatusOK || string(a.body) != "{}" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	for range 2 {
		y.get(path, fullKey).is(t, http.StatusNotFound, "Not found")
		y.patch(path, fullKey, `{"name":"x"}`).is(t, http.StatusNotFound, "Not found")
		y.send(http.MethodDelete, path, fullKey, "application/json", "").is(t, http.StatusNotFound, "Not found")
		y.restart(y.now)
	}
}

func TestAnAccessGroupIsRefusedWithAReason(t *testing.T) {
	y := newAccessYard(t)
	f := func(body, text string) {
		t.Helper()
		y.post(groupsPath, fullKey, body).is(t, http.StatusBadRequest, text)
	}
	const noPlace = "siteIds: must name a site, or chargerIds a charger: the places where the group may charge"
	f(`{"siteIds":[12]}`, "name: must not be empty")
	f(`{"name":" ","siteIds":[12]}`, "name: must not be empty")
	f(`{"name":7}`, "name: must be a text")
	f(`{"name":"`+strings.Repeat("n", 256)+`","siteIds":[12]}`, "name: must be at most 255 characters")
	f(`{"name":"n"}`, noPlace)
	f(`{"name":"n","siteIds":[],"chargerIds":null}`, noPlace)
	f(`{"name":"n","siteIds":[12,90]}`, "siteIds[1]: 90 is the id of no site")
	f(`{"name":"n","siteIds":[20]}`, "siteIds[0]: 20 is the id of no site") // of a sister organization
	f(`{"name":"n","chargerIds":[41,95]}`, "chargerIds[1]: 95 is the id of no charger")
	f(`{"name":"n","siteIds":[12],"accessIds":[310,312]}`, "accessIds[1]: 312 is the id of no access ID")
	f(`{"name":"n","siteIds":12}`, "siteIds: must be a list")
	f(`{"name":"n","siteIds":["12"]}`, "siteIds: must be a whole number")
	f(`{"name":"n","siteIds":[12],"organizationId":1}`, "organizationId: is the id of no organization")
	f(`{"name":"n","siteIds":[12],"accessIds":[`+strings.Repeat("310,", 10_000)+`310]}`, "accessIds: has 10001 ids; at most 10000 are allowed")
	made := idIn(y.post(groupsPath, fullKey, `{"name":"n","siteIds":[12]}`).data(t))
	y.patch(fmt.Sprintf("%s/%d", groupsPath, made), fullKey, `{"siteIds":[]}`).is(t, http.StatusBadRequest, noPlace)
	body := `{"name":"n","siteIds":[12]}`
	own := fmt.Sprintf("%s/%d", groupsPath, made)
	limited := charging.APIKey{ID: 11, OrganizationID: 3, Name: "limited manager", Hash: auth.HashKey(limitedManagerKey), Permissions: charging.PermitManage, Sites: []charging.ID{12}}
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{limited}})
	for key, text := range map[string]string{readerKey: `This API key may not do that: it lacks "manage"`, limitedManagerKey: limitedText} {
		for _, a := range []answer{y.get(groupsPath, key), y.get(own, key), y.post(groupsPath, key, body), y.patch(own, key, body),
			y.send(http.MethodDelete, own, key, "application/json", "")} {
			a.is(t, http.StatusForbidden, text)
		}
	}
	if n := len(y.fleet.Estate().AccessGroups()); n != 1 {
		t.Errorf("there are %d groups", n)
	}
}

func TestAccessGroupsComeInPagesOfTheOrganizationAndItsChildren(t *testing.T) {
	y := newAccessYard(t)
	var many []charging.AccessGroup
	for i := range 150 {
		many = append(many, charging.AccessGroup{ID: charging.ID(1 + i), OrganizationID: 3, Name: "g", Sites: []charging.ID{12}})
	}
	many = append(many, charging.AccessGroup{ID: 500, OrganizationID: 9, Name: "stranger's", Sites: []charging.ID{90}})
	y.configure(&charging.Change{Actor: "test", AccessGroups: many})
	var seen []charging.ID
	for cursor := ""; ; {
		a := y.get(groupsPath+"?nextPageCursor="+cursor, parentKey)
		for _, row := range a.rows(t) {
			seen = append(seen, idIn(row))
		}
		y.post(groupsPath, parentKey, `{"name":"new","siteIds":[20],"organizationId":4}`).data(t)
		if cursor = a.next(t); cursor == "" {
			break
		}
	}
	if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) || len(seen) != 151 || slices.Contains(seen, 500) {
		t.Errorf("%d rows: %v", len(seen), seen)
	}
	y.get(groupsPath+"?nextPageCursor=!", fullKey).is(t, http.StatusBadRequest, "nextPageCursor: is none of this server's cursors; begin again without it")
	y.get(groupsPath+"/500", parentKey).is(t, http.StatusNotFound, "Not found")
}

func TestATagOfAGroupMayChargeAtItsPlacesOnly(t *testing.T) {
	y := newAccessYard(t)
	y.connects(42)
	status := func(charger charging.ID, tag string) any {
		t.Helper()
		return y.sends(charger, "Authorize", `{"idTag":"`+tag+`"}`)["idTagInfo"].(map[string]any)["status"]
	}
	check := func(tag string, at41, at42 string) {
		t.Helper()
		if a, b := status(41, tag), status(42, tag); a != at41 || b != at42 {
			t.Errorf("%s is answered %v at 41 and %v at 42, want %s and %s", tag, a, b, at41, at42)
		}
	}
	check("A0B1C2D3", "Accepted", "Accepted")
	first := idIn(y.post(groupsPath, fullKey, `{"name":"Post 1 only","accessIds":[310],"chargerIds":[42]}`).data(t))
	check("A0B1C2D3", "Blocked", "Accepted")
	check("EV700", "Accepted", "Accepted") // in no group
	start := y.sends(41, "StartTransaction", `{"connectorId":1,"idTag":"A0B1C2D3","meterStart":1,"timestamp":"2026-03-02T12:00:00Z"}`)
	compare(t, start, "idTagInfo.status", `"Blocked"`)
	second := idIn(y.post(groupsPath, fullKey, `{"name":"Harbor","accessIds":[310],"siteIds":[12]}`).data(t))
	check("A0B1C2D3", "Accepted", "Accepted") // the places of any of its groups
	y.patch(fmt.Sprintf("%s/%d", groupsPath, second), fullKey, `{"siteIds":[13]}`).data(t)
	check("A0B1C2D3", "Blocked", "Accepted")
	y.restart(y.now)
	check("A0B1C2D3", "Blocked", "Accepted")
	for _, id := range []charging.ID{first, second} {
		y.send(http.MethodDelete, fmt.Sprintf("%s/%d", groupsPath, id), fullKey, "application/json", "")
	}
	check("A0B1C2D3", "Accepted", "Accepted")
	t.Run("a revoked tag stays refused where its group may charge", func(t *testing.T) {
		y.post(groupsPath, fullKey, `{"name":"Harbor","accessIds":[313],"siteIds":[12]}`).data(t)
		check("CARD13", "Blocked", "Blocked")
	})
}
