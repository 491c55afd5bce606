package nettest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/sim"
)

const (
	// goodLatency is what the neighbours of a flood should get; what fails the
	// test is far above, because a test's machine is shared.
	goodLatency = 50 * time.Millisecond
	badLatency  = 10 * goodLatency
	calmOnes    = 100
)

// floodKinds are what one charger sends as fast as it can. %d makes ids.
var floodKinds = []struct{ name, message string }{
	{"nothing, for comparison", ""},
	{"Heartbeats", `[2,"f%d","Heartbeat",{}]`},
	{"MeterValues", `[2,"f%d","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[` +
		`{"value":"1"},{"value":"2","measurand":"Voltage"},{"value":"3","measurand":"Current.Import"}]}]}]`},
	{"StatusNotifications", `[2,"f%d","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]`},
	{"unknown actions", `[2,"f%d","Nonsense",{"a":[1,2,3]}]`},
	{"messages that are no OCPP", `[2,"f%d",`},
	{"pings", ""},
}

// floods lets one charger send at full speed and measures what others get. A
// machine that is busy with something else is measured again.
func (r *round) floods(t *testing.T) {
	var calm []*sim.Client
	for i := range calmOnes {
		calm = append(calm, r.dial(t, named("near", i), "127.0.0.1", ""))
	}
	for i, kind := range floodKinds {
		var p99 time.Duration
		var sent int64
		for attempt := 1; attempt <= 3; attempt++ {
			p99, sent = r.measure(t, calm, kind.name, kind.message, i > 0)
			r.report.add("messages of floods of "+kind.name, sent)
			if p99 <= badLatency {
				break
			}
		}
		r.report.highest("p99 of others during a flood of "+kind.name, milliseconds(p99), "ms")
		if p99 > badLatency {
			t.Errorf("a flood of %s: the 99th percentile of the others is %s, three times; %s is good, and more than %s fails", kind.name, p99, goodLatency, badLatency)
		}
		if i > 0 && sent < 100 {
			t.Errorf("a flood of %s was only %d messages", kind.name, sent)
		}
	}
}

// measure lets one charger flood, or nobody, and returns the 99th percentile of
// the others' times, and how many messages the flood was.
func (r *round) measure(t *testing.T, calm []*sim.Client, name, message string, flooded bool) (p99 time.Duration, sent int64) {
	ctx, cancel := context.WithTimeout(t.Context(), r.floodTime())
	defer cancel()
	var flood sync.WaitGroup
	if flooded {
		flood.Go(func() { sent = r.flood(ctx, message) })
	}
	times := r.neighbours(ctx, t, calm)
	flood.Wait()
	p99 = quantile(times, 0.99)
	t.Logf("%-26s %8d messages of one charger; %5d of %d others: p50 %s, p99 %s, max %s", name, sent, len(times), calmOnes,
		quantile(times, 0.5).Round(10*time.Microsecond), p99.Round(10*time.Microsecond), quantile(times, 1).Round(10*time.Microsecond))
	return p99, sent
}

func (r *round) floodTime() time.Duration {
	if r.long {
		return 2 * time.Second
	}
	return 800 * time.Millisecond
}

// neighbours lets each calm charger send a message now and then, and returns
// how long the answers took.
func (r *round) neighbours(ctx context.Context, t *testing.T, calm []*sim.Client) []time.Duration {
	var mu sync.Mutex
	var times []time.Duration
	var done sync.WaitGroup
	for i, c := range calm {
		wait := time.Duration(100+r.chance.IntN(200)) * time.Millisecond
		done.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-ctx.Done():
					return
				case <-time.After(wait):
				}
				began := time.Now()
				action, payload := "Heartbeat", "{}"
				if (n+i)%2 == 0 {
					action, payload = "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Available"}`
				}
				if _, err := c.Call(t.Context(), action, payload); err != nil {
					t.Errorf("a neighbour's %s: %v", action, err)
					return
				}
				mu.Lock()
				times = append(times, time.Since(began))
				mu.Unlock()
			}
		})
	}
	done.Wait()
	return times
}

// flood sends one message again and again without waiting for answers, until
// ctx ends; "" sends pings. A connection that ends is opened again at once.
func (r *round) flood(ctx context.Context, message string) (sent int64) {
	for ctx.Err() == nil {
		conn, _, _, err := ws.Dialer{Protocols: []string{"ocpp1.6"}}.Dial(ctx, "ws://"+r.s.address+"/ocpp/"+named("near", calmOnes))
		if err != nil {
			continue
		}
		go swallow(conn)
		stop := context.AfterFunc(ctx, func() { conn.Close() }) // it may wait for the server
		for ctx.Err() == nil {
			// Many at a time, or the sender would be slower than the server.
			var batch []byte
			for range 100 {
				sent++
				f := ws.NewPingFrame([]byte("flood"))
				if message != "" {
					f = ws.NewTextFrame(fmt.Appendf(nil, message, sent))
				}
				b, _ := ws.CompileFrame(ws.MaskFrameInPlace(f))
				batch = append(batch, b...)
			}
			if _, err := conn.Write(batch); err != nil {
				break
			}
		}
		stop()
		conn.Close()
	}
	return sent
}
