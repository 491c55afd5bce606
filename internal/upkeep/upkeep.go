package upkeep

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Link is how chargers are reached.
type Link interface {
	Call(ctx context.Context, c charging.Call) charging.Answer
	// Protocol returns the version that the charger's connection speaks; ok is
	// false while it has none.
	Protocol(charger charging.ID) (name string, v ocpp.Version, ok bool)
}

// Fleet is what the package needs of the live estate.
type Fleet interface {
	Estate() *fleet.Estate
	Handle(ctx context.Context, ev charging.Event) (charging.Outcome, error)
	Keep(ctx context.Context, add func(*charging.Batch)) error
	NextID(kind charging.IDKind) (int64, error)
	Watch(tell func(*charging.Batch)) (stop func())
}

// Records is what the package reads of what was kept.
type Records interface {
	LocalList(ctx context.Context, charger charging.ID) (*charging.LocalList, error)
	Variables(ctx context.Context, q charging.VariableQuery) (list []charging.Variable, next string, err error)
}

// Config is how chargers are kept. Zero durations mean the defaults.
type Config struct {
	// Wishes hold where a site has none of its own.
	Wishes charging.Wishes
	// Workers is how many chargers are seen to at a time; 32 by default.
	Workers int
	// AfterBoot and AfterConnect are how long a charger is left alone first;
	// 5 and 20 seconds by default. A change of access IDs waits AfterChange, 3
	// seconds, for more of them.
	AfterBoot, AfterConnect, AfterChange time.Duration
	// Rest is how long a charger that boots again and again is left alone
	// between two visits; 1 minute by default. It doubles, up to MaxRest (6
	// hours), while visits cost the charger its connection or stay unanswered.
	Rest, MaxRest time.Duration
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, absent time.Duration) {
		if *d <= 0 {
			*d = absent
		}
	}
	set(&c.AfterBoot, 5*time.Second)
	set(&c.AfterConnect, 20*time.Second)
	set(&c.AfterChange, 3*time.Second)
	set(&c.Rest, time.Minute)
	set(&c.MaxRest, 6*time.Hour)
	if c.Workers <= 0 {
		c.Workers = 32
	}
	return c
}

// Upkeep sees to chargers. Start begins, Stop ends it.
type Upkeep struct {
	cfg     Config
	link    Link
	fleet   Fleet
	records Records
	log     *slog.Logger
	done    *prometheus.CounterVec

	mu       sync.Mutex
	visits   map[charging.ID]*visit
	stopping bool
	slots    chan struct{} // one for each that is at work
	running  sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc
	unwatch  func()
}

// task is what is to be done at a visit, as bits.
type task uint8

const (
	taskSetUp  task = 1 << iota // read the configuration, set what differs
	taskList                    // bring the local list in step
	taskStatus                  // ask for the status that the charger owes
)

// visit is what is planned for one charger.
type visit struct {
	due   task
	timer *time.Timer
	at    time.Time
	busy  bool
	last  time.Time // when the last one ended
	// troubled counts visits in a row that a charger did not bear.
	troubled int
	// owes says that a status is awaited that did not come yet.
	owes bool
	// known is what the charger told or refused, so that it is not asked for
	// the same again at each boot.
	known memory
}

// New returns an Upkeep that does nothing yet. reg takes its metrics.
func New(cfg Config, link Link, f Fleet, records Records, log *slog.Logger, reg prometheus.Registerer) *Upkeep {
	cfg = cfg.withDefaults()
	u := &Upkeep{cfg: cfg, link: link, fleet: f, records: records, log: log.With("room", "upkeep"),
		visits: make(map[charging.ID]*visit), slots: make(chan struct{}, cfg.Workers),
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chargeyard_upkeep_total",
			Help: "Visits to chargers, by what was done and how it ended.",
		}, []string{"task", "result"}),
	}
	reg.MustRegister(u.done)
	u.ctx, u.cancel = context.WithCancel(context.Background())
	return u
}

// Start begins to see to chargers: those that boot or connect, and all when
// access IDs change.
func (u *Upkeep) Start() { u.unwatch = u.fleet.Watch(u.noticed) }

