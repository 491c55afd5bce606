package command

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Link is how chargers are reached.
type Link interface {
	// Call sends a call and returns what became of it, with a final status. It
	// sends nothing after the call's deadline.
	Call(ctx context.Context, c charging.Call) charging.Answer
	// Protocol returns the version that the charger's connection speaks; ok is
	// false while it has none.
	Protocol(charger charging.ID) (name string, v ocpp.Version, ok bool)
}

// Fleet is what the package needs of the live estate.
type Fleet interface {
	Estate() *fleet.Estate
	Keep(ctx context.Context, add func(*charging.Batch)) error
	NextID(kind charging.IDKind) (int64, error)
	Watch(tell func(*charging.Batch)) (stop func())
	Update(ctx context.Context, plan func(*fleet.Estate, *fleet.IDs) (*charging.Change, error)) error
}

// Records is what the package reads of what was kept.
type Records interface {
	Command(ctx context.Context, id charging.ID) (*charging.Command, error)
	Commands(ctx context.Context, q charging.CommandQuery) ([]*charging.Command, error)
	CommandByKey(ctx context.Context, keyID charging.ID, idempotencyKey string, since time.Time) (*charging.Command, error)
	OpenCommands(ctx context.Context) ([]*charging.Command, error)
	UnconfirmedCommands(ctx context.Context, since time.Time) ([]*charging.Command, error)
	Variables(ctx context.Context, q charging.VariableQuery) (list []charging.Variable, next string, err error)
	LocalList(ctx context.Context, charger charging.ID) (*charging.LocalList, error)
	FindSession(ctx context.Context, charger charging.ID, transactionID int64) (*charging.Session, error)
	FindTransaction(ctx context.Context, charger charging.ID, transaction string) (*charging.Session, error)
}

// Files is where chargers send logs and fetch firmware, when the server has
// that itself.
type Files interface {
	NewUpload(ctx context.Context, charger charging.ID, kind string) (address string, u *charging.Upload, err error)
	Firmware(ctx context.Context, id charging.ID) (fw *charging.Firmware, address string, err error)
}

// Config are the settings of a Service; zero values mean the defaults.
type Config struct {
	// QueueFor is how long a command may wait before it leaves; 1 minute by
	// default.
	QueueFor time.Duration
	// Grace is how long Stop waits for commands that are under way; 3 seconds
	// by default.
	Grace time.Duration
	// Secret is the key under which passwords of chargers are hashed.
	Secret auth.ChargerSecret
	// Files may be nil; then locations must be named.
	Files Files
}

const (
	// maxWaiting is how many commands may wait for one charger.
	maxWaiting = 100
	// keyFor is how long an idempotency key stands for its command.
	keyFor = 24 * time.Hour
)

// Service gives chargers commands. Start begins, Stop ends it.
type Service struct {
	cfg     Config
	link    Link
	fleet   Fleet
	records Records
	log     *slog.Logger
	count   *prometheus.CounterVec

	confirmations confirmations
	keys          keyLocks

	mu       sync.Mutex
	lanes    map[charging.ID]*lane  // by charger
	jobs     map[charging.ID]*job   // those that are not over, by command
	changes  map[charging.ID]change // of passwords, by charger
	stopping bool

	running sync.WaitGroup // of commands under way
	stopped chan struct{}  // closed when Stop gives up waiting
	ctx     context.Context
	cancel  context.CancelCauseFunc
	unwatch func()
}

// New returns a Service that is not running yet.
func New(cfg Config, link Link, f Fleet, records Records, log *slog.Logger, reg prometheus.Registerer) *Service {
	if cfg.QueueFor <= 0 {
		cfg.QueueFor = time.Minute
	}
	if cfg.Grace <= 0 {
		cfg.Grace = 3 * time.Second
	}
	s := &Service{
		cfg: cfg, link: link, fleet: f, records: records, log: log.With("room", "command"),
		count: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chargeyard_commands_total",
			Help: "Commands to chargers that came to an end, by action and final status.",
		}, []string{"action", "status"}),
		lanes: make(map[charging.ID]*lane), jobs: make(map[charging.ID]*job), changes: make(map[charging.ID]change),
		stopped: make(chan struct{}), stopping: true,
	}
	if reg != nil {
		reg.MustRegister(s.count)
	}
	s.confirmations.byCharger = make(map[charging.ID][]*expectation)
	return s
}

