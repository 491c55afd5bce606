package securitytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// furnish makes one of everything that belongs to a charger, and returns the
// ids by kind.
func (y *yard) furnish(charger int) map[string]string {
	y.t.Helper()
	owner, things := y.named("full"), map[string]string{}
	if charger == foreign {
		owner = y.named("strg")
	}
	id := func(a reply) string {
		var made struct{ Data struct{ ID int64 } }
		if err := json.Unmarshal(a.body, &made); err != nil || made.Data.ID == 0 {
			y.t.Fatalf("%s %s", a.Status, a.body)
		}
		return strconv.FormatInt(made.Data.ID, 10)
	}
	y.chargers[charger].call(y.t, "StartTransaction", `{"connectorId":2,"idTag":"A1","meterStart":0,"timestamp":"2026-03-02T06:00:00Z"}`)
	things["commands"] = id(y.ask(owner, http.MethodPost, y.URL+of(charger, "log?wait=false"), "{}"))
	upload := <-y.chargers[charger].upload
	if a := y.ask(&bearer{}, http.MethodPut, y.URL+upload+"charger.log", "lines"); a.StatusCode != http.StatusCreated {
		y.t.Fatalf("%s %s", a.Status, a.body)
	}
	things["firmware"] = id(y.ask(owner, http.MethodPost, y.URL+"/api/firmware?name=fw.bin", "bytes"))
	things["uploads"] = y.first(owner, of(charger, "uploads"))
	y.Eventually("raw messages are kept", func() bool {
		a := y.ask(owner, http.MethodGet, y.URL+fmt.Sprintf("/api/ocpp-messages?chargerId=%d", charger), "")
		return strings.Contains(string(a.body), "StatusNotification")
	})
	things["ocpp-messages"] = y.first(owner, fmt.Sprintf("/api/ocpp-messages?chargerId=%d", charger))
	y.furnishAll(charger, things)
	return things
}

// first is the id of the first row of a list.
func (y *yard) first(b *bearer, path string) string {
	y.t.Helper()
	var list struct{ Data []struct{ ID int64 } }
	a := y.ask(b, http.MethodGet, y.URL+path, "")
	if err := json.Unmarshal(a.body, &list); err != nil || len(list.Data) == 0 {
		y.t.Fatalf("%s: %s %s", path, a.Status, a.body)
	}
	return strconv.FormatInt(list.Data[0].ID, 10)
}

// furnishAll makes one of everything else that belongs to the organization of a
// charger.
func (y *yard) furnishAll(charger int, things map[string]string) {
	y.t.Helper()
	owner := y.named("full")
	things["sites"], things["organizations"] = strconv.Itoa(harbor), strconv.Itoa(northline)
	if charger == foreign {
		owner = y.named("strg")
		things["sites"], things["organizations"] = "71090", strconv.Itoa(stranger)
	}
	things["chargers"], things["ports"] = strconv.Itoa(charger), strconv.Itoa(charger+10_000)
	if a := y.ask(owner, http.MethodPut, y.URL+"/api/admin/sites/"+things["sites"]+"/plan/picture", newBodies["PUT /api/admin/sites/{id}/plan/picture"]); a.StatusCode != http.StatusOK {
		y.t.Fatalf("%s %s", a.Status, a.body)
	}
	external := fmt.Sprintf(`{"externalId":"external-%d"}`, charger)
	if a := y.ask(owner, http.MethodPatch, y.URL+"/api/admin/chargers/"+things["chargers"], external); a.StatusCode != http.StatusOK {
		y.t.Fatalf("%s %s", a.Status, a.body)
	}
	y.Eventually("the session is shown", func() bool {
		a := y.ask(owner, http.MethodGet, y.URL+"/api/charging-sessions?includeInProgressSessions=true", "")
		return strings.Contains(string(a.body), `"data":[{`)
	})
	things["sessions"] = y.first(owner, "/api/charging-sessions?includeInProgressSessions=true")
	for _, kind := range []string{"vehicles", "access-ids"} {
		things[kind] = y.made(owner, "/api/"+kind, charger, things)
	}
	for _, kind := range []string{"users", "keys", "maintenance-windows", "exclusions", "access-groups", "alert-contacts", "alert-rules", "webhooks"} {
		things[kind] = y.made(owner, "/api/admin/"+kind, charger, things)
	}
	things["alerts"] = "1"
	hook := y.URL + "/api/admin/webhooks/" + things["webhooks"]
	if a := y.ask(owner, http.MethodPost, hook+"/test", ""); a.StatusCode != http.StatusOK {
		y.t.Fatalf("%s %s", a.Status, a.body)
	}
	things["deliveries"] = y.first(owner, "/api/admin/webhooks/"+things["webhooks"]+"/deliveries")
}

// made makes a thing and returns its id.
func (y *yard) made(owner *bearer, path string, charger int, things map[string]string) string {
	y.t.Helper()
	a := y.ask(owner, http.MethodPost, y.URL+path, filled(newBodies["POST "+path], charger, things))
	var wrapped map[string]json.RawMessage
	if err := json.Unmarshal(a.body, &wrapped); err != nil || a.StatusCode != http.StatusOK {
		y.t.Fatalf("%s: %s %s", path, a.Status, a.body)
	}
	for _, inner := range wrapped {
		var one struct{ ID int64 }
		var several []struct{ ID int64 }
		if json.Unmarshal(inner, &one) == nil && one.ID != 0 {
			return strconv.FormatInt(one.ID, 10)
		}
		if json.Unmarshal(inner, &several) == nil && len(several) > 0 {
			return strconv.FormatInt(several[0].ID, 10)
		}
	}
	y.t.Fatalf("%s: %s", path, a.body)
	return ""
}
