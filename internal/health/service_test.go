package health

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// memory is a Store of lists.
type memory struct {
	intervals  []charging.ServiceInterval
	sessions   []session
	windows    []charging.MaintenanceWindow
	exclusions []charging.Exclusion
	outages    []charging.ServerOutage
	faults     map[charging.FaultCategory]int // of charger 41, port 1
}

type session struct {
	port     int
	from, to time.Time
}

func (m *memory) ServiceIntervals(_ context.Context, chargers []charging.ID, during charging.Span, each func(charging.ServiceInterval)) error {
	for _, v := range m.intervals {
		if slices.Contains(chargers, v.ChargerID) && v.From.Before(during.To) && (v.To.IsZero() || v.To.After(during.From)) {
			each(v)
		}
	}
	return nil
}

func (m *memory) SessionTimes(_ context.Context, _ []charging.ID, from, to time.Time, each func(charging.ID, int, time.Time, time.Time)) error {
	for _, s := range m.sessions {
		if s.from.Before(to) && (s.to.IsZero() || s.to.After(from)) {
			each(41, s.port, s.from, s.to)
		}
	}
	return nil
}

func (m *memory) FaultCounts(_ context.Context, _ charging.Span, each func(charging.ID, int, charging.FaultCategory, int)) error {
	for c, n := range m.faults {
		each(41, 1, c, n)
	}
	return nil
}

func (m *memory) WindowsDuring(context.Context, charging.Span) ([]charging.MaintenanceWindow, error) {
	return m.windows, nil
}

func (m *memory) ExclusionsDuring(context.Context, charging.Span) ([]charging.Exclusion, error) {
	return m.exclusions, nil
}

func (m *memory) ServerOutages(context.Context, charging.Span) ([]charging.ServerOutage, error) {
	return slices.Clone(m.outages), nil
}

func (m *memory) Origin(context.Context, int64) (*charging.Record, error) { return nil, nil }

const (
	up     = charging.ServiceAvailable
	faulty = charging.ServiceFaulted
	out    = charging.ServiceUnavailable
	still  = 1 << 30
)

// was adds intervals of a port of charger 41 that follow each other: state,
// minute of its end, and so on; the last lasts with still. The first begins at the
// minute begin. Records count up.
func (m *memory) was(port, begin int, turns ...any) {
	for i := 0; i < len(turns); i += 2 {
		v := charging.ServiceInterval{ChargerID: 41, PortNumber: port, State: turns[i].(charging.ServiceState), From: at(begin),
			FromRecord: int64(port*1000 + i)}
		if end := turns[i+1].(int); end != still {
			v.To, begin, v.ToRecord = at(end), end, int64(port*1000+i+2)
		}
		m.intervals = append(m.intervals, v)
	}
}

func (m *memory) window(from, to int) {
	m.windows = append(m.windows, charging.MaintenanceWindow{ID: charging.ID(len(m.windows) + 1), ChargerID: 41, From: at(from), To: at(to)})
}

// twoPorts is charger 41 with the ports 81 (1) and 82 (2).
func twoPorts() *charging.Charger {
	port := func(id charging.ID, n int) *charging.Port {
		return &charging.Port{PortSettings: charging.PortSettings{ID: id, ChargerID: 41, Number: n}}
	}
	return &charging.Charger{ChargerSettings: charging.ChargerSettings{ID: 41, SiteID: 12}, Ports: []*charging.Port{port(81, 1), port(82, 2)}}
}

// health is how charger 41 did between two minutes.
func (m *memory) health(t interface{ Fatal(...any) }, from, to int) *charging.ChargerHealth {
	var found *charging.ChargerHealth
	q := charging.HealthQuery{Span: charging.Span{From: at(from), To: at(to)}, Chargers: []*charging.Charger{twoPorts()}}
	if err := New(m).Health(context.Background(), q, func(h *charging.ChargerHealth) { found = h }); err != nil {
		t.Fatal(err)
	}
	return found
}

func service(available, faulted, unavailable int) charging.ServiceTimes {
	return charging.ServiceTimes{Available: minutesOf(available), Faulted: minutesOf(faulted), Unavailable: minutesOf(unavailable)}
}

func minutesOf(n int) time.Duration { return time.Duration(n) * time.Minute }

