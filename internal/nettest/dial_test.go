package nettest

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/sim"
)

const bootPayload = `{"chargePointVendor":"V","chargePointModel":"M","chargePointSerialNumber":"S1"}`

// from returns a dialer of a local address, such as 127.0.0.9.
func from(local string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}
	return d.DialContext
}

// dial connects a charger of OCPP 1.6 from a local address, and boots it.
func (r *round) dial(t *testing.T, identity, local, password string) *sim.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := sim.Dial(ctx, sim.ClientOptions{URL: "ws://" + r.s.address + "/ocpp", Identity: identity, Password: password,
		Dial: from(local)})
	if err != nil {
		t.Fatalf("charger %s from %s: %v", identity, local, err)
	}
	t.Cleanup(func() { c.Drop() })
	if _, err := c.Call(ctx, "BootNotification", bootPayload); err != nil {
		t.Fatalf("charger %s from %s: %v", identity, local, err)
	}
	return c
}

// beat sends a Heartbeat and returns how long its answer took.
func beat(t *testing.T, c *sim.Client) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	began := time.Now()
	if _, err := c.Call(ctx, "Heartbeat", "{}"); err != nil {
		t.Errorf("a Heartbeat: %v", err)
	}
	return time.Since(began)
}

// readFrame reads one frame of the server, whose frames are short here.
func readFrame(in io.Reader) (op ws.OpCode, payload []byte, err error) {
	h, err := ws.ReadHeader(in)
	if err != nil {
		return 0, nil, err
	}
	if h.Length > 1<<20 {
		return 0, nil, fmt.Errorf("a frame of %d bytes", h.Length)
	}
	payload = make([]byte, h.Length)
	_, err = io.ReadFull(in, payload)
	return h.OpCode, payload, err
}

// quantile returns the time that a share of all is below of.
func quantile(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(share*float64(len(all))))]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
