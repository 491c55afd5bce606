package sim

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgress(t *testing.T) {
	p := Progress{Elapsed: 83 * time.Second, Connected: 9, Chargers: 10, Sessions: 4, Queued: 2, Rate: 12.6,
		P50: 340 * time.Microsecond, P99: 4200 * time.Microsecond, Errors: 1}
	want := "1:23  connected 9/10  sessions 4  13 msg/s  p50 340µs p99 4.2ms  queued 2  errors 1"

	t.Run("a line tells all", func(t *testing.T) {
		if line := p.Line(0); line != want {
			t.Errorf("%s\nwant %s", line, want)
		}
	})

	t.Run("a narrow terminal gets the start of it", func(t *testing.T) {
		if line := p.Line(22); line != "1:23  connected 9/10  " {
			t.Errorf("%q", line)
		}
		if line := p.Line(57); line != "1:23  connected 9/10  sessions 4  13 msg/s  p50 340µs p99" {
			t.Errorf("%q", line)
		}
	})

	t.Run("durations and clocks are short", func(t *testing.T) {
		for d, want := range map[time.Duration]string{0: "-", 999 * time.Nanosecond: "0µs", 5 * time.Millisecond: "5.0ms",
			250 * time.Millisecond: "250ms", 12340 * time.Millisecond: "12.3s"} {
			if got := short(d); got != want {
				t.Errorf("%v: %s, not %s", d, got, want)
			}
		}
		if got := clock(3*time.Hour + 5*time.Minute + 9*time.Second); got != "3:05:09" {
			t.Error(got)
		}
	})

	bubble(t, "a terminal has one line that lives, a log a line every 5 s", func(t *testing.T) {
		f := startOne(newServer(t), nil)
		for _, c := range []struct {
			terminal    bool
			lines, ends int
		}{{true, 20, 1}, {false, 2, 2}} {
			var out syncBuffer
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
			Watch(ctx, f, &out, c.terminal)
			cancel()
			text := out.String()
			if n := strings.Count(text, "connected 1/1"); n != c.lines {
				t.Errorf("terminal %v: the state was written %d times, not %d", c.terminal, n, c.lines)
			}
			if n := strings.Count(text, "\n"); n != c.ends {
				t.Errorf("terminal %v: %d ends of lines, not %d", c.terminal, n, c.ends)
			}
			if strings.Contains(text, "\r") != c.terminal {
				t.Errorf("terminal %v: %q", c.terminal, text)
			}
		}
	})
}

func TestRun(t *testing.T) {
	bubble(t, "it ends with the context and sums up", func(t *testing.T) {
		s := newServer(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var out syncBuffer
		sum, err := Run(ctx, Config{URL: "ws://test/ocpp", Count: 10, Life: DemoLife(), Dial: s.dialPipe, Seed: 2}, &out)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if sum.Chargers != 10 || sum.Ended < 10 || sum.Messages < 500 || sum.EnergyWh < 10_000 || sum.Elapsed < time.Hour {
			t.Errorf("%+v", sum)
		}
		if n := strings.Count(out.String(), "\n"); n != 719 && n != 720 {
			t.Errorf("%d lines in an hour", n)
		}
		text := sum.String()
		for _, part := range []string{"of 10 chargers connected after 1:00:00", "sessions begun", "messages repeated", "StopTransaction"} {
			if !strings.Contains(text, part) {
				t.Errorf("no %q in\n%s", part, text)
			}
		}
		s.dropAll()
		s.wg.Wait()
	})

	t.Run("a wrong setting is told at once", func(t *testing.T) {
		if _, err := Run(t.Context(), Config{}, nil); err == nil {
			t.Error("no error without a URL")
		}
	})
}

func TestDemo(t *testing.T) {
	bubble(t, "half of the ports charge within 6 s, and readings follow within 12 s", func(t *testing.T) {
		s := newServer(t)
		f := startOne(s, func(cfg *Config) {
			cfg.Chargers, cfg.Count, cfg.Life, cfg.Ramp = nil, 12, DemoLife(), time.Second
		})
		time.Sleep(6 * time.Second)
		if n := f.Summary().Sessions; n < 6 {
			t.Errorf("%d sessions after 6 s", n)
		}
		time.Sleep(12 * time.Second)
		if n := len(s.received("MeterValues")); n < 6 {
			t.Errorf("%d readings after 18 s", n)
		}
		time.Sleep(time.Hour)
		sum := f.Summary()
		if sum.Connects < 15 || sum.Ended < 20 {
			t.Errorf("little happens: %+v", sum)
		}
		if text := outline(s.received("StatusNotification")); !strings.Contains(text, "Faulted") {
			t.Error("nothing ever fails")
		}
	})
}

func TestHistogram(t *testing.T) {
	var h histogram
	for us := range 10_000 {
		h.add(time.Duration(us) * time.Microsecond)
	}
	var all, none counts
	h.read(&all)
	for _, c := range []struct{ q, want float64 }{{0.5, 5000}, {0.99, 9900}, {0.01, 100}} {
		got := float64(all.quantile(c.q, &none) / time.Microsecond)
		if got < c.want*0.94 || got > c.want*1.06 {
			t.Errorf("the %v quantile is %v us, not %v", c.q, got, c.want)
		}
	}
	if got := all.quantile(0.5, &all); got != 0 {
		t.Errorf("%v of nothing", got)
	}
	h.add(-time.Second)
	h.add(100 * time.Hour)
}
