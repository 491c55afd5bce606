package bench

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
	"time"

	"github.com/chargeyard/chargeyard/internal/loopback"
)

// child is a server that the benchmark started: this very program, as a process
// of its own.
type child struct {
	program string
	args    []string // that start it
	address string
	folder  string // of its data, "" for the floor
	key     string // of its API
	pprof   string // address of its profiles, "" for none
	process *exec.Cmd
	log     string // file
}

// FloorCommand is the argument with which this program serves the floor.
const FloorCommand = "bench-floor"

func newFloor(program, folder string) (*child, error) {
	address, err := loopback.FreeAddress()
	if err != nil {
		return nil, err
	}
	return &child{program: program, address: address, args: []string{FloorCommand, "--listen", address},
		log: filepath.Join(folder, "floor.log")}, nil
}

// newServer prepares a server with an empty data folder.
func newServer(program, folder string, profiled bool) (*child, error) {
	address, err := loopback.FreeAddress()
	if err != nil {
		return nil, err
	}
	c := &child{program: program, address: address, folder: filepath.Join(folder, "data"), log: filepath.Join(folder, "server.log")}
	c.args = []string{"serve", "--data", c.folder, "--listen", address}
	if profiled {
		if c.pprof, err = loopback.FreeAddress(); err != nil {
			return nil, err
		}
		c.args = append(c.args, "--pprof-listen", c.pprof)
	}
	return c, nil
}

// start starts it and waits until it takes requests.
func (c *child) start(ctx context.Context) error {
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own
	c.process = exec.Command(c.program, c.args...)
	c.process.Stdout, c.process.Stderr = log, log
	c.process.Env = cleanEnvironment()
	if err := c.process.Start(); err != nil {
		return err
	}
	return c.ready(ctx)
}

// cleanEnvironment leaves out the settings of another server: the benchmark
// measures the defaults.
func cleanEnvironment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CHARGEYARD_") {
			env = append(env, v)
		}
	}
	return env
}

func (c *child) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		answer, err := http.Get("http://" + c.address + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w\nthe end of its log:\n%s", errors.Join(ctx.Err(), err), tail(c.log))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// tail returns the end of a log.
func tail(file string) []byte {
	text, _ := os.ReadFile(file)
	return text[max(0, len(text)-2000):]
}

// kill ends the server as a power cut would.
func (c *child) kill() {
	if c.process == nil {
		return
	}
	// Errors say that it is gone already.
	_ = c.process.Process.Kill()
	_ = c.process.Wait()
	c.process = nil
}

func (c *child) pids() []int { return []int{c.process.Process.Pid} }

func (c *child) target() target { return target{url: "ws://" + c.address + "/ocpp"} }

// run runs a command of the program on the server's data folder.
func (c *child) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.program, append(args, "--data", c.folder)...)
	cmd.Env = cleanEnvironment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("chargeyard %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// populate enters n chargers with a card each, and makes an API key.
func (c *child) populate(ctx context.Context, prefix string, n int) error {
	file := filepath.Join(filepath.Dir(c.folder), "estate.json")
	text, err := json.Marshal(estate(prefix, n))
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	if _, err := c.run(ctx, "import", file); err != nil {
		return err
	}
	c.key, err = c.run(ctx, "key", "create", "--name", "bench")
	return err
}

// perSite is how many chargers a site of the benchmark has.
const perSite = 100

// estate is an import file.
func estate(prefix string, n int) map[string]any {
	type object = map[string]any
	organization := object{"name": "Bench"}
	var sites, cards []object
	for first := 0; first < n; first += perSite {
		var chargers []object
		for i := first + 1; i <= min(first+perSite, n); i++ {
			identity := fmt.Sprintf("%s%d", prefix, i)
			chargers = append(chargers, object{"name": identity, "ocppId": identity, "type": "Level 2",
				"manufacturer": "Bench", "model": "One",
				"ports": []object{{"name": "Port", "portNumber": 1, "maximumPowerKw": 22, "connectorType": "J1772"}}})
			cards = append(cards, object{"ocppIdTag": identity, "type": "RFID", "name": identity, "organization": organization})
		}
		sites = append(sites, object{"name": fmt.Sprintf("Site %d", first/perSite+1), "timezone": "UTC",
			"organization": organization, "chargers": chargers})
	}
	return object{"data": sites, "accessIds": cards}
}

// readSites reads the whole of GET /api/sites once and returns its length.
func (c *child) readSites(ctx context.Context) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+"/api/sites", nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("GET /api/sites: %s", answer.Status)
	}
	return io.Copy(io.Discard, answer.Body)
}

// profile keeps the processor profile of the next seconds in a file.
func (c *child) profile(ctx context.Context, seconds int, file string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", c.pprof, seconds)
	if seconds == 0 {
		url = fmt.Sprintf("http://%s/debug/pprof/heap?gc=1", c.pprof)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, answer.Body)
	return errors.Join(err, out.Close())
}
