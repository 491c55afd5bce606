package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestAVehicleIsShownAsTheContractSays(t *testing.T) {
	y := newAccessYard(t)
	const want = `{"id":700,"name":"Van 12","make":"Ravn","model":"Cargo E","vin":null,"licensePlate":null,"hasTelematics":false,
		"customer":{"name":"Linehaul East"},"accessIds":[{"id":310,"ocppIdTag":"A0B1C2D3","authorizationStatus":"Authorized"},
		{"id":311,"ocppIdTag":"EV700","authorizationStatus":"Authorized"}]}`
	single := y.get("/api/vehicles/700", readerKey).envelope(t, http.StatusOK)
	compare(t, single, "vehicle", want)
	if len(single) != 1 {
		t.Errorf("a single vehicle is answered with %v", single)
	}
	rows := y.get("/api/vehicles", readerKey).rows(t)
	if ids := fmt.Sprint(column(rows, "id")); ids != "[700 701 702 703]" {
		t.Errorf("organization 3 has %s", ids)
	}
	compare(t, map[string]any{"row": rows[0]}, "row", want)
	compare(t, map[string]any{"row": rows[1]}, "row", `{"id":701,"name":null,"make":null,"model":null,"vin":"RV00000000000013","licensePlate":"NL 13",
		"hasTelematics":false,"customer":null,"accessIds":[{"id":313,"ocppIdTag":"CARD13","authorizationStatus":"Revoked"}]}`)
}

func TestVehiclesAreThoseOfTheOrganizationAndItsChildren(t *testing.T) {
	y := newAccessYard(t)
	y.configure(&charging.Change{Actor: "test", Vehicles: []charging.Vehicle{{ID: 790, OrganizationID: 9, Name: "Stranger's"}}})
	if ids := fmt.Sprint(column(y.get("/api/vehicles", parentKey).rows(t), "id")); ids != "[700 701 702 703]" {
		t.Errorf("a parent sees %s", ids)
	}
	for _, path := range []string{"/api/vehicles/790", "/api/vehicles/999999", "/api/vehicles/x", "/api/vehicles/-1"} {
		y.get(path, readerKey).is(t, http.StatusNotFound, "Not found")
		y.patch(path, fullKey, `{"vehicle":{"name":"mine"}}`).is(t, http.StatusNotFound, "Not found")
	}
	if name := y.fleet.Estate().Vehicle(790).Name; name != "Stranger's" {
		t.Errorf("a stranger's vehicle is now called %q", name)
	}
	y.patch("/api/vehicles/702", parentKey, `{"vehicle":{"name":"Van 14","accessIds":[{"ocppIdTag":"CHILD1"}]}}`).thing(t, "vehicle")
	made := y.post("/api/vehicles", parentKey, `{"vehicle":{"name":"Holding's"}}`).thing(t, "vehicle")
	e := y.fleet.Estate()
	if org := e.FindTag(3, "CHILD1").OrganizationID; org != 3 || e.Vehicle(702).OrganizationID != 3 || e.Vehicle(idIn(made)).OrganizationID != 1 {
		t.Errorf("the new tag is of organization %d", org)
	}
}

func TestALimitedKeyMayReadVehiclesOnly(t *testing.T) {
	y := newAccessYard(t)
	rows := y.get("/api/vehicles", limitedKey).rows(t)
	if len(rows) != 4 {
		t.Errorf("%v", rows)
	}
	for _, row := range append(rows, y.get("/api/vehicles/700", limitedKey).thing(t, "vehicle")) {
		if tags := row["accessIds"].([]any); len(tags) != 0 {
			t.Errorf("a limited key is shown the tags %v", tags)
		}
	}
	y.post("/api/vehicles", limitedKey, `{"vehicle":{"name":"x"}}`).is(t, http.StatusForbidden, limitedText)
	y.patch("/api/vehicles/700", limitedKey, `{"vehicle":{"name":"x"}}`).is(t, http.StatusForbidden, limitedText)
	y.post("/api/vehicles", readerKey, `{"vehicle":{"name":"x"}}`).is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	y.patch("/api/vehicles/700", readerKey, `{"vehicle":{"name":"x"}}`).is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	y.get("/api/vehicles", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
}

func TestVehiclesComeInPagesWhileNewOnesAreMade(t *testing.T) {
	y := newAccessYard(t)
	var many []charging.Vehicle
	for i := range 150 {
		many = append(many, charging.Vehicle{ID: charging.ID(1000 + i), OrganizationID: 3, Name: fmt.Sprintf("Van %d", i)})
	}
	y.configure(&charging.Change{Actor: "test", Vehicles: many})
	var seen []charging.ID
	for cursor := ""; ; {
		a := y.get("/api/vehicles?nextPageCursor="+cursor, readerKey)
		for _, row := range a.rows(t) {
			seen = append(seen, idIn(row))
		}
		y.post("/api/vehicles", fullKey, `{"vehicle":{"name":"new"}}`).thing(t, "vehicle")
		if cursor = a.next(t); cursor == "" {
			break
		}
	}
	if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) || len(seen) != 155 {
		t.Errorf("%d rows: %v", len(seen), seen)
	}
	y.get("/api/vehicles?nextPageCursor=MTA0.", readerKey).is(t, http.StatusBadRequest,
		"nextPageCursor: is none of this server's cursors; begin again without it")
}

