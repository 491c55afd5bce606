package httpapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// TestSites has a test for each numbered point of the contract's semantic
// checklist (3.4) and each of its ambiguities (3.5), through a real store and a
// real fleet.
func TestSites(t *testing.T) {
	for _, group := range [...]map[string]func(*yard){
		estatePoints, chargerPoints, statusPoints, sessionPoints, readingPoints, peoplePoints, httpPoints, ambiguities,
	} {
		for name, test := range group {
			t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				test(newYard(t))
			})
		}
	}
}

// ids lists the ids of objects.
func ids(t *testing.T, list any) []string {
	t.Helper()
	all := []string{}
	for _, item := range list.([]any) {
		all = append(all, string(item.(map[string]any)["id"].(json.Number)))
	}
	return all
}

func (y *yard) wantIDs(what string, list any, want ...string) {
	y.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), ids(y.t, list)); diff != "" {
		y.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (y *yard) wantAnswer(a answer, status int, body string) {
	y.t.Helper()
	if a.StatusCode != status || string(a.body) != body {
		y.t.Errorf("%s %s, want %d %s", a.Status, a.body, status, body)
	}
}

const notFoundBody = `{"error":"Not found"}`

var estatePoints = map[string]func(*yard){
	"no 01 GET and HEAD only, and a slash at the end is the same resource": func(y *yard) {
		whole := y.get("/api/sites", holdingKey)
		slash := y.get("/api/sites/", holdingKey)
		if slash.StatusCode != http.StatusOK || !bytes.Equal(slash.body, whole.body) {
			y.t.Errorf("with a slash: %s, %d bytes, want those %d", slash.Status, len(slash.body), len(whole.body))
		}
		head := y.ask(http.MethodHead, "/api/sites", holdingKey)
		for _, name := range [...]string{"Content-Length", "Content-Type", "ETag", "Cache-Control", "Vary"} {
			if head.Header.Get(name) != whole.Header.Get(name) || head.Header.Get(name) == "" {
				y.t.Errorf("HEAD: %s is %q, with GET %q", name, head.Header.Get(name), whole.Header.Get(name))
			}
		}
		if len(head.body) != 0 {
			y.t.Errorf("HEAD has a body of %d bytes", len(head.body))
		}
		for _, method := range [...]string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
			y.wantAnswer(y.ask(method, "/api/sites", holdingKey), http.StatusNotFound, notFoundBody)
		}
	},
	"no 02 a parent's key sees the sites of all organizations inside it in one list": func(y *yard) {
		y.wantIDs("sites", y.sites(holdingKey), "12", "13", "20")
		y.site(12, "organization", `{"id":3,"name":"Northline Couriers"}`)
		y.site(20, "organization", `{"id":4,"name":"Fernway Buses"}`)
		y.wantIDs("sites of the child", y.sites(northlineKey), "12", "13")
	},
	"no 03 every query is ignored": func(y *yard) {
		want := y.get("/api/sites", holdingKey).body
		for _, query := range [...]string{"?_=1756", "?siteIds[]=12", "?limit=1&nextPageCursor=x", "?%zz=%", "?at="} {
			if got := y.get("/api/sites"+query, holdingKey); got.StatusCode != http.StatusOK || !bytes.Equal(got.body, want) {
				y.t.Errorf("%s: %s", query, got.Status)
			}
		}
	},
	"no 04 the top level holds data alone, also when there is nothing": func(y *yard) {
		empty := emptyYard(y.t, httpapi.Config{})
		empty.configure(&charging.Change{Actor: "test", Organizations: []charging.Organization{{ID: 1, Name: "New"}},
			Keys: []charging.APIKey{{ID: 1, OrganizationID: 1, Hash: auth.HashKey(holdingKey), Permissions: charging.PermitRead}}})
		empty.wantAnswer(empty.get("/api/sites", holdingKey), http.StatusOK, `{"data":[]}`)
		top := decode(y.t, y.get("/api/sites", holdingKey).body).(map[string]any)
		if _, ok := top["data"].([]any); !ok || len(top) != 1 {
			y.t.Errorf("the top level is %v", top)
		}
	},
	"no 05 order is sites and chargers by id and ports by number": func(y *yard) {
		y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{{ID: 5, OrganizationID: 4, Name: "Older", Timezone: "UTC"}},
			Chargers: []charging.ChargerSettings{{ID: 7, SiteID: 12, Name: "Older"}, {ID: 60, SiteID: 12, Name: "Newer"}}})
		y.wantIDs("sites", y.sites(holdingKey), "5", "12", "13", "20")
		y.wantIDs("chargers", y.shown("data", 12)["chargers"], "7", "41", "42", "60")
		y.wantIDs("ports", y.shown("chargers", 41)["ports"], "82", "81")
		y.connects(41)
		y.reportsStatus(41, 2, "Charging")
		if again := y.get("/api/sites", holdingKey).body; !bytes.Equal(again, y.get("/api/sites", holdingKey).body) {
			y.t.Error("the same estate is not written the same twice")
		}
	},
	"no 06 a site without chargers is shown, unless the key is limited to chargers": func(y *yard) {
		y.site(13, "chargers", `[]`)
		y.limitedKey("cy_limited", nil, []charging.ID{41})
		y.wantIDs("sites", y.sites("cy_limited"), "12")
	},
	"no 07 a charger that never connected is shown with a null connectionStatus": func(y *yard) {
		y.charger(50, "connectionStatus", `null`)
	},
	"no 08 a blank address is null": func(y *yard) {
		y.site(12, "address", `"77 Pier Rd"`)
		y.site(13, "address", `null`)
		y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{{ID: 13, OrganizationID: 3, Name: "Empty Lot", Address: " \t", Timezone: "UTC"}}})
		y.site(13, "address", `null`)
	},
	"no 09 timezone is an IANA name and never null": func(y *yard) {
		y.site(12, "timezone", `"America/Los_Angeles"`)
		y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{{ID: 13, OrganizationID: 3, Name: "Empty Lot"}}})
		y.site(13, "timezone", `"UTC"`)
	},
	"no 10 organization has id and name and follows a renaming": func(y *yard) {
		y.configure(&charging.Change{Actor: "test", Organizations: []charging.Organization{{ID: 3, ParentID: 1, Name: "Northline \"Fast\" Couriers"}}})
		y.site(12, "organization", `{"id":3,"name":"Northline \"Fast\" Couriers"}`)
	},
	"no 41 what a key sees": func(y *yard) {
		y.wantIDs("a stranger's sites", y.sites(strangerKey), "90")
		y.limitedKey("cy_site", []charging.ID{13}, nil)
		y.wantIDs("limited to an empty site", y.sites("cy_site"), "13")
		y.limitedKey("cy_charger", nil, []charging.ID{42})
		y.wantIDs("limited to a charger", y.sites("cy_charger"), "12")
		y.wantIDs("its chargers", y.sites("cy_charger")[0].(map[string]any)["chargers"], "42")
		y.limitedKey("cy_union", []charging.ID{20}, []charging.ID{41})
		y.wantIDs("limits are a union", y.sites("cy_union"), "12", "20")
		y.wantIDs("of the first", y.sites("cy_union")[0].(map[string]any)["chargers"], "41")
		y.wantIDs("of the second", y.sites("cy_union")[1].(map[string]any)["chargers"], "50")
		y.limitedKey("cy_both", []charging.ID{12}, []charging.ID{41})
		y.wantIDs("a whole site and a charger of it", y.sites("cy_both")[0].(map[string]any)["chargers"], "41", "42")
		y.limitedKey("cy_outside", []charging.ID{90, 4711}, []charging.ID{95, 4712})
		y.wantAnswer(y.get("/api/sites", "cy_outside"), http.StatusOK, `{"data":[]}`)
	},
}

