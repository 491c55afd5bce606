package gateway

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestNewestConnectionWinsAtOnce(t *testing.T) {
	y := listenYard(t, Config{})
	y.estate.chargers[0].Boot = &charging.Boot{}
	old := y.dial("CP1")
	old.want(statusCall, `[3,"s1",{}]`)
	done := y.call(context.Background(), "ClearCache")
	old.outgoing()

	fresh := y.dial("cp1")
	if got := <-done; got.Status != charging.CommandConnectionLost {
		t.Error("a call over the old connection is still open")
	}
	old.wantClosed(1000, "replaced by a newer connection")
	fresh.want(statusCall, `[3,"s1",{}]`)
	old.conn.Close()
	eventually(t, "the end of the old connection is told", func() bool { return len(y.estate.disconnects()) == 1 })
	if got := y.estate.disconnects()[0].Reason; got != "replaced by a newer connection" {
		t.Errorf("told as %q", got)
	}
	if l := y.g.links.current(1); l == nil || l.dialog.generation != 2 {
		t.Error("the late close of the old connection unseated the new one")
	}
	fresh.want(statusCall, `[3,"s1",{}]`)

	// An answer to a call that left over the old connection is ignored.
	fresh.send(`[3,"whatever",{}]`)
	fresh.want(statusCall, `[3,"s1",{}]`)
}

func TestConnectionThatWasOvertakenIsClosed(t *testing.T) {
	y := listenYard(t, Config{})
	y.estate.connect = func() error {
		// A later connection is registered before this one.
		y.estate.connect = nil
		y.estate.generation += 5
		return nil
	}
	first := y.dial("CP1")
	y.estate.mu.Lock()
	y.estate.generation = 2
	y.estate.mu.Unlock()
	late := y.dial("CP1")
	late.wantClosed(1000, "replaced by a newer connection")
	first.want(statusCall, `[3,"s1",{}]`)
}

func TestHalfOpenConnectionDoesNotLockItsChargerOut(t *testing.T) {
	t.Parallel()
	y := listenYard(t, Config{})
	stuck := y.dial("CP1") // never reads, never closes
	stuck.send(statusCall)
	begun := time.Now()
	y.dial("CP1").want(statusCall, `[3,"s1",{}]`)
	if took := time.Since(begun); took > time.Second {
		t.Errorf("the new connection took %s", took)
	}
	eventually(t, "the old connection ends without its peer", func() bool { return len(y.estate.disconnects()) == 1 })
}

func TestTwoDevicesWithOneIdentityRaiseTheAlarmOnce(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		devices := []string{"203.0.113.9", "198.51.100.1"}
		connect := func(i int) {
			y.pipeFrom(y.estate.chargers[0], devices[i%2]).drainLater()
			time.Sleep(10 * time.Second)
		}
		for i := range flapLimit + 1 {
			connect(i)
		}
		if strings.Contains(y.log.String(), "WARN") {
			t.Error("the alarm came too early")
		}
		for i := range 8 {
			connect(i)
		}
		if got := strings.Count(y.log.String(), "two devices seem to use one identity"); got != 1 {
			t.Errorf("%d alarms", got)
		}
		kept := y.refusals.all()
		if len(kept) != 1 {
			t.Fatalf("kept %+v", kept)
		}
		want := `two devices seem to use the identity "CP1": connections from 198.51.100.1 and 203.0.113.9 keep replacing each other`
		if kept[0].Reason != want || kept[0].Identity != "CP1" || kept[0].Fix == "" || kept[0].Remote != "203.0.113.9" {
			t.Errorf("kept %+v", kept[0])
		}
	})
}

func TestReconnectsFromOneAddressAreNoAlarm(t *testing.T) {
	y := listenYard(t, Config{})
	for range 3 * flapLimit {
		y.dial("CP1")
	}
	if strings.Contains(y.log.String(), "WARN") {
		t.Errorf("log: %s", y.log)
	}
}

