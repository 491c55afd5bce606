package httpapi_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestQuirksAreWhatAChargerDidInItsOwnWay(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/chargers/41/quirks"
	if rows := y.get(path, northlineKey).envelope(t, http.StatusOK)["data"].([]any); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	now := y.now
	y.now = now.Add(-40 * 24 * time.Hour)
	y.sends(41, "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Asleep"}`)
	y.now = now.Add(-20 * 24 * time.Hour)
	y.sends(41, "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Asleep","more":1,"evenMore":2}`)
	y.now = now
	y.sends(41, "StatusNotification", `{"connectorId":"1","errorCode":"NoError","status":"Dreaming"}`)
	y.sends(42, "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Asleep"}`)
	counts := func(query, want string) []map[string]any {
		t.Helper()
		rows := y.get(path+query, northlineKey).rows(t)
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row["code"], " ", row["count"]))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %s, want %s", query, strings.Join(got, ", "), want)
		}
		return rows
	}
	rows := counts("", "unknown-status 2, quoted-number 1, unknown-member 1")
	for member, want := range map[string]any{"title": "Reports a status that OCPP does not have", "lastMessageId": nil,
		"firstSeenAt": now.Add(-20 * 24 * time.Hour).Format("2006-01-02T15:04:05.000Z"), "lastSeenAt": now.Format("2006-01-02T15:04:05.000Z")} {
		if rows[0][member] != want {
			t.Errorf("%s is %v, want %v", member, rows[0][member], want)
		}
	}
	counts("?days=90", "unknown-status 3, quoted-number 1, unknown-member 1")
	counts("?days=1", "quoted-number 1, unknown-status 1")
	for _, days := range []string{"0", "91", "x"} {
		y.get(path+"?days="+days, northlineKey).is(t, http.StatusBadRequest, "days: must be a whole number from 1 to 90")
	}
	y.get(path, limitedKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/chargers/95/quirks", northlineKey).is(t, http.StatusNotFound, "Not found")
	y.get(path, controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
}

func TestAQuirkLeadsToTheNewestMessageThatShowsIt(t *testing.T) {
	y := newIdleYard(t)
	c := y.dials("voltix-0917")
	for id := range 2 {
		c.writes(fmt.Sprintf(`[2,%d,"StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Asleep"}]`, id))
		c.reads()
	}
	var newest any
	for _, row := range y.get("/api/chargers/41/quirks", northlineKey).rows(t) {
		if row["code"] == "numeric-message-id" && fmt.Sprint(row["count"]) == "2" {
			newest = row["lastMessageId"]
		}
	}
	m := y.get(fmt.Sprintf("/api/ocpp-messages/%v", newest), northlineKey).data(t)
	if m["ocppMessageId"] != "1" || m["messageType"] != "StatusNotification" {
		t.Errorf("%v leads to %v", newest, m)
	}
}

// codes are where the rooms behind the socket write codes of oddities.
var codes = regexp.MustCompile(`(?:\.Add\(|AddDetail\(|\.odd\(|Note\(e, |Number\(e, |Oddity: |Oddities, |return )"([a-z0-9]+(?:-[a-z0-9]+)*)(?::[^"]*)?"`)

func TestEveryOddityIsExplained(t *testing.T) {
	text, err := os.ReadFile("quirk_texts.go")
	if err != nil {
		t.Fatal(err)
	}
	explained := func(code string) bool {
		return strings.Contains(string(text), `"`+code+`":`) || strings.HasPrefix(code, "unknown-")
	}
	found := map[string]bool{}
	for _, pattern := range []string{"../ocpp/*.go", "../ocpp/v*/*.go", "../dialect/*/*.go", "../fleet/*.go", "../gateway/dialog.go",
		"../gateway/security.go", "../gateway/jobs.go", "../gateway/registration.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range codes.FindAllStringSubmatch(string(source), -1) {
				if code := match[1]; !found[code] && strings.Contains(code, "-") {
					found[code] = true
					if !explained(code) {
						t.Errorf("%s: %s has no text", file, code)
					}
				}
			}
		}
	}
	if len(found) < 60 {
		t.Errorf("only %d codes were found: %v", len(found), found)
	}
}
