package digest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func clock(s string) time.Time {
	t, err := time.Parse("15:04:05", s)
	if err != nil {
		panic(err)
	}
	return t.AddDate(2026, 2, 1)
}

// line is a history that is written record by record.
type line struct {
	part *Intervals
	kept map[place]map[time.Time]charging.ServiceInterval // as the store keeps them
	id   int64
}

func newLine() *line {
	return &line{part: NewIntervals(), kept: map[place]map[time.Time]charging.ServiceInterval{}}
}

func (l *line) add(r charging.Record, received string) {
	l.id++
	r.ID, r.ChargerID, r.Received = l.id, 41, clock(received)
	var d charging.Derived
	l.part.Digest(&r, &d)
	for _, v := range d.Intervals {
		at := place{v.ChargerID, v.PortNumber}
		if l.kept[at] == nil {
			l.kept[at] = map[time.Time]charging.ServiceInterval{}
		}
		l.kept[at][v.From] = v
	}
}

func (l *line) connected(at string) {
	l.add(charging.Record{Kind: charging.RecordConnected,
		Charger: &charging.ChargerState{Connection: &charging.Connection{Connected: true, Since: clock(at)}}}, at)
}

func (l *line) disconnected(seen, at, reason string) {
	l.add(charging.Record{Kind: charging.RecordDisconnected, Detail: `{"reason":"` + reason + `"}`,
		Charger: &charging.ChargerState{Connection: &charging.Connection{Since: clock(seen)}}}, at)
}

func (l *line) status(port int, s charging.Status, told, at string) {
	status := &charging.PortStatus{Status: s, At: clock(told)}
	if port == 0 {
		l.add(charging.Record{Kind: charging.RecordStatus, Charger: &charging.ChargerState{Status: status}}, at)
		return
	}
	l.add(charging.Record{Kind: charging.RecordStatus, PortNumber: port, Port: &charging.PortState{Status: status}}, at)
}

// has checks the intervals of a port, in order.
func (l *line) has(t *testing.T, port int, want ...charging.ServiceInterval) {
	t.Helper()
	var got []charging.ServiceInterval
	for _, v := range l.kept[place{41, port}] {
		got = append(got, v)
	}
	for i := range got {
		for j := range i {
			if got[i].From.Before(got[j].From) {
				got[i], got[j] = got[j], got[i]
			}
		}
	}
	for i := range want {
		want[i].ChargerID, want[i].PortNumber = 41, port
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("port %d (-want +got)\n%s", port, diff)
	}
}

// was is an interval; "" as its end for one that lasts.
func was(state charging.ServiceState, from string, fromRecord int64, to string, toRecord int64) charging.ServiceInterval {
	v := charging.ServiceInterval{State: state, From: clock(from), FromRecord: fromRecord, ToRecord: toRecord}
	if to != "" {
		v.To = clock(to)
	}
	return v
}

const (
	up     = charging.ServiceAvailable
	faulty = charging.ServiceFaulted
	out    = charging.ServiceUnavailable
)

func TestIntervalsFollowTheStateAfterEachRecord(t *testing.T) {
	l := newLine()
	l.connected("08:00:00")
	l.status(1, charging.Available, "08:00:01", "08:00:02")
	l.status(1, charging.Preparing, "08:10:00", "08:10:00") // in use is available, too
	l.status(1, charging.Charging, "08:11:00", "08:11:00")
	l.status(1, charging.Faulted, "09:00:00", "09:00:01")
	l.status(1, charging.Faulted, "09:05:00", "09:05:01")
	l.status(1, charging.StatusUnavailable, "09:10:00", "09:10:01")
	l.status(1, charging.Reserved, "09:20:00", "09:20:01")
	l.status(0, charging.Available, "09:30:00", "09:30:00")
	l.status(0, charging.Faulted, "09:31:00", "09:31:00")
	l.disconnected("09:58:00", "10:00:00", "no frame for 90 s")
	l.connected("11:00:00")
	l.has(t, 0, was(up, "08:00:00", 1, "09:58:00", 11), was(out, "09:58:00", 11, "11:00:00", 12), was(up, "11:00:00", 12, "", 0))
	l.has(t, 1, was(up, "08:00:02", 2, "09:00:01", 5), was(faulty, "09:00:01", 5, "09:10:01", 7), was(out, "09:10:01", 7, "09:20:01", 8),
		was(up, "09:20:01", 8, "", 0))
	l.has(t, charging.StationPort, was(up, "09:30:00", 9, "09:31:00", 10), was(faulty, "09:31:00", 10, "", 0))
}

