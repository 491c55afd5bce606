package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// powerYard is a server with a DC charger of OCPP 1.6 and an AC charger of
// 2.0.1 that are connected, and a third charger that is not.
func powerYard(t *testing.T, opts apptest.Options) *apptest.Server {
	t.Helper()
	if opts.Data == "" {
		opts.Estate = `{"accessIds":[{"ocppIdTag":"A0B1C2D3"}],"data":[{"id":12,"name":"Yard","timezone":"UTC","chargers":[
			{"id":41,"ocppId":"OLD","name":"Old","type":"DCFC","ports":[{"id":81,"portNumber":1,"maximumPowerKw":50}]},
			{"id":42,"ocppId":"NEW","name":"New","type":"Level 2","ports":[{"id":82,"portNumber":1,"maximumPowerKw":22},{"id":83,"portNumber":2,"maximumPowerKw":22}]},
			{"id":43,"ocppId":"AWAY","name":"Away","type":"Level 2","ports":[{"id":84,"portNumber":1,"maximumPowerKw":11}]}]}]}`
	}
	return apptest.Start(t, opts)
}

// simulated are the chargers of a powerYard.
func simulated(t *testing.T, s *apptest.Server, misbehave ...string) (old, new *sim.Charger) {
	t.Helper()
	dc, ac := sim.Makes[3], sim.Makes[1]
	retry := sim.Retry{BackOffMin: 50 * time.Millisecond, BackOffMax: 100 * time.Millisecond}
	one := s.Simulate(sim.Config{Protocols: []string{sim.Protocol16}, Retry: retry, Chargers: []sim.ChargerConfig{{Identity: "OLD", Make: dc}}})
	two := s.Simulate(sim.Config{Protocols: []string{sim.Protocol201}, Retry: retry, Chargers: []sim.ChargerConfig{{Identity: "NEW", Make: ac, Misbehave: misbehave}}})
	s.Eventually("both chargers have told of themselves", func() bool {
		return s.Charger("OLD")["manufacturer"] != nil && s.Charger("NEW")["manufacturer"] != nil
	})
	return one.Chargers()[0], two.Chargers()[0]
}

func connected(s *apptest.Server, identity string) bool {
	status, _ := s.Charger(identity)["connectionStatus"].(map[string]any)
	return status["status"] == "Connected"
}

