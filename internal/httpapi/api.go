package httpapi

import (
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

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
	if c.Metrics == nil {
		c.Metrics, _ = reg.(prometheus.Gatherer)
	}
	return c
}

// Fleet is what the API needs of the live estate; *fleet.Fleet is one.
type Fleet interface {
	Estate() *fleet.Estate
	StalledSince() time.Time
}

// API answers everything over HTTP but /ocpp/. Its methods may be called by
// any goroutine.
type API struct {
	cfg      Config
	fleet    Fleet
	log      *slog.Logger
	limits   limits
	views    *views
	seconds  *prometheus.HistogramVec
	routes   map[string]route
	draining atomic.Bool
}

// New returns an API over a fleet. reg takes its metrics.
func New(cfg Config, f Fleet, log *slog.Logger, reg prometheus.Registerer) *API {
	cfg = cfg.withDefaults(reg)
	a := &API{
		cfg: cfg, fleet: f, log: log.With("room", "httpapi"),
		limits: newLimits(cfg.RatePerMinute), views: newViews(cfg.CacheBytes), seconds: newSeconds(),
	}
	reg.MustRegister(a.seconds)
	a.routes = a.table()
	return a
}

// route is what a path answers to GET and HEAD. There are no others yet; the
// contract answers a wrong method like an unknown path (1.4).
type route struct {
	handle http.HandlerFunc
	// cors says that pages of other origins may call it.
	cors bool
}

// table lists every path; openapi.yaml describes the same.
func (a *API) table() map[string]route {
	routes := map[string]route{
		"/":                 {handle: a.index},
		"/healthz":          {handle: a.healthz},
		"/readyz":           {handle: a.readyz},
		"/api/sites":        {handle: a.sites, cors: true},
		"/api/openapi.yaml": {handle: serveText("application/yaml", openAPIYAML), cors: true},
		"/api/openapi.json": {handle: serveText(contentTypeJSON, openAPIJSON), cors: true},
	}
	if a.cfg.Metrics != nil {
		routes["/metrics"] = route{handle: promhttp.HandlerFor(a.cfg.Metrics, promhttp.HandlerOpts{}).ServeHTTP}
	}
	return routes
}

// SetDraining makes /readyz say that the server is about to stop, so that a
// load balancer sends nobody here any more.
func (a *API) SetDraining() { a.draining.Store(true) }

// Routes lists the paths that are served, in order.
func (a *API) Routes() []string { return slices.Sorted(maps.Keys(a.routes)) }
