package httpapi

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Config are the settings of the API; zero values mean the defaults.
type Config struct {
	// RatePerMinute is how many requests a key may make in a minute, unless
	// the key says otherwise; 200 by default. Requests without a valid key are
	// counted by address against the same number.
	RatePerMinute int
	// TrustedProxies are the proxies whose X-Forwarded-For is believed; by
	// default none.
	TrustedProxies []netip.Prefix
	// CORSOrigins are the web origins whose pages may call the API, "*" for
	// all; by default none.
	CORSOrigins []string
	// CacheBytes bounds the memory of documents kept for polling; 64 MiB by
	// default. 20,000 ports seen by one scope take about 20 MB.
	CacheBytes int64
	// PublicURL is how the server is reached from outside, without a slash at
	// the end; "" when that is not known.
	PublicURL string
	// Console is the web page that people use; without its files there is none.
	Console Console
	// Messages, Records, Commands, Settings and Files are what stands behind
	// the resources of chargers; routes whose part is nil are not there.
	Messages Messages
	Records  Records
	Commands Commands
	Settings ChargerSettings
	Files    Files
	// LiveMessages is where messages are followed as they come.
	LiveMessages LiveMessages
	// Configuration is where what operators set is changed, and Departures where
	// planned departures are kept.
	Configuration Configuration
	Departures    Departures
	// Erasures is where persons are erased.
	Erasures Erasures
	// Administration is what stands behind /api/admin beside the configuration, and
	// Connections closes those of chargers. ChargerSecret is what passwords of
	// chargers are hashed with.
	Administration Administration
	Connections    Connections
	ChargerSecret  auth.ChargerSecret
	// SignIns is where it is kept who is signed in; without it people cannot.
	SignIns SignIns
	// Plans is where floor plans are kept.
	Plans Plans
	// Tiles lie over the console's own map, if there are any.
	Tiles MapTiles
	// OpenID asks another service who somebody is, OpenIDRules say who may come in by
	// it; without one people sign in here only.
	OpenID      OpenID
	OpenIDRules OpenIDRules
	// Past is where ?at= is read, Receipts where it is found when something was
	// told that ?include=freshness shows; without one that is not known.
	Past     Past
	Receipts Receipts
	// Overview is where it is read what sites did today, PowerCurves what power
	// their ports had, and Storage how much the server keeps.
	Overview    Overview
	PowerCurves PowerCurves
	Storage     Storage
	// Health is where it is worked out how chargers did; Windows and Exclusions are
	// what is taken out of it.
	Health     Health
	Windows    Windows
	Exclusions Exclusions
	// SampleInterval is how often chargers are to measure while charging, unless
	// their site says otherwise; a minute by default.
	SampleInterval time.Duration
	// Epoch names this history of the server; versions of another are not known.
	Epoch string
	// StreamsPerKey and Streams bound how many streams of changes may be open; 100
	// and 2,000 by default.
	StreamsPerKey, Streams int
	// Faults are the errors that chargers reported, Alerts what somebody should
	// know; AlertSettings and Webhooks say who is told of it, and how.
	Faults        Faults
	Alerts        Alerts
	AlertSettings AlertSettings
	Webhooks      Webhooks
	// Reservations and PowerLimits are what stands behind the control of ports and
	// sites; routes whose part is nil are not there.
	Reservations Reservations
	PowerLimits  PowerLimits
	// Sessions is where sessions and tariff periods are.
	Sessions Sessions
	// SessionByID finds a session that ended; nil without.
	SessionByID func(ctx context.Context, id charging.ID) (*charging.Session, error)
	// Catalogue returns the actions of a version of OCPP as JSON.
	Catalogue func(protocol string) (body []byte, ok bool)
	// Checks are asked by /readyz, besides the store and the drain.
	Checks []Check
	// Metrics is what /metrics shows. By default the registerer given to New,
	// when that can be gathered from; else there is no /metrics.
	Metrics prometheus.Gatherer
}

func (c Config) withDefaults(reg prometheus.Registerer) Config {
	if c.RatePerMinute <= 0 {
		c.RatePerMinute = 200
	}
	if c.CacheBytes <= 0 {
		c.CacheBytes = 64 << 20
	}
	if c.SampleInterval <= 0 {
		c.SampleInterval = time.Minute
	}
	if c.StreamsPerKey <= 0 {
		c.StreamsPerKey = 100
	}
	if c.Streams <= 0 {
		c.Streams = 2000
	}
	if c.Metrics == nil {
		c.Metrics, _ = reg.(prometheus.Gatherer)
	}
	return c
}

// Fleet is what the API needs of the live estate; *fleet.Fleet is one.
type Fleet interface {
	Estate() *fleet.Estate
	StalledSince() time.Time
	// Follow tells of every other estate, Watch of every batch.
	Follow() (changed <-chan struct{}, stop func())
	Watch(tell func(*charging.Batch)) (stop func())
}

