package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// yearQueries are what is asked of a year of data, each with bounds that differ
// from time to time.
type yearQueries struct {
	random   *rand.Rand
	chargers int
	from, to time.Time // when the records were received
}

// some returns so many chargers; a site's are every fourth.
func (y *yearQueries) some(n int) []charging.ID {
	var ids []charging.ID
	for _, i := range y.random.Perm(y.chargers)[:min(n, y.chargers)] {
		ids = append(ids, charging.ID(i+1))
	}
	return ids
}

func (y *yearQueries) site() []charging.ID {
	var ids []charging.ID
	for id := charging.ID(1 + y.random.IntN(yearSites)); id <= charging.ID(y.chargers); id += yearSites {
		ids = append(ids, id)
	}
	return ids
}

func (y *yearQueries) customers(n int) []charging.ID {
	var ids []charging.ID
	for range n {
		ids = append(ids, charging.ID(1+y.random.IntN(yearCustomers)))
	}
	return ids
}

// day is a random instant of the year.
func (y *yearQueries) day() time.Time { return y.share(y.random.Float64()) }

// share is the instant at which that share of the year is over.
func (y *yearQueries) share(share float64) time.Time {
	return y.from.Add(time.Duration(share * float64(y.to.Sub(y.from)))).Truncate(time.Microsecond)
}

func (y *yearQueries) key() charging.SessionKey { return charging.SessionKey{At: y.day(), ID: 1} }

var nobody = []charging.ID{yearCustomers + 1}

// kinds are the kinds of queries, by what they ask for.
func (y *yearQueries) kinds() []struct {
	name string
	make func() charging.SessionQuery
} {
	type q = charging.SessionQuery
	late := y.to.Add(-time.Hour)
	return []struct {
		name string
		make func() q
	}{
		{"all, first page", func() q { return q{} }},
		{"all, any page", func() q { return q{After: y.key()} }},
		{"all, running too", func() q { return q{Running: true} }},
		{"site of 250", func() q { return q{Chargers: y.site(), After: y.key()} }},
		{"300 chargers", func() q { return q{Chargers: y.some(300), After: y.key()} }},
		{"1 charger", func() q { return q{Chargers: y.some(1), After: y.key()} }},
		{"1 customer", func() q { return q{Customers: y.customers(1), After: y.key()} }},
		{"customer without sessions", func() q { return q{Customers: nobody} }},
		{"customer, 300 chargers", func() q { return q{Customers: y.customers(1), Chargers: y.some(300), After: y.key()} }},
		{"5 customers, 300 chargers", func() q { return q{Customers: y.customers(5), Chargers: y.some(300), After: y.key()} }},
		{"customer without sessions, 300 chargers", func() q { return q{Customers: nobody, Chargers: y.some(300)} }},
		{"start within a day", func() q { at := y.day(); return q{StartFrom: at, StartBefore: at.Add(24 * time.Hour)} }},
		{"start within an hour, 300 chargers, customer", func() q {
			at := y.day()
			return q{StartFrom: at, StartBefore: at.Add(time.Hour), Chargers: y.some(300), Customers: y.customers(1)}
		}},
		{"end within an hour", func() q { at := y.day(); return q{EndFrom: at, EndBefore: at.Add(time.Hour)} }},
		{"end within a month, any page", func() q {
			at := y.day()
			return q{EndFrom: at, EndBefore: at.Add(30 * 24 * time.Hour),
				After: charging.SessionKey{At: at.Add(time.Duration(y.random.Int64N(int64(30 * 24 * time.Hour)))), ID: 1}}
		}},
		{"end within an hour, 300 chargers", func() q {
			at := y.day()
			return q{EndFrom: at, EndBefore: at.Add(time.Hour), Chargers: y.some(300)}
		}},
		{"end within a day, customer without sessions", func() q {
			at := y.day()
			return q{EndFrom: at, EndBefore: at.Add(24 * time.Hour), Customers: nobody}
		}},
		{"end long before, site", func() q { return q{EndBefore: y.share(0.02), Chargers: y.site()} }},
		{"end since an hour ago", func() q { return q{EndFrom: late} }},
		{"end since an hour ago, site", func() q { return q{EndFrom: late, Chargers: y.site()} }},
		{"end in the future", func() q { return q{EndFrom: y.to.Add(24 * time.Hour)} }},
		{"start in spring, end in autumn", func() q {
			return q{StartBefore: y.share(0.4), EndFrom: y.share(0.8)}
		}},
		{"by change, since an hour ago", func() q { return q{ByUpdate: true, UpdatedFrom: late} }},
		{"by change, since any time", func() q { return q{ByUpdate: true, UpdatedFrom: y.day()} }},
		{"by change, since any time, 300 chargers", func() q { return q{ByUpdate: true, UpdatedFrom: y.day(), Chargers: y.some(300)} }},
		{"by change, 1 charger, customer", func() q {
			return q{ByUpdate: true, UpdatedFrom: y.day(), Chargers: y.some(1), Customers: y.customers(1)}
		}},
		{"by change, customer without sessions", func() q { return q{ByUpdate: true, Customers: nobody} }},
		{"by change, start within an hour", func() q {
			at := y.day()
			return q{ByUpdate: true, StartFrom: at, StartBefore: at.Add(time.Hour)}
		}},
		{"by change, end within an hour, site", func() q {
			at := y.day()
			return q{ByUpdate: true, EndFrom: at, EndBefore: at.Add(time.Hour), Chargers: y.site()}
		}},
		{"anything at once", func() q {
			out := q{ByUpdate: y.random.IntN(2) == 0, Running: y.random.IntN(2) == 0}
			for _, t := range []*time.Time{&out.StartFrom, &out.StartBefore, &out.EndFrom, &out.EndBefore, &out.UpdatedFrom} {
				if y.random.IntN(2) == 0 {
					*t = y.day()
				}
			}
			if y.random.IntN(2) == 0 {
				out.Chargers = y.some(1 + y.random.IntN(300))
			}
			if y.random.IntN(2) == 0 {
				out.Customers = append(y.customers(1+y.random.IntN(3)), nobody...)
			}
			return out
		}},
	}
}

