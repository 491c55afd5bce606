package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// BenchmarkLiveReaders has 1,000 clients read the stream of an estate of 1,000
// ports over loopback, while 100 changes come a second, and measures how long
// after the answer to a charger each change has come to a reader: that is from
// when Handle returned. The clients run in the same process, and so count in its
// memory and take most of its time.
func BenchmarkLiveReaders(b *testing.B) {
	const readers, watched, perSecond, lasts = 1000, 100, 100, 5 * time.Second
	f := busyFleet(b, 1000, 20)
	api := httpapi.New(httpapi.Config{StreamsPerKey: readers, Streams: readers}, f, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	for b.Loop() {
		l := newLiveLoad(b, api, readers, watched)
		before := heap()
		l.answered = make([]atomic.Int64, int(lasts.Seconds())*perSecond)
		pace := time.NewTicker(time.Second / perSecond)
		most := uint64(0)
		for i := range l.answered {
			<-pace.C
			_, err := f.Handle(context.Background(), charging.Event{ChargerID: int64(1 + i*7919%500), Received: time.Now(),
				Body: charging.PortStatusReported{Port: 1, Status: charging.Charging, ErrorCode: charging.NoError, Info: "<" + strconv.Itoa(i) + ">"}})
			l.answered[i].Store(time.Now().UnixNano())
			if err != nil {
				b.Fatal(err)
			}
			if i%perSecond == 0 {
				most = max(most, heap())
			}
		}
		pace.Stop()
		l.finish(b, watched*len(l.answered))
		b.ReportMetric(l.at(50), "p50-ms")
		b.ReportMetric(l.at(99), "p99-ms")
		b.ReportMetric(l.at(100), "max-ms")
		b.ReportMetric(float64(most)/float64(1<<20), "heap-MB")
		b.ReportMetric(float64(int64(most)-int64(before))/float64(1<<20), "grown-MB")
		b.ReportMetric(float64(l.bytes.Load())/lasts.Seconds()/float64(1<<20), "MB/s")
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// liveLoad is many readers of one stream.
type liveLoad struct {
	server   *httptest.Server
	conns    []net.Conn
	running  sync.WaitGroup
	answered []atomic.Int64 // when each change was, in nanoseconds
	seen     atomic.Int64
	bytes    atomic.Int64

	mu    sync.Mutex
	times []time.Duration
}

func newLiveLoad(b *testing.B, api *httpapi.API, readers, watched int) *liveLoad {
	l := &liveLoad{server: httptest.NewServer(api)}
	var begun sync.WaitGroup
	for i := range readers {
		conn, err := net.Dial("tcp", l.server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		l.conns = append(l.conns, conn)
		fmt.Fprintf(conn, "GET /api/sites/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", holdingKey)
		begun.Add(1)
		l.running.Go(func() { l.read(conn, i < watched, &begun) })
	}
	begun.Wait()
	return l
}

// read reads the snapshot, and then events to the end.
func (l *liveLoad) read(conn net.Conn, watched bool, begun *sync.WaitGroup) {
	in := bufio.NewReaderSize(conn, 16<<10)
	for { // "id:" follows on the snapshot
		line, err := in.ReadSlice('\n')
		if bytes.HasPrefix(line, []byte("id: ")) {
			break
		}
		if err != nil && err != bufio.ErrBufferFull {
			panic(err)
		}
	}
	begun.Done()
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
		l.bytes.Add(int64(len(line)))
		if watched {
			l.note(line)
		}
	}
}

func (l *liveLoad) note(line []byte) {
	_, rest, found := bytes.Cut(line, []byte(`"info":"<`))
	if !found {
		return
	}
	text, _, _ := bytes.Cut(rest, []byte{'>'})
	i, err := strconv.Atoi(string(text))
	if err != nil {
		panic(err)
	}
	now := time.Now().UnixNano()
	var at int64
	for at = l.answered[i].Load(); at == 0; at = l.answered[i].Load() { // it came before the answer
		now = time.Now().UnixNano()
		runtime.Gosched()
	}
	l.mu.Lock()
	l.times = append(l.times, time.Duration(now-at))
	l.mu.Unlock()
	l.seen.Add(1)
}

// finish waits until every watched reader has every change, and ends the rest.
func (l *liveLoad) finish(b *testing.B, want int) {
	deadline := time.Now().Add(30 * time.Second)
	for l.seen.Load() < int64(want) && time.Now().Before(deadline) {
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	for _, c := range l.conns {
		c.Close()
	}
	l.running.Wait()
	l.server.Close()
	if got := l.seen.Load(); got != int64(want) {
		b.Errorf("%d changes came, not %d", got, want)
	}
	slices.Sort(l.times)
}

// at is a percentile of the times, in milliseconds.
func (l *liveLoad) at(percent int) float64 {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[(len(l.times)-1)*percent/100].Seconds() * 1000
}
