package upkeep

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Orders is how chargers are told their limits, so that each call is kept for
// the audit; *command.Service is one.
type Orders interface {
	Ask(ctx context.Context, r charging.CommandRequest) ([]charging.CommandResult, error)
	Wait(ctx context.Context, id charging.ID) (charging.CommandResult, error)
}

// Lines knows which chargers are connected.
type Lines interface {
	Protocol(charger charging.ID) (name string, v ocpp.Version, ok bool)
}

// LimitStore keeps the limits of sites, and what chargers were told for their
// sake.
type LimitStore interface {
	SiteLimits(ctx context.Context) ([]charging.SiteLimit, error)
	SaveSiteLimits(ctx context.Context, list []charging.SiteLimit, at time.Time, actor string) error
	ChargerLimits(ctx context.Context) ([]charging.ChargerLimit, error)
	SaveChargerLimits(ctx context.Context, list []charging.ChargerLimit) error
	RemoveChargerLimit(ctx context.Context, charger charging.ID) error
}

// LimitsConfig are the settings of Limits; zero values mean the defaults.
type LimitsConfig struct {
	// AfterBoot and AfterConnect are how long a charger is left alone first; 2
	// and 5 seconds by default.
	AfterBoot, AfterConnect time.Duration
	// Answer is how long a charger has to answer; 30 seconds by default.
	Answer time.Duration
	// Again is how long a charger that did not answer is left alone; 1 minute by
	// default. It doubles, up to Refused (1 hour), which is how long one that
	// refused is left alone.
	Again, Refused time.Duration
	// Quiet is how long after the start nothing is said about limits that are not
	// kept: chargers are coming back; 1 minute by default.
	Quiet time.Duration
}

func (c LimitsConfig) withDefaults() LimitsConfig {
	for _, d := range []struct {
		set    *time.Duration
		absent time.Duration
	}{
		{&c.AfterBoot, 2 * time.Second}, {&c.AfterConnect, 5 * time.Second}, {&c.Answer, 30 * time.Second},
		{&c.Again, time.Minute}, {&c.Refused, time.Hour}, {&c.Quiet, time.Minute},
	} {
		if *d.set <= 0 {
			*d.set = d.absent
		}
	}
	return c
}

// Limits keeps the power limits of sites: it divides each over the chargers of
// the site, tells them, and tells them again when that is needed. What is sure
// of each charger is stored before and after each call, so that it is never
// believed to take less than it may. Its methods may be called by any goroutine.
type Limits struct {
	cfg     LimitsConfig
	lines   Lines
	orders  Orders
	fleet   Fleet
	store   LimitStore
	log     *slog.Logger
	notKept prometheus.Gauge

	mu     sync.Mutex
	limits map[charging.ID][]charging.SiteLimit // that hold, by site
	told   map[charging.ID]*told                // by charger
	// problems are the sites whose limit is not kept, with the reason.
	problems map[charging.ID]problem
	setting  map[charging.ID]bool // sites whose limits are being changed
	changed  chan struct{}        // closed and replaced with every change
	started  time.Time

	// What came since the last round, noted on the committer's goroutine.
	noticed struct {
		sync.Mutex
		chargers map[charging.ID]charging.RecordKind
		sites    map[charging.ID]bool
		all      bool
	}
	wake    chan struct{}
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc
	unwatch func()
}

// told is what a charger was told.
type told struct {
	charging.ChargerLimit
	busy bool // a call is under way
	// failed says that the last call failed, so that the charger is left alone
	// until after; without it, it is only not to be called before.
	failed   bool
	after    time.Time
	failures int
}

// problem is why a site's limit is not kept, and the chargers that were noted
// for it.
type problem struct {
	reason   string
	chargers []charging.ID
}

// NewLimits returns Limits that do nothing yet. reg takes their metrics.
func NewLimits(cfg LimitsConfig, lines Lines, orders Orders, f Fleet, store LimitStore, log *slog.Logger, reg prometheus.Registerer) *Limits {
	l := &Limits{cfg: cfg.withDefaults(), lines: lines, orders: orders, fleet: f, store: store, log: log.With("room", "upkeep"),
		notKept: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "chargeyard_site_limits_not_kept", Help: "Sites whose power limit cannot be kept.",
		}),
		limits: make(map[charging.ID][]charging.SiteLimit), told: make(map[charging.ID]*told), problems: make(map[charging.ID]problem),
		setting: make(map[charging.ID]bool), changed: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.noticed.chargers, l.noticed.sites = make(map[charging.ID]charging.RecordKind), make(map[charging.ID]bool)
	reg.MustRegister(l.notKept)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// Start reads what was kept and begins to see to the limits. It must be called
