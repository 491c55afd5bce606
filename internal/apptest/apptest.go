// Package apptest starts a whole server in a test: a real store in a temporary
// folder, real sockets on a free port of loopback, virtual chargers.
//
// It is for tests only, and may import every room of ours.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// Options say what server a test wants. Its zero value works.
type Options struct {
	// Estate is an estate file to import; "" for none.
	Estate string
	// Settings changes the settings before the start; nil for the defaults.
	Settings func(*config.Config)
	// Data is the data folder; "" for a fresh one.
	Data string
}

// Server is a running server. It is stopped when the test ends.
type Server struct {
	*app.App
	tb  testing.TB
	Key string // an API key that sees everything
	URL string // http://127.0.0.1:PORT
	cfg *config.Config

	stop sync.Once
}

// Start starts a server. Its log shows when the test fails.
func Start(tb testing.TB, opts Options) *Server {
	tb.Helper()
	cfg := config.Default()
	cfg.Data, cfg.Listen = opts.Data, "127.0.0.1:0"
	cfg.RateLimit = 1_000_000 // tests poll
	if cfg.Data == "" {
		cfg.Data = tb.TempDir()
	}
	if opts.Settings != nil {
		opts.Settings(cfg)
	}
	s := &Server{App: app.New(cfg, logTo(tb)), tb: tb, cfg: cfg}
	if err := s.App.Start(tb.Context()); err != nil {
		tb.Fatalf("starting the server: %v", err)
	}
	tb.Cleanup(s.Stop)
	s.URL = "http://" + s.Addr().String()
	if opts.Estate != "" {
		s.MustDo(app.OpImport, app.Import{File: []byte(opts.Estate)}, &app.ImportReport{})
	}
	var made app.CreatedKey
	s.MustDo(app.OpKeyCreate, app.NewKey{Name: "test", Permissions: "read,control,manage"}, &made)
	s.Key = made.Key
	return s
}

// logTo returns a log that is told when the test fails.
func logTo(tb testing.TB) *slog.Logger {
	kept := &lockedBuffer{}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the server's log:\n%s", kept.tail())
		}
	})
	handler := slog.NewTextHandler(kept, &slog.HandlerOptions{Level: slog.LevelInfo})
	if whole := wholeLog(tb); whole != nil {
		return slog.New(slog.NewMultiHandler(handler, whole))
	}
	return slog.New(handler)
}

// wholeLog takes all that the server says into a file of its own, in the folder
// that CHARGEYARD_TEST_LOGS names: "make test" searches them for secrets. It is
// nil without such a folder.
func wholeLog(tb testing.TB) slog.Handler {
	folder := os.Getenv("CHARGEYARD_TEST_LOGS")
	if folder == "" {
		return nil
	}
	file, err := os.CreateTemp(folder, "server-*.log")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { file.Close() }) // runs after the server's end
	return slog.NewTextHandler(file, &slog.HandlerOptions{Level: slog.LevelDebug})
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// tail is the end of the log, which tells most.
func (b *lockedBuffer) tail() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := b.buf.Bytes()
	return text[max(0, len(text)-10_000):]
}

// Data is the data folder.
func (s *Server) Data() string { return s.cfg.Data }

// OCPP is the address to which chargers append their identity.
func (s *Server) OCPP() string { return "ws://" + s.Addr().String() + "/ocpp" }

// Stop stops the server before the test ends.
func (s *Server) Stop() {
	s.stop.Do(func() {
		if err := s.App.Stop(context.Background()); err != nil {
			s.tb.Errorf("stopping the server: %v", err)
		}
	})
}

// MustDo runs an operation of package app that must succeed.
func (s *Server) MustDo(op string, in, out any) {
	s.tb.Helper()
	if err := s.Do(context.Background(), op, in, out); err != nil {
		s.tb.Fatalf("%s: %v", op, err)
	}
}

// Get fetches a path with the server's key.
func (s *Server) Get(path string) (*http.Response, []byte) {
	s.tb.Helper()
	req, err := http.NewRequestWithContext(s.tb.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.tb.Fatal(err)
	}
	return resp, body
}

// Sites returns the body of GET /api/sites as decoded JSON, and as sent.
func (s *Server) Sites() (tree map[string]any, body []byte) {
	s.tb.Helper()
	resp, body := s.Get("/api/sites")
	if resp.StatusCode != http.StatusOK {
		s.tb.Fatalf("GET /api/sites: %s: %s", resp.Status, body)
	}
	if err := json.Unmarshal(body, &tree); err != nil {
		s.tb.Fatalf("GET /api/sites: %v: %s", err, body)
	}
	return tree, body
}

// Charger returns one charger of GET /api/sites by identity, nil for none.
func (s *Server) Charger(identity string) map[string]any {
	s.tb.Helper()
	tree, _ := s.Sites()
	for _, site := range tree["data"].([]any) {
		for _, c := range site.(map[string]any)["chargers"].([]any) {
			if charger := c.(map[string]any); charger["ocppId"] == identity {
				return charger
			}
		}
	}
	return nil
}

// Simulate starts virtual chargers against the server; they stop with the test.
func (s *Server) Simulate(cfg sim.Config) *sim.Fleet {
	s.tb.Helper()
	cfg.URL = s.OCPP()
	fleet, err := sim.New(cfg)
	if err != nil {
		s.tb.Fatal(err)
	}
	fleet.Start()
	s.tb.Cleanup(fleet.Stop)
	return fleet
}

// Eventually waits until the check passes, for at most 30 s.
func (s *Server) Eventually(what string, check func() bool) {
	s.tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); !check(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.tb.Fatalf("after 30 s still not: %s", what)
		}
	}
}