// ask asks the API and returns the status and the body.
func ask(t *testing.T, s *apptest.Server, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader([]byte(body)))
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
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// power is the state of the site's limit, the sum, and what each charger counts
// with, in kW.
func power(t *testing.T, s *apptest.Server) string {
	t.Helper()
	_, text := s.Get("/api/admin/sites/12/power")
	var p struct {
		Data struct {
			State    string
			Sum      float64
			Chargers []struct{ CountsWith float64 }
		}
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	words := []string{p.Data.State, fmt.Sprintf("%.2f:", p.Data.Sum/1000)}
	for _, c := range p.Data.Chargers {
		words = append(words, fmt.Sprintf("%.2f", c.CountsWith/1000))
	}
	return strings.Join(words, " ")
}

func setLimit(t *testing.T, s *apptest.Server, watts int) {
	t.Helper()
	status, text := ask(t, s, http.MethodPost, "/api/site/12/limits", fmt.Sprintf(`{"sitePowerLimitSchedule":{"type":"capacity","limit":%d,"chargingRateUnit":"W"}}`, watts))
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
}

func TestALimitReachesTheChargersAndOutlivesRestarts(whole *testing.T) {
	t := whole
	s := powerYard(t, apptest.Options{})
	old, new := simulated(t, s)
	// The one that is not there counts with its 11 kW; 40 are left for 94.
	setLimit(t, s, 51_000)
	offers := func(oldWatts, newWatts int64) func() bool {
		return func() bool { return old.Ports()[0].LimitW == oldWatts && new.Ports()[0].LimitW == newWatts }
	}
	s.Eventually("the limit is kept", func() bool { return power(t, s) == "kept 51.00: 21.28 18.72 11.00" })
	s.Eventually("the chargers hold it", offers(21_276, 18_723))

	t.Run("a charger that boots is told again", func(t *testing.T) {
		told := func() int { return len(list(t, s, "/api/ocpp-messages?chargerId=41&messageType=SetChargingProfile")) }
		before := told()
		send(t, s, http.MethodPost, "/api/chargers/41/reset", strings.NewReader(`{"mode":"hard"}`))
		s.Eventually("it was told again", func() bool { return told() > before && power(t, s) == "kept 51.00: 21.28 18.72 11.00" })
		s.Eventually("the chargers hold it", offers(21_276, 18_723))
	})
	t.Run("after a restart of the server it holds", func(t *testing.T) {
		addr := s.Addr().String()
		s.Stop()
		s = powerYard(whole, apptest.Options{Data: s.Data(), Settings: func(c *config.Config) { c.Listen = addr }})
		s.Eventually("the chargers are back", func() bool {
			return connected(s, "OLD") && connected(s, "NEW")
		})
		setLimit(t, s, 31_000)
		s.Eventually("another limit reaches them", offers(8_480, 11_520)) // 11.52 kW is the least of two ports
		if got := power(t, s); got != "kept 31.00: 8.48 11.52 11.00" {
			t.Error(got)
		}
	})
	t.Run("without it they are free", func(t *testing.T) {
		_, text := s.Get("/api/site/12/limits")
		var limits struct {
			Schedules []struct{ ID string } `json:"sitePowerLimitSchedules"`
		}
		if err := json.Unmarshal(text, &limits); err != nil || len(limits.Schedules) != 1 {
			t.Fatalf("%s %v", text, err)
		}
		if status, text := ask(t, s, http.MethodDelete, "/api/site/12/limits/"+limits.Schedules[0].ID, ""); status != http.StatusOK || text != "{}" {
			t.Errorf("%d %s", status, text)
		}
		s.Eventually("they give all that they have", offers(50_000, 22_000))
	})
}

func TestALimitThatAChargerRefusesDoesNotHold(t *testing.T) {
	s := powerYard(t, apptest.Options{})
	old, _ := simulated(t, s, "tiny-errors")
	status, text := ask(t, s, http.MethodPost, "/api/site/12/limits", `{"sitePowerLimitSchedule":{"type":"capacity","limit":51000,"chargingRateUnit":"W"}}`)
	want := `{"error":"limit: cannot be kept: 51 kW is less than the 60 kW that the site may take at least: New counts with 44 kW (it rejected the charging profile), Away counts with 11 kW (not connected), the other charger needs at least 5 kW"}`
	if status != http.StatusBadRequest || text != want {
		t.Errorf("%d %s", status, text)
	}
	s.Eventually("the other is free again", func() bool { return old.Ports()[0].LimitW == 50_000 })
	setLimit(t, s, 70_000)
	s.Eventually("one that can be kept so holds", func() bool { return power(t, s) == "kept 70.00: 15.00 44.00 11.00" && old.Ports()[0].LimitW == 15_000 })
}

// said is the status that a charger said to a POST.
func said(t *testing.T, s *apptest.Server, path, body string) string {
	t.Helper()
	status, text := ask(t, s, http.MethodPost, path, body)
	return fmt.Sprintf("%d %s", status, text)
}

func TestReservationsAtRealChargers(t *testing.T) {
	s := powerYard(t, apptest.Options{})
	simulated(t, s)
	state := func() string { return fmt.Sprint(list(t, s, "/api/reservations")[0]["state"]) }
	for _, c := range []struct{ charger, port, taken int }{{41, 81, 81}, {42, 82, 82}} {
		reserve := func(number int, until time.Time) string {
			return said(t, s, "/api/ocpp/reservations", fmt.Sprintf(`{"portId":%d,"expiryDate":"%s","idTag":"A0B1C2D3","reservationId":%d}`,
				c.port, until.UTC().Format(time.RFC3339Nano), number))
		}
		is := func(got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("charger %d: %s, want %s", c.charger, got, want)
			}
		}
		const accepted, rejected = `200 {"data":{"status":"Accepted"}}`, `200 {"data":{"status":"Rejected"}}`
		hour := time.Now().Add(time.Hour)
		is(reserve(c.charger*10, hour), accepted)
		is(reserve(c.charger*10+1, hour), `200 {"data":{"status":"Occupied"}}`)
		is(state(), "refused")
		cancel := fmt.Sprintf(`{"chargerId":%d,"reservationId":%d}`, c.charger, c.charger*10)
		is(said(t, s, "/api/ocpp/reservations/cancel", cancel), accepted)
		is(said(t, s, "/api/ocpp/reservations/cancel", cancel), rejected)

		is(reserve(c.charger*10+2, time.Now().Add(1500*time.Millisecond)), accepted)
		s.Eventually("it expires", func() bool { return state() == "expired" })

		s.Eventually("the port is free again", func() bool { return reserve(c.charger*10+3, hour) == accepted })
		is(said(t, s, "/api/ocpp/remote-start", fmt.Sprintf(`{"portId":%d,"idTag":"SOMEBODY"}`, c.port)), rejected)
		is(said(t, s, "/api/ocpp/remote-start", fmt.Sprintf(`{"portId":%d,"idTag":"A0B1C2D3"}`, c.port)), accepted)
		s.Eventually("a session uses it", func() bool { return state() == "used" })
		session := list(t, s, "/api/reservations")[0]["chargingSessionId"]
		stop := func() string {
			return said(t, s, "/api/ocpp/remote-stop", fmt.Sprintf(`{"chargingSessionId":%v}`, session))
		}
		s.Eventually("the charger, which may still wait for the answer to its start, stops", func() bool { return stop() == accepted })
		s.Eventually("it has ended", func() bool { return stop() == `400 {"error":"chargingSessionId: the session has ended"}` })
	}
	if got := said(t, s, "/api/ocpp/remote-start", `{"portId":84,"idTag":"A0B1C2D3"}`); got != `400 {"error":"Charger is not connected"}` {
		t.Error(got)
	}
}