// yearStore opens the folder of -year, or makes a small year.
func yearStore(b *testing.B) (*Store, *yearQueries) {
	b.Helper()
	dir := *yearFolder
	if dir == "" {
		dir = b.TempDir()
	}
	s := openDir(b, dir)
	stored, err := s.Load(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if stored.LastRecord == 0 {
		fillYear(b, s, *yearSessions)
		if stored, err = s.Load(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	stats, err := s.Stats(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return s, &yearQueries{rand.New(rand.NewPCG(yearSeed, 2)), len(stored.Chargers), stats.Oldest, stats.Newest}
}

// BenchmarkYear measures pages of 100 sessions of a year of data, and the use of
// ports in it.
func BenchmarkYear(b *testing.B) {
	s, y := yearStore(b)
	for _, kind := range y.kinds() {
		b.Run(kind.name, func(b *testing.B) {
			found := 0
			measure(b, func() {
				q := kind.make()
				q.Limit = 100
				b.StartTimer()
				page, err := s.Sessions(b.Context(), q)
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				found += len(page)
			})
			b.ReportMetric(float64(found)/float64(b.N), "sessions")
		})
	}
	for _, days := range []int{30, 100, 365} {
		b.Run(fmt.Sprint("times of ", days, " days"), func(b *testing.B) {
			uses := 0
			measure(b, func() {
				b.StartTimer()
				err := s.SessionTimes(b.Context(), y.some(y.chargers), y.to.Add(-time.Duration(days)*24*time.Hour), y.to,
					func(charging.ID, int, time.Time, time.Time) { uses++ })
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
			})
			b.ReportMetric(float64(uses)/float64(b.N), "sessions")
		})
	}
}

// measure runs what starts and stops the timer, and reports how long it took at
// the median and at the 99th percentile.
func measure(b *testing.B, run func()) {
	b.StopTimer()
	var took []time.Duration
	for range b.N {
		before := b.Elapsed()
		run()
		took = append(took, b.Elapsed()-before)
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}
