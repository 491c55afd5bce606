package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/erase"
	"github.com/chargeyard/chargeyard/internal/files"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/gateway"
	"github.com/chargeyard/chargeyard/internal/httpapi"
	"github.com/chargeyard/chargeyard/internal/messagelog"
	"github.com/chargeyard/chargeyard/internal/pki"
	"github.com/chargeyard/chargeyard/internal/store"
	"github.com/chargeyard/chargeyard/internal/upkeep"
)

// App is a server: New makes it, Start runs it, Stop ends it.
type App struct {
	cfg      *config.Config
	log      *slog.Logger
	registry *prometheus.Registry
	started  time.Time

	listener net.Listener
	lobby    *lobby
	admin    *Admin
	gateway  *gateway.Gateway
	api      *httpapi.API
	commands *command.Service
	// reservations and powerLimits are carried out by commands.
	reservations *command.Reservations
	powerLimits  *upkeep.Limits
	messages     *messagelog.Log // nil when none are kept
	erasures     *erase.Service
	files        *files.Files
	first        *FirstKey

	tlsListener  net.Listener   // nil without TLS
	certificates *pki.Server    // nil without TLS
	authority    *pki.Authority // nil when there is none

	failed chan error // a server that ended by itself
	work   sync.WaitGroup
	undo   cleanups
}

// New returns a server with these settings, which must be valid. Nothing
// happens before Start.
func New(cfg *config.Config, log *slog.Logger) *App {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo())
	return &App{cfg: cfg, log: log, registry: registry, lobby: newLobby(fileLimit(), log.With("room", "http"), registry),
		failed: make(chan error, 2)}
}

func buildInfo() prometheus.Collector {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "chargeyard_build_info",
		Help:        "The program's version; the value is always 1.",
		ConstLabels: prometheus.Labels{"version": Version()},
	})
	info.Set(1)
	return info
}

// Start opens the data folder and the ports. When it fails it leaves nothing
// behind. The first start of a data folder makes an organization and an API
// key; see FirstKey.
func (a *App) Start(ctx context.Context) error {
	a.started = time.Now()
	for _, step := range []func(context.Context) error{
		a.listen, a.listenTLS, a.openStore, a.startMemory, a.startCertificates, a.noteAway, a.startFleet, a.startOwner, a.startMessages, a.startFiles, a.startGateway,
		a.noteStop, a.startCommands, a.startReservations, a.startPowerLimits, a.startDigest, a.startUpkeep,
		a.startErasures,
		a.startControl, a.startHTTP, a.startTLS, a.noteBack, a.startMetrics, a.startProfiles, a.startHousekeeping,
	} {
		if err := step(ctx); err != nil {
			return errors.Join(namingBackup(a.cfg.Data, err), a.Stop(context.WithoutCancel(ctx)))
		}
	}
	return nil
}

// Stop ends the server: it is no longer ready, listens no more, sends the
// chargers away, stores what waits and releases the data folder. It takes at
// most the shutdown timeout.
func (a *App) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.cfg.ShutdownTimeout)
	defer cancel()
	return a.undo.run(ctx)
}

// Addr is the address that the server listens on, with the port that the
// system chose for port 0.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Failed receives the error of a server that ended by itself.
func (a *App) Failed() <-chan error { return a.failed }

// FirstKey is the API key that this start made, nil when there was one before.
func (a *App) FirstKey() *FirstKey { return a.first }

// Do runs an operation in the server; see Operations.
func (a *App) Do(ctx context.Context, name string, in, out any) error {
	return (&Client{admin: a.admin}).Do(ctx, name, in, out)
}

// Fleet is the live estate.
func (a *App) Fleet() *fleet.Fleet { return a.admin.fleet }

// listen comes first, so that a taken port is told before anything is made.
func (a *App) listen(ctx context.Context) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return listenError(a.cfg.Listen, err)
	}
	a.listener = listener
	a.undo.add("listener", func(context.Context) error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

func listenError(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return charging.Errorf(charging.Conflict, "the address %s is taken by another program; choose another with --listen, such as --listen :8081", address)
	case errors.Is(err, syscall.EACCES):
		return charging.Errorf(charging.Refused, "listening on %s needs more rights; choose a port above 1023 with --listen, or allow it", address)
	}
	return charging.Errorf(charging.Invalid, "cannot listen on %q; write --listen like :8080 or 127.0.0.1:8080: %w", address, err)
}

