package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/loopback"
)

// The load: chargers of all versions with sessions, lost connections and
// faults, and people who poll.
const (
	chargers    = 100
	pollers     = 4
	pollEvery   = 250 * time.Millisecond
	maxMessages = 4 // MiB of raw messages
)

// yard is the program as a server, and as chargers in a process of their own.
type yard struct {
	t       *testing.T
	data    string
	address string // of everything but profiles
	pprof   string
	key     string
	server  *exec.Cmd
	polling sync.WaitGroup
	cancel  context.CancelFunc

	mu    sync.Mutex
	polls map[int]int // answers by status
}

func start(t *testing.T) *yard {
	folder := t.TempDir()
	program := filepath.Join(folder, "chargeyard")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/chargeyard").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	y := &yard{t: t, data: filepath.Join(folder, "data"), address: freeAddress(t), pprof: freeAddress(t), polls: map[int]int{}}
	estate := filepath.Join(folder, "estate.json")
	text := `{"organizations":[{"id":1,"name":"Soak"}],"data":[{"id":1,"name":"Yard","timezone":"UTC","organization":{"id":1,"name":"Soak"},"chargers":[]}]}`
	if err := os.WriteFile(estate, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	y.command(program, "import", estate, "--data", y.data)
	y.key = strings.TrimSpace(y.command(program, "key", "create", "--name", "soak", "--data", y.data))
	y.server = y.run(folder, program, "serve", "--data", y.data, "--listen", y.address, "--adopt", "any", "--rate-limit", "1000000",
		"--max-messages", strconv.Itoa(maxMessages), "--keep-readings", "1", "--log-level", "warn", "--pprof-listen", y.pprof)
	y.ready()
	y.run(folder, program, "simulate", "--url", "ws://"+y.address+"/ocpp", "--chargers", strconv.Itoa(chargers), "--prefix", "SOAK-",
		"--protocol", "mixed", "--life", "restless", "--speed", "3", "--sample", "2s", "--disconnects", "60", "--log-level", "error")
	ctx, cancel := context.WithCancel(t.Context())
	y.cancel = cancel
	for i := range pollers {
		y.polling.Go(func() { y.poll(ctx, i) })
	}
	t.Cleanup(func() {
		cancel()
		y.polling.Wait()
	})
	return y
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func (y *yard) command(program string, args ...string) string {
	y.t.Helper()
	var out, failure bytes.Buffer
	cmd := exec.CommandContext(y.t.Context(), program, args...)
	cmd.Stdout, cmd.Stderr = &out, &failure
	if err := cmd.Run(); err != nil {
		y.t.Fatalf("chargeyard %s: %v\n%s", strings.Join(args, " "), err, &failure)
	}
	return out.String()
}

// run starts the program for as long as the test lasts.
func (y *yard) run(folder, program string, args ...string) *exec.Cmd {
	y.t.Helper()
	log, err := os.Create(filepath.Join(folder, args[0]+".log"))
	if err != nil {
		y.t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		y.t.Fatal(err)
	}
	y.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		if err := cmd.Wait(); err != nil {
			y.t.Errorf("chargeyard %s: %v", args[0], err)
		}
		if text, err := os.ReadFile(log.Name()); y.t.Failed() && err == nil {
			y.t.Logf("the end of the log of chargeyard %s:\n%s", args[0], text[max(0, len(text)-3000):])
		}
		log.Close()
	})
	return cmd
}

func (y *yard) ready() {
	y.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get("http://" + y.address + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			y.t.Fatalf("the server did not become ready: %v", err)
		}
	}
}

// poll reads what people read, in every coding, until ctx ends.
func (y *yard) poll(ctx context.Context, n int) {
	codings := []string{"identity", "gzip", "zstd", "gzip"}
	tag := ""
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pollEvery):
		}
		path := "/api/sites"
		if i%8 == 7 {
			path = []string{"/api/chargers/" + strconv.Itoa(1+i%chargers) + "/history?limit=50", "/api/ocpp-messages?limit=20&chargerId=" + strconv.Itoa(1+i%chargers),
				"/api/chargers/" + strconv.Itoa(1+i%chargers) + "/variables", "/api/sites"}[n%4]
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+y.address+path, nil)
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer "+y.key)
		req.Header.Set("Accept-Encoding", codings[n%len(codings)])
		if path == "/api/sites" && n == 3 {
			req.Header.Set("If-None-Match", tag)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			y.count(-1)
			continue
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if path == "/api/sites" {
			tag = resp.Header.Get("ETag")
		}
		if ctx.Err() == nil && err != nil {
			y.count(-1)
			continue
		}
		y.count(resp.StatusCode)
	}
}

func (y *yard) count(status int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.polls[status]++
}

// sample is what the server uses at one instant.
type sample struct {
	at                          time.Duration
	resident, heap              float64 // bytes
	goroutines, descriptors     float64
	database, journal, raw      float64 // bytes on the disk
	messages, rawKept, connects float64
}

// take reads the server's state from its metrics and its files. The heap is
// what is left of it when the garbage was collected.
func (y *yard) take(began time.Time) (sample, error) {
	s := sample{at: time.Since(began)}
	metrics, err := y.metrics()
	if err != nil {
		return s, err
	}
	if s.heap, err = y.live(); err != nil {
		return s, err
	}
	s.goroutines = metrics["go_goroutines"]
	s.descriptors, s.resident = metrics["process_open_fds"], metrics["process_resident_memory_bytes"]
	s.rawKept, s.connects = metrics["chargeyard_raw_messages_total"], metrics["chargeyard_gateway_connections"]
	for name, v := range metrics {
		if strings.HasPrefix(name, "chargeyard_gateway_messages_total") && !strings.Contains(name, `"Heartbeat"`) {
			s.messages += v
		}
	}
	return s, filepath.WalkDir(y.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was removed meanwhile
		}
		if err != nil {
			return err
		}
		size := float64(info.Size())
		switch {
		case strings.HasSuffix(path, "-wal"):
			s.journal += size
		case strings.HasSuffix(path, ".db"):
			s.database += size
		case filepath.Dir(path) != y.data:
			s.raw += size
		}
		return nil
	})
}

// live is the heap after a collection, which a profile of the heap begins with
// when it is asked to.
func (y *yard) live() (float64, error) {
	resp, err := http.Get("http://" + y.pprof + "/debug/pprof/heap?gc=1")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("/debug/pprof/heap: %s: %w", resp.Status, err)
	}
	metrics, err := y.metrics()
	return metrics["go_memstats_heap_alloc_bytes"], err
}

// metrics reads /metrics.
func (y *yard) metrics() (map[string]float64, error) {
	resp, err := http.Get("http://" + y.address + "/metrics")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("/metrics: %s: %w", resp.Status, err)
	}
	values := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, number, ok := strings.Cut(strings.TrimSpace(line), " ")
		if v, err := strconv.ParseFloat(number, 64); ok && err == nil && name != "#" {
			values[name] = v
		}
	}
	return values, nil
}
