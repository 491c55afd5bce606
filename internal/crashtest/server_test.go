package crashtest

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
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/loopback"
)

// build compiles the program with these build tags.
func build(t *testing.T, tags string) string {
	t.Helper()
	return buildWith(t, "-tags", tags)
}

// buildWith compiles the program with these arguments of "go build".
func buildWith(t *testing.T, args ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "chargeyard")
	args = append(append([]string{"build"}, args...), "-o", program, "../../cmd/chargeyard")
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return program
}

// A server is the program on one data folder, started and killed many times.
type server struct {
	program string
	data    string
	address string   // HOST:PORT, the same over all starts
	key     string   // of the API
	env     []string // besides that of the test
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
	log     *os.File
}

// newServer prepares a data folder with the estate and a key.
func newServer(t *testing.T, program string, estate any) *server {
	t.Helper()
	return newServerIn(t, program, filepath.Join(t.TempDir(), "data"), estate)
}

func newServerIn(t *testing.T, program, data string, estate any) *server {
	t.Helper()
	folder := t.TempDir()
	log, err := os.Create(filepath.Join(folder, "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{program: program, data: data, address: freeAddress(t), log: log}
	t.Cleanup(func() {
		s.kill()
		log.Close()
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", tail(log.Name(), 4000))
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
	s.key = strings.TrimSpace(s.command(t, "key", "create", "--name", "crash test"))
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

// command runs a command on the data folder while no server does.
func (s *server) command(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.program, append(args, "--data", s.data)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, s.log
	if err := cmd.Run(); err != nil {
		t.Fatalf("chargeyard %s: %v\n%s", strings.Join(args, " "), err, tail(s.log.Name(), 4000))
	}
	return out.String()
}

// start starts the server and does not wait until it is ready.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.process = exec.Command(s.program, "serve", "--data", s.data, "--listen", s.address, "--log-format", "text")
	s.process.Stdout, s.process.Stderr = s.log, s.log
	s.process.Env = append(os.Environ(), s.env...)
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	process, ended := s.process, make(chan struct{})
	s.ended = ended
	go func() {
		defer close(ended)
		_ = process.Wait() // its state tells how it ended
	}()
}

// signal sends the server a signal; it may be gone already.
func (s *server) signal(sig os.Signal) { _ = s.process.Process.Signal(sig) }

// kill ends the server with SIGKILL, at this instant.
func (s *server) kill() {
	if s.process == nil {
		return
	}
	s.signal(os.Kill)
	<-s.ended
	s.process = nil
}

// alive reports whether the process runs.
func (s *server) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return s.process != nil
	}
}

// diesWithin waits for the end of the process.
func (s *server) diesWithin(d time.Duration) bool {
	select {
	case <-s.ended:
		return true
	case <-time.After(d):
		return false
	}
}

// get asks for a path that needs no key. The answer's body is closed.
func (s *server) get(path string) (*http.Response, error) {
	answer, err := http.Get("http://" + s.address + path)
	if err != nil {
		return nil, err
	}
	return answer, answer.Body.Close()
}

// file names a file of the data folder.
func (s *server) file(name string) string { return filepath.Join(s.data, name) }

// logged returns what the log says from a place on.
func (s *server) logged(from int64) string {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[min(from, int64(len(text))):])
}

// logEnd is where the log ends now.
func (s *server) logEnd() int64 {
	stat, err := s.log.Stat()
	if err != nil {
		return 0
	}
	return stat.Size()
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
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w", errors.Join(ctx.Err(), err))
		case <-s.ended:
			return fmt.Errorf("the server ended while it was to become ready: %s", tail(s.log.Name(), 2000))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// What the comparison reads of GET /api/sites.
type (
	sitesAnswer struct {
		Data []struct {
			Chargers []chargerAnswer `json:"chargers"`
		} `json:"data"`
	}
	chargerAnswer struct {
		OCPPID string       `json:"ocppId"`
		Ports  []portAnswer `json:"ports"`
	}
	portAnswer struct {
		PortNumber int            `json:"portNumber"`
		OCPPStatus *statusAnswer  `json:"ocppStatus"`
		Session    *sessionAnswer `json:"currentChargingSession"`
	}
	statusAnswer struct {
		Status    string `json:"status"`
		Timestamp string `json:"timestamp"`
	}
	sessionAnswer struct {
		ID            int64   `json:"id"`
		StartTime     string  `json:"startTime"`
		EnergyKWh     float64 `json:"energyDeliveredKwh"`
		IDTag         string  `json:"ocppIdTag"`
		TransactionID int64   `json:"ocppTransactionId"`
	}
)

// sitesBody returns what GET /api/sites answers.
func (s *server) sitesBody(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/api/sites", nil)
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
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("GET /api/sites: %s: %s", answer.Status, body), err)
	}
	return body, nil
}

// sites returns the chargers of GET /api/sites by identity.
func (s *server) sites(ctx context.Context) (map[string]chargerAnswer, error) {
	body, err := s.sitesBody(ctx)
	if err != nil {
		return nil, err
	}
	var sites sitesAnswer
	if err := json.Unmarshal(body, &sites); err != nil {
		return nil, err
	}
	chargers := make(map[string]chargerAnswer)
	for _, site := range sites.Data {
		for _, c := range site.Chargers {
			chargers[c.OCPPID] = c
		}
	}
	return chargers, nil
}

// tail returns the end of a file.
func tail(name string, n int) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-n):])
}