// limitedKey makes a key of organization 1 that is limited.
func (y *yard) limitedKey(text string, sites, chargers []charging.ID) {
	y.t.Helper()
	id := charging.ID(100 + len(y.fleet.Estate().Keys()))
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{{ID: id, OrganizationID: 1, Name: text,
		Hash: auth.HashKey(text), Sites: sites, Chargers: chargers, Permissions: charging.PermitRead}}})
}

const bootPayload = `{"chargePointVendor":"Voltix","chargePointModel":"VX-160","chargePointSerialNumber":"VX-00917","chargeBoxSerialNumber":"BOX-1","firmwareVersion":"3.2.0"}`

var chargerPoints = map[string]func(*yard){
	"no 11 maker, model, serial number and firmware are as reported unless an operator set them": func(y *yard) {
		y.charger(41, "manufacturer", `null`)
		y.connects(41)
		y.sends(41, "BootNotification", bootPayload)
		y.charger(41, "manufacturer", `"Voltix"`)
		y.charger(41, "model", `"VX-160"`)
		y.charger(41, "serialNumber", `"VX-00917"`)
		y.charger(41, "firmwareVersion", `"3.2.0"`)
		s := y.settings(41)
		s.Manufacturer, s.Model, s.SerialNumber, s.Firmware = "Ours", "M1", "S1", "0.1"
		y.set(s)
		y.charger(41, "manufacturer", `"Ours"`)
		y.charger(41, "model", `"M1"`)
		y.charger(41, "serialNumber", `"S1"`)
		y.charger(41, "firmwareVersion", `"3.2.0"`)
		y.sends(41, "BootNotification", `{"chargePointVendor":"Voltix","chargePointModel":"VX-160","firmwareVersion":"3.3.0"}`)
		y.charger(41, "firmwareVersion", `"3.3.0"`)
		y.restart(clock("12:00:05"))
		y.charger(41, "manufacturer", `"Ours"`)
		y.charger(41, "firmwareVersion", `"3.3.0"`)
	},
	"no 11 the box's serial number stands in, blanks are null and text is cleaned": func(y *yard) {
		y.connects(41)
		y.sends(41, "BootNotification", `{"chargePointVendor":" ","chargePointModel":"V\u0000X\u0007 `+"\xff"+`1","chargeBoxSerialNumber":"BOX-1"}`)
		y.charger(41, "manufacturer", `null`)
		y.charger(41, "serialNumber", `"BOX-1"`)
		y.charger(41, "firmwareVersion", `null`)
		y.charger(41, "model", `"VX \ufffd1"`)
	},
	"no 12 latitude and longitude are numbers, always there": func(y *yard) {
		y.charger(41, "latitude", `null`)
		y.charger(41, "longitude", `null`)
		s := y.settings(41)
		s.Latitude, s.Longitude = "47.6101", "-122.3340"
		y.set(s)
		y.charger(41, "latitude", `47.6101`)
		y.charger(41, "longitude", `-122.334`)
		s.Latitude, s.Longitude = "-0.0", "12.0"
		y.set(s)
		y.charger(41, "latitude", `0`)
		y.charger(41, "longitude", `12`)
	},
	"no 13 externalId is null until it is set": func(y *yard) {
		y.charger(41, "externalId", `null`)
		s := y.settings(41)
		s.ExternalID = "NL-0041"
		y.set(s)
		y.charger(41, "externalId", `"NL-0041"`)
	},
	"no 14 ocppId is the identity or null, ids are stable, and no name is null": func(y *yard) {
		y.charger(41, "ocppId", `"voltix-0917"`)
		y.configure(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{{ID: 61, SiteID: 12, Name: "Planned"}}})
		y.charger(61, "ocppId", `null`)
		y.connects(42)
		y.reportsStatus(42, 3, "Available")
		ports := y.shown("chargers", 42)["ports"].([]any)
		made := ports[1].(map[string]any)
		compare(y.t, made, "name", `"Port 3"`)
		id, err := made["id"].(json.Number).Int64()
		if err != nil || id <= 96 || id > charging.MaxID {
			y.t.Errorf("the port that appeared has id %v, want a fresh one", made["id"])
		}
		y.restart(clock("12:00:05"))
		y.wantIDs("ports after a restart", y.shown("chargers", 42)["ports"], "83", string(made["id"].(json.Number)))
	},
	"no 15 type is what was set, else DCFC by connectors and power, else Level 2": func(y *yard) {
		y.charger(41, "type", `"DCFC"`)
		y.charger(42, "type", `"Level 2"`)
		y.charger(50, "type", `"Level 2"`)
		port := charging.PortSettings{ID: 83, ChargerID: 42, Number: 1, Name: "Only"}
		for connector, want := range map[string]string{"CCS1": "DCFC", "CCS2": "DCFC", "CHAdeMO": "DCFC", "NACS": "Level 2", "J1772": "Level 2", "Type 2": "Level 2"} {
			port.ConnectorType, port.MaxPower = connector, 25_000_000
			y.configure(&charging.Change{Actor: "test", Ports: []charging.PortSettings{port}})
			y.charger(42, "type", `"`+want+`"`)
		}
		port.ConnectorType, port.MaxPower = "NACS", 25_000_001
		y.configure(&charging.Change{Actor: "test", Ports: []charging.PortSettings{port}})
		y.charger(42, "type", `"DCFC"`)
		s := y.settings(42)
		s.Type = charging.Level2
		y.set(s)
		y.charger(42, "type", `"Level 2"`)
	},
	"no 16 powerSharing means more than one port": func(y *yard) {
		y.charger(41, "powerSharing", `true`)
		y.charger(42, "powerSharing", `false`)
		y.charger(50, "powerSharing", `false`)
	},
	"no 17 connectionStatus is never null again after any connection": func(y *yard) {
		y.connects(41)
		y.at("12:00:10").disconnects(41, "12:00:09")
		y.restart(clock("12:30:00"))
		y.charger(41, "connectionStatus", `{"status":"Disconnected","timestamp":"2026-03-02T12:00:09.000Z"}`)
	},
	"no 18 connectionStatus says Connected or Disconnected": func(y *yard) {
		y.at("12:00:00.1234567").connects(41)
		y.charger(41, "connectionStatus", `{"status":"Connected","timestamp":"2026-03-02T12:00:00.123Z"}`)
		y.at("12:05:00").disconnects(41, "12:04:30")
		y.charger(41, "connectionStatus.status", `"Disconnected"`)
	},
	"no 19 the timestamp is that of the last change, and a replacing socket does not move it": func(y *yard) {
		y.at("12:00:00").connects(41)
		first := y.generations[41]
		y.at("12:01:00").sends(41, "Heartbeat", `{}`)
		y.at("12:02:00").connects(41)
		y.charger(41, "connectionStatus", `{"status":"Connected","timestamp":"2026-03-02T12:00:00.000Z"}`)
		y.at("12:02:01").disconnectsAs(41, first, "12:02:00")
		y.charger(41, "connectionStatus", `{"status":"Connected","timestamp":"2026-03-02T12:00:00.000Z"}`)
		y.at("12:09:00").disconnects(41, "12:08:00")
		y.charger(41, "connectionStatus", `{"status":"Disconnected","timestamp":"2026-03-02T12:08:00.000Z"}`)
	},
	"no 19 after a crash chargers are Disconnected since the server was last alive": func(y *yard) {
		y.at("12:00:00").connects(41)
		y.restart(clock("12:07:15"))
		y.charger(41, "connectionStatus", `{"status":"Disconnected","timestamp":"2026-03-02T12:07:15.000Z"}`)
		y.at("12:08:00").connects(41)
		y.charger(41, "connectionStatus", `{"status":"Connected","timestamp":"2026-03-02T12:08:00.000Z"}`)
	},
	"no 20 a silent socket is Disconnected as of its last sign of life": func(y *yard) {
		y.at("12:00:00").connects(41)
		y.at("12:03:00").disconnects(41, "12:01:30")
		y.charger(41, "connectionStatus", `{"status":"Disconnected","timestamp":"2026-03-02T12:01:30.000Z"}`)
	},
	"no 21 numberOfPorts is the length of ports, which may be none": func(y *yard) {
		y.charger(41, "numberOfPorts", `2`)
		y.charger(50, "numberOfPorts", `0`)
		y.charger(50, "ports", `[]`)
	},
	"no 22 a status of a new connector makes a port, connector 0 never does": func(y *yard) {
		y.connects(50)
		y.reportsStatus(50, 0, "Available")
		y.charger(50, "ports", `[]`)
		y.reportsStatus(50, 2, "Available")
		y.reportsStatus(50, 1, "Available")
		y.charger(50, "numberOfPorts", `2`)
		y.charger(50, "powerSharing", `true`)
		ports := y.shown("chargers", 50)["ports"].([]any)
		compare(y.t, ports[0].(map[string]any), "portNumber", `1`)
		compare(y.t, ports[1].(map[string]any), "portNumber", `2`)
		compare(y.t, ports[1].(map[string]any), "maximumPowerKw", `null`)
		compare(y.t, ports[1].(map[string]any), "currentChargingSession", `null`)
	},
	"no 23 maximumPowerKw is in kW or null": func(y *yard) {
		y.port(81, "maximumPowerKw", `160`)
		y.configure(&charging.Change{Actor: "test", Ports: []charging.PortSettings{{ID: 83, ChargerID: 42, Number: 1, Name: "Only", MaxPower: 7_360_400}}})
		y.port(83, "maximumPowerKw", `7.36`)
		y.configure(&charging.Change{Actor: "test", Ports: []charging.PortSettings{{ID: 83, ChargerID: 42, Number: 1, Name: "Only"}}})
		y.port(83, "maximumPowerKw", `null`)
	},
	"no 24 connectorType follows the type until it is set": func(y *yard) {
		y.port(81, "connectorType", `"CCS1"`)
		y.port(83, "connectorType", `"J1772"`)
		s := y.settings(42)
		s.Type = charging.DCFC
		y.set(s)
		y.port(83, "connectorType", `"CCS1"`)
		y.configure(&charging.Change{Actor: "test", Ports: []charging.PortSettings{{ID: 83, ChargerID: 42, Number: 1, Name: "Only", ConnectorType: "NACS"}}})
		y.port(83, "connectorType", `"NACS"`)
	},
}
