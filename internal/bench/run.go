package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chargeyard/chargeyard/internal/sim"
)

// Options are what to measure.
type Options struct {
	Program string // the chargeyard binary, for the server and the floor
	Version string
	// URL is the server that is measured, such as ws://host/ocpp; "" starts one.
	// PIDs are its processes, for their processor time and memory.
	URL  string
	PIDs []int
	// Password is sent by the chargers of URL; Prefix is what their identities,
	// and their id tags, begin with; a number from 1 follows.
	Password, Prefix string
	// Only are the names of what is measured; none is everything. See Names.
	Only []string
	// Chargers is how many the table and the open loop use; Storm how many
	// connect at once.
	Chargers, Storm int
	// Time is how long each load is measured, WarmUp how long it runs before.
	Time, WarmUp time.Duration
	Rate         int // messages a second of the open loop
	// Settle is how long chargers are idle before memory is read.
	Settle time.Duration
	// Profiles is a folder for the server's processor profiles; "" for none.
	Profiles string
	Progress io.Writer
}

const (
	partOpen  = "open"
	partStorm = "storm"
)

// Names are what can be measured, in order.
func Names() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return append(names, partOpen, partStorm)
}

func (o *Options) wants(name string) bool { return len(o.Only) == 0 || slices.Contains(o.Only, name) }

// check returns what is wrong with the options.
func (o *Options) check() error {
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("--only: %q is none of %s", name, strings.Join(Names(), ", "))
		}
	}
	switch {
	case o.Chargers < 1 || o.Storm < 1:
		return errors.New("--chargers and --storm must be 1 or more")
	case o.Time < time.Second:
		return errors.New("--time must be 1s or more: processor time is counted in hundredths of a second")
	case o.Rate < 1:
		return errors.New("--rate must be 1 or more")
	case len(o.PIDs) > 0 && o.URL == "":
		return errors.New("--pid belongs to the server of --url, which is not given")
	case o.Profiles != "" && o.URL != "":
		return errors.New("--profiles is for the server that is started here, not for that of --url")
	}
	return nil
}

// run is a run in progress.
type run struct {
	Options
	folder string // temporary
	floor  *child
	report *Report
	saying sync.Mutex // held while a line of progress is written
}

// Run measures. It starts what it needs and leaves nothing behind.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "chargeyard-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	r := &run{Options: o, folder: folder, report: &Report{Version: o.Version, Began: time.Now(), Chargers: o.Chargers,
		Machine: fmt.Sprintf("%s/%s with %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}}
	if r.floor, err = newFloor(o.Program, folder); err != nil {
		return nil, err
	}
	defer func() { r.floor.kill() }()
	if err := r.floor.start(ctx); err != nil {
		return nil, err
	}
	if o.wants(partStorm) {
		if err := r.storms(ctx); err != nil {
			return nil, fmt.Errorf("storm: %w", err)
		}
	}
	if len(o.Only) == 0 || !slices.Equal(o.Only, []string{partStorm}) {
		if err := r.table(ctx); err != nil {
			return nil, err
		}
	}
	return r.report, ctx.Err()
}

// table measures the loads on the floor and on the server, in turn.
func (r *run) table(ctx context.Context) error {
	t, pids, end, err := r.server(ctx, "table", r.Chargers)
	if err != nil {
		return err
	}
	defer end()
	var connected atomic.Int64
	floor, err := r.floor.target().connect(ctx, r.Prefix, r.Chargers, &connected)
	if err != nil {
		return fmt.Errorf("connecting to the floor: %w", err)
	}
	defer floor.close()
	server, err := t.target.connect(ctx, r.Prefix, r.Chargers, &connected)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer server.close()
	for i := range scenarios {
		s := &scenarios[i]
		if !r.wants(s.name) {
			continue
		}
		base, err := r.measure(ctx, floor, s, 0, r.floor.pids(), nil)
		if err != nil {
			return err
		}
		base.Server = serverFloor
		row, err := r.measure(ctx, server, s, 0, pids, t.child)
		if err != nil {
			return err
		}
		if p := base.PerCPUSecond(); p > 0 {
			row.Share = row.PerCPUSecond() / p
		}
		r.report.Rows = append(r.report.Rows, *base, *row)
	}
	if r.wants(partOpen) {
		row, err := r.measure(ctx, server, &scenarios[len(scenarios)-1], r.Rate, pids, t.child)
		if err != nil {
			return err
		}
		r.report.Rows = append(r.report.Rows, *row)
	}
	return nil
}

