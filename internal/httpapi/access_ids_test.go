package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// The keys of an access yard, besides those of a furnished one.
const (
	parentKey = "cy_parent" // organization 1, may do everything
	readerKey = "cy_reader" // organization 3, may only read
)

const limitedText = "This API key is limited to specific sites or chargers"

// newAccessYard is a furnished yard with a key of the parent organization. Card
// 310 was made long ago, and card 313 was revoked since.
func newAccessYard(t *testing.T) *yard {
	t.Helper()
	y := newFurnishedYard(t)
	parent := charging.APIKey{ID: 7, OrganizationID: 1, Name: "parent", Hash: auth.HashKey(parentKey),
		Permissions: charging.PermitRead | charging.PermitControl | charging.PermitManage}
	reader := charging.APIKey{ID: 8, OrganizationID: 3, Name: "reader", Hash: auth.HashKey(readerKey), Permissions: charging.PermitRead}
	card, revoked := *y.fleet.Estate().AccessID(310), *y.fleet.Estate().AccessID(313)
	for _, a := range []*charging.AccessID{&card, &revoked} {
		a.AuthorizedAt, a.CreatedAt, a.UpdatedAt = clock("06:00:00"), clock("06:00:00"), clock("06:00:00")
	}
	revoked.Revoked, revoked.RevokedAt, revoked.UpdatedAt = true, clock("07:00:00"), clock("07:00:00")
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{parent, reader}, AccessIDs: []charging.AccessID{card, revoked}})
	return y
}

func (y *yard) patch(path, key, body string) answer {
	y.t.Helper()
	return y.send(http.MethodPatch, path, key, "application/json", body)
}

func (y *yard) put(path, key, body string) answer {
	y.t.Helper()
	return y.send(http.MethodPut, path, key, "application/json", body)
}

// thing is a member of a good answer, which is an object.
func (a answer) thing(t *testing.T, member string) map[string]any {
	t.Helper()
	thing, ok := a.envelope(t, http.StatusOK)[member].(map[string]any)
	if !ok {
		t.Fatalf("%s has no object %s", a.body, member)
	}
	return thing
}

// idIn is the id of a thing.
func idIn(thing map[string]any) charging.ID {
	id, _ := thing["id"].(json.Number).Int64()
	return id
}

func TestAnAccessIDIsShownAsTheContractSays(t *testing.T) {
	y := newAccessYard(t)
	const want = `{"id":313,"ocppIdTag":"CARD13","type":"RFID","name":"Card 13","authorizationStatus":"Revoked",
		"authorizedAt":"2026-03-02T06:00:00.000Z","revokedAt":"2026-03-02T07:00:00.000Z","createdAt":"2026-03-02T06:00:00.000Z",
		"updatedAt":"2026-03-02T07:00:00.000Z","customer":{"name":"Linehaul West"},
		"vehicle":{"id":701,"name":"RV00000000000013","make":null,"model":null,"vin":"RV00000000000013"}}`
	single := y.get("/api/access-ids/313", readerKey).envelope(t, http.StatusOK)
	compare(t, single, "accessId", want)
	if len(single) != 1 {
		t.Errorf("a single access ID is answered with %v", single)
	}
	rows := y.get("/api/access-ids", readerKey).rows(t)
	if ids := fmt.Sprint(column(rows, "id")); ids != "[310 311 313 314 315]" {
		t.Errorf("organization 3 has %s", ids)
	}
	compare(t, map[string]any{"row": rows[2]}, "row", want)
	compare(t, y.get("/api/access-ids/310", readerKey).envelope(t, http.StatusOK), "accessId.revokedAt", `null`)
}

func TestAccessIDsAreThoseOfTheOrganizationAndItsChildren(t *testing.T) {
	y := newAccessYard(t)
	if ids := fmt.Sprint(column(y.get("/api/access-ids", parentKey).rows(t), "id")); ids != "[310 311 312 313 314 315]" {
		t.Errorf("a parent sees %s", ids)
	}
	if ids := fmt.Sprint(column(y.get("/api/access-ids", strangerKey).rows(t), "id")); ids != "[390]" {
		t.Errorf("a stranger sees %s", ids)
	}
	for _, path := range []string{"/api/access-ids/312", "/api/access-ids/390", "/api/access-ids/999999", "/api/access-ids/x", "/api/access-ids/0"} {
		y.get(path, readerKey).is(t, http.StatusNotFound, "Not found")
		y.patch(path, fullKey, `{"accessId":{"name":"mine"}}`).is(t, http.StatusNotFound, "Not found")
	}
	if name := y.fleet.Estate().AccessID(390).Name; name != "Stranger's" {
		t.Errorf("a stranger's card is now called %q", name)
	}
	t.Run("what a parent makes is its own, and it may change its children's", func(t *testing.T) {
		made := y.post("/api/access-ids", parentKey, `{"accessId":{"type":"RFID","name":"Spare","ocppIdTag":"SPARE1"}}`).thing(t, "accessId")
		if org := y.fleet.Estate().AccessID(idIn(made)).OrganizationID; org != 1 {
			t.Errorf("it is of organization %d", org)
		}
		changed := y.patch("/api/access-ids/310", parentKey, `{"accessId":{"customer":{"name":"linehaul WEST"}}}`).thing(t, "accessId")
		compare(t, changed, "customer", `{"name":"Linehaul West"}`)
		if got := y.fleet.Estate().AccessID(310); got.OrganizationID != 3 || got.CustomerID != 801 {
			t.Errorf("the child's card is %+v", got)
		}
	})
}

