package sim

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"
)

// Progress is what a fleet does at one time.
type Progress struct {
	Elapsed             time.Duration
	Connected, Chargers int64
	Sessions, Queued    int64
	// Rate is answers a second since the Progress before; P50 and P99 are the
	// times to an answer since then.
	Rate     float64
	P50, P99 time.Duration
	// Errors counts refused connections, errors answered and answers missing.
	Errors int64
}

// Line renders a Progress for people, in one line of at most width characters;
// 0 is any width.
func (p Progress) Line(width int) string {
	line := fmt.Sprintf("%s  connected %d/%d  sessions %d  %.0f msg/s  p50 %s p99 %s  queued %d  errors %d",
		clock(p.Elapsed), p.Connected, p.Chargers, p.Sessions, p.Rate, short(p.P50), short(p.P99), p.Queued, p.Errors)
	if runes := []rune(line); width > 0 && len(runes) > width {
		return string(runes[:width])
	}
	return line
}

// clock renders a time as m:ss or h:mm:ss.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// short renders a duration in three digits or so.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Millisecond:
		return fmt.Sprintf("%dµs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
}

// String renders a Summary for people, in several lines.
func (s *Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d chargers connected after %s; %d connections made, %d refused, %d lost\n",
		s.Connected, s.Chargers, clock(s.Elapsed), s.Connects, s.Refused, s.Lost)
	fmt.Fprintf(&b, "%d sessions begun, %d ended, %d kWh; %d messages answered, p50 %s, p99 %s, slowest %s\n",
		s.Began, s.Ended, s.EnergyWh/1000, s.Messages, short(s.P50), short(s.P99), short(s.Max))
	fmt.Fprintf(&b, "%d messages repeated, %d given up, %d still queued; %d calls from the server\n",
		s.Repeated, s.GivenUp, s.Queued, s.Calls)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "action\tsent\tanswered\trejected\tunanswered\t\n")
	for _, a := range s.Actions {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t\n", a.Action, a.Sent, a.Answered, a.Rejected, a.Unanswered)
	}
	t.Flush()
	for _, e := range s.Errors {
		fmt.Fprintf(&b, "error, %d times: %s\n", e.Count, e.Error)
	}
	return b.String()
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

const (
	liveEvery = 500 * time.Millisecond
	lineEvery = 5 * time.Second
)

// Watch writes the fleet's progress to w until ctx ends: one line that lives on
// a terminal, else a line every 5 s.
func Watch(ctx context.Context, f *Fleet, w io.Writer, terminal bool) {
	every := lineEvery
	if terminal {
		every = liveEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	meter := f.meter()
	for {
		select {
		case <-ctx.Done():
			if terminal {
				fmt.Fprintln(w)
			}
			return
		case <-tick.C:
		}
		p := meter.read()
		if !terminal {
			fmt.Fprintln(w, p.Line(0))
			continue
		}
		// Back to the start of the line, and clear what stands right of the text.
		fmt.Fprintf(w, "\r%s\x1b[K", p.Line(widthOf(w)-1))
	}
}

// widthOf returns how many characters fit in a line of the terminal w.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 1 {
			return width
		}
	}
	return 80
}

// progressMeter measures rates between its reads.
type progressMeter struct {
	f       *Fleet
	at      time.Time
	answers int64
	seen    counts
}

func (f *Fleet) meter() *progressMeter { return &progressMeter{f: f, at: f.started} }

func (m *progressMeter) read() Progress {
	s, now := &m.f.stats, time.Now()
	p := Progress{Elapsed: now.Sub(m.f.started), Connected: s.connected.Load(), Chargers: int64(len(m.f.chargers)),
		Sessions: s.sessions.Load(), Queued: s.queued.Load(), Errors: s.refused.Load()}
	var answers int64
	for a := range actionCount {
		answers += s.answered[a].Load()
		p.Errors += s.rejected[a].Load() + s.unanswered[a].Load()
	}
	if gone := now.Sub(m.at).Seconds(); gone > 0 {
		p.Rate = float64(answers-m.answers) / gone
	}
	var seen counts
	s.latency.read(&seen)
	p.P50, p.P99 = seen.quantile(0.5, &m.seen), seen.quantile(0.99, &m.seen)
	m.at, m.answers, m.seen = now, answers, seen
	return p
}
