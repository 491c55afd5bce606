//go:build unix

package sim

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// benchServer in the environment makes this binary a server, so that a
// benchmark measures the chargers alone.
const benchServer = "SIM_BENCH_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveBench()
		return
	}
	os.Exit(m.Run())
}

// serveBench accepts everything with as little work as it can, until its
// standard input ends.
func serveBench() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ws://" + l.Addr().String())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(conn)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin) // its end is the signal
	l.Close()
}

var benchAnswers = map[string]string{
	"BootNotification": `{"status":"Accepted","currentTime":"2026-01-01T00:00:00Z","interval":3600}`,
	"Authorize":        `{"idTagInfo":{"status":"Accepted"}}`,
	"StartTransaction": `{"transactionId":7,"idTagInfo":{"status":"Accepted"}}`,
}

func answerAll(conn net.Conn) {
	defer conn.Close()
	if _, err := (ws.Upgrader{Protocol: func([]byte) bool { return true }}).Upgrade(conn); err != nil {
		return
	}
	in := bufio.NewReaderSize(conn, 2048)
	rw := struct {
		io.Reader
		io.Writer
	}{in, conn}
	for {
		message, err := wsutil.ReadClientText(rw)
		if err != nil {
			return
		}
		parts := bytes.SplitN(message, []byte(","), 4)
		answer, ok := benchAnswers[strings.Trim(string(parts[2]), `"`)]
		if !ok {
			answer = "{}"
		}
		if err := wsutil.WriteServerText(conn, fmt.Appendf(nil, "[3,%s,%s]", parts[1], answer)); err != nil {
			return
		}
	}
}

// startBenchServer runs a server in a process of its own and returns its URL.
func startBenchServer(b *testing.B) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url)
}

func startBench(b *testing.B, cfg Config) *Fleet {
	f, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	f.Start()
	b.Cleanup(f.Stop)
	eventually(b, "all chargers are connected and quiet", func() bool { return f.Summary().Connected == int64(cfg.Count) })
	return f
}

// heapInUse returns what the process has taken for heap and stacks.
func heapInUse() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

func BenchmarkIdleCharger(b *testing.B) {
	url := startBenchServer(b)
	before, goroutines := heapInUse(), runtime.NumGoroutine()
	const count = 5000
	f := startBench(b, Config{URL: url, Count: count, Ramp: time.Second, LocalAddrs: Loopbacks(4)})
	if err := f.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.ReportMetric(float64(heapInUse()-before)/count, "B/charger")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/count, "goroutines/charger")
	}
	b.ReportMetric(0, "ns/op")
}

func BenchmarkMeterValues(b *testing.B) {
	url := startBenchServer(b)
	var charging []ChargerConfig
	for i := range 200 {
		charging = append(charging, ChargerConfig{Identity: fmt.Sprint("CP", i), Make: Makes[0], Ports: 1})
	}
	f := startBench(b, Config{URL: url, Chargers: charging, Count: 200, Retry: QuickRetry(),
		Life: Life{FirstArrivals: 1, SessionLength: 100 * time.Hour, Haste: 100, SampleInterval: 50 * time.Millisecond}})
	eventually(b, "all charge", func() bool { return f.Summary().Sessions == 200 })
	b.ReportAllocs()
	start, began := cpuTime(b), f.stats.answered[meterValues].Load()
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	for b.Loop() {
		target := f.stats.answered[meterValues].Load() + 1000
		for f.stats.answered[meterValues].Load() < target {
			time.Sleep(time.Millisecond)
		}
	}
	runtime.ReadMemStats(&m1)
	messages := float64(f.stats.answered[meterValues].Load() - began)
	b.ReportMetric(float64(cpuTime(b)-start)/messages, "cpu-ns/message")
	b.ReportMetric(float64(m1.Mallocs-m0.Mallocs)/messages, "allocs/message")
	b.ReportMetric(messages/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(0, "ns/op")
}

// quietConn takes everything and says nothing.
type quietConn struct{ net.Conn }

func (quietConn) Write(b []byte) (int, error)      { return len(b), nil }
func (quietConn) SetWriteDeadline(time.Time) error { return nil }
func (quietConn) Close() error                     { return nil }

// BenchmarkMeterValuesAlone is BenchmarkMeterValues without sockets: energy
// flows, 8 samples are written into a frame, its answer is read.
func BenchmarkMeterValuesAlone(b *testing.B) {
	f, err := New(Config{URL: "ws://none/ocpp", Chargers: []ChargerConfig{{Identity: "CP1", Make: Makes[0]}}})
	if err != nil {
		b.Fatal(err)
	}
	f.started, f.idPrefix = time.Now(), "b-"
	c := f.Chargers()[0]
	c.timer = time.AfterFunc(time.Hour, c.tick)
	c.conn, c.link, c.accepted, c.dialAt = quietConn{}, linkUp, true, never
	chance := visitChance(1, 0, 1, 1)
	p := &c.ports[0]
	p.visit = newVisit(&chance, &f.cfg.Life, c.cfg)
	p.phase, p.session = charging, &session{port: p, id: 123456, known: true}
	answer := getBuffer()
	b.ReportAllocs()
	for b.Loop() {
		c.do(func(now instant) { c.sampleDue(p, now) })
		*answer = fmt.Appendf((*answer)[:0], `[3,"%s",{}]`, c.out.queue.first().id)
		c.receive(*answer, c.generation)
	}
	if n := f.Summary().Actions[0]; n.Answered != int64(b.N) {
		b.Errorf("%+v", n)
	}
}

// cpuTime returns the time that this process has computed, the kernel's part
// for it included, in ns.
func cpuTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