func TestHealth(t *testing.T) {
	type want struct {
		active, online, offline, away, maintenance int
		left, right                                charging.ServiceTimes
	}
	f := func(m *memory, from, to int, w want) {
		t.Helper()
		h := m.health(t, from, to)
		got := want{int(h.Active.Minutes()), int(h.Online.Minutes()), int(h.Offline.Minutes()), int(h.Away.Minutes()), int(h.Maintenance.Minutes()),
			h.Ports[0].Service, h.Ports[1].Service}
		if diff := cmp.Diff(w, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if h.Service != w.left.Plus(w.right) {
			t.Errorf("the charger's %v is not the sum of its ports", h.Service)
		}
	}
	all := charging.ServiceTimes{}
	// Never connected: nothing.
	f(&memory{}, 0, 100, want{})
	// First connected inside: all refers to the shorter time.
	m := &memory{}
	m.was(0, 40, up, still)
	m.was(1, 40, up, still)
	f(m, 0, 100, want{active: 60, online: 60, left: service(60, 0, 0), right: all})
	// Offline is unavailable, whatever the port told last.
	m = &memory{}
	m.was(0, -500, up, 20, out, 30, up, still)
	m.was(1, -500, up, 25, faulty, 50, up, still)
	m.was(2, -500, out, 60, up, still)
	f(m, 0, 100, want{active: 100, online: 90, offline: 10, left: service(70, 20, 10), right: service(40, 0, 60)})
	// A window takes its time out of all classes, but not out of connectivity.
	m.window(15, 40)
	m.window(35, 45)
	f(m, 0, 100, want{active: 100, online: 90, offline: 10, maintenance: 30, left: service(65, 5, 0), right: service(40, 0, 30)})
	// A fault of the station is one of all its ports; their own fault wins over
	// its being out of service.
	m = &memory{}
	m.was(0, 0, up, still)
	m.was(charging.StationPort, 10, up, 20, faulty, 30, out, 40, up, still)
	m.was(1, 0, up, 35, faulty, 38, up, still)
	m.was(2, 0, up, still)
	f(m, 0, 100, want{active: 100, online: 100, left: service(80, 13, 7), right: service(80, 10, 10)})
	// The server was away: no class has that time, nor the charger's way back.
	m = &memory{outages: []charging.ServerOutage{{From: at(10), To: at(20)}}}
	m.was(0, 0, up, 10, out, 23, up, still)
	m.was(1, 0, up, still)
	f(m, 0, 100, want{active: 100, online: 87, away: 13, left: service(87, 0, 0), right: all})
	// It did not come back in five minutes: charged from then on.
	m = &memory{outages: []charging.ServerOutage{{From: at(10), To: at(20)}}}
	m.was(0, 0, up, 12, out, 40, up, still)
	m.was(1, 0, up, still)
	f(m, 0, 100, want{active: 100, online: 70, offline: 15, away: 15, left: service(70, 0, 15), right: all})
	// It was offline before: only the outage itself is not charged.
	m = &memory{outages: []charging.ServerOutage{{From: at(10), To: at(20)}}}
	m.was(0, 0, up, 5, out, 40, up, still)
	m.was(1, 0, up, still)
	f(m, 0, 100, want{active: 100, online: 65, offline: 25, away: 10, left: service(65, 0, 25), right: all})
	// The time that is asked for cuts everything, the way back too.
	f(m, 15, 30, want{active: 15, offline: 10, away: 5, left: service(0, 0, 10), right: all})
}

func TestUseAndErrorsAreCounted(t *testing.T) {
	m := &memory{
		sessions: []session{{1, at(-10), at(10)}, {1, at(20), at(30)}, {1, at(95), time.Time{}}, {0, at(40), at(50)}},
		faults:   map[charging.FaultCategory]int{charging.FaultEndedCharging: 1, charging.FaultPreventedCharging: 2, charging.FaultOther: 3, charging.FaultMuted: 4},
	}
	m.was(0, -100, up, still)
	h := m.health(t, 0, 100)
	errs := charging.ErrorCounts{EndedEarly: 1, FailedToStart: 2, Other: 3}
	if p := h.Ports[0]; p.Charging != minutesOf(25) || p.Sessions != 2 || p.Errors != errs {
		t.Errorf("port %+v", p)
	}
	// A session of which the charger did not tell the port yet is the charger's.
	if h.Charging != minutesOf(35) || h.Sessions != 3 || h.Errors != errs || h.Errors.Total() != 6 {
		t.Errorf("charger %v %d %+v", h.Charging, h.Sessions, h.Errors)
	}
	if p := h.Ports[1]; p.Charging != 0 || p.Sessions != 0 || p.Errors.Total() != 0 {
		t.Errorf("the other port %+v", p)
	}
}

func TestChargersWithoutAPastAreTold(t *testing.T) {
	chargers := []*charging.Charger{}
	for _, id := range []charging.ID{40, 41, 42} {
		c := twoPorts()
		c.ID = id
		chargers = append(chargers, c)
	}
	m := &memory{}
	m.was(0, 0, up, still)
	var ids []charging.ID
	q := charging.HealthQuery{Span: charging.Span{From: at(0), To: at(10)}, Chargers: chargers}
	err := New(m).Health(t.Context(), q, func(h *charging.ChargerHealth) {
		ids = append(ids, h.Charger.ID)
		if want := h.Charger.ID == 41; (h.Active > 0) != want {
			t.Errorf("charger %d was active %v", h.Charger.ID, h.Active)
		}
	})
	if err != nil || !slices.Equal(ids, []charging.ID{40, 41, 42}) {
		t.Errorf("%v %v", ids, err)
	}
}

// somePast draws whatever a charger went through in hundreds of minutes.
func somePast(rt *rapid.T) *memory {
	m := &memory{}
	states := map[int][]charging.ServiceState{0: {up, out}}
	for _, port := range []int{0, 1, 2, charging.StationPort} {
		minute := rapid.IntRange(-50, 60).Draw(rt, "begin")
		if port != 0 && rapid.IntRange(0, 4).Draw(rt, "silent") == 0 {
			continue
		}
		choice := states[port]
		if choice == nil {
			choice = []charging.ServiceState{up, faulty, out}
		}
		var turns []any
		begin := minute
		for n := rapid.IntRange(0, 6).Draw(rt, "turns"); n > 0; n-- {
			minute += rapid.IntRange(1, 40).Draw(rt, "for")
			turns = append(turns, rapid.SampledFrom(choice).Draw(rt, "state"), minute)
		}
		turns = append(turns, rapid.SampledFrom(choice).Draw(rt, "state"), still)
		m.was(port, begin, turns...)
	}
	for range rapid.IntRange(0, 3).Draw(rt, "windows") {
		begin := rapid.IntRange(-20, 120).Draw(rt, "from")
		m.window(begin, begin+rapid.IntRange(1, 50).Draw(rt, "for"))
	}
	for range rapid.IntRange(0, 2).Draw(rt, "away") {
		begin := rapid.IntRange(-20, 120).Draw(rt, "from")
		m.outages = append(m.outages, charging.ServerOutage{From: at(begin), To: at(begin + rapid.IntRange(1, 30).Draw(rt, "for"))})
	}
	return m
}

// TestClassesMakeUpTheActiveTime holds the sums against a count of minutes that
// knows nothing of spans.
func TestClassesMakeUpTheActiveTime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := somePast(rt)
		h := m.health(rt, 0, 100)
		if h.Online+h.Offline+h.Away != h.Active {
			rt.Fatalf("online %v, offline %v and away %v are not %v", h.Online, h.Offline, h.Away, h.Active)
		}
		for i := range h.Ports {
			want := m.count(h.Ports[i].Port.Number)
			if h.Ports[i].Service != want {
				rt.Fatalf("port %d: %+v, want %+v", i+1, h.Ports[i].Service, want)
			}
		}
	})
}