// Start ends what an earlier run left open, and takes commands from then on.
func (s *Service) Start(ctx context.Context) error {
	if err := s.endOpen(ctx); err != nil {
		return err
	}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	s.unwatch = s.fleet.Watch(s.stored)
	if err := s.expectAgain(ctx); err != nil {
		s.unwatch()
		s.cancel(err)
		return err
	}
	s.mu.Lock()
	s.stopping = false
	s.mu.Unlock()
	return nil
}

// endSlice is how many rows are changed at a time at the start.
const endSlice = 500

// endOpen marks what an earlier run of the server left open as unknown: it may
// have reached the charger or not.
func (s *Service) endOpen(ctx context.Context) error {
	open, err := s.records.OpenCommands(ctx)
	if err != nil {
		return err
	}
	for len(open) > 0 {
		slice := open[:min(endSlice, len(open))]
		open = open[len(slice):]
		rows := make([]*charging.Command, len(slice))
		for i, c := range slice {
			ended := *c
			ended.Status = charging.CommandUnknown
			ended.Error = &charging.CommandError{Description: "The server ended before the outcome was known."}
			rows[i] = &ended
		}
		if err := s.fleet.Keep(ctx, func(b *charging.Batch) { b.Commands = append(b.Commands, rows...) }); err != nil {
			return err
		}
		s.log.Warn("commands were open when the server ended; nobody knows what came of them", "count", len(rows))
	}
	return nil
}

// errStopping is why what is under way is given up.
var errStopping = errors.New("the server was shut down")

// Stop takes no more commands, waits a little for those under way, and takes
// back what did not leave. It must be called before the fleet stops.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	if s.stopping {
		s.mu.Unlock()
		return nil
	}
	s.stopping = true
	s.mu.Unlock()
	s.unwatch()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(s.cfg.Grace):
	case <-ctx.Done():
	}
	s.cancel(errStopping)
	select {
	case <-done:
	case <-ctx.Done():
	}
	close(s.stopped)
	return ctx.Err()
}

// Get returns a command. Errors: NotFound.
func (s *Service) Get(ctx context.Context, id charging.ID) (charging.CommandResult, error) {
	s.mu.Lock()
	j := s.jobs[id]
	s.mu.Unlock()
	if j != nil {
		return result(j.now()), nil
	}
	c, err := s.records.Command(ctx, id)
	switch {
	case err != nil:
		return charging.CommandResult{}, err
	case c == nil:
		return charging.CommandResult{}, charging.Errorf(charging.NotFound, "There is no command with id %d.", id)
	}
	return result(c), nil
}

// List returns commands of a charger, newest first.
func (s *Service) List(ctx context.Context, q charging.CommandQuery) ([]charging.CommandResult, error) {
	all, err := s.records.Commands(ctx, q)
	if err != nil {
		return nil, err
	}
	list := make([]charging.CommandResult, len(all))
	for i, c := range all {
		s.mu.Lock()
		j := s.jobs[c.ID]
		s.mu.Unlock()
		if j != nil {
			c = j.now()
		}
		list[i] = result(c)
	}
	return list, nil
}

// Wait returns a command when nothing more comes, or as it is when ctx ends.
// Errors: NotFound.
func (s *Service) Wait(ctx context.Context, id charging.ID) (charging.CommandResult, error) {
	s.mu.Lock()
	j := s.jobs[id]
	s.mu.Unlock()
	if j == nil {
		return s.Get(ctx, id)
	}
	select {
	case <-j.done:
	case <-ctx.Done():
	case <-s.stopped:
	}
	return result(j.now()), nil
}
