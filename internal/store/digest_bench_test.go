package store

import (
	"context"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// BenchmarkRecordsAfter follows a history of which one record in sixteen is not
// of meter values: what a second of 12,000 messages costs the digest.
func BenchmarkRecordsAfter(b *testing.B) {
	s, err := Open(b.Context(), Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const messages = 12_000
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	session := &charging.Session{ID: 7, ChargerID: 41, PortNumber: 1, StartedAt: at, Tag: "CARD"}
	status := &charging.PortStatus{Status: charging.Charging, At: at, ErrorCode: charging.NoError}
	var batch charging.Batch
	for id := int64(1); id <= messages; id++ {
		r := charging.Record{ID: id, ChargerID: 41, PortNumber: 1, Kind: charging.RecordMeters, Received: at, MessageID: "123456",
			Port: &charging.PortState{Status: status, Session: session},
			Readings: []charging.Reading{{Measurand: charging.EnergyActiveImportRegister, Value: 1000, Valid: true},
				{Measurand: charging.PowerActiveImport, Value: 1000, Valid: true}, {Measurand: charging.SoC, Value: 1000, Valid: true}}}
		if id%16 == 0 {
			r.Kind, r.Readings = charging.RecordStatus, nil
		}
		if batch.Records = append(batch.Records, r); len(batch.Records) == 1000 {
			if err := s.Commit(context.Background(), &batch); err != nil {
				b.Fatal(err)
			}
			batch.Records = nil
		}
	}
	b.ResetTimer()
	for range b.N {
		n := 0
		for mark := int64(0); mark < messages; {
			records, upTo, err := s.RecordsAfter(context.Background(), mark, 500)
			if err != nil {
				b.Fatal(err)
			}
			n, mark = n+len(records), upTo
		}
		if n != messages/16 {
			b.Fatalf("%d records, want %d", n, messages/16)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/second-of-load")
}
