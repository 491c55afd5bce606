package provision_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/provision"
)

var (
	secret = auth.ChargerSecret{1, 2, 3}
	now    = time.Date(2026, 3, 2, 6, 0, 0, 123456000, time.UTC)
)

// memory is a store that keeps ids only: the fleet itself holds the estate.
type memory struct {
	mu     sync.Mutex
	stored charging.Stored
	marks  map[charging.IDKind]int64
}

func (m *memory) Load(context.Context) (*charging.Stored, error) { return &m.stored, nil }
func (m *memory) Commit(context.Context, *charging.Batch) error  { return nil }
func (m *memory) Reopen(context.Context) (int64, error)          { return 0, nil }
func (m *memory) Recall(context.Context, charging.ID) (*charging.Recalled, error) {
	return &charging.Recalled{}, nil
}
func (m *memory) FindSession(context.Context, charging.ID, int64) (*charging.Session, error) {
	return nil, nil
}
func (m *memory) FindTransaction(context.Context, charging.ID, string) (*charging.Session, error) {
	return nil, nil
}

func (m *memory) FindStart(context.Context, charging.StartKey) (*charging.Session, error) {
	return nil, nil
}
func (m *memory) ReserveIDs(_ context.Context, kind charging.IDKind, n int, above int64) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := max(m.marks[kind], above) + 1
	m.marks[kind] = first + int64(n) - 1
	return first, nil
}

// server is a fleet in memory that files are imported into.
type server struct {
	tb    testing.TB
	fleet *fleet.Fleet
	id    string
}

// newServer starts a fleet as a first start of the server leaves it: one
// organization with id 1 and one key.
func newServer(tb testing.TB, id string) *server {
	tb.Helper()
	m := &memory{marks: map[charging.IDKind]int64{charging.IDOrganization: 1, charging.IDKey: 1}}
	m.stored.Version = 1
	m.stored.Organizations = []charging.Organization{{ID: 1, Name: "My organization"}}
	m.stored.Keys = []charging.APIKey{{ID: 1, OrganizationID: 1, Name: "first", Hash: [32]byte{1}, Permissions: charging.PermitRead}}
	s := &server{tb, fleet.New(fleet.Config{LifeEvery: time.Hour}, m, slog.New(slog.DiscardHandler), prometheus.NewRegistry()), id}
	if err := s.fleet.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.fleet.Stop(context.Background()) })
	return s
}

func (s *server) tryImport(file string) (*provision.Report, error) {
	doc, err := provision.Parse([]byte(file))
	if err != nil {
		return nil, err
	}
	var report *provision.Report
	err = s.fleet.Update(context.Background(), func(e *fleet.Estate, ids *fleet.IDs) (*charging.Change, error) {
		ch, r, err := provision.Plan(doc, e, ids, provision.Options{Server: s.id, Secret: secret, Now: now, Actor: "test"})
		report = r
		return ch, err
	})
	return report, err
}

func (s *server) importFile(file string) *provision.Report {
	s.tb.Helper()
	r, err := s.tryImport(file)
	if err != nil {
		s.tb.Fatalf("import: %v", err)
	}
	return r
}

func (s *server) export() string {
	s.tb.Helper()
	b, err := provision.Export(s.fleet.Estate(), provision.ExportOptions{Server: s.id, Secrets: true})
	if err != nil {
		s.tb.Fatal(err)
	}
	return string(b)
}

// lines returns the report's lines without ids, one a line.
func lines(r *provision.Report) string {
	var b strings.Builder
	for _, l := range r.Lines {
		b.WriteString(l.Action + " " + l.Kind + " " + l.Name)
		if len(l.Details) > 0 {
			b.WriteString(": " + strings.Join(l.Details, ", "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// tree decodes JSON for comparison.
func tree(tb testing.TB, file string) any {
	tb.Helper()
	var v any
	if err := json.Unmarshal([]byte(file), &v); err != nil {
		tb.Fatalf("%v in %s", err, file)
	}
	return v
}
