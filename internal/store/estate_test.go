package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// start is when the time of the tests begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// openTest opens a store in a fresh folder and closes it with the test.
func openTest(tb testing.TB) *Store {
	tb.Helper()
	return openDir(tb, tb.TempDir())
}

func openDir(tb testing.TB, dir string) *Store {
	tb.Helper()
	s, err := Open(context.Background(), Options{Dir: dir, Version: "1.2.3"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func mustCommit(tb testing.TB, s *Store, b *charging.Batch) {
	tb.Helper()
	if err := s.Commit(context.Background(), b); err != nil {
		tb.Fatal(err)
	}
}

// estate is a change that makes one organization with one site of so many
// chargers, with two ports each. Charger n has id n, its ports 2n-1 and 2n.
func estate(chargers int) *charging.Change {
	c := &charging.Change{
		Version: 1, At: start, Actor: "test",
		Organizations: []charging.Organization{{ID: 1, Name: "Fleet"}},
		Sites:         []charging.Site{{ID: 1, OrganizationID: 1, Name: "Depot", Timezone: "Europe/Berlin"}},
	}
	for n := charging.ID(1); n <= charging.ID(chargers); n++ {
		c.Chargers = append(c.Chargers, charging.ChargerSettings{ID: n, SiteID: 1, Name: fmt.Sprintf("Charger %d", n),
			OCPPID: fmt.Sprintf("CP-%05d", n)})
		for number := 1; number <= 2; number++ {
			c.Ports = append(c.Ports, charging.PortSettings{ID: 2*n - 2 + charging.ID(number), ChargerID: n, Number: number,
				Name: charging.DefaultPortName(number)})
		}
	}
	return c
}

// statusRecord is a record of a status.
func statusRecord(id int64, charger charging.ID, port int) charging.Record {
	at := start.Add(time.Duration(id) * time.Second)
	status := &charging.PortStatus{Status: charging.Available, At: at, ErrorCode: charging.NoError}
	r := charging.Record{ID: id, ChargerID: charger, PortNumber: port, Kind: charging.RecordStatus, Received: at,
		Time:      charging.Timestamp{Written: at.Format("2006-01-02T15:04:05Z"), Parsed: at.Truncate(time.Second)},
		MessageID: fmt.Sprintf("5f0f6a3e-7c1e-4b1e-9d52-%012d", id)}
	if port == 0 {
		r.Charger = &charging.ChargerState{Status: status}
	} else {
		r.Port = &charging.PortState{Status: status}
	}
	return r
}

// metersRecord is a record of meter values with eight samples in a session.
func metersRecord(id int64, charger charging.ID, port int) charging.Record {
	r := statusRecord(id, charger, port)
	r.Kind = charging.RecordMeters
	at := charging.Timestamp{Written: r.Received.Format(charging.TimeLayout), Parsed: r.Received.Truncate(time.Millisecond)}
	energy := charging.Milli(id) * 1000
	for _, v := range []charging.Reading{
		{Measurand: charging.EnergyActiveImportRegister, Value: 5_000_000 + energy},
		{Measurand: charging.PowerActiveImport, Value: 50_000_000},
		{Measurand: charging.CurrentImport, Phase: charging.PhaseL1, Value: 32_000},
		{Measurand: charging.CurrentImport, Phase: charging.PhaseL2, Value: 31_900},
		{Measurand: charging.CurrentImport, Phase: charging.PhaseL3, Value: 32_100},
		{Measurand: charging.Voltage, Phase: charging.PhaseL1N, Value: 230_000},
		{Measurand: charging.Voltage, Phase: charging.PhaseL2N, Value: 231_000},
		{Measurand: charging.SoC, Location: charging.LocationEV, Value: 42_000},
	} {
		v.Time, v.Valid = at, true
		r.Readings = append(r.Readings, v)
	}
	if port == 0 {
		return r
	}
	r.Port.Status.Status = charging.Charging
	session := openSession(charging.ID(charger)*1000+charging.ID(port), charger, port)
	session.Energy, session.Register, session.RegisterAt = energy, 5_000_000+energy, r.Received
	session.Latest = charging.LatestReadings{
		Power: charging.Latest{Value: 50_000_000, At: r.Received}, Current: charging.Latest{Value: 32_000, At: r.Received},
		SoC: charging.Latest{Value: 42_000, At: r.Received}, Voltage: charging.Latest{Value: 230_500, At: r.Received},
	}
	session.LastSample, session.UpdatedAt = r.Received, r.Received
	r.Port.Session = session
	return r
}

// openSession is a session as it stands at its start.
func openSession(id, charger charging.ID, port int) *charging.Session {
	return &charging.Session{ID: id, ChargerID: charger, PortNumber: port, TransactionID: id, AssignedID: id,
		StartedAt: start, StartWritten: start.Format(time.RFC3339), StartSeen: start.Add(time.Second), Tag: "04A2B3C4D5",
		TagStatus: charging.TagAccepted, AccessID: 12, VehicleID: 7, CustomerID: 3, MeterStart: 5_000_000, HasMeterStart: true,
		Segment: 5_000_000, HasSegment: true, SoCStart: 40_000, HasSoCStart: true, UpdatedAt: start}
}
