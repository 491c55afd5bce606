package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// BenchmarkSessions measures sessions that start and stop on scattered ports, by
// how many do so in a commit, with all that is put off.
func BenchmarkSessions(b *testing.B) {
	for _, size := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := openTest(b)
			n, record := charging.ID(0), int64(0)
			for b.Loop() {
				b.StopTimer()
				started, stopped := new(charging.Batch), new(charging.Batch)
				for range size {
					n++
					place := n * 7919 % benchPorts
					began, ended := benchSession(n, place/2+1, int(place%2)+1)
					record++
					started.Sessions = append(started.Sessions, began)
					started.Records = append(started.Records, sessionRecord(record, charging.RecordSessionStarted, began, began))
					stopped.Sessions = append(stopped.Sessions, ended)
				}
				for _, ended := range stopped.Sessions {
					record++
					stopped.Records = append(stopped.Records, sessionRecord(record, charging.RecordSessionStopped, ended, nil))
				}
				b.StartTimer()
				mustCommit(b, s, started)
				mustCommit(b, s, stopped)
			}
			if err := s.fileFor(context.Background(), 0); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "sessions/s")
		})
	}
}

// benchSession is a session at its start and at its end.
func benchSession(id, charger charging.ID, port int) (began, ended *charging.Session) {
	began = openSession(id, charger, port)
	began.StartedAt = start.Add(time.Duration(id) * time.Second)
	began.StartWritten, began.UpdatedAt = began.StartedAt.Format(time.RFC3339), began.StartedAt
	over := *began
	over.State, over.Energy, over.Register = charging.SessionClosed, 12_345_678, 17_345_678
	over.RegisterAt, over.LastSample = began.StartedAt.Add(time.Hour), began.StartedAt.Add(time.Hour)
	over.EndedAt, over.EndReason, over.HasStop, over.MeterStop = began.StartedAt.Add(time.Hour), "EVDisconnected", true, 17_345_678
	over.UpdatedAt = over.EndedAt
	return began, &over
}

// sessionRecord is a record of a session, after which another or none runs.
func sessionRecord(id int64, kind charging.RecordKind, of, running *charging.Session) charging.Record {
	r := statusRecord(id, of.ChargerID, of.PortNumber)
	r.Kind, r.Received, r.Port.Session = kind, of.UpdatedAt, running
	return r
}
