package nettest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// duels lets two devices with one identity throw each other out. The newest
// must be served at once, always; what the older one does late changes nothing;
// and people are told.
func (r *round) duels(t *testing.T) {
	before := r.s.figures(t)
	const turns = 8
	for i := range duellists {
		identity := named("duel", i)
		var old *sim.Client
		for turn := range turns {
			local := []string{"127.0.0.11", "127.0.0.12"}[turn%2]
			began := time.Now()
			c := r.dial(t, identity, local, "")
			r.report.highest("time for the newer of two connections to be served", milliseconds(time.Since(began)), "ms")
			if old != nil {
				r.endOld(t, old)
			}
			if r.chance.IntN(2) == 0 {
				beat(t, c)
			}
			old = c
		}
		r.wantConnected(t, identity, true)
		old.Drop()
	}
	r.report.add("connections replaced by a newer one of the same identity", duellists*(turns-1))
	f := r.s.eventually(t, "every replacement is counted, and both ends recorded", 20*time.Second, func(f figures) bool {
		return f["chargeyard_gateway_connections"] == 0 &&
			f["chargeyard_gateway_replaced_total"]-before["chargeyard_gateway_replaced_total"] == duellists*(turns-1)
	})
	alarms := f["chargeyard_gateway_duplicates_total"] - before["chargeyard_gateway_duplicates_total"]
	r.report.add("alarms about two devices with one identity", int64(alarms))
	if alarms != duellists {
		t.Errorf("%v alarms about %d identities that two devices use", alarms, duellists)
	}
	if list := r.refused(t); !strings.Contains(list[named("duel", 0)], "two devices seem to use the identity") {
		t.Errorf("the list of refusals says of %s: %q", named("duel", 0), list[named("duel", 0)])
	}
	r.wantConnected(t, named("duel", 0), false)
}

// endOld ends the older of two connections in one of the ways in which devices
// do: it hears the close frame, it is cut, or it goes on to talk.
func (r *round) endOld(t *testing.T, old *sim.Client) {
	t.Helper()
	switch r.chance.IntN(3) {
	case 0:
		old.Drop()
	case 1:
		old.Close()
	default:
		for range 20 {
			if old.Send([]byte(`[2,"late","Heartbeat",{}]`)) != nil {
				break
			}
		}
	}
	select {
	case <-old.Done():
	case <-time.After(10 * time.Second):
		t.Error("the older connection was not ended")
	}
}

// wantConnected waits until the server shows whether a charger is connected.
func (r *round) wantConnected(t *testing.T, identity string, want bool) {
	t.Helper()
	var got *bool
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		var list []app.ChargerRow
		if err := json.Unmarshal([]byte(r.s.command(t, "charger", "list", "--json")), &list); err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.OCPPID != nil && *c.OCPPID == identity {
				got = c.Connected
			}
		}
		if got != nil && *got == want {
			return
		}
	}
	t.Errorf("charger %s: connected is %v, want %v", identity, got, want)
}

// refused returns what the list of refusals says, by identity.
func (r *round) refused(t *testing.T) map[string]string {
	t.Helper()
	var list []app.RefusedRow
	if err := json.Unmarshal([]byte(r.s.command(t, "charger", "refused", "--json", "--limit", "2000")), &list); err != nil {
		t.Fatal(err)
	}
	r.report.highest("rows in the list of refusals", float64(len(list)), "rows")
	by := make(map[string]string)
	for _, row := range list {
		by[row.Identity] += row.Reason + "\n"
	}
	return by
}
