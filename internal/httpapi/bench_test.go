package httpapi_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// memoryStore holds an estate for the benchmarks, which are not about disks.
type memoryStore struct {
	stored *charging.Stored
	next   int64
}

func (m *memoryStore) Load(context.Context) (*charging.Stored, error) { return m.stored, nil }
func (m *memoryStore) Commit(context.Context, *charging.Batch) error  { return nil }
func (m *memoryStore) Reopen(context.Context) (int64, error)          { return 0, nil }
func (m *memoryStore) ReserveIDs(_ context.Context, _ charging.IDKind, n int, above int64) (int64, error) {
	first := max(m.next, above, 1_000_000) + 1
	m.next = first + int64(n)
	return first, nil
}
func (m *memoryStore) Recall(context.Context, charging.ID) (*charging.Recalled, error) {
	return &charging.Recalled{}, nil
}
func (m *memoryStore) FindSession(context.Context, charging.ID, int64) (*charging.Session, error) {
	return nil, nil
}
func (m *memoryStore) FindTransaction(context.Context, charging.ID, string) (*charging.Session, error) {
	return nil, nil
}

func (m *memoryStore) FindStart(context.Context, charging.StartKey) (*charging.Session, error) {
	return nil, nil
}

// busyEstate is an estate with two ports a charger, on every one a session
// with a vehicle, so that its document is as long as it gets.
func busyEstate(ports, sites int) *charging.Stored {
	s := &charging.Stored{
		Version:       1,
		Organizations: []charging.Organization{{ID: 1, Name: "Holding"}},
		Keys:          []charging.APIKey{{ID: 1, OrganizationID: 1, Hash: auth.HashKey(holdingKey), Permissions: charging.PermitRead, PerMinute: 1 << 40}},
		Customers:     []charging.Customer{{ID: 1, OrganizationID: 1, Name: "Linehaul East"}},
	}
	for i := 1; i <= sites; i++ {
		s.Sites = append(s.Sites, charging.Site{ID: int64(i), OrganizationID: 1, Name: fmt.Sprintf("Depot %d", i), Address: strconv.Itoa(i) + " Pier Rd, Oakvale", Timezone: "Europe/Paris"})
	}
	began := clock("06:00:00")
	for i := 1; i <= ports/2; i++ {
		c := &charging.Charger{ChargerSettings: charging.ChargerSettings{ID: int64(i), SiteID: int64(i%sites + 1), Name: fmt.Sprintf("Bay %d", i),
			OCPPID: fmt.Sprintf("voltix-%05d", i), ExternalID: fmt.Sprintf("NL-%05d", i), Latitude: "47.6101", Longitude: "-122.3344"},
			Boot:       &charging.Boot{Manufacturer: "Voltix", Model: "VX-160", SerialNumber: fmt.Sprintf("VX-%06d", i), Firmware: "3.2.0"},
			Connection: &charging.Connection{Since: began.Add(time.Duration(i) * time.Second)}, Version: int64(i)}
		for number := 1; number <= 2; number++ {
			id := int64(2*i + number)
			at := began.Add(time.Duration(id) * 1234 * time.Millisecond)
			s.Vehicles = append(s.Vehicles, charging.Vehicle{ID: id, OrganizationID: 1, Name: fmt.Sprintf("Van %d", id), Make: "Ravn", Model: "Cargo E"})
			reading := func(v int64) charging.Latest { return charging.Latest{Value: charging.Milli(v), At: at} }
			c.Ports = append(c.Ports, &charging.Port{
				PortSettings: charging.PortSettings{ID: id, ChargerID: c.ID, Number: number, Name: "Left", MaxPower: 160_000_000, ConnectorType: "CCS2"},
				Status:       &charging.PortStatus{Status: charging.Charging, At: at, ErrorCode: charging.NoError},
				Session: &charging.Session{ID: id, ChargerID: c.ID, PortNumber: number, TransactionID: id, AssignedID: id, StartedAt: at, StartSeen: at,
					Tag: fmt.Sprintf("A0B1%04X", id), VehicleID: id, CustomerID: 1, Energy: charging.Milli(id * 1_234_567), SoCStart: 31_000, HasSoCStart: true,
					Latest: charging.LatestReadings{Power: reading(88_700_000 + id*1000), Current: reading(221_500 + id), SoC: reading(46_000), Voltage: reading(400_200)}},
			})
		}
		s.Chargers = append(s.Chargers, c)
	}
	return s
}