func TestAConnectionThatTheServerEndedEndsThen(t *testing.T) {
	for _, reason := range []string{charging.EndedByStop, charging.EndedByStore, charging.EndedByCrash} {
		l := newLine()
		l.connected("08:00:00")
		l.disconnected("08:40:00", "09:00:00", reason)
		l.has(t, 0, was(up, "08:00:00", 1, "09:00:00", 2), was(out, "09:00:00", 2, "", 0))
	}
}

func TestAStatusOutOfTheQueueBeganWhenItSays(t *testing.T) {
	l := newLine()
	l.connected("08:00:00")
	l.status(1, charging.Available, "08:00:00", "08:00:00")
	l.disconnected("10:00:00", "10:01:00", "")
	l.connected("12:00:00")
	l.status(1, charging.Faulted, "10:30:00", "12:00:01")
	l.status(1, charging.Available, "11:00:00", "12:00:02")
	// Clocks that are wrong do not reach beyond the time offline, nor later.
	l.status(1, charging.Faulted, "09:00:00", "12:00:03")
	l.status(1, charging.Available, "12:00:04", "12:00:05")
	l.status(1, charging.Faulted, "11:30:00", "12:06:00")
	l.has(t, 1, was(up, "08:00:00", 2, "10:30:00", 5), was(faulty, "10:30:00", 5, "11:00:00", 6), was(up, "11:00:00", 6, "12:00:03", 7),
		was(faulty, "12:00:03", 7, "12:00:05", 8), was(up, "12:00:05", 8, "12:06:00", 9), was(faulty, "12:06:00", 9, "", 0))
}

func TestIntervalsNeverOverlapWhenTheClockIsSetBack(t *testing.T) {
	l := newLine()
	l.connected("08:00:00")
	l.status(1, charging.Available, "09:00:00", "09:00:00")
	l.status(1, charging.Faulted, "10:00:00", "10:00:00")
	l.status(1, charging.Available, "09:30:00", "09:30:00") // the server's clock was set back
	l.status(1, charging.StatusUnavailable, "11:00:00", "11:00:00")
	// The fault has no length left: what came next has its place.
	l.has(t, 1, was(up, "09:00:00", 2, "10:00:00", 3), was(up, "10:00:00", 4, "11:00:00", 5), was(out, "11:00:00", 5, "", 0))
}

func TestIntervalsGoOnAfterAStart(t *testing.T) {
	l := newLine()
	l.connected("08:00:00")
	l.status(1, charging.Faulted, "08:01:00", "08:01:00")
	var open []charging.ServiceInterval
	for _, at := range l.kept {
		for _, v := range at {
			open = append(open, v)
		}
	}
	if err := l.part.Begin(t.Context(), &Beginning{Intervals: open}); err != nil {
		t.Fatal(err)
	}
	l.status(1, charging.Faulted, "08:02:00", "08:02:00")
	l.status(1, charging.Available, "08:03:00", "08:03:00")
	l.has(t, 1, was(faulty, "08:01:00", 2, "08:03:00", 4), was(up, "08:03:00", 4, "", 0))
	l.has(t, 0, was(up, "08:00:00", 1, "", 0))
}

func TestRecordsThatSayNothingOfServiceMakeNoInterval(t *testing.T) {
	l := newLine()
	l.add(charging.Record{Kind: charging.RecordNote, Charger: &charging.ChargerState{}}, "08:00:00")
	l.add(charging.Record{Kind: charging.RecordSessionStarted, PortNumber: 1, Port: &charging.PortState{}}, "08:00:01")
	l.has(t, 0)
	l.has(t, 1)
}