// measured is the server that is measured; child is nil when it was not started
// here.
type measured struct {
	target target
	child  *child
}

// server starts the server that is measured, with n chargers, or takes that of
// URL.
func (r *run) server(ctx context.Context, name string, n int) (m measured, pids []int, end func(), err error) {
	if r.URL != "" {
		return measured{target: target{url: strings.TrimRight(r.URL, "/"), password: r.Password}}, r.PIDs, func() {}, nil
	}
	folder := filepath.Join(r.folder, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return m, nil, nil, err
	}
	c, err := newServer(r.Program, folder, r.Profiles != "")
	if err != nil {
		return m, nil, nil, err
	}
	r.say("making %d chargers", n)
	if err := c.populate(ctx, r.Prefix, n); err != nil {
		return m, nil, nil, err
	}
	if err := c.start(ctx); err != nil {
		c.kill()
		return m, nil, nil, err
	}
	return measured{target: c.target(), child: c}, c.pids(), c.kill, nil
}

// measure plays a scenario for a while.
func (r *run) measure(ctx context.Context, l *load, s *scenario, rate int, pids []int, profiled *child) (*Row, error) {
	if s.begin != nil {
		if err := l.inParallel(len(l.chargers), func(i int) error { return s.begin(l.chargers[i]) }); err != nil {
			return nil, fmt.Errorf("%s: %w", s.title, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.WarmUp+r.Time)
	defer cancel()
	begin := make(chan struct{})
	var before, after time.Duration
	var cpuErr error
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		r.watch(ctx, l, s.title)
	}()
	time.AfterFunc(r.WarmUp, func() {
		before, cpuErr = processorTime(pids)
		close(begin)
	})
	if profiled != nil && profiled.pprof != "" {
		name := s.name
		if rate > 0 {
			name = partOpen
		}
		file := filepath.Join(r.Profiles, name+".pprof")
		go func() {
			<-begin
			if err := profiled.profile(context.WithoutCancel(ctx), int(r.Time/time.Second), file); err != nil {
				r.say("no profile of %s: %v", s.title, err)
			}
		}()
	}
	played := make(chan *sample, 1)
	go func() { played <- l.play(ctx, s, rate, begin) }()
	<-ctx.Done()
	after, afterErr := processorTime(pids)
	<-watched
	out := <-played
	if err := errors.Join(cpuErr, afterErr); err != nil {
		return nil, err
	}
	return newRow(s, rate, out, after-before), nil
}

func newRow(s *scenario, rate int, out *sample, cpu time.Duration) *Row {
	row := &Row{Scenario: s.title, Server: serverMeasured, Rate: rate, Messages: len(out.latencies), Seconds: out.took.Seconds(),
		CPUSeconds: cpu.Seconds(), Errors: out.faults.count}
	row.P50Ms, row.P99Ms, row.MaxMs = quantile(out.latencies, 0.5), quantile(out.latencies, 0.99), quantile(out.latencies, 1)
	for _, err := range out.faults.first {
		row.ErrorTexts = append(row.ErrorTexts, err.Error())
	}
	return row
}

// quantile returns milliseconds of a sorted list, 0 for an empty one.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := min(int(q*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[at].Microseconds()) / 1000
}

// say writes a line of progress.
func (r *run) say(format string, args ...any) {
	r.saying.Lock()
	defer r.saying.Unlock()
	if sim.IsTerminal(r.Progress) {
		fmt.Fprintf(r.Progress, "\r"+format+"\x1b[K", args...)
		return
	}
	fmt.Fprintf(r.Progress, format+"\n", args...)
}

// watch writes progress until ctx ends.
func (r *run) watch(ctx context.Context, l *load, title string) {
	every := 5 * time.Second
	if sim.IsTerminal(r.Progress) {
		every = 500 * time.Millisecond
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	began, last, seen := time.Now(), time.Now(), l.answered.Load()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			n := l.answered.Load()
			r.say("%s: %d of %d s, %.0f messages/s", title, int(now.Sub(began).Seconds()), int((r.WarmUp + r.Time).Seconds()),
				float64(n-seen)/now.Sub(last).Seconds())
			last, seen = now, n
		}
	}
}
