package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// heldStore holds an estate and forgets what happens to it.
type heldStore struct {
	stored *charging.Stored
	next   atomic.Int64
}

func (m *heldStore) Load(context.Context) (*charging.Stored, error) { return m.stored, nil }
func (m *heldStore) Commit(context.Context, *charging.Batch) error  { return nil }
func (m *heldStore) Reopen(context.Context) (int64, error)          { return 0, nil }
func (m *heldStore) ReserveIDs(_ context.Context, _ charging.IDKind, n int, _ int64) (int64, error) {
	return m.next.Add(int64(n)) + 1_000_000, nil
}
func (m *heldStore) Recall(context.Context, charging.ID) (*charging.Recalled, error) {
	return &charging.Recalled{}, nil
}
func (m *heldStore) FindSession(context.Context, charging.ID, int64) (*charging.Session, error) {
	return nil, nil
}
func (m *heldStore) FindTransaction(context.Context, charging.ID, string) (*charging.Session, error) {
	return nil, nil
}

func (m *heldStore) FindStart(context.Context, charging.StartKey) (*charging.Session, error) {
	return nil, nil
}

// fleetOf runs a fleet of n chargers in sites of ten.
func fleetOf(t *testing.T, n int) *fleet.Fleet {
	stored := &charging.Stored{Version: 1, Organizations: []charging.Organization{{ID: 1, Name: "O"}}}
	for i := 1; i <= (n+9)/10; i++ {
		stored.Sites = append(stored.Sites, charging.Site{ID: int64(i), OrganizationID: 1, Name: fmt.Sprintf("Site %d", i)})
	}
	for i := 1; i <= n; i++ {
		stored.Chargers = append(stored.Chargers, &charging.Charger{ChargerSettings: charging.ChargerSettings{
			ID: int64(i), SiteID: int64((i-1)/10 + 1), Name: fmt.Sprintf("Charger %d", i)}})
	}
	f := fleet.New(fleet.Config{LifeEvery: time.Hour}, &heldStore{stored: stored}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err := f.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return f
}

func report(t *testing.T, f *fleet.Fleet, charger charging.ID, info string) {
	t.Helper()
	_, err := f.Handle(context.Background(), charging.Event{ChargerID: charger, Received: time.Unix(1e9, 0),
		Body: charging.PortStatusReported{Port: 1, Status: charging.Available, ErrorCode: charging.NoError, Info: info}})
	if err != nil {
		t.Fatal(err)
	}
}

func text(d *document) string {
	parts, _ := d.parts(identity)
	return string(bytes.Join(parts, nil))
}

func everything() auth.Scope { return auth.ScopeOf(&charging.APIKey{OrganizationID: 1}) }

func TestAChangeRemakesOneSegmentOnly(t *testing.T) {
	f := fleetOf(t, 100)
	v := newViews(1 << 20).get(everything())
	before := v.current(f.Estate)
	if n := len(before.segments); n != 7 {
		t.Fatalf("100 chargers are %d segments, want 7", n)
	}
	report(t, f, 40, "first")
	after := v.current(f.Estate)
	remade := 0
	for i := range after.segments {
		if after.segments[i].content != before.segments[i].content {
			remade++
		}
	}
	if remade != 1 || after.hash == before.hash || !strings.Contains(text(after), `"first"`) || strings.Contains(text(before), `"first"`) {
		t.Errorf("%d segments were remade, hash %s then %s", remade, before.hash, after.hash)
	}
}

func TestAChangeThatDoesNotShowKeepsTagAndCompressedForms(t *testing.T) {
	f := fleetOf(t, 100)
	v := newViews(1 << 20).get(everything())
	before := v.current(f.Estate)
	report(t, f, 40, "same")
	first := v.current(f.Estate)
	report(t, f, 40, "same")
	second := v.current(f.Estate)
	if first.hash == before.hash || second.hash != first.hash {
		t.Errorf("hashes %s %s %s", before.hash, first.hash, second.hash)
	}
	for i := range second.segments {
		if second.segments[i].content != first.segments[i].content {
			t.Errorf("segment %d was made anew", i)
		}
	}
	if second.segments[2].chargers[7] != f.Estate().Charger(40) {
		t.Error("the segment still stands for the old charger")
	}
}

func TestChangesOfTheConfigurationShow(t *testing.T) {
	f := fleetOf(t, 30)
	v := newViews(1 << 20).get(everything())
	v.current(f.Estate)
	update := func(ch charging.Change) string {
		err := f.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return &ch, nil })
		if err != nil {
			t.Fatal(err)
		}
		return text(v.current(f.Estate))
	}
	if got := update(charging.Change{Sites: []charging.Site{{ID: 2, OrganizationID: 1, Name: "Renamed"}}}); !strings.Contains(got, "Renamed") {
		t.Error("a site's new name is not shown")
	}
	moved := charging.ChargerSettings{ID: 1, SiteID: 3, Name: "Moved"}
	got := update(charging.Change{Chargers: []charging.ChargerSettings{moved}})
	if strings.Count(got, `"Moved"`) != 1 || strings.Index(got, `"Moved"`) < strings.Index(got, `"Site 3"`) {
		t.Error("a charger that moved is not shown at its new site alone")
	}
	if got := update(charging.Change{Chargers: []charging.ChargerSettings{{ID: 99, SiteID: 1, Name: "New"}}}); !strings.Contains(got, `"New"`) {
		t.Error("a new charger is not shown")
	}
}

