package messagelog

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// traffic is message number id of 1,000 chargers, as a charging estate sends
// them: mostly meter values and heartbeats.
func traffic(id int64) charging.Message {
	m := message(id)
	m.ChargerID = 1 + id%1000
	m.Identity = fmt.Sprintf("CP-%05d", m.ChargerID)
	m.At = noon.Add(time.Duration(id) * 10 * time.Millisecond)
	m.Answered = m.At.Add(3 * time.Millisecond)
	m.MessageID = fmt.Sprintf("%08x-%04x", id*2654435761%(1<<32), id%65536)
	at := m.At.Format("2006-01-02T15:04:05Z")
	switch turn := id / 1000 % 4; turn {
	case 0:
		m.Action, m.Payload, m.Response = "Heartbeat", []byte(`{}`), fmt.Appendf(nil, `{"currentTime":%q}`, at)
	case 1:
		m.Action, m.Payload = "StatusNotification", fmt.Appendf(nil, `{"connectorId":%d,"errorCode":"NoError","status":"Charging","timestamp":%q}`, 1+id%2, at)
	default:
		m.Action = "MeterValues"
		m.Payload = fmt.Appendf(nil, `{"connectorId":%d,"transactionId":%d,"meterValue":[{"timestamp":%q,"sampledValue":[`+
			`{"value":"%d","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"},`+
			`{"value":"%d.%d","context":"Sample.Periodic","measurand":"Power.Active.Import","unit":"W"},`+
			`{"value":"%d.%d","context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","unit":"V"}]}]}`,
			1+id%2, 4000+id%1000, at, 100_000+id*7%9_999_999, 6000+id*31%5000, id%10, 225+id*13%11, id*3%10)
	}
	return m
}

func cpuTime(tb testing.TB) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend keeps messages, 2,000 a flush, and seals them. Its
// cpu-ns/message are all that the log costs, compression and collection of
// garbage included.
func BenchmarkAppend(b *testing.B) {
	l := open(b, b.TempDir())
	messages := make([]charging.Message, 20_000)
	size := 0
	for i := range messages {
		messages[i] = traffic(int64(i + 1))
		size += len(messages[i].Payload) + len(messages[i].Response)
	}
	b.ReportAllocs()
	before, n := cpuTime(b), 0
	for b.Loop() {
		m := messages[n%len(messages)]
		m.ID = int64(n + 1)
		l.Append(m)
		if n++; n%2000 == 0 {
			l.flush(time.Now())
		}
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(n), "cpu-ns/message")
	b.ReportMetric(float64(size)/float64(len(messages)), "payload-B/message")
}

// BenchmarkRead reads from a million messages of 1,000 chargers.
func BenchmarkRead(b *testing.B) {
	const count = 1_000_000
	l := open(b, b.TempDir(), func(c *Config) { c.WaitingBytes = 1 << 30 })
	for id := range int64(count) {
		l.Append(traffic(id + 1))
		if id%10_000 == 0 {
			l.flush(noon)
		}
	}
	l.flush(noon)
	run := func(name string, want int, q charging.MessageQuery) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				list, err := l.Read(context.Background(), q)
				if err != nil || len(list) != want {
					b.Fatal(len(list), err)
				}
			}
			b.ReportMetric(float64(l.Stats().Bytes)/count, "disk-B/message")
		})
	}
	run("newest 50", 50, charging.MessageQuery{ChargerID: 500, Limit: 50})
	run("a page in the middle", 50, charging.MessageQuery{ChargerID: 500, Before: count / 2, Limit: 50})
	run("an action that is not there", 0, charging.MessageQuery{ChargerID: 500, Actions: []string{"Reset"}, Limit: 50})
	run("all of a charger", 1000, charging.MessageQuery{ChargerID: 500})
	b.Run("one by id", func(b *testing.B) {
		for b.Loop() {
			if _, ok, err := l.Find(context.Background(), count/2); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if segments, problems, err := openSegments(l.cfg.Folder, 0); err != nil || len(problems) > 0 || len(segments) == 0 {
				b.Fatal(slices.Concat(problems, []error{err}))
			}
		}
	})
}