// after the orders have started.
func (l *Limits) Start(ctx context.Context) error {
	limits, err := l.store.SiteLimits(ctx)
	if err != nil {
		return err
	}
	rows, err := l.store.ChargerLimits(ctx)
	if err != nil {
		return err
	}
	for _, limit := range limits {
		l.limits[limit.SiteID] = append(l.limits[limit.SiteID], limit)
	}
	for _, row := range rows {
		if row.Answer == charging.LimitWaiting { // the server ended before it came
			row.Answer, row.Reason = charging.LimitNoAnswer, "the server ended before the answer came"
		}
		l.told[row.ChargerID] = &told{ChargerLimit: row}
	}
	l.started = time.Now()
	l.noticed.all = true
	l.unwatch = l.fleet.Watch(l.notice)
	l.running.Go(l.run)
	l.rouse()
	return nil
}

// Stop ends what is under way. It must be called before the orders stop.
func (l *Limits) Stop(ctx context.Context) error {
	l.unwatch()
	l.cancel()
	ended := make(chan struct{})
	go func() {
		l.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// notice looks through what was stored for chargers that must be told again. It
// runs on the committer's goroutine.
func (l *Limits) notice(b *charging.Batch) {
	if b.Change == nil && !slices.ContainsFunc(b.Records, func(r charging.Record) bool { return returns(&r) }) {
		return
	}
	l.noticed.Lock()
	for i := range b.Records {
		if r := &b.Records[i]; returns(r) && l.noticed.chargers[r.ChargerID] != charging.RecordBooted {
			l.noticed.chargers[r.ChargerID] = r.Kind
		}
	}
	if ch := b.Change; ch != nil && len(ch.Chargers)+len(ch.Ports)+len(ch.Sites) > 0 {
		l.noticed.all = true
	}
	l.noticed.Unlock()
	l.rouse()
}

func returns(r *charging.Record) bool {
	return r.Kind == charging.RecordBooted || r.Kind == charging.RecordConnected || r.Kind == charging.RecordDisconnected
}

func (l *Limits) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// kick has a site seen to.
func (l *Limits) kick(site charging.ID) {
	l.noticed.Lock()
	l.noticed.sites[site] = true
	l.noticed.Unlock()
	l.rouse()
}

// lookEvery is how often all limits are looked through, besides when something
// happens.
const lookEvery = time.Minute

// run sees to the sites at which something happened.
func (l *Limits) run() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.wake:
		case <-tick.C:
			l.noticed.Lock()
			l.noticed.all = true
			l.noticed.Unlock()
		}
		l.round()
	}
}

// round sees to all sites that were noticed.
func (l *Limits) round() {
	l.noticed.Lock()
	chargers, sites, all := l.noticed.chargers, l.noticed.sites, l.noticed.all
	l.noticed.chargers, l.noticed.sites, l.noticed.all = make(map[charging.ID]charging.RecordKind), make(map[charging.ID]bool), false
	l.noticed.Unlock()

	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.fleet.Estate()
	for id, kind := range chargers {
		l.returned(id, kind)
		if c := e.Charger(id); c != nil {
			sites[c.SiteID] = true
		}
	}
	if all {
		for site := range l.limits {
			sites[site] = true
		}
		for id := range l.told {
			if c := e.Charger(id); c != nil {
				sites[c.SiteID] = true
			}
		}
	}
	for _, site := range slices.Sorted(maps.Keys(sites)) {
		l.seeTo(site)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// returned takes note of a charger that booted, came or went; l.mu is held.
func (l *Limits) returned(charger charging.ID, kind charging.RecordKind) {
	t := l.told[charger]
	c := l.fleet.Estate().Charger(charger)
	if c == nil || t == nil && len(l.limits[c.SiteID]) == 0 || kind == charging.RecordDisconnected {
		return
	}
	if t == nil {
		t = &told{ChargerLimit: charging.ChargerLimit{ChargerID: charger}}
		l.told[charger] = t
	}
	t.failed, t.failures = false, 0
	wait := l.cfg.AfterConnect
	if kind == charging.RecordBooted {
		wait = l.cfg.AfterBoot
		if t.Confirmed {
			t.Confirmed = false
			l.save(t)
		}
	}
	t.after = time.Now().Add(wait)
	l.later(c.SiteID, wait)
}

// later has a site seen to after a while.
func (l *Limits) later(site charging.ID, wait time.Duration) {
	time.AfterFunc(wait, func() {
		if l.ctx.Err() == nil {
			l.kick(site)
		}
	})
}

// save stores what is sure of a charger; l.mu is held. It reports whether that
// went well.
func (l *Limits) save(t *told) bool {
	err := l.store.SaveChargerLimits(l.ctx, []charging.ChargerLimit{t.ChargerLimit})
	if err != nil {
		l.log.Error("what a charger was told of its site's power limit could not be stored", "charger", t.ChargerID, "err", err)
	}
	return err == nil
}