func TestARequestJoinsOnlyABuildThatBeganAfterItCame(t *testing.T) {
	f := fleetOf(t, 100)
	v := newViews(1 << 20).get(everything())
	builds := 0
	ask := func(came uint64, want int) {
		t.Helper()
		v.after(came, func() *fleet.Estate {
			builds++
			return f.Estate()
		})
		if builds != want {
			t.Errorf("a request that came after build %d began: %d builds, want %d", came, builds, want)
		}
	}
	ask(0, 1) // nobody built before
	ask(0, 1) // waited while the first was built, which began after it came
	ask(1, 2) // came while the first was built
	ask(1, 2)
	ask(0, 2)
	ask(v.begun.Load(), 3)
}

func TestNothingAnsweredIsMissingFromALaterRequest(t *testing.T) {
	f := fleetOf(t, 64)
	views := newViews(1 << 20)
	var wait sync.WaitGroup
	for reader := range 4 {
		wait.Go(func() {
			for i := range 50 {
				info := fmt.Sprintf("r%dn%d", reader, i)
				report(t, f, int64(reader*16+1), info)
				if !strings.Contains(text(views.get(everything()).current(f.Estate)), `"`+info+`"`) {
					t.Errorf("%s was answered and is not shown", info)
				}
			}
		})
	}
	wait.Wait()
}

func TestViewsAreSharedByScopeAndKeptWithinTheBudget(t *testing.T) {
	f := fleetOf(t, 100)
	scope := func(site charging.ID) auth.Scope {
		return auth.ScopeOf(&charging.APIKey{ID: site, OrganizationID: 1, Sites: []charging.ID{site}})
	}
	v := newViews(10_000)
	if first, second := v.get(scope(1)), v.get(scope(1)); first != second {
		t.Error("equal scopes have a view each")
	}
	for range 3 {
		for site := range charging.ID(10) {
			view := v.get(scope(site + 1))
			v.count(view, view.current(f.Estate).memory())
			if v.used > v.budget {
				t.Fatalf("%d bytes are kept, the budget is %d", v.used, v.budget)
			}
		}
	}
	if n := v.order.Len(); n == 0 || n == 10 || n != len(v.of) {
		t.Errorf("%d views are kept", n)
	}
	recent := v.get(scope(10))
	if recent.document == nil {
		t.Error("the view asked for last was let go")
	}
	whole := v.get(everything())
	v.count(whole, whole.current(f.Estate).memory())
	if v.order.Len() != 0 || v.used != 0 {
		t.Errorf("a document over the whole budget leaves %d views and %d bytes", v.order.Len(), v.used)
	}
	v.count(whole, 1) // it was let go meanwhile
	if v.used != 0 {
		t.Errorf("%d bytes are counted for nothing", v.used)
	}
}

func TestPiecesOfAnOldConfigurationAreNotKept(t *testing.T) {
	f := fleetOf(t, 10)
	old := f.Estate()
	err := f.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) {
		return &charging.Change{Chargers: []charging.ChargerSettings{{ID: 1, SiteID: 1, Name: "Renamed"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var p pieces
	now := f.Estate()
	p.get(now, now.Charger(2))
	for range 2 {
		if got := string(p.get(old, old.Charger(1))); !strings.Contains(got, "Charger 1") {
			t.Errorf("the old estate shows %s", got)
		}
		if got := string(p.get(now, now.Charger(1))); !strings.Contains(got, "Renamed") {
			t.Errorf("the new estate shows %s", got)
		}
	}
}
