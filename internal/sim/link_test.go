package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func TestBoot(t *testing.T) {
	bubble(t, "nothing else is said before the boot is accepted", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			if n := len(s.received()); n <= 3 {
				usual.payload = `{"status":"` + []string{"Pending", "Rejected", "Pending"}[n-1] +
					`","currentTime":"2026-01-01T00:00:00Z","interval":90}`
			}
			return usual
		}
		startOne(s, nil)
		time.Sleep(5 * time.Minute)
		list := s.received()
		if text := outline(list); !strings.HasPrefix(text, strings.Repeat("BootNotification ", 4)+"0:Available 1:Available") {
			t.Error(text)
		}
		if wait := list[1].at.Sub(list[0].at).Round(time.Millisecond); wait != 90*time.Second {
			t.Errorf("the second boot came after %v", wait)
		}
	})

	bubble(t, "a boot is said again after a power cut, not after a lost connection", func(t *testing.T) {
		for _, c := range []struct {
			name   string
			change func(cfg *Config)
			boots  int
		}{
			{"lost connection", func(cfg *Config) { cfg.Life.Reboots = 0 }, 1},
			{"power cut", func(cfg *Config) { cfg.Life.Reboots = 1 }, 0},
			{"a make that always boots", func(cfg *Config) { cfg.Life.Reboots, cfg.Chargers[0].Make.BootAlways = 0, true }, 0},
		} {
			s := newServer(t)
			f := startOne(s, func(cfg *Config) {
				cfg.Life.FirstArrivals, cfg.Life.DisconnectsPerHour, cfg.Life.OfflineLength = 0, 30, time.Minute
				c.change(cfg)
			})
			time.Sleep(time.Hour)
			connects, boots := f.Summary().Connects, len(s.received("BootNotification"))
			if connects < 5 {
				t.Errorf("%s: only %d connections", c.name, connects)
			}
			if c.boots == 0 {
				c.boots = int(connects)
			}
			if boots != c.boots {
				t.Errorf("%s: %d boots on %d connections", c.name, boots, connects)
			}
			f.Stop()
		}
	})

	bubble(t, "a server that forgot the boot is told again", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			if g.action == "StartTransaction" && len(s.received("BootNotification")) == 1 {
				usual.code = ocpp.SecurityError
			}
			return usual
		}
		startOne(s, nil)
		time.Sleep(2 * time.Minute)
		text := outline(s.received())
		want := "1:Preparing Authorize Start BootNotification 0:Available 1:Charging Start "
		if !strings.Contains(text, want) && !strings.Contains(text, strings.Replace(want, "BootN", "1:Charging BootN", 1)) {
			t.Error(text)
		}
	})

	bubble(t, "a power cut ends the session with PowerLoss, told after the boot", func(t *testing.T) {
		s := newServer(t)
		startOne(s, func(cfg *Config) {
			cfg.Life.SessionLength, cfg.Life.DisconnectsPerHour, cfg.Life.Reboots = 10*time.Hour, 40, 1
		})
		time.Sleep(time.Hour)
		stops := s.received("StopTransaction")
		if len(stops) != 1 || stops[0].field("reason") != "PowerLoss" || stops[0].connection != 2 {
			t.Errorf("%+v", stops)
		}
	})

	bubble(t, "the heartbeat has the interval that the boot was answered", func(t *testing.T) {
		s := newServer(t)
		startOne(s, func(cfg *Config) { cfg.Life.FirstArrivals = 0 })
		time.Sleep(time.Hour + time.Minute)
		if n := len(s.received("Heartbeat")); n != 6 {
			t.Errorf("%d heartbeats in an hour at 600 s", n)
		}
	})
}

