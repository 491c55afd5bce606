package gateway

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Config is how the gateway is set. Its zero value works.
type Config struct {
	// ChargerSecret is the key of the charger passwords' hashes.
	ChargerSecret auth.ChargerSecret
	// TrustedProxies are the peers whose X-Forwarded-For and X-Forwarded-Proto
	// are believed.
	TrustedProxies []netip.Prefix
	// QueryIdentity names query parameters that may hold the identity when the
	// path has none, such as "chargePointId".
	QueryIdentity []string
	// UserIdentity takes the Basic user name as identity when there is no
	// other.
	UserIdentity bool
	// Adopt makes a charger of an unknown identity and returns its id; nil
	// refuses unknown ones.
	Adopt func(ctx context.Context, identity, remote string) (charging.ID, error)
	// Strict refuses what the specification lets a server refuse: calls before
	// an accepted boot, and payloads that do not fit their schema.
	Strict bool
	// Heartbeat is the interval that chargers are told; 0 means 5 minutes.
	Heartbeat time.Duration
	// BootRetry is when a charger whose boot was answered Pending or Rejected
	// is to try again; 0 means 1 minute.
	BootRetry time.Duration
	// PingEvery is how often a charger is pinged; 0 means 30 seconds, a
	// negative value never.
	PingEvery time.Duration
	// EnergyPrice is told to 2.x chargers as what a session costs: thousandths
	// of the currency a kWh; 0 is free.
	EnergyPrice int64
	// CallTimeout is how long a charger has to answer a call; 0 means 30
	// seconds. Slow calls get at least 90 seconds; a charger's own setting, and
	// then a call's own, go before.
	CallTimeout time.Duration
	// MaxMessage is the longest message accepted, in bytes; 0 means 1 MiB.
	MaxMessage int
	// Reassembly is how many bytes unfinished and waiting messages may take
	// over all connections; 0 means 256 MiB.
	Reassembly int64
	// MinProfile is the lowest security profile that any charger may connect
	// with, 0 to 3; a charger's own may be higher.
	MinProfile int
	// ClientCertificate returns the client certificate that a request came with,
	// verified but for the charger that it belongs to; nil for none. trusted says
	// that the peer is one of TrustedProxies. pki.Server has such a method; a nil
	// function takes that of the TLS connection when its chain was verified.
	ClientCertificate func(r *http.Request, trusted bool) (*x509.Certificate, error)
	// Organization is what client certificates must name (O); "" for any.
	Organization string
	// PasswordUsed is told the hash of the password that a charger came with,
	// while it has two: that of its next one, or of the one before. Nil for
	// nothing.
	PasswordUsed func(ctx context.Context, charger charging.ID, hash string)
	// Signer has chargers' certificates signed; nil refuses to.
	Signer Signer
	// Responders judge contract certificates; nil knows nothing about them.
	Responders Responders
	// Messages keeps raw messages, under ids of NextMessageID; nil keeps none.
	Messages      MessageLog
	NextMessageID func() (int64, error)
}

func (cfg *Config) setDefaults() {
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = 5 * time.Minute
	}
	if cfg.BootRetry <= 0 {
		cfg.BootRetry = time.Minute
	}
	if cfg.PingEvery == 0 {
		cfg.PingEvery = 30 * time.Second
	}
	if cfg.CallTimeout <= 0 {
		cfg.CallTimeout = 30 * time.Second
	}
	if cfg.MaxMessage <= 0 {
		cfg.MaxMessage = 1 << 20
	}
	if cfg.Reassembly <= 0 {
		cfg.Reassembly = 256 << 20
	}
}

// estate is what the gateway needs of package fleet.
type estate interface {
	Handle(ctx context.Context, ev charging.Event) (charging.Outcome, error)
	Connect(ctx context.Context, id charging.ID, c charging.Connected, at time.Time) (uint64, error)
	Disconnect(ctx context.Context, id charging.ID, generation uint64, d charging.Disconnected, at time.Time) error
	StalledSince() time.Time
	// Charger returns a charger by id, ByIdentity by its OCPP identity: the
	// exact one, else the only one that differs in letter case; nil for none.
	Charger(id charging.ID) *charging.Charger
	ByIdentity(identity string) *charging.Charger
	// RetiredByIdentity returns a retired charger that had the identity.
	RetiredByIdentity(identity string) *charging.Charger
}

type fleetEstate struct{ *fleet.Fleet }

func (f fleetEstate) Charger(id charging.ID) *charging.Charger { return f.Estate().Charger(id) }

func (f fleetEstate) ByIdentity(identity string) *charging.Charger {
	e := f.Estate()
	if c := e.ChargerByIdentity(identity); c != nil {
		return c
	}
	return e.ChargerByIdentityFold(identity)
}

func (f fleetEstate) RetiredByIdentity(identity string) *charging.Charger {
	return f.Estate().RetiredByIdentity(identity)
}

// Gateway is the chargers' door. It is safe for concurrent use.
type Gateway struct {
	cfg      Config
	fleet    estate
	log      *slog.Logger
	metrics  *metrics
	refusals *refusalQueue
	guesses  guesses
	// reconnects are those of late.
	reconnects reconnects
	links      registry
	crew       crew
	buffers    budget
	callIDs    callIDs
	followers  followers
	stopping   atomic.Bool
	// ctx ends when a stop could not wait any longer: then nothing is handed
	// to fleet any more.
	ctx    context.Context
	cancel context.CancelFunc
	// background are the sweep and what was begun beside an answer.
	background sync.WaitGroup
}

// New makes a gateway that hands what chargers say to f and refused handshakes
// to refusals, which may be nil. Shutdown ends it.
func New(cfg Config, f *fleet.Fleet, refusals RefusalLog, log *slog.Logger, reg prometheus.Registerer) *Gateway {
	return newGateway(cfg, fleetEstate{f}, refusals, log, reg)
}

func newGateway(cfg Config, f estate, refusals RefusalLog, log *slog.Logger, reg prometheus.Registerer) *Gateway {
	cfg.setDefaults()
	g := &Gateway{cfg: cfg, fleet: f, log: log}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.metrics = newMetrics(reg)
	g.refusals = newRefusalQueue(refusals, log, g.metrics.refusalsLost.Inc)
	g.guesses.init()
	g.reconnects.init()
	g.buffers.limit = cfg.Reassembly
	g.callIDs.init()
	g.links.init()
	g.background.Go(g.sweep)
	return g
}

// stallLimit is how long the store may fail to commit before chargers are sent
// away, so that they go offline and keep their queues (DESIGN, promise 1).
const stallLimit = 10 * time.Second

// stalled reports whether the store has not been able to commit for too long.
func (g *Gateway) stalled(now time.Time) bool {
	since := g.fleet.StalledSince()
	return !since.IsZero() && now.Sub(since) >= stallLimit
}