func TestANewVehicleTakesItsTags(t *testing.T) {
	y := newAccessYard(t)
	made := y.post("/api/vehicles", fullKey, `{"vehicle":{"name":"Van 14","vin":"RV00000000000014","hasTelematics":true,"customer":{"name":"LINEHAUL EAST"},
		"accessIds":[{"ocppIdTag":"AA11BB22CC55"},{"ocppIdTag":"BB","authorizationStatus":"Revoked"},{"ocppIdTag":"card13"},{"ocppIdTag":"ev700","authorizationStatus":"Revoked"}]}}`).thing(t, "vehicle")
	compare(t, made, "name", `"Van 14"`)
	compare(t, made, "make", `null`)
	compare(t, made, "licensePlate", `null`)
	compare(t, made, "hasTelematics", `false`)
	compare(t, made, "customer", `{"name":"Linehaul East"}`)
	e := y.fleet.Estate()
	id := idIn(made)
	f := func(tag, kind, name string, revoked bool) {
		t.Helper()
		a := e.FindTag(3, tag)
		if a == nil || a.VehicleID != id || a.Type != kind || a.Name != name || a.Revoked != revoked {
			t.Errorf("%s is %+v", tag, a)
		}
	}
	f("AA11BB22CC55", "Vehicle", "Van 14", false)
	f("BB", "Vehicle", "Van 14", true)
	f("CARD13", "RFID", "Card 13", true) // moved from vehicle 701, as it was
	f("EV700", "Vehicle", "", true)      // moved from 700, and revoked
	if tags := made["accessIds"].([]any); len(tags) != 4 {
		t.Errorf("%v", tags)
	}
	if tags := y.get("/api/vehicles/700", readerKey).thing(t, "vehicle")["accessIds"].([]any); len(tags) != 1 {
		t.Errorf("vehicle 700 still has %v", tags)
	}
	made = y.post("/api/vehicles", fullKey, `{"vehicle":{"licensePlate":"NL 99","accessIds":[{"ocppIdTag":"PLATE"}]}}`).thing(t, "vehicle")
	compare(t, made, "name", `null`)
	if name := y.fleet.Estate().FindTag(3, "PLATE").Name; name != "NL 99" {
		t.Errorf("the tag of a vehicle without a name is called %q", name)
	}
	if list := y.post("/api/vehicles", fullKey, `{"vehicle":{"vin":"V1","accessIds":null}}`).thing(t, "vehicle")["accessIds"].([]any); len(list) != 0 {
		t.Errorf("%v", list)
	}
}