func TestAccessIDsNeedAKeyThatIsNotLimited(t *testing.T) {
	y := newAccessYard(t)
	const body, batch = `{"accessId":{"type":"RFID","name":"x","ocppIdTag":"X1"}}`, `{"accessIds":[{"type":"RFID","name":"x","ocppIdTag":"X1"}]}`
	for _, a := range []answer{y.get("/api/access-ids", limitedKey), y.get("/api/access-ids/310", limitedKey),
		y.post("/api/access-ids", limitedKey, body), y.patch("/api/access-ids/310", limitedKey, body), y.put("/api/access-ids/batch", limitedKey, batch)} {
		a.is(t, http.StatusForbidden, limitedText)
	}
	for _, a := range []answer{y.post("/api/access-ids", readerKey, body), y.patch("/api/access-ids/310", readerKey, body),
		y.put("/api/access-ids/batch", readerKey, batch)} {
		a.is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	}
	y.get("/api/access-ids", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
	y.get("/api/access-ids", "cy_nobody").is(t, http.StatusUnauthorized, "Invalid API key")
	y.send(http.MethodDelete, "/api/access-ids/310", fullKey, "application/json", "").is(t, http.StatusNotFound, "Not found")
	if n := len(y.fleet.Estate().AccessIDs()); n != 7 {
		t.Errorf("there are %d access IDs", n)
	}
}

func TestAccessIDsComeInPagesWhileNewOnesAreMade(t *testing.T) {
	y := newAccessYard(t)
	var many []charging.AccessID
	for i := range 230 {
		many = append(many, charging.AccessID{ID: charging.ID(1000 + 2*i), OrganizationID: 3, Tag: fmt.Sprintf("MANY%d", i), Type: charging.TypeRFID})
	}
	y.configure(&charging.Change{Actor: "test", AccessIDs: many})
	var seen []charging.ID
	for cursor, pages := "", 0; ; pages++ {
		a := y.get("/api/access-ids?nextPageCursor="+cursor, readerKey)
		for _, row := range a.rows(t) {
			seen = append(seen, idIn(row))
		}
		y.post("/api/access-ids", fullKey, fmt.Sprintf(`{"accessId":{"type":"RFID","name":"new","ocppIdTag":"NEW%d"}}`, pages)).thing(t, "accessId")
		if cursor = a.next(t); cursor == "" {
			break
		}
		if n := len(a.rows(t)); n != 100 {
			t.Errorf("page %d has %d rows", pages, n)
		}
	}
	if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) || len(seen) < 235 {
		t.Errorf("%d rows: %v", len(seen), seen)
	}
	y.get("/api/access-ids?nextPageCursor=!", readerKey).is(t, http.StatusBadRequest,
		"nextPageCursor: is none of this server's cursors; begin again without it")
}

