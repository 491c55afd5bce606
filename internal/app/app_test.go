package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/sim"
)

const depot = `{"data":[{"id":12,"name":"Harbor Depot","address":"77 Pier Rd, Oakvale, WA 98000","timezone":"America/Los_Angeles",
"organization":{"id":3,"name":"Northline Couriers"},
"chargers":[{"id":41,"name":"Bay 4","manufacturer":"Voltix","model":"VX-160","serialNumber":"VX-00917","firmwareVersion":"3.2.0",
"latitude":47.6101,"longitude":-122.3344,"externalId":"NL-0041","ocppId":"voltix-0917","type":"DCFC","powerSharing":true,
"connectionStatus":{"status":"Connected","timestamp":"2026-03-02T05:10:09.114Z"},"numberOfPorts":2,
"ports":[{"id":81,"name":"Left","portNumber":1,"maximumPowerKw":160,"connectorType":"CCS1",
"ocppStatus":{"status":"Charging","timestamp":"2026-03-02T06:01:44.000Z","errorCode":"NoError","vendorErrorCode":null,"info":null},
"currentChargingSession":{"id":9071,"startTime":"2026-03-02T06:01:40.000Z","socStartPercent":31,"energyDeliveredKwh":18.42,
"ocppIdTag":"A0B1C2D3","ocppTransactionId":5521,"latestReadings":{"powerKw":null,"currentA":null,"socPercent":null,"voltage":null},
"vehicle":{"id":700,"make":"Ravn","model":"Cargo E","name":"Van 12","vin":null},"rfid":{"id":310,"name":"Card 12"},"customer":null}},
{"id":82,"name":"Right","portNumber":2,"maximumPowerKw":160.5,"connectorType":"NACS","ocppStatus":null,"currentChargingSession":null}]},
{"id":55,"name":"Bay 9","manufacturer":null,"model":null,"serialNumber":null,"firmwareVersion":null,"latitude":null,"longitude":null,
"externalId":null,"ocppId":null,"type":"Level 2","powerSharing":false,"connectionStatus":null,"numberOfPorts":0,"ports":[]}]},
{"id":90,"name":"Empty <Yard> & Co.","address":null,"timezone":"UTC","organization":{"id":1,"name":"Southline"},"chargers":[]}]}`

// withoutLive takes out of a GET /api/sites document what changes by itself.
func withoutLive(tree map[string]any) map[string]any {
	for _, s := range tree["data"].([]any) {
		for _, c := range s.(map[string]any)["chargers"].([]any) {
			charger := c.(map[string]any)
			charger["connectionStatus"] = nil
			for _, p := range charger["ports"].([]any) {
				port := p.(map[string]any)
				port["ocppStatus"], port["currentChargingSession"] = nil, nil
			}
		}
	}
	return tree
}