func TestAVehicleIsRefusedWithAReason(t *testing.T) {
	y := newAccessYard(t)
	f := func(members, text string) {
		t.Helper()
		y.post("/api/vehicles", fullKey, `{"vehicle":{`+members+`}}`).is(t, http.StatusBadRequest, text)
	}
	const nothing = "vehicle: needs at least one of name, vin and licensePlate"
	f(``, nothing)
	f(`"make":"Ravn","model":"E","customer":{"name":"x"}`, nothing)
	f(`"name":"","vin":" ","licensePlate":null`, nothing)
	f(`"name":5`, "vehicle.name: must be a text")
	f(`"name":"`+strings.Repeat("n", 256)+`"`, "vehicle.name: must be at most 255 characters")
	f(`"vin":"a\tb"`, "vehicle.vin: must be one line of plain text")
	f(`"vin":"rv00000000000013"`, "vehicle.vin: is that of vehicle 701 already")
	f(`"name":"n","customer":{"name":null}`, "vehicle.customer.name: must be a text")
	f(`"name":"n","accessIds":{}`, "vehicle.accessIds: must be a list")
	f(`"name":"n","accessIds":[{}]`, "vehicle.accessIds[0].ocppIdTag: is missing")
	f(`"name":"n","accessIds":[{"ocppIdTag":"A"},{"ocppIdTag":""}]`, "vehicle.accessIds[1].ocppIdTag: must not be empty")
	f(`"name":"n","accessIds":[{"ocppIdTag":"A"},{"ocppIdTag":"a"}]`, "vehicle.accessIds[1].ocppIdTag: is in the list twice")
	f(`"name":"n","accessIds":[{"ocppIdTag":"A","authorizationStatus":"x"}]`, "vehicle.accessIds[0].authorizationStatus: must be Authorized or Revoked")
	y.post("/api/vehicles", fullKey, `{"name":"n"}`).is(t, http.StatusBadRequest, "vehicle: is missing")
	y.patch("/api/vehicles/702", fullKey, `{"vehicle":{"vin":"rv00000000000013","name":"x"}}`).is(t, http.StatusBadRequest, "vehicle.vin: is that of vehicle 701 already")
	if e := y.fleet.Estate(); len(e.Vehicles()) != 4 || len(e.AccessIDs()) != 7 || e.Vehicle(702).Name != "" {
		t.Error("something of what was refused is there")
	}
	// The VIN of another organization is nobody's business.
	y.post("/api/vehicles", parentKey, `{"vehicle":{"vin":"RV00000000000013"}}`).thing(t, "vehicle")
	// Its own VIN is no duplicate, in whatever letter case.
	y.patch("/api/vehicles/701", fullKey, `{"vehicle":{"vin":"rv00000000000013"}}`).thing(t, "vehicle")
}

func TestAVehicleIsChangedByWhatIsGiven(t *testing.T) {
	y := newAccessYard(t)
	const path = "/api/vehicles/700"
	tags := func(v map[string]any) string {
		var list []string
		for _, row := range v["accessIds"].([]any) {
			list = append(list, row.(map[string]any)["ocppIdTag"].(string))
		}
		return strings.Join(list, " ")
	}
	before := y.fleet.Estate().Version()
	read := y.get(path, fullKey)
	if a := y.patch(path, fullKey, string(read.body)); string(a.body) != string(read.body) || y.fleet.Estate().Version() != before {
		t.Errorf("what was read, sent back: %s\n%s", read.body, a.body)
	}
	changed := y.patch(path, fullKey, `{"vehicle":{"licensePlate":"NL 12"}}`).thing(t, "vehicle")
	compare(t, changed, "licensePlate", `"NL 12"`)
	compare(t, changed, "make", `"Ravn"`)
	compare(t, changed, "customer", `{"name":"Linehaul East"}`)
	if got := tags(changed); got != "A0B1C2D3 EV700" {
		t.Errorf("tags %s", got)
	}
	changed = y.patch(path, fullKey, `{"vehicle":{"name":null,"make":null,"licensePlate":null,"customer":null}}`).thing(t, "vehicle")
	compare(t, changed, "name", `null`)
	compare(t, changed, "make", `null`)
	compare(t, changed, "model", `"Cargo E"`)
	compare(t, changed, "customer", `null`)
	changed = y.patch(path, fullKey, `{"vehicle":{"customer":{"name":"Linehaul West"},"accessIds":[{"ocppIdTag":"EV700"},{"ocppIdTag":"CARD14"},{"ocppIdTag":"FRESH"}]}}`).thing(t, "vehicle")
	if got := tags(changed); got != "EV700 CARD14 FRESH" {
		t.Errorf("tags %s", got)
	}
	e := y.fleet.Estate()
	if a := e.AccessID(310); a == nil || a.VehicleID != 0 {
		t.Errorf("the card that was left out is %+v", a)
	}
	if fresh := e.FindTag(3, "FRESH"); fresh.Name != "Vehicle 700" {
		t.Errorf("the new tag of a nameless vehicle is called %q", fresh.Name)
	}
	if got := tags(y.patch(path, fullKey, `{"vehicle":{"accessIds":null}}`).thing(t, "vehicle")); got != "" {
		t.Errorf("null left %s", got)
	}
	if e := y.fleet.Estate(); e.AccessID(311) == nil || e.AccessID(311).VehicleID != 0 {
		t.Error("a detached tag was removed")
	}
}