// API answers everything over HTTP but /ocpp/. Its methods may be called by
// any goroutine.
type API struct {
	cfg     Config
	fleet   Fleet
	log     *slog.Logger
	limits  limits
	views   *views
	live    *live
	past    chan struct{} // held by those who read the past
	seconds *prometheus.HistogramVec
	// wrongKeys counts requests without a valid key.
	wrongKeys wrongKeys
	keyUses   keyUses
	// people are the users, links their one-time links, trips their ways to another
	// service; guesses at passwords are counted.
	people         auth.People
	links          auth.Links
	trips          auth.Trips
	guesses        *limiter[guess]
	signInsRefused prometheus.Counter
	// days is what sites did today, alertsOpen what is wrong there.
	days       *days
	alertsOpen lastingAlerts
	// courses lets each key ask for the courses of sessions once at a time.
	courses oneEach
	// healthLimit counts the requests for charger health, by key.
	healthLimit *limiter[charging.ID]
	routes      routes
	home        *consoleFile // the console's page; nil without
	draining    atomic.Bool
}

// New returns an API over a fleet. reg takes its metrics.
func New(cfg Config, f Fleet, log *slog.Logger, reg prometheus.Registerer) *API {
	cfg = cfg.withDefaults(reg)
	a := &API{
		cfg: cfg, fleet: f, log: log.With("room", "httpapi"),
		limits: newLimits(cfg.RatePerMinute), views: newViews(cfg.CacheBytes), seconds: newSeconds(),
		wrongKeys: newWrongKeys(reg), healthLimit: newLimiter[charging.ID]("health"),
		guesses: newLimiter[guess]("sign-in"), signInsRefused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chargeyard_http_wrong_passwords_total", Help: "Tries to sign in with a wrong e-mail address or password.",
		}),
	}
	a.live = newLive(f, a.views.piecesOf, &origins{fleet: f, store: cfg.Receipts, interval: cfg.SampleInterval}, cfg.Epoch)
	a.live.keyOf = a.keyOf
	a.past = make(chan struct{}, pastAtOnce)
	a.days = newDays()
	reg.MustRegister(a.seconds, a.signInsRefused)
	console, err := a.consoleRoutes()
	if err != nil {
		a.log.Error("the console cannot be shown: its files cannot be read", "err", err)
	}
	a.routes = newRoutes(append(a.table(), console...))
	return a
}

// table lists every route; openapi.yaml describes the same.
func (a *API) table() []route {
	list := []route{
		{path: "/", handle: a.index},
		{path: "/healthz", handle: a.healthz},
		{path: "/readyz", handle: a.readyz},
		{path: "/api/openapi.yaml", handle: serveText("application/yaml", openAPIYAML), cors: true},
		{path: "/api/openapi.json", handle: serveText(contentTypeJSON, openAPIJSON), cors: true},
	}
	if a.cfg.Metrics != nil {
		list = append(list, route{path: "/metrics", handle: promhttp.HandlerFor(a.cfg.Metrics, promhttp.HandlerOpts{}).ServeHTTP})
	}
	list = append(list, a.liveRoutes()...)
	list = append(list, slices.Concat(a.signInRoutes(), a.openIDRoutes(), a.planRoutes(), a.connectionRoutes(), a.consoleSettingsRoutes())...)
	list = append(list, a.adminRoutes()...)
	list = append(list, a.referenceRoutes()...)
	list = append(list, a.sessionRoutes()...)
	list = append(list, slices.Concat(a.overviewRoutes(), a.searchRoutes(), a.powerCurveRoutes(), a.storageRoutes())...)
	list = append(list, a.chargerRoutes()...)
	list = append(list, a.accessIDRoutes()...)
	list = append(list, a.vehicleRoutes()...)
	list = append(list, a.departureRoutes()...)
	list = append(list, a.accessGroupRoutes()...)
	list = append(list, a.erasureRoutes()...)
	list = append(list, a.healthRoutes()...)
	list = append(list, slices.Concat(a.errorRoutes(), a.alertRoutes(), a.contactRoutes(), a.alertRuleRoutes(), a.webhookRoutes())...)
	list = append(list, slices.Concat(a.reservationRoutes(), a.remoteRoutes(), a.powerLimitRoutes())...)
	return list
}

// SetDraining makes /readyz say that the server is about to stop, so that a
// load balancer sends nobody here any more, and ends the streams.
func (a *API) SetDraining() {
	a.draining.Store(true)
	a.live.end()
}

// Routes lists what is served, in order: "GET /api/sites"; the console's pages
// are not among it.
func (a *API) Routes() []string {
	var list []string
	add := func(known []*route) {
		for _, r := range known {
			if !r.page {
				list = append(list, r.method+" "+r.path)
			}
		}
	}
	for _, known := range a.routes.fixed {
		add(known)
	}
	add(a.routes.loose)
	slices.Sort(list)
	return list
}