// Stop ends what is under way.
func (u *Upkeep) Stop(ctx context.Context) error {
	u.unwatch()
	u.mu.Lock()
	u.stopping = true
	for _, v := range u.visits {
		if v.timer != nil {
			v.timer.Stop()
		}
	}
	u.mu.Unlock()
	u.cancel()
	ended := make(chan struct{})
	go func() {
		u.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// noticed looks through what was stored for reasons to see to a charger. It
// runs on the committer's goroutine.
func (u *Upkeep) noticed(b *charging.Batch) {
	for i := range b.Records {
		switch r := &b.Records[i]; {
		case r.Kind == charging.RecordBooted:
			u.await(r.ChargerID, true)
			u.plan(r.ChargerID, taskSetUp|taskList|taskStatus, u.cfg.AfterBoot)
		case r.Kind == charging.RecordConnected:
			u.plan(r.ChargerID, taskList, u.cfg.AfterConnect)
		case tellsStatus(r):
			u.await(r.ChargerID, false)
		case tellsNeeds(r):
			go u.offer(r.ChargerID, r.PortNumber) // not on the committer's time
		}
	}
	for _, c := range b.Commands {
		if owesStatus(c) {
			u.await(c.ChargerID, true)
			u.plan(c.ChargerID, taskStatus, u.cfg.AfterBoot)
		}
	}
	if b.Change != nil {
		u.changed(b.Change)
	}
}

// changed plans what follows from a change of the configuration: who may charge
// at a charger depends on its site and the organizations.
func (u *Upkeep) changed(ch *charging.Change) {
	if len(ch.AccessIDs)+len(ch.Organizations)+len(ch.RemovedOrganizations)+len(ch.Sites)+len(ch.AccessGroups)+
		len(ch.RemovedAccessGroups) > 0 {
		go u.planAll() // not on the committer's time
		return
	}
	for i := range ch.Chargers {
		u.planList(u.fleet.Estate().Charger(ch.Chargers[i].ID))
	}
}

// planAll has the lists of all connected chargers brought in step.
func (u *Upkeep) planAll() {
	e := u.fleet.Estate()
	for slot := range e.Len() {
		u.planList(e.At(slot))
	}
}

// planList has the list of a charger brought in step soon, however tired of us
// it is: a tag may have been revoked.
func (u *Upkeep) planList(c *charging.Charger) {
	if c != nil && c.Connection != nil && c.Connection.Connected {
		u.planAt(c.ID, taskList, time.Now().Add(u.cfg.AfterChange))
	}
}

// await notes that a charger owes a status, or that it told one.
func (u *Upkeep) await(charger charging.ID, owes bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if v := u.visits[charger]; v != nil || owes {
		u.visit(charger).owes = owes
	}
}

// visit is what is planned for a charger; u.mu is held.
func (u *Upkeep) visit(charger charging.ID) *visit {
	v := u.visits[charger]
	if v == nil {
		v = &visit{}
		u.visits[charger] = v
	}
	return v
}

// plan has a charger seen to after a while, once it had its rest.
func (u *Upkeep) plan(charger charging.ID, due task, after time.Duration) {
	at := time.Now().Add(after)
	u.mu.Lock()
	v := u.visit(charger)
	if rested := v.last.Add(u.rest(v)); (due&taskSetUp != 0 || v.troubled > 0) && rested.After(at) {
		at = rested
	}
	u.mu.Unlock()
	u.planAt(charger, due, at)
}

// rest is how long a charger is left alone after a visit; u.mu is held.
func (u *Upkeep) rest(v *visit) time.Duration {
	rest := u.cfg.Rest
	for range v.troubled {
		if rest *= 2; rest >= u.cfg.MaxRest {
			return u.cfg.MaxRest
		}
	}
	return rest
}

// planAt has a charger seen to. What is planned already is done at the earlier
// time.
func (u *Upkeep) planAt(charger charging.ID, due task, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopping {
		return
	}
	v := u.visit(charger)
	v.due |= due
	if v.busy || v.timer != nil && !v.at.After(at) {
		return
	}
	u.schedule(charger, v, at)
}

// schedule sets the time of a visit; u.mu is held. A timer that fires besides
// finds nothing to do.
func (u *Upkeep) schedule(charger charging.ID, v *visit, at time.Time) {
	if v.timer != nil {
		v.timer.Stop()
	}
	v.at = at
	v.timer = time.AfterFunc(time.Until(at), func() { u.begin(charger, v) })
}

// begin sees to a charger when its time has come.
func (u *Upkeep) begin(charger charging.ID, v *visit) {
	u.mu.Lock()
	if u.stopping || v.busy || v.due == 0 {
		u.mu.Unlock()
		return
	}
	due := v.due
	v.due, v.busy, v.timer = 0, true, nil
	u.running.Add(1)
	u.mu.Unlock()
	defer u.running.Done()

	borne := true
	select {
	case u.slots <- struct{}{}:
		borne = u.see(charger, due, v)
		<-u.slots
	case <-u.ctx.Done():
	}

	u.mu.Lock()
	defer u.mu.Unlock()
	v.busy, v.last = false, time.Now()
	if v.troubled++; borne {
		v.troubled = 0
	}
	if v.due != 0 && !u.stopping {
		u.schedule(charger, v, v.last.Add(u.rest(v)))
	}
}

// see does what is due, and reports whether the charger bore it: it was there
// to the end and answered. A panic costs this visit only.
func (u *Upkeep) see(charger charging.ID, due task, v *visit) (borne bool) {
	defer func() {
		if p := recover(); p != nil {
			u.log.Error("seeing to a charger failed", "charger", charger, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	j, ok := u.newJob(charger, &v.known)
	if !ok {
		return true
	}
	borne = true
	for _, step := range []struct {
		task task
		name string
		do   func() error
	}{
		{taskStatus, "status", func() error { return u.askForOwed(j, v) }},
		{taskSetUp, "set-up", j.setUp},
		{taskList, "local list", j.bringListInStep},
	} {
		if due&step.task == 0 {
			continue
		}
		err := step.do()
		switch {
		case err == nil:
			u.done.WithLabelValues(step.name, "done").Inc()
		case errGone(err):
			u.done.WithLabelValues(step.name, "interrupted").Inc()
			return false // it will come again
		default:
			borne = borne && !unanswered(err)
			u.done.WithLabelValues(step.name, "failed").Inc()
			u.log.Info("a charger could not be kept as wished", "charger", j.identity, "task", step.name, "reason", err)
		}
	}
	return borne
}

// askForOwed asks for a status that did not come by itself.
func (u *Upkeep) askForOwed(j *job, v *visit) error {
	u.mu.Lock()
	owes := v.owes
	v.owes = false
	u.mu.Unlock()
	if !owes {
		return nil
	}
	return j.askForStatus()
}