func TestANewAccessIDHasWhatWasSaid(t *testing.T) {
	y := newAccessYard(t)
	began := time.Now().UTC().Truncate(time.Millisecond)
	made := y.post("/api/access-ids", fullKey, `{"accessId":{"type":"Vehicle","name":"Van 13","ocppIdTag":"aa11bb22CC44","unknown":1,
		"vehicle":{"make":"Ravn","model":"Cargo E","vin":"RV00000000000077"},"customer":{"name":"New Haul"}}}`).thing(t, "accessId")
	got := y.fleet.Estate().AccessID(idIn(made))
	if got.AuthorizedAt.Before(began) || !got.CreatedAt.Equal(got.AuthorizedAt) || !got.UpdatedAt.Equal(got.CreatedAt) {
		t.Errorf("its times are %v %v %v", got.AuthorizedAt, got.CreatedAt, got.UpdatedAt)
	}
	vehicle := y.fleet.Estate().Vehicle(got.VehicleID)
	compare(t, made, "ocppIdTag", `"aa11bb22CC44"`)
	compare(t, made, "type", `"Vehicle"`)
	compare(t, made, "authorizationStatus", `"Authorized"`)
	compare(t, made, "revokedAt", `null`)
	compare(t, made, "customer", `{"name":"New Haul"}`)
	compare(t, made, "vehicle", fmt.Sprintf(`{"id":%d,"name":"Van 13","make":"Ravn","model":"Cargo E","vin":"RV00000000000077"}`, vehicle.ID))

	t.Run("a customer is found without regard to letter case", func(t *testing.T) {
		before := len(y.fleet.Estate().Customers())
		made := y.post("/api/access-ids", fullKey, `{"accessId":{"type":"RFID","name":"c","ocppIdTag":"C1","customer":{"name":" LINEHAUL east "}}}`).thing(t, "accessId")
		compare(t, made, "customer", `{"name":"Linehaul East"}`)
		compare(t, made, "vehicle", `null`)
		if after := len(y.fleet.Estate().Customers()); after != before {
			t.Errorf("there were %d customers, now %d", before, after)
		}
	})
	t.Run("of an organization only", func(t *testing.T) {
		made := y.post("/api/access-ids", parentKey, `{"accessId":{"type":"RFID","name":"c","ocppIdTag":"C1","customer":{"name":"Linehaul East"}}}`).thing(t, "accessId")
		got := y.fleet.Estate().AccessID(idIn(made))
		if got.CustomerID == 800 || y.fleet.Estate().Customer(got.CustomerID).OrganizationID != 1 {
			t.Errorf("the customer is %d", got.CustomerID)
		}
	})
	t.Run("a card may have a vehicle by its id", func(t *testing.T) {
		made := y.post("/api/access-ids", fullKey, `{"accessId":{"type":"RFID","name":"c","ocppIdTag":"C2","vehicleId":700,"vehicle":null,"customer":null}}`).thing(t, "accessId")
		compare(t, made, "vehicle.name", `"Van 12"`)
		compare(t, made, "customer", `null`)
	})
	t.Run("a vehicle without details has the name, and null means none", func(t *testing.T) {
		made := y.post("/api/access-ids", fullKey, `{"accessId":{"type":"Vehicle","name":"Van 12","ocppIdTag":"C3"}}`).thing(t, "accessId")
		compare(t, made, "vehicle.name", `"Van 12"`)
		if id := y.fleet.Estate().AccessID(idIn(made)).VehicleID; id == 700 {
			t.Error("POST took a vehicle that was there")
		}
		made = y.post("/api/access-ids", fullKey, `{"accessId":{"type":"Vehicle","name":"n","ocppIdTag":"C4","vehicle":null}}`).thing(t, "accessId")
		compare(t, made, "vehicle", `null`)
	})
	t.Run("one made as revoked was authorized when it was made", func(t *testing.T) {
		made := y.post("/api/access-ids", fullKey, `{"accessId":{"type":"RFID","name":"c","ocppIdTag":"C5","authorizationStatus":"Revoked"}}`).thing(t, "accessId")
		if made["authorizationStatus"] != "Revoked" || made["authorizedAt"] != made["createdAt"] || made["revokedAt"] != made["createdAt"] {
			t.Errorf("%v", made)
		}
	})
}

