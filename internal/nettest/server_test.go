package nettest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/loopback"
)

// build compiles the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "chargeyard")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/chargeyard")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// A server is the program with a data folder of its own.
type server struct {
	program, data string
	address       string // HOST:PORT of everything
	tls           string // HOST:PORT under TLS
	pprof         string // HOST:PORT of profiles
	key           string // of the API
	process       *exec.Cmd
	ended         chan error
	log           *os.File
}

// rateLimit is how many requests a minute one key, or one address without a
// key, may make.
const rateLimit = 600

// startServer makes a data folder with the estate and starts a server on it.
func startServer(t *testing.T, program string, estate any) *server {
	t.Helper()
	folder := t.TempDir()
	log, err := os.Create(filepath.Join(folder, "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{program: program, data: filepath.Join(folder, "data"), address: freeAddress(t), tls: freeAddress(t), pprof: freeAddress(t), log: log}
	t.Cleanup(func() {
		s.kill()
		log.Close()
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", tail(log.Name(), 3000))
		}
	})
	text, err := json.Marshal(estate)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "estate.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.command(t, "import", file)
	s.key = strings.TrimSpace(s.command(t, "key", "create", "--name", "net test"))
	s.command(t, "ca", "init", "--org", "Net test", "127.0.0.1")
	s.process = exec.Command(program, "serve", "--data", s.data, "--listen", s.address, "--tls-listen", s.tls, "--pprof-listen", s.pprof,
		"--log-format", "text", "--rate-limit", strconv.Itoa(rateLimit), "--upkeep", "off")
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.process.Wait() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// command runs a command on the data folder; a running server carries it out.
func (s *server) command(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.program, append(args, "--data", s.data)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, s.log
	if err := cmd.Run(); err != nil {
		t.Fatalf("chargeyard %s: %v\n%s", strings.Join(args, " "), err, tail(s.log.Name(), 3000))
	}
	return out.String()
}

// stop ends the server as an operator does, and fails the test when it does not
// end in time and in order.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("the server did not stop in order: %v", err)
		}
		s.process = nil
	case <-time.After(30 * time.Second):
		t.Error("the server did not stop within 30 s")
	}
}

func (s *server) kill() {
	if s.process == nil {
		return
	}
	// An error says that it is gone already.
	_ = s.process.Process.Kill()
	<-s.ended
	s.process = nil
}

// ready waits until the server takes requests.
func (s *server) ready(ctx context.Context) error {
	for {
		answer, err := http.Get("http://" + s.address + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w", errors.Join(ctx.Err(), err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// get asks the server for a document.
func (s *server) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %.200s", path, answer.Status, body)
	}
	return body, err
}

// figure matches a line of /metrics.
var figure = regexp.MustCompile(`(?m)^([a-z_:]+)(\{[^}]*\})? (\S+)$`)

// figures are the server's metrics; those of one name are added up, and each is
// also there with its labels.
type figures map[string]float64

func (s *server) figures(t *testing.T) figures {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	text, err := s.get(ctx, "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	f := make(figures)
	for _, m := range figure.FindAllSubmatch(text, -1) {
		v, err := strconv.ParseFloat(string(m[3]), 64)
		if err != nil {
			t.Fatalf("metric %s: %v", m[0], err)
		}
		f[string(m[1])] += v
		if len(m[2]) > 0 {
			f[string(m[1])+string(m[2])] += v
		}
	}
	return f
}

// collect has the server collect its garbage, so that its memory can be compared.
func (s *server) collect(t *testing.T) {
	t.Helper()
	answer, err := http.Get("http://" + s.pprof + "/debug/pprof/heap?gc=1")
	for until := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(until); {
		time.Sleep(50 * time.Millisecond) // that address opens after the main one
		answer, err = http.Get("http://" + s.pprof + "/debug/pprof/heap?gc=1")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("collecting the server's garbage: %s %v", answer.Status, err)
	}
}

// eventually waits until the metrics are as wanted.
func (s *server) eventually(t *testing.T, what string, within time.Duration, want func(figures) bool) figures {
	t.Helper()
	until := time.Now().Add(within)
	for {
		f := s.figures(t)
		if want(f) {
			return f
		}
		if time.Now().After(until) {
			t.Errorf("not within %s: %s; %v connections, %v goroutines, %v descriptors", within, what,
				f["chargeyard_gateway_connections"], f["go_goroutines"], f["process_open_fds"])
			return f
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// tail returns the end of a file.
func tail(name string, n int) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-n):])
}