// state is that of a port in a minute; 0 for unknown.
func (m *memory) state(port, minute int) charging.ServiceState {
	for _, v := range m.intervals {
		if v.PortNumber == port && !at(minute).Before(v.From) && (v.To.IsZero() || at(minute).Before(v.To)) {
			return v.State
		}
	}
	return 0
}

// awayIn says whether the server was away in a minute, or the charger on its way
// back from that.
func (m *memory) awayIn(minute int) bool {
	for _, o := range m.outages {
		if !at(minute).Before(o.From) && at(minute).Before(o.To) {
			return true
		}
		for _, v := range m.intervals {
			lost := v.PortNumber == 0 && v.State == out && !v.From.Before(o.From) && !v.From.After(o.To)
			if lost && !at(minute).Before(o.To) && at(minute).Before(o.To.Add(charging.ReconnectGrace)) && (v.To.IsZero() || at(minute).Before(v.To)) {
				return true
			}
		}
	}
	return false
}

func (m *memory) inWindow(minute int) bool {
	return slices.ContainsFunc(m.windows, func(w charging.MaintenanceWindow) bool {
		return !at(minute).Before(w.From) && at(minute).Before(w.To)
	})
}

// count adds up the hundred minutes of a port one by one.
func (m *memory) count(port int) (t charging.ServiceTimes) {
	for minute := range 100 {
		own, connection, station := m.state(port, minute), m.state(0, minute), m.state(charging.StationPort, minute)
		switch {
		case own == 0 || connection == 0 || m.awayIn(minute) || m.inWindow(minute):
		case connection == out:
			t.Unavailable += time.Minute
		case own == faulty || station == faulty:
			t.Faulted += time.Minute
		case own == out || station == out:
			t.Unavailable += time.Minute
		default:
			t.Available += time.Minute
		}
	}
	return t
}
