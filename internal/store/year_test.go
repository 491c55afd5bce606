package store

import (
	"container/heap"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// A year of data: what a thousand chargers with two ports leave in a year, made
// up by a seed and written as the fleet would write it. "make bench-data" makes
// a whole one, for a server to run on and for BenchmarkYear; the tests make a
// small one.

var (
	yearFolder   = flag.String("year", "", "the data folder that TestYearOfData fills and BenchmarkYear reads")
	yearSessions = flag.Int("year-sessions", 1000, "how many sessions TestYearOfData makes; readings are 100 times as many")
)

const (
	yearSeed      = 20261101
	yearCustomers = 50 // and one more that has no session
	yearCards     = 200
	yearSites     = 4
	// yearBatch is how many records a commit has.
	yearBatch = 4096
)

// yearEnd is when the year ends.
var yearEnd = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// year makes the records of all ports in the order of time.
type year struct {
	random *rand.Rand
	ports  []*yearPort // a heap: the one with the next event first
	every  time.Duration
	left   int // sessions to begin

	record  int64
	session charging.ID
	batch   *charging.Batch
}

// yearPort is a port in a session or between two.
type yearPort struct {
	charger  charging.ID
	number   int
	slot     time.Time // when the time of its next session begins
	next     time.Time
	step     int // what comes next: see event
	status   *charging.PortStatus
	session  *charging.Session
	register charging.Milli
	meters   int // records of meter values that are still to come
	interval time.Duration
}

// The steps of a session.
const (
	stepPlugged = iota
	stepStarted
	stepMeters
	stepStopped
	stepFreed
)

func newYear(sessions int) *year {
	chargers := min(max(sessions/100, yearSites), 1000)
	y := &year{random: rand.New(rand.NewPCG(yearSeed, 1)), left: sessions, batch: new(charging.Batch)}
	y.every = 365 * 24 * time.Hour / time.Duration((sessions+2*chargers-1)/(2*chargers))
	y.batch.Change = yearEstate(chargers)
	for n := range 2 * chargers {
		p := &yearPort{charger: charging.ID(n/2 + 1), number: n%2 + 1, register: 1_000_000, slot: yearEnd.Add(-365 * 24 * time.Hour)}
		y.plan(p)
		y.ports = append(y.ports, p)
	}
	heap.Init(y)
	return y
}

// yearEstate is an organization with four sites, customers, vehicles and cards.
func yearEstate(chargers int) *charging.Change {
	at := yearEnd.Add(-366 * 24 * time.Hour)
	c := &charging.Change{Version: 1, At: at, Actor: "bench-data", Organizations: []charging.Organization{{ID: 1, Name: "Northline"}}}
	for n := charging.ID(1); n <= yearSites; n++ {
		c.Sites = append(c.Sites, charging.Site{ID: n, OrganizationID: 1, Name: fmt.Sprintf("Depot %d", n), Timezone: "Europe/Berlin"})
	}
	for n := charging.ID(1); n <= yearCustomers+1; n++ {
		c.Customers = append(c.Customers, charging.Customer{ID: n, OrganizationID: 1, Name: fmt.Sprintf("Customer %d", n)})
	}
	for n := charging.ID(1); n <= yearCards; n++ {
		customer := 1 + n%yearCustomers
		c.Vehicles = append(c.Vehicles, charging.Vehicle{ID: n, OrganizationID: 1, Name: fmt.Sprintf("Bus %d", n), CustomerID: customer})
		c.AccessIDs = append(c.AccessIDs, charging.AccessID{ID: n, OrganizationID: 1, Tag: fmt.Sprintf("04A2%06X", n),
			Type: charging.TypeRFID, Name: fmt.Sprintf("Card %d", n), VehicleID: n, CustomerID: customer, CreatedAt: at, UpdatedAt: at})
	}
	for n := charging.ID(1); n <= charging.ID(chargers); n++ {
		c.Chargers = append(c.Chargers, charging.ChargerSettings{ID: n, SiteID: 1 + n%yearSites, Name: fmt.Sprintf("Bay %d", n),
			OCPPID: fmt.Sprintf("BD-%05d", n), Manufacturer: "Voltix", Model: "VX-160", SerialNumber: fmt.Sprintf("VX-%05d", n)})
		for number := 1; number <= 2; number++ {
			c.Ports = append(c.Ports, charging.PortSettings{ID: 2*n - 2 + charging.ID(number), ChargerID: n, Number: number,
				Name: charging.DefaultPortName(number), MaxPower: 160_000_000})
		}
	}
	return c
}

// Len, Less, Swap, Push and Pop are of the heap of ports.
func (y *year) Len() int           { return len(y.ports) }
func (y *year) Less(i, j int) bool { return y.ports[i].next.Before(y.ports[j].next) }
func (y *year) Swap(i, j int)      { y.ports[i], y.ports[j] = y.ports[j], y.ports[i] }
func (y *year) Push(p any)         { y.ports = append(y.ports, p.(*yearPort)) }
func (y *year) Pop() any {
	last := y.ports[len(y.ports)-1]
	y.ports = y.ports[:len(y.ports)-1]
	return last
}

// batches makes batch after batch, until the year is over or the context ends.
func (y *year) batches(ctx context.Context) <-chan *charging.Batch {
	made := make(chan *charging.Batch, 2)
	go func() {
		defer close(made)
		for more := true; more; {
			for more && len(y.batch.Records) < yearBatch {
				more = y.event()
			}
			select {
			case made <- y.batch:
			case <-ctx.Done():
				return
			}
			y.batch = new(charging.Batch)
		}
	}()
	return made
}

// event makes the next thing that happens; false when nothing does any more.
func (y *year) event() bool {
	if len(y.ports) == 0 {
		return false
	}
	p := y.ports[0]
	at := p.next.Truncate(time.Microsecond)
	switch p.step {
	case stepPlugged:
		if y.left == 0 {
			heap.Pop(y)
			return true
		}
		y.left--
		y.status(p, at, charging.Preparing)
		p.step, p.next = stepStarted, at.Add(time.Duration(5+y.random.IntN(40))*time.Second)
	case stepStarted:
		y.start(p, at)
	case stepMeters:
		y.meter(p, at)
	case stepStopped:
		y.stop(p, at)
	case stepFreed:
		word := charging.Available
		if y.random.IntN(500) == 0 {
			word = charging.Faulted
		}
		y.status(p, at, word)
		y.plan(p)
	}
	heap.Fix(y, 0)
	return true
}

// plan puts the next session of a port into the first half of its time.
func (y *year) plan(p *yearPort) {
	p.step, p.next = stepPlugged, p.slot.Add(time.Duration(y.random.Int64N(int64(y.every)/2)))
	p.slot = p.slot.Add(y.every)
}

// add adds a record of a port to the batch.
func (y *year) add(p *yearPort, kind charging.RecordKind, at time.Time, readings []charging.Reading) {
	y.record++
	y.batch.Records = append(y.batch.Records, charging.Record{ID: y.record, ChargerID: p.charger, PortNumber: p.number, Kind: kind,
		Received: at, Time: writtenAt(at), MessageID: strconv.FormatInt(y.record, 10), Readings: readings,
		Port: &charging.PortState{Status: p.status, Session: p.session}})
}

// writtenAt is a time as chargers write it.
func writtenAt(at time.Time) charging.Timestamp {
	at = at.Truncate(time.Second)
	return charging.Timestamp{Written: at.Format(time.RFC3339), Parsed: at}
}

func (y *year) status(p *yearPort, at time.Time, word charging.Status) {
	p.status = &charging.PortStatus{Status: word, At: at.Truncate(time.Second), ErrorCode: charging.NoError}
	if word == charging.Faulted {
		p.status.ErrorCode = "GroundFailure"
	}
	y.add(p, charging.RecordStatus, at, nil)
}

func (y *year) start(p *yearPort, at time.Time) {
	y.session++
	card := charging.ID(1 + y.random.IntN(yearCards))
	written := writtenAt(at)
	p.session = &charging.Session{ID: y.session, ChargerID: p.charger, PortNumber: p.number, TransactionID: int64(y.session),
		AssignedID: int64(y.session), StartedAt: written.Parsed, StartWritten: written.Written, StartSeen: at,
		Tag: fmt.Sprintf("04A2%06X", card), TagStatus: charging.TagAccepted, AccessID: card, VehicleID: card,
		CustomerID: 1 + card%yearCustomers, MeterStart: p.register, HasMeterStart: true, Segment: p.register, HasSegment: true,
		UpdatedAt: at}
	p.status = &charging.PortStatus{Status: charging.Charging, At: written.Parsed, ErrorCode: charging.NoError}
	y.batch.Sessions = append(y.batch.Sessions, p.session)
	y.add(p, charging.RecordSessionStarted, at, nil)
	length := time.Duration(float64(min(y.every, 24*time.Hour)) * (0.05 + 0.3*y.random.Float64()))
	p.meters = 12 + y.random.IntN(2) // 12.5 records of 8 samples
	p.interval = length / time.Duration(p.meters+1)
	p.step, p.next = stepMeters, at.Add(p.interval)
}

func (y *year) meter(p *yearPort, at time.Time) {
	power := charging.Milli(20_000_000 + y.random.IntN(120_000)*1000)
	p.register += charging.Milli(float64(power) * p.interval.Hours())
	v := *p.session
	v.Energy, v.Register, v.RegisterAt, v.LastSample, v.UpdatedAt = p.register-v.MeterStart, p.register, at, at, at
	soc := min(20_000+charging.Milli(y.random.IntN(3000))+6000*charging.Milli(13-p.meters), 100_000)
	if !v.HasSoCStart {
		v.SoCStart, v.HasSoCStart = soc, true
	}
	v.Latest = charging.LatestReadings{Power: charging.Latest{Value: power, At: at}, Current: charging.Latest{Value: power / 690, At: at},
		SoC: charging.Latest{Value: soc, At: at}, Voltage: charging.Latest{Value: 230_000, At: at}}
	p.session = &v
	y.add(p, charging.RecordMeters, at, samples(writtenAt(at), p.register, power, soc))
	p.meters--
	p.next = at.Add(p.interval)
	if p.meters == 0 {
		p.step = stepStopped
	}
}

// samples are the eight of a record of meter values.
func samples(at charging.Timestamp, register, power, soc charging.Milli) []charging.Reading {
	current := power / 690
	readings := []charging.Reading{
		{Measurand: charging.EnergyActiveImportRegister, Value: register},
		{Measurand: charging.PowerActiveImport, Value: power},
		{Measurand: charging.CurrentImport, Phase: charging.PhaseL1, Value: current},
		{Measurand: charging.CurrentImport, Phase: charging.PhaseL2, Value: current - 100},
		{Measurand: charging.CurrentImport, Phase: charging.PhaseL3, Value: current + 100},
		{Measurand: charging.Voltage, Phase: charging.PhaseL1N, Value: 230_000},
		{Measurand: charging.Voltage, Phase: charging.PhaseL2N, Value: 231_000},
		{Measurand: charging.SoC, Location: charging.LocationEV, Value: soc},
	}
	for i := range readings {
		readings[i].Time, readings[i].Valid = at, true
	}
	return readings
}

func (y *year) stop(p *yearPort, at time.Time) {
	over := *p.session
	over.State, over.EndedAt, over.EndReason, over.HasStop = charging.SessionClosed, at.Truncate(time.Second), "EVDisconnected", true
	over.MeterStop, over.UpdatedAt = p.register, at
	p.session = nil
	p.status = &charging.PortStatus{Status: charging.Finishing, At: at.Truncate(time.Second), ErrorCode: charging.NoError}
	y.batch.Sessions = append(y.batch.Sessions, &over)
	y.add(p, charging.RecordSessionStopped, at, nil)
	p.step, p.next = stepFreed, at.Add(time.Duration(1+y.random.IntN(20))*time.Minute)
}

// fillYear writes a year and files all of it.
func fillYear(tb testing.TB, s *Store, sessions int) {
	tb.Helper()
	begun, told := time.Now(), time.Now()
	// A crash would spoil it, and another be made.
	if _, err := s.db.writer.ExecContext(tb.Context(), "PRAGMA synchronous = OFF"); err != nil {
		tb.Fatal(err)
	}
	y := newYear(sessions)
	n := 0
	for b := range y.batches(tb.Context()) {
		mustCommit(tb, s, b)
		if n++; n%16 == 0 { // the house does not come to it between such commits
			if err := errors.Join(s.fileFor(tb.Context(), 0), s.shortenLog(tb.Context())); err != nil {
				tb.Fatal(err)
			}
		}
		if time.Since(told) > 30*time.Second {
			told = time.Now()
			fmt.Fprintf(os.Stderr, "%s: session %d, record %d\n", time.Since(begun).Round(time.Second), y.session, y.record)
		}
	}
	if err := s.fileFor(tb.Context(), 0); err != nil {
		tb.Fatal(err)
	}
	if err := s.db.checkpoint(tb.Context(), "TRUNCATE"); err != nil {
		tb.Fatal(err)
	}
	size, err := s.Size(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Logf("%d sessions and %d records in %s, %d MB", y.session, y.record, time.Since(begun).Round(time.Millisecond), size.Database>>20)
}

// TestYearOfData fills the folder of -year, or a small one of its own, and looks
// at what is in it.
func TestYearOfData(t *testing.T) {
	dir := *yearFolder
	if dir == "" {
		dir = t.TempDir()
	}
	s := openDir(t, dir)
	stored, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stored.LastRecord > 0 {
		t.Fatalf("%s has data already", dir)
	}
	fillYear(t, s, *yearSessions)
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	records := int64(*yearSessions) * 165 / 10
	if stats.Sessions != int64(*yearSessions) || stats.Records < records*99/100 || stats.Records > records*101/100 {
		t.Errorf("%d sessions with %d records", stats.Sessions, stats.Records)
	}
	if stats.Newest.After(yearEnd) || stats.Newest.Before(yearEnd.Add(-40*24*time.Hour)) {
		t.Errorf("the newest record is of %v", stats.Newest)
	}
	if day := stats.Oldest.Sub(yearEnd) / (24 * time.Hour); day < -365 || day > -325 {
		t.Errorf("the oldest record is of %v", stats.Oldest)
	}
	page, err := s.Sessions(t.Context(), charging.SessionQuery{Customers: []charging.ID{7}, Limit: pageSize})
	if err != nil || len(page) < min(*yearSessions/yearCustomers/2, pageSize) || len(page) > *yearSessions/yearCustomers*3/2 {
		t.Errorf("customer 7 has %d sessions, %v", len(page), err)
	}
}
