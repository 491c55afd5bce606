package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// filesYard is a server with a charger of each version at which nothing happens
// by itself. Without a public URL it tells them the address that it listens on.
func filesYard(t *testing.T) *apptest.Server {
	t.Helper()
	s := apptest.Start(t, apptest.Options{
		Estate: `{"data":[{"name":"Yard","timezone":"UTC","chargers":[{"id":41,"ocppId":"OLD"},{"id":42,"ocppId":"NEW"}]}]}`,
	})
	for identity, protocol := range map[string]string{"OLD": sim.Protocol16, "NEW": sim.Protocol201} {
		s.Simulate(sim.Config{Protocols: []string{protocol}, Chargers: []sim.ChargerConfig{{Identity: identity, Make: sim.Makes[0]}}})
	}
	s.Eventually("both chargers have told of themselves", func() bool {
		return s.Charger("OLD")["manufacturer"] != nil && s.Charger("NEW")["manufacturer"] != nil
	})
	return s
}

// send asks the API and returns the member data of its answer.
func send(t *testing.T, s *apptest.Server, method, path string, body io.Reader) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, text, err)
	}
	return decode(t, string(text))["data"].(map[string]any)
}

// list returns the rows that the API lists.
func list(t *testing.T, s *apptest.Server, path string) []map[string]any {
	t.Helper()
	resp, text := s.Get(path)
	var answer struct {
		Data []map[string]any `json:"data"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", path, resp.Status, text, err)
	}
	return answer.Data
}

func TestALogComesToThisServer(t *testing.T) {
	s := filesYard(t)
	for id, action := range map[int]string{41: "GetDiagnostics", 42: "GetLog"} {
		command := send(t, s, http.MethodPost, fmt.Sprintf("/api/chargers/%d/log", id), strings.NewReader(`{}`))
		if command["action"] != action || command["outcome"] != "accepted" {
			t.Fatalf("%v", command)
		}
		var upload map[string]any
		s.Eventually("the log has come", func() bool {
			rows := list(t, s, fmt.Sprintf("/api/chargers/%d/uploads", id))
			upload = rows[0]
			return len(rows) == 1 && upload["receivedAt"] != nil
		})
		if upload["commandId"] != command["id"] || upload["kind"] != "diagnostics" || !strings.HasSuffix(upload["name"].(string), ".log") {
			t.Errorf("%v", upload)
		}
		resp, text := s.Get(fmt.Sprintf("/api/uploads/%v/file", upload["id"]))
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(text), sim.Makes[0].Vendor) || float64(len(text)) != upload["size"] {
			t.Errorf("%s %q", resp.Status, text)
		}
		s.Eventually("the charger has told that it is done", func() bool {
			_, text := s.Get(fmt.Sprintf("/api/chargers/%d/history?kind=note", id))
			return strings.Contains(string(text), `"Uploaded"`)
		})
	}
	t.Run("and what was said for it can be read, without secrets", func(t *testing.T) {
		rows := list(t, s, "/api/ocpp-messages?chargerId=42&messageType=GetLog")
		if len(rows) != 1 || rows[0]["sentBy"] != "server" || rows[0]["messageResponse"] == nil {
			t.Errorf("%v", rows)
		}
		send(t, s, http.MethodPost, "/api/chargers/41/configuration", strings.NewReader(`{"key":"AuthorizationKey","value":"0123456789abcdef"}`))
		_, text := s.Get("/api/ocpp-messages?chargerId=41&messageType=ChangeConfiguration")
		if !strings.Contains(string(text), `"value":"***"`) || strings.Contains(string(text), "0123456789abcdef") {
			t.Errorf("%s", text)
		}
	})
}

func TestChargersFetchFirmwareFromThisServer(t *testing.T) {
	s := filesYard(t)
	firmware := send(t, s, http.MethodPost, "/api/firmware?name=fw-9.bin", bytes.NewReader(make([]byte, 100_000)))
	for _, id := range []int{41, 42} {
		command := send(t, s, http.MethodPost, fmt.Sprintf("/api/chargers/%d/firmware", id), strings.NewReader(fmt.Sprintf(`{"file":%v}`, firmware["id"])))
		if command["action"] != "UpdateFirmware" || command["status"] != "answered" {
			t.Fatalf("%v", command)
		}
	}
	for _, id := range []int{41, 42} {
		s.Eventually("the charger has it", func() bool {
			_, text := s.Get(fmt.Sprintf("/api/chargers/%d/history?note=firmware", id))
			return strings.Contains(string(text), `"Downloaded"`)
		})
	}
}