// busyFleet serves a busy estate; one connected charger can be heard of.
func busyFleet(tb testing.TB, ports, sites int) *fleet.Fleet {
	f := fleet.New(fleet.Config{LifeEvery: time.Hour}, &memoryStore{stored: busyEstate(ports, sites)}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err := f.Start(context.Background()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Stop(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return f
}

// change makes charger report another status.
func change(tb testing.TB, f *fleet.Fleet, charger charging.ID, at time.Time) {
	_, err := f.Handle(context.Background(), charging.Event{ChargerID: charger, Received: at,
		Body: charging.PortStatusReported{Port: 1, Status: charging.Charging, ErrorCode: charging.NoError}})
	if err != nil {
		tb.Fatal(err)
	}
}

func newAPI(f *fleet.Fleet) *httpapi.API {
	return httpapi.New(httpapi.Config{CacheBytes: 256 << 20}, f, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
}

// sink takes an answer and counts it.
type sink struct {
	header http.Header
	status int
	bytes  int64
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(n int)   { s.status = n }
func (s *sink) Write(p []byte) (int, error) {
	s.bytes += int64(len(p))
	return len(p), nil
}

func poll(api http.Handler, headers ...string) *sink {
	r := httptest.NewRequest(http.MethodGet, "/api/sites", nil)
	r.Header.Set("Authorization", "Bearer "+holdingKey)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := &sink{header: make(http.Header)}
	api.ServeHTTP(w, r)
	return w
}

// BenchmarkSites measures GET /api/sites up to the socket: of an estate in
// which nothing changed, one in which one charger did, and the first time.
func BenchmarkSites(b *testing.B) {
	for _, ports := range [...]int{10, 1000, 20_000} {
		for _, sites := range [...]int{1, max(2, ports/20)} {
			f, changes := busyFleet(b, ports, sites), 0
			for _, coding := range [...]string{"identity", "gzip", "zstd"} {
				name := fmt.Sprintf("ports=%d/sites=%d/%s/", ports, sites, coding)
				b.Run(name+"cached", func(b *testing.B) { benchmarkPolls(b, newAPI(f), coding, func() {}) })
				b.Run(name+"changed", func(b *testing.B) {
					benchmarkPolls(b, newAPI(f), coding, func() {
						changes++
						change(b, f, int64(1+changes*7919%(ports/2)), clock("12:00:00").Add(time.Duration(changes)*time.Second))
					})
				})
				b.Run(name+"cold", func(b *testing.B) {
					var w *sink
					b.ReportAllocs()
					for b.Loop() {
						b.StopTimer()
						api := newAPI(f)
						runtime.GC()
						b.StartTimer()
						w = poll(api, "Accept-Encoding", coding)
					}
					b.SetBytes(w.bytes)
				})
			}
			b.Run(fmt.Sprintf("ports=%d/sites=%d/304", ports, sites), func(b *testing.B) {
				api := newAPI(f)
				tag := poll(api).header.Get("ETag")
				b.ReportAllocs()
				for b.Loop() {
					if w := poll(api, "If-None-Match", tag); w.status != http.StatusNotModified {
						b.Fatal(w.status)
					}
				}
			})
		}
	}
}

func benchmarkPolls(b *testing.B, api *httpapi.API, coding string, before func()) {
	w := poll(api, "Accept-Encoding", coding)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		before()
		b.StartTimer()
		w = poll(api, "Accept-Encoding", coding)
	}
	b.SetBytes(w.bytes)
	b.ReportMetric(float64(w.bytes), "bytes/body")
}
