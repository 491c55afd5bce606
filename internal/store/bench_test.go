package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// benchPorts is how many ports the records of the benchmarks are of, in turn.
const benchPorts = 20_000

// BenchmarkCommit measures durable rows by batch size, for rows of a status and
// of meter values with eight samples.
func BenchmarkCommit(b *testing.B) {
	kinds := []struct {
		name string
		make func(id int64, charger charging.ID, port int) charging.Record
	}{{"status", statusRecord}, {"meters", metersRecord}}
	for _, kind := range kinds {
		for _, size := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, size), func(b *testing.B) {
				s := openTest(b)
				id := int64(0)
				for b.Loop() {
					b.StopTimer()
					batch := new(charging.Batch)
					for range size {
						id++
						n := id * 7919 % benchPorts // scattered, as chargers are
						batch.Records = append(batch.Records, kind.make(id, n/2+1, int(n%2)+1))
					}
					b.StartTimer()
					mustCommit(b, s, batch)
				}
				b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "us/batch")
			})
		}
	}
}

// BenchmarkLoad measures reading the present of 10,000 chargers with 20,000
// ports out of a million records.
func BenchmarkLoad(b *testing.B) {
	s := openTest(b)
	mustCommit(b, s, &charging.Batch{Change: estate(benchPorts / 2)})
	id := int64(0)
	begun := time.Now()
	for range 1_000_000 / 2_000 {
		batch := new(charging.Batch)
		for range 2_000 {
			id++
			n := id * 7919 % (benchPorts * 3 / 2)
			batch.Records = append(batch.Records, metersRecord(id, n/3+1, int(n%3)))
		}
		mustCommit(b, s, batch)
	}
	size, err := s.Size(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("a million records with 8 samples each: %s to write, %d bytes each", time.Since(begun).Round(time.Second), size.Database/1_000_000)
	for b.Loop() {
		stored, err := s.Load(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		if len(stored.Chargers) != benchPorts/2 || stored.Chargers[0].Version == 0 {
			b.Fatal("not everything was loaded")
		}
	}
}
