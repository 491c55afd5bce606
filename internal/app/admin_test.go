package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// asManager sends a request to the administration and returns the member data.
func asManager(t *testing.T, s *apptest.Server, key, method, path, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s, %v", method, path, answer.Status, text, err)
	}
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(text, &envelope); err != nil {
		t.Fatal(err)
	}
	data := map[string]any{}
	if json.Unmarshal(envelope.Data, &data) != nil {
		data["rows"] = string(envelope.Data) // a list
	}
	return data
}

// idOf is the id of a thing in an answer.
func idOf(thing map[string]any) string { return strconv.FormatFloat(thing["id"].(float64), 'f', 0, 64) }

func TestARetiredChargerIsSentAwayAndAdoptedAnew(t *testing.T) {
	s := apptest.Start(t, apptest.Options{})
	var key app.CreatedKey
	s.MustDo(app.OpKeyCreate, app.NewKey{Name: "manager", Permissions: "read,control,manage"}, &key)
	site := asManager(t, s, key.Key, http.MethodPost, "/api/admin/sites", `{"name":"Yard"}`)
	made := asManager(t, s, key.Key, http.MethodPost, "/api/admin/chargers",
		`{"siteId":`+idOf(site)+`,"ocppId":"CP 1","password":"correct horse"}`)
	id := idOf(made)
	s.Simulate(sim.Config{Chargers: []sim.ChargerConfig{{Identity: "CP 1", Password: "correct horse", Make: sim.Makes[0]}}})
	connected := func(want string) func() bool {
		return func() bool {
			c := s.Charger("CP 1")
			status, _ := c["connectionStatus"].(map[string]any)
			return c != nil && status["status"] == want
		}
	}
	s.Eventually("the charger to be connected", connected("Connected"))
	asManager(t, s, key.Key, http.MethodPost, "/api/admin/chargers/"+id+"/retire", "")
	if s.Charger("CP 1") != nil {
		t.Error("the retired charger is shown")
	}
	s.Eventually("the charger to be refused with the reason", func() bool {
		rows, _ := asManager(t, s, key.Key, http.MethodGet, "/api/admin/refused", "")["rows"].(string)
		return strings.Contains(rows, `the charger \"CP 1\" was retired`)
	})
	adopted := asManager(t, s, key.Key, http.MethodPost, "/api/admin/refused/adopt",
		`{"identity":"CP 1","siteId":`+idOf(site)+`,"password":"correct horse"}`)
	if adopted["id"] == made["id"] {
		t.Error("the retired charger came back")
	}
	s.Eventually("the adopted charger to be connected", connected("Connected"))
}

func TestAReplacedBoxIsSentAwayUntilItHasTheNewPassword(t *testing.T) {
	s := apptest.Start(t, apptest.Options{})
	var key app.CreatedKey
	s.MustDo(app.OpKeyCreate, app.NewKey{Name: "manager", Permissions: "read,control,manage"}, &key)
	site := asManager(t, s, key.Key, http.MethodPost, "/api/admin/sites", `{"name":"Yard"}`)
	made := asManager(t, s, key.Key, http.MethodPost, "/api/admin/chargers",
		`{"siteId":`+idOf(site)+`,"ocppId":"CP1","password":"correct horse"}`)
	id := idOf(made)
	s.Simulate(sim.Config{Chargers: []sim.ChargerConfig{{Identity: "CP1", Password: "correct horse", Make: sim.Makes[0]}}})
	status := func() any {
		c, _ := s.Charger("CP1")["connectionStatus"].(map[string]any)
		return c["status"]
	}
	s.Eventually("the charger to be connected", func() bool { return status() == "Connected" })
	replaced := asManager(t, s, key.Key, http.MethodPost, "/api/admin/chargers/"+id+"/replace", "")
	if status() != "Disconnected" {
		t.Errorf("after the replacement: %v", status())
	}
	s.Eventually("the old box to be refused", func() bool {
		rows, _ := asManager(t, s, key.Key, http.MethodGet, "/api/admin/refused", "")["rows"].(string)
		return strings.Contains(rows, "password")
	})
	s.Simulate(sim.Config{Chargers: []sim.ChargerConfig{{Identity: "CP1", Password: replaced["password"].(string), Make: sim.Makes[1]}}})
	s.Eventually("the new box to be connected", func() bool {
		return status() == "Connected" && s.Charger("CP1")["manufacturer"] == sim.Makes[1].Vendor
	})
	if got := idOf(s.Charger("CP1")); got != id {
		t.Errorf("it has the id %s, want %s", got, id)
	}
}
