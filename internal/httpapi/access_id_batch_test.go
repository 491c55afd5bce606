package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func (a answer) results(t *testing.T) []map[string]any {
	t.Helper()
	list := []map[string]any{}
	for _, row := range a.envelope(t, http.StatusOK)["results"].([]any) {
		list = append(list, row.(map[string]any))
	}
	return list
}

func TestABatchMakesAndChangesAccessIDsInOneChange(t *testing.T) {
	y := newAccessYard(t)
	before := y.fleet.Estate().Version()
	rows := y.put("/api/access-ids/batch", fullKey, `{"accessIds":[
		{"ocppIdTag":"a0b1c2d3","name":"Card 12b","type":"RFID"},
		{"ocppIdTag":"","name":"x","type":"RFID"},
		{"ocppIdTag":"NEW1","name":"Card new","type":"RFID","authorizationStatus":"Revoked","customer":{"name":"Fresh"}},
		{"ocppIdTag":"new1","name":"again","type":"RFID"},
		{"ocppIdTag":"VAN12","name":"van 12","type":"Vehicle","vehicle":{"make":null,"model":"Cargo F"},"customer":{"name":"fresh"}},
		{"ocppIdTag":"VAN55","name":"Van 55","type":"Vehicle","vehicle":{"vin":"RV55"}},
		{"ocppIdTag":"VAN56","name":"VAN 55","type":"Vehicle"},
		{"ocppIdTag":"VAN57","name":"Van 57","type":"Vehicle","vehicle":{"vin":"rv55"}},
		{"name":"no tag","type":"RFID"},
		{"ocppIdTag":"NONAME","type":"RFID"},
		{"ocppIdTag":"NOTYPE","name":"n"},
		{"ocppIdTag":"BADTYPE","name":"n","type":"Card"},
		{"ocppIdTag":"BADCUSTOMER","name":"n","type":"RFID","customer":{"name":null}},
		{"ocppIdTag":"CARD13","name":"Card 13","type":"RFID"}]}`).results(t)
	var outcomes []string
	for _, r := range rows {
		word := r["outcome"].(string)
		if text, failed := r["error"]; failed {
			word += ": " + text.(string)
		}
		if _, there := r["accessId"]; there == (r["outcome"] == "error") {
			t.Errorf("%v has an access ID: %v", r, there)
		}
		outcomes = append(outcomes, r["ocppIdTag"].(string)+" "+word)
	}
	want := []string{"a0b1c2d3 updated", " error: ocppIdTag must not be empty", "NEW1 created", "new1 error: ocppIdTag is that of accessIds[2] already",
		"VAN12 created", "VAN55 created", "VAN56 created", fmt.Sprintf("VAN57 error: vehicle.vin is that of vehicle %v already",
			rows[5]["accessId"].(map[string]any)["vehicle"].(map[string]any)["id"]),
		" error: ocppIdTag is missing", "NONAME error: name is missing", "NOTYPE error: type is missing",
		"BADTYPE error: type must be RFID or Vehicle", "BADCUSTOMER error: customer.name must be a text", "CARD13 updated"}
	if got := strings.Join(outcomes, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if after := y.fleet.Estate().Version(); after != before+1 {
		t.Errorf("the configuration went from version %d to %d", before, after)
	}
	compare(t, rows[0], "accessId.id", `310`)
	compare(t, rows[0], "accessId.ocppIdTag", `"A0B1C2D3"`) // as it was first sent
	compare(t, rows[0], "accessId.name", `"Card 12b"`)
	compare(t, rows[0], "accessId.vehicle.id", `700`)
	compare(t, rows[0], "accessId.createdAt", `"2026-03-02T06:00:00.000Z"`)
	compare(t, rows[2], "accessId.authorizationStatus", `"Revoked"`)
	compare(t, rows[2], "accessId.customer", `{"name":"Fresh"}`)
	compare(t, rows[4], "accessId.vehicle", `{"id":700,"name":"Van 12","make":null,"model":"Cargo F","vin":null}`)
	compare(t, rows[4], "accessId.customer", `{"name":"Fresh"}`)
	if a, b := rows[5]["accessId"].(map[string]any)["vehicle"], rows[6]["accessId"].(map[string]any)["vehicle"]; fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("two tags of one vehicle have %v and %v", a, b)
	}
	// What a row leaves out stays, also that it is revoked.
	compare(t, rows[13], "accessId.authorizationStatus", `"Revoked"`)
	compare(t, rows[13], "accessId.customer", `{"name":"Linehaul West"}`)
	compare(t, rows[13], "accessId.updatedAt", `"2026-03-02T07:00:00.000Z"`)
	if y.fleet.Estate().AccessID(314) == nil {
		t.Error("a row that was not sent was removed")
	}
	t.Run("the same again changes nothing", func(t *testing.T) {
		before := y.fleet.Estate().Version()
		y.put("/api/access-ids/batch", fullKey, `{"accessIds":[{"ocppIdTag":"VAN55","name":"Van 55","type":"Vehicle","vehicle":{"vin":"RV55"}}]}`).results(t)
		if after := y.fleet.Estate().Version(); after != before {
			t.Errorf("version %d became %d", before, after)
		}
	})
	t.Run("what was read may be sent back", func(t *testing.T) {
		before, sent := y.fleet.Estate().Version(), 0
		var rows []json.RawMessage
		for _, row := range y.get("/api/access-ids", fullKey).rows(t) {
			if row["name"] != "" {
				text, _ := json.Marshal(row)
				rows = append(rows, text)
				sent++
			}
		}
		body, _ := json.Marshal(map[string]any{"accessIds": rows})
		for _, row := range y.put("/api/access-ids/batch", fullKey, string(body)).results(t) {
			if row["outcome"] != "updated" {
				t.Errorf("%v", row)
			}
		}
		if after := y.fleet.Estate().Version(); after != before || sent < 5 {
			t.Errorf("%d rows made version %d of %d", sent, after, before)
		}
	})
	t.Run("a new card has no vehicle of its own", func(t *testing.T) {
		row := y.put("/api/access-ids/batch", fullKey, `{"accessIds":[{"ocppIdTag":"FRESH1","name":"n","type":"RFID","vehicle":{"make":"x"}}]}`).results(t)[0]
		if row["error"] != "vehicle is for the type Vehicle; an RFID card is tied to a vehicle by vehicleId" {
			t.Errorf("%v", row)
		}
	})
	t.Run("a card becomes a vehicle's own tag", func(t *testing.T) {
		row := y.put("/api/access-ids/batch", fullKey, `{"accessIds":[{"ocppIdTag":"NEW1","name":"Van 55","type":"Vehicle","customer":null}]}`).results(t)[0]
		compare(t, row, "accessId.type", `"Vehicle"`)
		compare(t, row, "accessId.vehicle.vin", `"RV55"`)
		compare(t, row, "accessId.customer", `null`)
	})
}