func (a *App) openStore(ctx context.Context) error {
	st, err := store.Open(ctx, store.Options{Dir: a.cfg.Data, Version: Version(), Log: a.log.With("room", "store")})
	if err != nil {
		return err
	}
	a.admin = &Admin{store: st, server: a}
	a.undo.add("store", func(context.Context) error { return st.Close() })
	return removeOutgoing(st.Dir())
}

func (a *App) startFleet(ctx context.Context) error {
	policy, err := charging.ParseTagPolicy(a.cfg.UnknownIDTags)
	if err != nil {
		return err
	}
	a.admin.fleet = fleet.New(fleet.Config{
		UnknownTags: policy, LostStopAfter: a.cfg.LostStop, SilenceAfter: a.cfg.Silence,
	}, a.admin.store, a.log, a.registry)
	a.undo.add("fleet", a.admin.fleet.Stop)
	if err := a.admin.fleet.Start(ctx); err != nil {
		return err
	}
	a.first, err = a.admin.firstStart(ctx, true)
	return err
}

func (a *App) startGateway(context.Context) error {
	price, err := a.cfg.Price()
	if err != nil {
		return err
	}
	cfg := gateway.Config{
		ChargerSecret:  a.admin.secret(),
		TrustedProxies: a.cfg.TrustedProxies,
		QueryIdentity:  a.cfg.QueryIdentity,
		UserIdentity:   a.cfg.UserIdentity,
		Strict:         a.cfg.Strict,
		Heartbeat:      a.cfg.Heartbeat,
		BootRetry:      a.cfg.BootRetry,
		CallTimeout:    a.cfg.CallTimeout,
		MinProfile:     a.cfg.MinProfile,
		Organization:   a.cfg.Organization,
		EnergyPrice:    price,
		PasswordUsed:   a.passwordUsed,
	}
	if a.cfg.Adopt == "any" {
		cfg.Adopt = a.admin.adopt
	}
	if a.messages != nil {
		cfg.Messages = a.messages
		cfg.NextMessageID = func() (int64, error) { return a.admin.fleet.NextID(charging.IDMessage) }
	}
	if a.certificates != nil {
		cfg.ClientCertificate = a.certificates.ClientCertificate
	}
	if a.authority != nil {
		cfg.Signer = signer{a}
	}
	if cfg.Responders, err = a.responders(); err != nil {
		return err
	}
	a.gateway = gateway.New(cfg, a.admin.fleet, a.admin.store, a.log.With("room", "gateway"), a.registry)
	a.undo.add("gateway", a.gateway.Shutdown)
	return nil
}

func (a *App) startControl(context.Context) error {
	listener, path, err := listenControl(a.admin.store.Dir())
	if err != nil {
		return fmt.Errorf("opening the control socket: %w", err)
	}
	server := serveControl(listener, a.admin, a.log.With("room", "control"))
	a.undo.add("control socket", func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		removeControl(a.admin.store.Dir(), path)
		return err
	})
	return nil
}

// pruneEvery is how often old readings are looked for.
const pruneEvery = time.Hour

func (a *App) startHousekeeping(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	a.work.Go(func() { a.prune(ctx) })
	a.undo.add("housekeeping", func(context.Context) error {
		cancel()
		a.work.Wait()
		return nil
	})
	return nil
}

// prune gives up old readings now and then.
func (a *App) prune(ctx context.Context) {
	policy := store.Policy{Readings: time.Duration(a.cfg.KeepReadings) * 24 * time.Hour}
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		pruned, err := a.admin.store.Prune(ctx, policy, time.Now())
		if err != nil && ctx.Err() == nil {
			a.log.Error("old readings could not be given up", "err", err)
		} else if pruned.Stripped+pruned.Deleted > 0 {
			a.log.Info("gave up old readings", "days", a.cfg.KeepReadings, "records", pruned.Stripped+pruned.Deleted)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
