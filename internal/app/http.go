package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/health"
	"github.com/chargeyard/chargeyard/internal/httpapi"
	"github.com/chargeyard/chargeyard/internal/store"
	"github.com/chargeyard/chargeyard/web"
)

// Time limits of the people's door. A request's header must come at once, its
// body and the answer may take a slow line; hijacked connections, the
// chargers', have rules of their own.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	writeTimeout  = 2 * time.Minute // for who asks, and reads slowly or not at all
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
)

// startHTTP serves the main address.
func (a *App) startHTTP(ctx context.Context) error {
	// /metrics stands on the main address unless it has one of its own.
	var registerer prometheus.Registerer = a.registry
	if a.cfg.MetricsListen != "" {
		registerer = struct{ prometheus.Registerer }{a.registry}
	}
	cfg := httpapi.Config{
		Console:        httpapi.Console{Files: web.Files(), Pages: web.Pages},
		RatePerMinute:  a.cfg.RateLimit,
		TrustedProxies: a.cfg.TrustedProxies,
		CORSOrigins:    a.cfg.CORSOrigins,
		PublicURL:      strings.TrimRight(a.cfg.PublicURL, "/"),
		Records:        a.admin.store,
		Sessions:       a.admin.store,
		Plans:          a.admin.store,
		Tiles:          httpapi.MapTiles{URL: a.cfg.MapTiles, Credit: a.cfg.MapCredit},
		Commands:       a.commands,
		Settings:       settings{treatment{a.admin.fleet}, a.commands},
		Files:          a.files,
		Configuration:  a.admin.fleet,
		Departures:     a.admin.store,
		Erasures:       a.erasures,
		Administration: a.admin.store,
		SignIns:        a.admin.store,
		Connections:    a.gateway,
		ChargerSecret:  a.admin.secret(),
		Catalogue:      a.commands.Catalogue,
		Faults:         a.admin.store,
		Alerts:         a.admin.store,
		AlertSettings:  a.admin.store,
		Webhooks:       a.admin.store,
		Reservations:   a.reservations,
		PowerLimits:    a.powerLimits,
		SessionByID:    a.admin.store.SessionByID,
		Health:         health.New(a.admin.store),
		Windows:        a.admin.store,
		Exclusions:     a.admin.store,
		Overview:       a.admin.store,
		PowerCurves:    a.admin.store,
		Storage:        storage{a},
		Past:           a.admin.store,
		Receipts:       a.admin.store,
		SampleInterval: a.cfg.SampleEvery,
		Epoch:          a.admin.store.Epoch(),
	}
	if a.messages != nil {
		cfg.Messages, cfg.LiveMessages = a.messages, a.gateway
	}
	if err := a.useOpenID(&cfg); err != nil {
		return err
	}
	a.api = httpapi.New(cfg, a.admin.fleet, a.log, registerer)
	if err := a.api.LoadPeople(ctx); err != nil {
		return err
	}
	if err := a.startKeyUses(ctx); err != nil {
		return err
	}
	a.serve("main address", a.listener, a.entrance())
	a.undo.add("readiness", func(context.Context) error {
		a.api.SetDraining()
		return nil
	})
	return nil
}

// startMetrics serves the separate address for /metrics, if there is one.
func (a *App) startMetrics(ctx context.Context) error {
	a.registry.MustRegister(storeSize{a.admin.store})
	if a.cfg.MetricsListen == "" {
		return nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		return listenError(a.cfg.MetricsListen, err)
	}
	a.serve("metrics address", listener, a.metricsPages().mux())
	return nil
}

// startProfiles serves Go's profiles, if they have an address.
func (a *App) startProfiles(ctx context.Context) error {
	if a.cfg.PprofListen == "" {
		return nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.cfg.PprofListen)
	if err != nil {
		return listenError(a.cfg.PprofListen, err)
	}
	a.serve("profiles", listener, profilePages().mux())
	return nil
}

// serve runs an HTTP server on a listener until Stop.
func (a *App) serve(name string, listener net.Listener, handler http.Handler) {
	server := &http.Server{
		Handler:           a.guarded(handler),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(a.log.With("room", "http").Handler(), slog.LevelDebug),
		// "OPTIONS *" is answered as any other path that is not there.
		DisableGeneralOptionsHandler: true,
	}
	a.lobby.watch(server)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}()
	a.undo.add(name, func(ctx context.Context) error {
		if err := server.Shutdown(ctx); err != nil {
			return errors.Join(err, server.Close())
		}
		return nil
	})
}

// storeSize tells Prometheus how much disk the data folder takes.
type storeSize struct{ store *store.Store }

var (
	sizeDesc = prometheus.NewDesc("chargeyard_store_bytes", "Bytes that the data folder takes, by part.", []string{"part"}, nil)
	freeDesc = prometheus.NewDesc("chargeyard_store_free_bytes", "Bytes that are free on the disk of the data folder.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s storeSize) Describe(ch chan<- *prometheus.Desc) {
	ch <- sizeDesc
	ch <- freeDesc
}

// Collect implements prometheus.Collector.
func (s storeSize) Collect(ch chan<- prometheus.Metric) {
	size, err := s.store.Size(context.Background())
	if err != nil {
		ch <- prometheus.NewInvalidMetric(sizeDesc, err)
		return
	}
	for part, bytes := range map[string]int64{"database": size.Database, "log": size.Log, "backups": size.Backups} {
		ch <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(bytes), part)
	}
	ch <- prometheus.MustNewConstMetric(freeDesc, prometheus.GaugeValue, float64(size.Free))
}