func TestANewAccessIDIsRefusedWithAReason(t *testing.T) {
	y := newAccessYard(t)
	f := func(body, text string) {
		t.Helper()
		y.post("/api/access-ids", fullKey, body).is(t, http.StatusBadRequest, text)
	}
	in := func(members string) string { return `{"accessId":{` + members + `}}` }
	good := `"type":"RFID","name":"n","ocppIdTag":"N1"`
	vehicle := `"type":"Vehicle","name":"n","ocppIdTag":"N1"`
	f(``, "The body must be a JSON object")
	f(`{`, "The body is no JSON: unexpected end of JSON input")
	f(`[]`, "The body must be a JSON object")
	f(`{}`, "accessId: is missing")
	f(`{"accessId":null}`, "accessId: is missing")
	f(`{"accessId":[]}`, "accessId: must be an object")
	f(in(`"type":"RFID","name":"n"`), "accessId.ocppIdTag: is missing")
	f(in(`"type":"RFID","name":"n","ocppIdTag":null`), "accessId.ocppIdTag: must be a text")
	f(in(`"type":"RFID","name":"n","ocppIdTag":5`), "accessId.ocppIdTag: must be a text")
	f(in(`"type":"RFID","name":"n","ocppIdTag":""`), "accessId.ocppIdTag: must not be empty")
	f(in(`"type":"RFID","name":"n","ocppIdTag":"`+strings.Repeat("é", 37)+`"`), "accessId.ocppIdTag: must be at most 36 characters")
	f(in(`"type":"RFID","name":"n","ocppIdTag":"a\nb"`), "accessId.ocppIdTag: must be one line of plain text")
	f(in(`"type":"RFID","ocppIdTag":"N1"`), "accessId.name: is missing")
	f(in(`"type":"RFID","ocppIdTag":"N1","name":" "`), "accessId.name: must not be empty")
	f(in(`"type":"RFID","ocppIdTag":"N1","name":"`+strings.Repeat("n", 256)+`"`), "accessId.name: must be at most 255 characters")
	f(in(`"name":"n","ocppIdTag":"N1"`), "accessId.type: is missing")
	f(in(`"type":"rfid","name":"n","ocppIdTag":"N1"`), "accessId.type: must be RFID or Vehicle")
	f(in(good+`,"authorizationStatus":"Blocked"`), "accessId.authorizationStatus: must be Authorized or Revoked")
	f(in(good+`,"authorizationStatus":null`), "accessId.authorizationStatus: must be Authorized or Revoked")
	f(in(good+`,"vehicle":{"make":"x"}`), "accessId.vehicle: is for the type Vehicle; an RFID card is tied to a vehicle by vehicleId")
	f(in(vehicle+`,"vehicle":{},"vehicleId":700`), "accessId.vehicleId: cannot be given together with vehicle")
	f(in(vehicle+`,"vehicle":{"make":7}`), "accessId.vehicle.make: must be a text")
	f(in(vehicle+`,"vehicle":{"vin":"rv00000000000013"}`), "accessId.vehicle.vin: is that of vehicle 701 already")
	f(in(good+`,"vehicleId":99`), "accessId.vehicleId: is the id of no vehicle")
	f(in(good+`,"vehicleId":"700"`), "accessId.vehicleId: must be a whole number")
	f(in(good+`,"customer":{"name":null}`), "accessId.customer.name: must be a text")
	f(in(good+`,"customer":{}`), "accessId.customer.name: must be a text")
	f(in(good+`,"customer":{"name":""}`), "accessId.customer.name: must not be empty")
	f(in(good+`,"customer":"Linehaul"`), "accessId.customer: must be an object")
	f(in(`"type":"RFID","name":"n","ocppIdTag":"a0b1c2d3"`), "accessId.ocppIdTag: is that of access ID 310 already")
	if e := y.fleet.Estate(); len(e.AccessIDs()) != 7 || len(e.Vehicles()) != 4 || len(e.Customers()) != 2 {
		t.Error("something of what was refused is there")
	}
	y.post("/api/access-ids", strangerKey, in(good)).is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	y.post("/api/access-ids", parentKey, in(`"type":"RFID","name":"n","ocppIdTag":"a0b1c2d3"`)).thing(t, "accessId") // another organization
	if !strings.Contains(y.get("/api/access-ids", parentKey).Status, "200") {
		t.Error("the list cannot be read")
	}
}