func TestReconnect(t *testing.T) {
	bubble(t, "the wait before dialling again doubles up to its bound", func(t *testing.T) {
		var at []time.Time
		f := startOne(newServer(t), func(cfg *Config) {
			cfg.Dial = func(_ context.Context, _, _ string) (net.Conn, error) {
				at = append(at, time.Now())
				return nil, fmt.Errorf("no network")
			}
			cfg.Retry = Retry{BackOffMin: 4 * time.Second, BackOffMax: 32 * time.Second}
		})
		time.Sleep(5 * time.Minute)
		f.Stop()
		for i, want := range []time.Duration{4, 8, 16, 32, 32, 32} {
			want *= time.Second
			if wait := at[i+1].Sub(at[i]); wait < want/2 || wait > want*3/2 {
				t.Errorf("wait %d is %v, not about %v", i+1, wait, want)
			}
		}
		if sum := f.Summary(); sum.Errors[0].Error != "connect: no network" || sum.Errors[0].Count != sum.Refused {
			t.Errorf("%+v", sum.Errors)
		}
	})

	bubble(t, "a server that chooses no subprotocol is left", func(t *testing.T) {
		s := newServer(t)
		s.protocol = "ocpp9"
		f := startOne(s, nil)
		time.Sleep(time.Minute)
		want := "connect: the server has chosen none of the subprotocols that were offered"
		if sum := f.Summary(); sum.Connects != 0 || sum.Errors[0].Error != want {
			t.Errorf("%+v", sum)
		}
	})

	bubble(t, "after a short absence only what has changed is told", func(t *testing.T) {
		s := newServer(t)
		startOne(s, func(cfg *Config) { cfg.Chargers[0].Ports, cfg.Life.SampleInterval = 2, time.Hour })
		time.Sleep(time.Minute)
		before := len(s.received())
		s.dropAll()
		time.Sleep(10 * time.Second)
		if list := s.received()[before:]; len(list) > 0 {
			t.Errorf("told without need: %s", outline(list))
		}
	})
}

func TestRepeatability(t *testing.T) {
	run := func(t *testing.T, seed uint64) []string {
		var payloads []string
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			f := startOne(s, func(cfg *Config) {
				cfg.Seed = seed
				cfg.Chargers[0].Ports = 2
				cfg.Life = DemoLife()
			})
			time.Sleep(2 * time.Hour)
			f.Stop()
			for _, g := range s.received() {
				payloads = append(payloads, g.action+g.payload)
			}
		})
		return payloads
	}
	first, second, other := run(t, 5), run(t, 5), run(t, 6)
	if len(first) < 100 || !reflect.DeepEqual(first, second) {
		t.Errorf("%d messages, then %d that differ, with the same seed", len(first), len(second))
	}
	if reflect.DeepEqual(first, other) {
		t.Error("another seed changes nothing")
	}
}

func TestPing(t *testing.T) {
	bubble(t, "a ping is answered with its payload, also between two parts of a message", func(t *testing.T) {
		ours, theirs := net.Pipe()
		f := startOne(newServer(t), func(cfg *Config) {
			cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return ours, nil }
		})
		if _, err := (ws.Upgrader{Protocol: func([]byte) bool { return true }}).Upgrade(theirs); err != nil {
			t.Fatal(err)
		}
		boot, _, err := wsutil.ReadClientData(theirs)
		if err != nil {
			t.Fatal(err)
		}
		var parts []json.RawMessage
		if err := json.Unmarshal(boot, &parts); err != nil {
			t.Fatal(err)
		}
		answer := fmt.Sprintf(`[3,%s,{"status":"Accepted","interval":0}]`, parts[1])
		write := func(frame ws.Frame) {
			if err := ws.WriteFrame(theirs, frame); err != nil {
				t.Fatal(err)
			}
		}
		write(ws.NewFrame(ws.OpText, false, []byte(answer[:9])))
		write(ws.NewPingFrame([]byte("are you there")))
		head, err := ws.ReadHeader(theirs)
		if err != nil {
			t.Fatal(err)
		}
		pong := make([]byte, head.Length)
		if _, err := io.ReadFull(theirs, pong); err != nil {
			t.Fatal(err)
		}
		ws.Cipher(pong, head.Mask, 0)
		if head.OpCode != ws.OpPong || string(pong) != "are you there" {
			t.Errorf("%+v %s", head, pong)
		}
		write(ws.NewFrame(ws.OpContinuation, true, []byte(answer[9:])))
		if status, _, err := wsutil.ReadClientData(theirs); err != nil || !strings.Contains(string(status), "StatusNotification") {
			t.Errorf("%s %v", status, err)
		}
		theirs.Close()
		f.Stop()
	})
}