func TestShutdownFinishesTheMessageInHand(t *testing.T) {
	y := newYard(t, Config{})
	srv := serve(t, y)
	busy, release := make(chan struct{}, 9), make(chan struct{})
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		busy <- struct{}{}
		<-release
		return charging.Outcome{}, nil
	}
	y.add(charging2())
	idle, working := y.dial("CP2"), y.dial("CP1")
	working.send(statusCall)
	<-busy
	working.send(strings.Replace(statusCall, "s1", "s2", 1)) // stays with the charger
	eventually(t, "the second message waits", func() bool {
		l := y.link(1)
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.jobs) == 1
	})

	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		stopped <- y.g.Shutdown(ctx)
	}()
	idle.wantClosed(1001, "the server stops")
	idle.conn.Close()
	y.wantRefused(503, "the server is stopping", "10")
	close(release)
	if got := working.text(); got != `[3,"s1",{}]` {
		t.Errorf("the message in hand is answered %s", got)
	}
	working.wantClosed(1001, "the server stops")
	working.conn.Close()
	if err := <-stopped; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if n := len(busy); n != 0 {
		t.Errorf("%d more messages were handled", n)
	}
	if got := y.estate.disconnects(); len(got) != 2 || got[0].Reason != "the server stops" {
		t.Errorf("recorded %+v", got)
	}
	srv.Close()
}

func TestShutdownDoesNotWaitForEver(t *testing.T) {
	y := newYard(t, Config{})
	srv := serve(t, y)
	defer srv.Close()
	y.estate.handle = func(ctx context.Context, _ charging.Event) (charging.Outcome, error) {
		<-ctx.Done()
		return charging.Outcome{}, charging.Errorf(charging.Unavailable, "not stored in time")
	}
	c := y.dial("CP1")
	c.send(statusCall)
	eventually(t, "the message is in hand", func() bool { return len(y.link(1).dialog.turn) == 1 })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := y.g.Shutdown(ctx); err != context.DeadlineExceeded {
		t.Errorf("stopping: %v", err)
	}
	if f, err := c.read(); err == nil && f.Header.OpCode != ws.OpClose {
		t.Errorf("an answer that was not stored: %q", f.Payload)
	} else if err != nil && err != io.EOF && !strings.Contains(err.Error(), "reset") {
		t.Errorf("read: %v", err)
	}
}

func TestShutdownSpreadsTheChargers(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		const chargers = 500
		left := make(chan time.Duration, chargers)
		begun := time.Now()
		for i := range chargers {
			c := y.pipe(y.add(charging.ChargerSettings{OCPPID: "C" + string(rune('a'+i))}))
			go func() {
				c.closed()
				left <- time.Since(begun)
				c.conn.Close()
			}()
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := y.g.Shutdown(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
		early := 0
		for range chargers {
			after := <-left
			if after < 2*time.Second {
				early++
			}
			if after > 10*time.Second {
				t.Errorf("a charger left after %s", after)
			}
		}
		if early > chargers/2 {
			t.Errorf("%d of %d chargers left in the first two seconds", early, chargers)
		}
	})
}

func TestBootsWithSerialNumbersThatTakeTurnsRaiseTheAlarmOnce(t *testing.T) {
	boot := func(y *yard, serial string) {
		c := y.pipe(y.estate.chargers[0])
		c.send(`[2,"b","BootNotification",{"chargePointVendor":"a","chargePointModel":"b","chargePointSerialNumber":"` + serial + `"}]`)
		c.text()
		c.drainLater()
		time.Sleep(30 * time.Second)
	}
	f := func(alarms int, serials ...string) {
		t.Helper()
		inBubble(t, Config{PingEvery: -1}, func(y *yard) {
			for _, serial := range serials {
				boot(y, serial)
			}
			kept := y.refusals.all()
			if len(kept) != alarms {
				t.Fatalf("%q: kept %+v", serials, kept)
			}
			want := `two devices seem to use the identity "CP1": boots with the serial numbers "B" and "A" take turns`
			if alarms > 0 && (kept[0].Reason != want || kept[0].Fix == "") {
				t.Errorf("kept %+v, want %s", kept[0], want)
			}
		})
	}
	f(1, "A", "B", "A", "B", "A")
	f(0, "A", "A", "A")
	f(0, "A", "B", "B", "B") // a device was exchanged
	f(0, "A", "", "A", "")
	f(0, "A", "a", "A")
}
