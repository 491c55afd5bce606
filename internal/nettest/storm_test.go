package nettest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/sim"
)

// stormTime is how long a storm may take, for each thousand chargers and at
// least; the bench measures what is good, here it is about who never comes back.
const (
	stormTime      = 3 * time.Second
	leastStormTime = 30 * time.Second
)

// TestAllChargersComeBackInTheSameSecond connects many chargers, cuts all
// connections at one instant, and lets every charger dial again within the same
// second, as after a power cut or the restart of a router.
func TestAllChargersComeBackInTheSameSecond(t *testing.T) {
	n := int(setting(t, "CHARGEYARD_NET_STORM", defaultStorm))
	wantDescriptors(t, n+400)
	organization := map[string]any{"id": 1, "name": "Net test"}
	var rows []map[string]any
	for i := range n {
		rows = append(rows, map[string]any{"name": named("storm", i), "ocppId": named("storm", i), "ports": []any{}})
	}
	s := startServer(t, build(t), estateOf(rows, organization))
	st := &storm{s: s, refused: make(map[string]int)}
	s.collect(t)
	calm := s.figures(t)
	limit := max(leastStormTime, time.Duration(n/1000)*stormTime)
	for i := range n {
		st.chargers = append(st.chargers, &posted{identity: named("storm", i), local: fmt.Sprintf("127.0.0.%d", 2+i%4)})
	}
	for _, phase := range []string{"from nothing", "all cut at one instant, back in the same second", "once more"} {
		st.drop()
		before := s.figures(t)
		took := st.comeBack(t, limit)
		f := s.eventually(t, "every charger is connected", 20*time.Second, func(f figures) bool {
			return f["chargeyard_gateway_connections"] == float64(n)
		})
		t.Logf("%d chargers, %s: the first half booted after %s, 99 of 100 after %s, all after %s; attempts that failed: %v; %.0f replaced; %.0f MiB resident",
			n, phase, quantile(took, 0.5).Round(time.Millisecond), quantile(took, 0.99).Round(time.Millisecond), quantile(took, 1).Round(time.Millisecond),
			st.failures(), f["chargeyard_gateway_replaced_total"]-before["chargeyard_gateway_replaced_total"], f["process_resident_memory_bytes"]/(1<<20))
	}
	st.wantShown(t)
	st.drop()
	s.eventually(t, "every connection has ended, and its goroutines", time.Minute, func(f figures) bool {
		return f["chargeyard_gateway_connections"] == 0 && f["go_goroutines"] <= calm["go_goroutines"]+10 &&
			f["process_open_fds"] <= calm["process_open_fds"]+20
	})
	st.wantMemoryBack(t, calm)
	s.stop(t)
}

// wantMemoryBack wants the memory of the connections back: what stays is what is
// known of each charger.
func (s *storm) wantMemoryBack(t *testing.T, calm figures) {
	t.Helper()
	s.s.collect(t)
	s.s.collect(t) // what pools hold goes with the second collection
	grown := s.s.figures(t)["go_memstats_heap_alloc_bytes"] - calm["go_memstats_heap_alloc_bytes"]
	t.Logf("the live heap is %.1f MiB larger than before, %.1f KiB a charger", grown/(1<<20), grown/(1<<10)/float64(len(s.chargers)))
	if room := float64(32<<20 + len(s.chargers)*(8<<10)); grown > room {
		t.Errorf("the live heap is %.1f MiB larger than before, want at most %.1f", grown/(1<<20), room/(1<<20))
	}
}

// wantDescriptors fails when this process may not open so many, instead of
// testing less.
func wantDescriptors(t *testing.T, n int) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < uint64(n) {
		t.Fatalf("a process may open %d files, and this needs %d: raise it with ulimit -n, or lower CHARGEYARD_NET_STORM", limit.Cur, n)
	}
}

// A storm is many chargers on one server.
type storm struct {
	s        *server
	chargers []*posted
	mu       sync.Mutex
	refused  map[string]int
}

// posted is a charger that only connects and boots: it costs its socket.
type posted struct {
	identity, local string
	conn            net.Conn
}

// drop cuts all connections at one instant.
func (s *storm) drop() {
	for _, c := range s.chargers {
		if c.conn != nil {
			c.conn.Close()
		}
		c.conn = nil
	}
}

func (s *storm) failures() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.refused
	s.refused = make(map[string]int)
	return was
}

// comeBack lets every charger dial within one second and try again until it is
// booted. It returns how long each took from the beginning.
func (s *storm) comeBack(t *testing.T, limit time.Duration) []time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	took := make([]time.Duration, len(s.chargers))
	var done sync.WaitGroup
	var missing sync.Map
	for i, c := range s.chargers {
		wait := rand.N(time.Second)
		done.Go(func() {
			if err := s.bring(ctx, c, wait); err != nil {
				missing.Store(c.identity, err)
			}
			took[i] = time.Since(began)
		})
	}
	done.Wait()
	lost := 0
	missing.Range(func(identity, err any) bool {
		if lost++; lost <= 5 {
			t.Errorf("charger %s did not come back within %s: %v", identity, limit, err)
		}
		return true
	})
	if lost > 0 {
		t.Fatalf("%d of %d chargers did not come back; attempts that failed: %v", lost, len(s.chargers), s.failures())
	}
	return took
}

// bring connects one charger, trying again as chargers do.
func (s *storm) bring(ctx context.Context, c *posted, wait time.Duration) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		err := c.boot(ctx, s.s.address)
		if err == nil {
			return nil
		}
		s.mu.Lock()
		s.refused[kindOf(err)]++
		s.mu.Unlock()
		wait = time.Second + rand.N(time.Second)
	}
}

// kindOf returns an error without addresses.
func kindOf(err error) string {
	var status ws.StatusError
	var op *net.OpError
	switch {
	case errors.As(err, &status):
		return fmt.Sprint("status ", int(status))
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}

func (c *posted) boot(ctx context.Context, address string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	d := ws.Dialer{Protocols: []string{sim.Protocol16}, NetDial: from(c.local), ReadBufferSize: 512, WriteBufferSize: 512}
	conn, early, _, err := d.Dial(ctx, "ws://"+address+"/ocpp/"+c.identity)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			conn.Close()
		}
	}()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame([]byte(`[2,"b","BootNotification",`+bootPayload+`]`)))); err != nil {
		return err
	}
	var in io.Reader = conn
	if early != nil {
		in = io.MultiReader(early, conn)
	}
	for {
		op, payload, err := readFrame(in)
		switch {
		case err != nil:
			return err
		case op != ws.OpText:
		case !strings.Contains(string(payload), `"Accepted"`):
			return fmt.Errorf("answered %.100s", payload)
		default:
			c.conn = conn
			return conn.SetDeadline(time.Time{})
		}
	}
}

// wantShown wants every charger shown as connected.
func (s *storm) wantShown(t *testing.T) {
	t.Helper()
	body, err := s.s.get(t.Context(), "/api/sites")
	if err != nil {
		t.Fatal(err)
	}
	var sites struct {
		Data []struct {
			Chargers []struct {
				Connection struct{ Status string } `json:"connectionStatus"`
			}
		}
	}
	if err := json.Unmarshal(body, &sites); err != nil {
		t.Fatal(err)
	}
	connected := 0
	for _, site := range sites.Data {
		for _, c := range site.Chargers {
			if c.Connection.Status == "Connected" {
				connected++
			}
		}
	}
	if connected != len(s.chargers) {
		t.Errorf("%d of %d chargers are shown as connected", connected, len(s.chargers))
	}
}