func TestAnAccessIDIsChangedByWhatIsGiven(t *testing.T) {
	y := newAccessYard(t)
	const path = "/api/access-ids/310"
	t.Run("what is left out stays", func(t *testing.T) {
		changed := y.patch(path, fullKey, `{"accessId":{"name":"Card twelve","ocppIdTag":"OTHER","type":"Vehicle","vehicleId":701}}`).thing(t, "accessId")
		compare(t, changed, "name", `"Card twelve"`)
		compare(t, changed, "ocppIdTag", `"A0B1C2D3"`) // neither can be changed
		compare(t, changed, "type", `"RFID"`)
		compare(t, changed, "vehicle.id", `700`)
		compare(t, changed, "createdAt", `"2026-03-02T06:00:00.000Z"`)
		compare(t, changed, "authorizedAt", `"2026-03-02T06:00:00.000Z"`)
		if changed["updatedAt"] == "2026-03-02T06:00:00.000Z" {
			t.Error("updatedAt did not move")
		}
	})
	t.Run("nothing that changes leaves updatedAt and the version", func(t *testing.T) {
		before := y.fleet.Estate().Version()
		read := y.get(path, fullKey)
		changed := y.patch(path, fullKey, string(read.body))
		if string(changed.body) != string(read.body) {
			t.Errorf("what was read, sent back: %s\n%s", read.body, changed.body)
		}
		y.patch(path, fullKey, `{"accessId":{}}`)
		if after := y.fleet.Estate().Version(); after != before {
			t.Errorf("version %d became %d", before, after)
		}
	})
	t.Run("revoked and authorized again", func(t *testing.T) {
		revoked := y.patch(path, fullKey, `{"accessId":{"authorizationStatus":"Revoked"}}`).thing(t, "accessId")
		compare(t, revoked, "authorizationStatus", `"Revoked"`)
		compare(t, revoked, "authorizedAt", `"2026-03-02T06:00:00.000Z"`)
		if revoked["revokedAt"] == nil || revoked["revokedAt"] != revoked["updatedAt"] {
			t.Errorf("revokedAt %v", revoked["revokedAt"])
		}
		again := y.patch(path, fullKey, `{"accessId":{"authorizationStatus":"Revoked"}}`).thing(t, "accessId")
		if again["revokedAt"] != revoked["revokedAt"] {
			t.Error("revoking what is revoked moves revokedAt")
		}
		back := y.patch(path, fullKey, `{"accessId":{"authorizationStatus":"Authorized"}}`).thing(t, "accessId")
		compare(t, back, "revokedAt", `null`)
		if back["authorizedAt"] == "2026-03-02T06:00:00.000Z" || back["authorizedAt"] != back["updatedAt"] {
			t.Errorf("authorizedAt %v was not renewed", back["authorizedAt"])
		}
	})
	t.Run("null removes", func(t *testing.T) {
		y.patch(path, fullKey, `{"accessId":{"customer":{"name":"Linehaul West"}}}`)
		changed := y.patch(path, fullKey, `{"accessId":{"customer":null,"vehicle":null}}`).thing(t, "accessId")
		compare(t, changed, "customer", `null`)
		compare(t, changed, "vehicle", `null`)
		if y.fleet.Estate().Vehicle(700) == nil {
			t.Error("the vehicle itself is gone")
		}
	})
	t.Run("the details of the vehicle behind it", func(t *testing.T) {
		changed := y.patch("/api/access-ids/311", fullKey, `{"accessId":{"vehicle":{"make":null,"vin":"RV00000000000012"}}}`).thing(t, "accessId")
		compare(t, changed, "vehicle", `{"id":700,"name":"Van 12","make":null,"model":"Cargo E","vin":"RV00000000000012"}`)
		y.patch("/api/access-ids/311", fullKey, `{"accessId":{"vehicle":null}}`)
		changed = y.patch("/api/access-ids/311", fullKey, `{"accessId":{"name":"Van 99","vehicle":{"make":"Ravn"}}}`).thing(t, "accessId")
		compare(t, changed, "vehicle.name", `"Van 99"`)
		compare(t, changed, "vehicle.make", `"Ravn"`)
	})
	f := func(members, text string) {
		t.Helper()
		y.patch(path, fullKey, `{"accessId":{`+members+`}}`).is(t, http.StatusBadRequest, text)
	}
	f(`"name":null`, "accessId.name: must not be empty")
	f(`"name":""`, "accessId.name: must not be empty")
	f(`"authorizationStatus":"No"`, "accessId.authorizationStatus: must be Authorized or Revoked")
	f(`"customer":{"name":null}`, "accessId.customer.name: must be a text")
	f(`"vehicle":{"make":"x"}`, "accessId.vehicle: is for the type Vehicle; an RFID card is tied to a vehicle by its accessIds")
	y.patch("/api/access-ids/311", fullKey, `{"accessId":{"vehicle":{"vin":"RV00000000000013"}}}`).is(t, http.StatusBadRequest,
		"accessId.vehicle.vin: is that of vehicle 701 already")
	y.patch(path, fullKey, `{}`).is(t, http.StatusBadRequest, "accessId: is missing")
}

func TestARevokedTagIsRefusedAtOnceAndSurvivesARestart(t *testing.T) {
	y := newAccessYard(t)
	authorize := func() any {
		return y.sends(41, "Authorize", `{"idTag":"A0B1C2D3"}`)["idTagInfo"].(map[string]any)["status"]
	}
	if status := authorize(); status != "Accepted" {
		t.Errorf("before: %v", status)
	}
	y.patch("/api/access-ids/310", fullKey, `{"accessId":{"authorizationStatus":"Revoked"}}`).thing(t, "accessId")
	if status := authorize(); status != "Blocked" {
		t.Errorf("revoked: %v", status)
	}
	before := string(y.get("/api/access-ids/310", fullKey).body)
	y.restart(y.now)
	if after := string(y.get("/api/access-ids/310", fullKey).body); after != before {
		t.Errorf("after a restart it is %s", after)
	}
	if status := authorize(); status != "Blocked" {
		t.Errorf("after a restart: %v", status)
	}
}