func decode(t *testing.T, body string) map[string]any {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal([]byte(body), &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestAnImportedSitesDocumentIsWhatTheAPIReturns(t *testing.T) {
	s := apptest.Start(t, apptest.Options{Estate: depot})
	got, body := s.Sites()
	if diff := cmp.Diff(withoutLive(decode(t, depot)), withoutLive(got)); diff != "" {
		t.Errorf("what came back differs: %s", diff)
	}
	var report app.ImportReport
	s.MustDo(app.OpImport, app.Import{File: body}, &report)
	if len(report.Lines) != 0 {
		t.Errorf("importing what came back changes %v", report.Lines)
	}
	s.Stop()
	again := apptest.Start(t, apptest.Options{Data: s.Data()})
	if tree, _ := again.Sites(); cmp.Diff(withoutLive(got), withoutLive(tree)) != "" {
		t.Error("after a restart the document differs")
	}
}

func TestADocumentOfALiveServerMovesToAnother(t *testing.T) {
	here := apptest.Start(t, apptest.Options{Settings: func(c *config.Config) { c.Adopt, c.UnknownIDTags = "any", "accept" }})
	here.Simulate(sim.Config{Count: 5, Life: sim.DemoLife()})
	here.Eventually("a live session of an adopted charger", func() bool {
		_, body := here.Sites()
		return strings.Count(string(body), `"connectionStatus":{"status":"Connected"`) == 5 && strings.Contains(string(body), `"ocppTransactionId":`)
	})
	tree, body := here.Sites()
	there := apptest.Start(t, apptest.Options{Estate: string(body)})
	copied, _ := there.Sites()
	if diff := cmp.Diff(withoutLive(tree), withoutLive(copied)); diff != "" {
		t.Errorf("the copy differs: %s", diff)
	}
}

func TestASessionOfAChargerShowsInTheAPI(t *testing.T) {
	s := apptest.Start(t, apptest.Options{Estate: `{"data":[{"name":"Yard","timezone":"UTC","chargers":[{"ocppId":"CP 1","password":"correct horse"}]}],
		"vehicles":[{"name":"Van 12"}],"accessIds":[{"id":310,"ocppIdTag":"04A1B2C3","name":"Card 12","vehicle":{"name":"Van 12"},"customer":{"name":"Linehaul"}}]}`})
	life := sim.RestlessLife()
	life.FaultsPerHour, life.DisconnectsPerHour, life.UnknownTags, life.SessionLength = 0, 0, 0, time.Hour
	s.Simulate(sim.Config{IDTags: []string{"04a1b2c3"}, Life: life,
		Chargers: []sim.ChargerConfig{{Identity: "CP 1", Password: "correct horse", Make: sim.Makes[0]}}})
	var session map[string]any
	s.Eventually("a session with a reading of power", func() bool {
		charger := s.Charger("CP 1")
		for _, p := range charger["ports"].([]any) {
			session, _ = p.(map[string]any)["currentChargingSession"].(map[string]any)
			if session != nil && session["latestReadings"].(map[string]any)["powerKw"] != nil {
				return charger["manufacturer"] == sim.Makes[0].Vendor
			}
		}
		return false
	})
	if session["ocppIdTag"] != "04a1b2c3" || session["rfid"].(map[string]any)["id"] != 310.0 ||
		session["vehicle"].(map[string]any)["name"] != "Van 12" || session["customer"].(map[string]any)["name"] != "Linehaul" {
		t.Errorf("the session is %v", session)
	}
}

func TestTheDemoIsLiveWithinTenSecondsAndLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	demo, err := app.StartDemo(t.Context(), "127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			demo.Stop(context.Background())
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	live := demo.WaitLive(ctx)
	if live == nil {
		t.Fatal("no session within 10 s")
	}
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/api/sites", demo.Addr()), nil)
	req.Header.Set("Authorization", "Bearer "+demo.Key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"currentChargingSession":{"id":`) {
		t.Errorf("%s %v %s", resp.Status, err, body)
	}
	sites, chargers, organizations := demo.Fleet().Estate().Sites(), demo.Fleet().Estate().Len(), demo.Fleet().Estate().Organizations()
	if len(sites) != 3 || chargers != 12 || len(organizations) != 3 || organizations[1].ParentID != organizations[0].ID {
		t.Errorf("%d sites, %d chargers, organizations %v", len(sites), chargers, organizations)
	}
	stopped = true
	if err := demo.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestAServerThatCannotStartLeavesNothingBehind(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := config.Default()
	cfg.Data, cfg.Listen = filepath.Join(t.TempDir(), "data"), taken.Addr().String()
	err = app.New(cfg, slog.New(slog.DiscardHandler)).Start(t.Context())
	if charging.KindOf(err) != charging.Conflict {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(cfg.Data); !os.IsNotExist(err) {
		t.Errorf("the data folder was made: %v", err)
	}
	cfg.Listen, cfg.MetricsListen = "127.0.0.1:0", taken.Addr().String()
	if err := app.New(cfg, slog.New(slog.DiscardHandler)).Start(t.Context()); charging.KindOf(err) != charging.Conflict {
		t.Errorf("with a taken metrics address: %v", err)
	}
	cfg.MetricsListen = ""
	server := app.New(cfg, slog.New(slog.DiscardHandler))
	if err := server.Start(t.Context()); err != nil {
		t.Fatalf("the failed start holds the folder: %v", err)
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestMetricsStandOnTheirOwnAddressWhenAsked(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	both := apptest.Start(t, apptest.Options{})
	if resp, body := both.Get("/metrics"); resp.StatusCode != 200 || !strings.Contains(string(body), `chargeyard_store_bytes{part="database"}`) ||
		!strings.Contains(string(body), "chargeyard_build_info{") {
		t.Errorf("%s %s", resp.Status, body)
	}
	apart := apptest.Start(t, apptest.Options{Settings: func(c *config.Config) { c.MetricsListen = address }})
	if resp, _ := apart.Get("/metrics"); resp.StatusCode != 404 {
		t.Errorf("the main address answers %s", resp.Status)
	}
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("the metrics address answers %s", resp.Status)
	}
}

func TestALimitedKeySeesOnlyItsSite(t *testing.T) {
	s := apptest.Start(t, apptest.Options{Estate: depot})
	var made app.CreatedKey
	s.MustDo(app.OpKeyCreate, app.NewKey{Name: "one site", Sites: []charging.ID{90}}, &made)
	s.Key = made.Key
	tree, _ := s.Sites()
	if sites := tree["data"].([]any); len(sites) != 1 || sites[0].(map[string]any)["id"] != 90.0 {
		t.Errorf("got %v", sites)
	}
	s.MustDo(app.OpKeyRevoke, app.ByID{ID: made.ID}, &app.None{})
	if resp, body := s.Get("/api/sites"); resp.StatusCode != 401 || string(body) != `{"error":"Invalid API key"}` {
		t.Errorf("a revoked key gets %s %s", resp.Status, body)
	}
}

func TestErrorsKeepTheirKindOverTheSocket(t *testing.T) {
	s := apptest.Start(t, apptest.Options{Estate: depot})
	cfg := config.Default()
	cfg.Data = s.Data()
	c, err := app.Connect(t.Context(), cfg, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.Running() {
		t.Fatal("the server was not found")
	}
	f := func(kind charging.Kind, op string, in any) {
		t.Helper()
		var here, there json.RawMessage
		direct, over := s.Do(t.Context(), op, in, &here), c.Do(t.Context(), op, in, &there)
		if direct == nil || over == nil || direct.Error() != over.Error() || charging.KindOf(over) != kind || charging.KindOf(direct) != kind {
			t.Errorf("%s: in the server %v, over the socket %v", op, direct, over)
		}
	}
	f(charging.NotFound, app.OpKeyRevoke, app.ByID{ID: 99})
	f(charging.Invalid, app.OpKeyCreate, app.NewKey{})
	f(charging.Conflict, app.OpChargerAdd, app.NewCharger{Identity: "voltix-0917", Site: "12"})
	f(charging.NotFound, "nonsense", app.None{})
	f(charging.Invalid, app.OpImport, "no object")
	f(charging.Invalid, app.OpBackup, app.BackupOrder{File: "relative.db"})
	f(charging.Invalid, app.OpChargerAdd, app.NewCharger{Identity: "x", Site: "12", Ports: 99})
	f(charging.Invalid, app.OpChargerPassword, app.ChargerPassword{Charger: "voltix-0917"})
}
