package httpapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// sessionStore is httpapi.Sessions, which has a method of its own name.
type sessionStore = httpapi.Sessions

// halting is a store whose courses of sessions are read when the test lets them.
type halting struct {
	sessionStore
	reading, goOn chan struct{}
}

func (h halting) SessionProfile(ctx context.Context, v *charging.Session) ([]charging.ProfilePoint, error) {
	h.reading <- struct{}{}
	<-h.goOn
	return h.sessionStore.SessionProfile(ctx, v)
}

func TestAKeyAsksForIntervalsOnceAtATime(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.aCharge("A0B1C2D3", "08:00:00", "08:20:00")
	h := halting{y.store, make(chan struct{}), make(chan struct{})}
	y.cfg.Sessions = h
	y.api = httpapi.New(y.cfg, y.fleet, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	const path = "/api/charging-sessions?includeIntervals=true"
	ask := func(path, key string) chan *httptest.ResponseRecorder {
		answered := make(chan *httptest.ResponseRecorder, 1)
		go func() {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Authorization", "Bearer "+key)
			w := httptest.NewRecorder()
			y.api.ServeHTTP(w, r)
			answered <- w
		}()
		return answered
	}
	first := ask(path, northlineKey)
	<-h.reading
	second := y.get(path, northlineKey)
	y.wantAnswer(second, http.StatusTooManyRequests, `{"error":"Rate limit exceeded"}`)
	if second.Header.Get("Retry-After") != "1" {
		t.Errorf("%v", second.Header)
	}
	if a := y.get("/api/charging-sessions", northlineKey); a.StatusCode != http.StatusOK {
		t.Errorf("without intervals: %s %s", a.Status, a.body)
	}
	other := ask(path, holdingKey)
	<-h.reading // another key is not kept waiting
	h.goOn <- struct{}{}
	h.goOn <- struct{}{}
	for _, answered := range []chan *httptest.ResponseRecorder{first, other} {
		if w := <-answered; w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	again := ask(path, northlineKey)
	<-h.reading
	h.goOn <- struct{}{}
	if w := <-again; w.Code != http.StatusOK {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

func TestIntervalsShownAddUpToTheSession(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.at("08:07:00")
	id := y.starts(42, 1, "A0B1C2D3", 0)
	y.at("23:52:00")
	y.stops(42, id, 10001) // 63 quarter hours, whose shares are no whole Wh
	var list struct {
		Data []struct {
			EnergyDeliveredKwh float64
			Intervals          []struct{ EnergyDeliveredKwh float64 }
		}
	}
	a := y.get("/api/charging-sessions?includeIntervals=true", northlineKey)
	if err := json.Unmarshal(a.body, &list); err != nil || len(list.Data) != 1 || len(list.Data[0].Intervals) != 64 {
		t.Fatalf("%v %s", err, a.body)
	}
	sum := 0.0
	for _, v := range list.Data[0].Intervals {
		sum += v.EnergyDeliveredKwh
	}
	if math.Round(sum*1000) != 10001 || list.Data[0].EnergyDeliveredKwh != 10.001 {
		t.Errorf("%v of %v kWh", sum, list.Data[0].EnergyDeliveredKwh)
	}
}

func TestASessionWithoutEnergyIsListed(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.at("23:50:00")
	id := y.starts(42, 1, "A0B1C2D3", 500)
	y.now = y.now.Add(20 * time.Minute) // over midnight
	y.stops(42, id, 500)
	a := string(y.get("/api/charging-sessions?includeIntervals=true&includeTouEnergy=true", northlineKey).body)
	for _, member := range []string{`"energyDeliveredKwh":0,"averageDemandKw":0,"maxDemandKw":0,`, `"touEnergy":[]`,
		`"intervals":[{"startTime":"2026-03-02T23:50:00.000Z","endTime":"2026-03-03T00:00:00.000Z","energyDeliveredKwh":0,`,
		`{"startTime":"2026-03-03T00:00:00.000Z","endTime":"2026-03-03T00:10:00.000Z","energyDeliveredKwh":0,`} {
		if !strings.Contains(a, member) {
			t.Errorf("%s is missing: %s", member, a)
		}
	}
}

func TestTariffPeriodsAreChangedAgainAndAgain(t *testing.T) {
	y := newIdleYard(t)
	const path = "/api/admin/sites/12/tariff-periods"
	for _, name := range []string{"One", "Two", "Three"} {
		periods := `[{"name":"` + name + `","daysOfWeek":[1],"startTime":"00:00","endTime":"24:00","startDate":null,"endDate":null}]`
		y.wantAnswer(y.put(path, fullKey, `{"periods":`+periods+`}`), http.StatusOK, `{"data":`+periods+`}`)
	}
	y.wantAnswer(y.put(path, fullKey, `{"periods":[]}`), http.StatusOK, `{"data":[]}`)
	y.wantAnswer(y.get(path, fullKey), http.StatusOK, `{"data":[]}`)
	log := string(y.get("/api/admin/audit?kind=tariffPeriod", fullKey).body)
	for _, name := range []string{"One", "Two", "Three"} {
		if !strings.Contains(log, name) {
			t.Errorf("%s is not in the audit log: %s", name, log)
		}
	}
}

// flow is a client that reads to the end and counts what it gets at once.
type flow struct {
	header                http.Header
	lines, widest, writes int
}

func (f *flow) Header() http.Header              { return f.header }
func (f *flow) WriteHeader(int)                  {}
func (f *flow) Flush()                           {}
func (f *flow) SetWriteDeadline(time.Time) error { return nil }

func (f *flow) Write(p []byte) (int, error) {
	n := strings.Count(string(p), "\n")
	f.lines, f.widest, f.writes = f.lines+n, max(f.widest, n), f.writes+1
	return len(p), nil
}

func TestAnExportIsWrittenPageByPage(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.now = clock("00:00:00")
	const sessions = 2200
	for range sessions {
		id := y.starts(42, 1, "A0B1C2D3", 0)
		y.now = y.now.Add(20 * time.Second)
		y.meters(42, 1, id, energyWh("100"))
		y.stops(42, id, 100)
	}
	for path, rows := range map[string]int{"/api/export/sessions.csv": sessions + 1, "/api/export/sessions.ndjson": sessions,
		"/api/export/readings.ndjson?chargerIds=42": -1} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+northlineKey)
		f := &flow{header: http.Header{}}
		y.api.ServeHTTP(f, r)
		if rows >= 0 && f.lines != rows || rows < 0 && f.lines < sessions {
			t.Errorf("%s: %d lines", path, f.lines)
		}
		if f.widest > 2*501 || f.writes < 4 {
			t.Errorf("%s: %d lines at once in %d writes", path, f.widest, f.writes)
		}
	}
}