func TestABatchOfAThousandIsTheMost(t *testing.T) {
	y := newAccessYard(t)
	list := func(n int) string {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf(`{"ocppIdTag":"T%d","name":"Card %d","type":"RFID"}`, i, i))
		}
		return `{"accessIds":[` + strings.Join(rows, ",") + `]}`
	}
	const path = "/api/access-ids/batch"
	y.put(path, fullKey, list(1001)).is(t, http.StatusBadRequest, "accessIds: has 1001 rows; at most 1000 are allowed")
	rows := y.put(path, fullKey, list(1000)).results(t)
	for i, row := range rows {
		if row["ocppIdTag"] != fmt.Sprintf("T%d", i) || row["outcome"] != "created" {
			t.Fatalf("row %d is %v", i, row)
		}
	}
	if rows := y.put(path, fullKey, `{"accessIds":[]}`).results(t); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	for body, text := range map[string]string{
		`{}`:                              "accessIds: is missing",
		`{"accessIds":null}`:              "accessIds: must be a list",
		`{"accessIds":{}}`:                "accessIds: must be a list",
		`{"accessIds":[{"name":5}]}`:      "accessIds[0].name: must be a text",
		`{"accessIds":[{},3]}`:            "accessIds[1]: must be an object",
		`{"accessIds":[null]}`:            "accessIds[0]: must be an object",
		`{"accessIds":[{"customer":[]}]}`: "accessIds[0].customer: must be an object",
		`nonsense`:                        "The body is no JSON: invalid character 'o' in literal null (expecting 'u')",
	} {
		y.put(path, fullKey, body).is(t, http.StatusBadRequest, text)
	}
}

func TestABatchOfAParentFindsTagsOfItsChildren(t *testing.T) {
	y := newAccessYard(t)
	rows := y.put("/api/access-ids/batch", parentKey, `{"accessIds":[{"ocppIdTag":"a0b1c2d3","name":"Card 12","type":"RFID"},
		{"ocppIdTag":"groupcard","name":"Group","type":"RFID"},{"ocppIdTag":"STRANGERCARD","name":"Ours","type":"RFID"}]}`).results(t)
	for i, want := range []struct{ outcome, id string }{{"updated", "310"}, {"updated", "312"}, {"created", ""}} {
		if rows[i]["outcome"] != want.outcome {
			t.Errorf("row %d: %v", i, rows[i])
		}
		if want.id != "" {
			compare(t, rows[i], "accessId.id", want.id)
		}
	}
	if e := y.fleet.Estate(); e.AccessID(310).OrganizationID != 3 || e.AccessID(390).Name != "Stranger's" {
		t.Error("a card changed its organization, or a stranger's its name")
	}
}
