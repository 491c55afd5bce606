package gateway

import (
	"container/list"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// patience is how many wrong passwords are taken at once, and after how long
// there may be one more. Above it they are answered slowly.
type patience struct {
	burst int
	every time.Duration
}

// A depot's chargers often share one address, so that has more room than one
// identity, and an identity from everywhere more than from one address.
var (
	patienceWithPair     = patience{10, 6 * time.Second}
	patienceWithIdentity = patience{30, 6 * time.Second}
	patienceWithAddress  = patience{300, time.Second}
	// patienceOfLog is for refused handshakes of any kind of one address: those
	// beyond are counted and kept in the list, but not logged one by one.
	patienceOfLog = patience{300, time.Second}
)

const (
	// guessersTracked bounds each kind of them; whoever was not wrong for the
	// longest time is forgotten first.
	guessersTracked = 10_000
	// guessHold is how long an answer to too many wrong passwords is held back.
	guessHold = time.Second
	// guessesHeld bounds how many answers are held back at a time: each costs a
	// descriptor.
	guessesHeld = 256
	// guessAlarmQuiet is how often one address or identity raises the alarm.
	guessAlarmQuiet = 10 * time.Minute
)

// guesses are the wrong passwords of late. They never stand before the check: a
// right password is let in at once however many wrong ones came before, also
// from the same address, else a stranger could lock a charger out.
type guesses struct {
	hold time.Duration
	held atomic.Int32

	mu                    sync.Mutex
	pairs, identities     guessers
	addresses, loggedFrom guessers
}

func (g *guesses) init() {
	g.hold = guessHold
	g.pairs.init(patienceWithPair)
	g.identities.init(patienceWithIdentity)
	g.addresses.init(patienceWithAddress)
	g.loggedFrom.init(patienceOfLog)
}

// guessed is what one wrong password was too many for.
type guessed struct {
	pair, identity, address bool
	// first says that it is the first one of this identity from this address.
	first bool
	// byIdentity and byAddress are how many there were since the last alarm,
	// when the alarm is due; else 0.
	byIdentity, byAddress int
}

func (g *guesses) count(identity, remote string, now time.Time) (v guessed) {
	network := networkOf(remote)
	g.mu.Lock()
	defer g.mu.Unlock()
	pair, first := g.pairs.of(identity + "\x00" + network)
	v.first = first
	v.pair = pair.tooMany(now)
	of, _ := g.identities.of(identity)
	if v.identity = of.tooMany(now); v.identity {
		v.byIdentity = of.alarm(now)
	}
	from, _ := g.addresses.of(network)
	if v.address = from.tooMany(now); v.address {
		v.byAddress = from.alarm(now)
	}
	return v
}

// mayLog reports whether a refused handshake from an address is logged.
func (g *guesses) mayLog(remote string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	from, _ := g.loggedFrom.of(networkOf(remote))
	return !from.tooMany(now)
}

// networkOf returns what counts as one address: of IPv6 the network of 64 bits,
// since whoever has one address of it has all.
func networkOf(remote string) string {
	a, err := netip.ParseAddr(remote)
	if err != nil || a.Unmap().Is4() {
		return remote
	}
	if p, err := a.WithZone("").Prefix(64); err == nil {
		return p.String()
	}
	return remote
}

// guessers are buckets of those who were wrong, used last in front.
type guessers struct {
	patience patience
	known    map[string]*list.Element
	order    list.List // of *guesser
}

type guesser struct {
	key     string
	limit   *rate.Limiter
	wrong   int       // since the last alarm
	alarmed time.Time // last time
}

func (g *guessers) init(p patience) {
	g.patience, g.known = p, make(map[string]*list.Element)
}

// of returns the guesser of a key, and whether it is new.
func (g *guessers) of(key string) (of *guesser, first bool) {
	if at := g.known[key]; at != nil {
		g.order.MoveToFront(at)
		return at.Value.(*guesser), false
	}
	key = strings.Clone(key) // it is part of a request
	of = &guesser{key: key, limit: rate.NewLimiter(rate.Every(g.patience.every), g.patience.burst)}
	g.known[key] = g.order.PushFront(of)
	if g.order.Len() > guessersTracked {
		last := g.order.Remove(g.order.Back()).(*guesser)
		delete(g.known, last.key)
	}
	return of, true
}

// tooMany counts one more.
func (g *guesser) tooMany(now time.Time) bool {
	g.wrong++
	return !g.limit.AllowN(now, 1)
}

// alarm returns how many there were since the last alarm when one is due, and
// notes it; else 0.
func (g *guesser) alarm(now time.Time) int {
	if !g.alarmed.IsZero() && now.Sub(g.alarmed) < guessAlarmQuiet {
		return 0
	}
	n := g.wrong
	g.wrong, g.alarmed = 0, now
	return n
}

// guessed counts a wrong password, raises the alarm when there were too many,
// and returns how it is answered: why, or when there were too many, slowly and
// without a word in the list of refusals.
func (g *Gateway) guessed(r *http.Request, a *admission, why *refusal) *refusal {
	v := g.guesses.count(a.charger.OCPPID, a.remote, time.Now())
	if v.byIdentity > 0 {
		g.alarmGuesses("identity", a, strconv.Itoa(v.byIdentity)+" wrong passwords came for "+quoted(a.charger.OCPPID)+
			", lately from "+a.remote,
			"Set the same password in the charger and here; if the attempts are not the charger's, block their addresses.")
	}
	if v.byAddress > 0 {
		g.alarmGuesses("address", a, strconv.Itoa(v.byAddress)+" wrong passwords came from "+a.remote+
			", lately for "+quoted(a.charger.OCPPID),
			"If no chargers of yours stand behind this address, block it; their right passwords are let in all the same.")
	}
	if !v.pair && !v.identity && !v.address {
		return why
	}
	g.holdBack(r, &g.guesses.held, guessesHeld, g.guesses.hold)
	if !v.pair && (v.first || !v.identity && !v.address) {
		return why // the first of a charger says what is wrong with it
	}
	reason := "too many wrong passwords from this address"
	if !v.pair && v.identity {
		reason = "too many wrong passwords for this charger"
	}
	return &refusal{status: http.StatusTooManyRequests, label: "password", quiet: true, reason: reason, fix: why.fix,
		header: "Retry-After", value: "60"}
}

// alarmGuesses tells the log, the metrics and the list of refusals that
// somebody may be guessing passwords.
func (g *Gateway) alarmGuesses(by string, a *admission, reason, fix string) {
	g.metrics.guesses.WithLabelValues(by).Inc()
	g.log.Warn("many wrong passwords", "by", by, "identity", a.charger.OCPPID, "remote", a.remote, "reason", reason, "fix", fix)
	g.refusals.add(charging.Refusal{
		At: time.Now().UTC().Truncate(time.Microsecond), Remote: a.remote, Identity: a.charger.OCPPID,
		Status: http.StatusTooManyRequests, Reason: reason, Fix: fix,
	})
}

// holdBack delays an answer, unless so many are held back already.
func (g *Gateway) holdBack(r *http.Request, held *atomic.Int32, limit int32, hold time.Duration) {
	if held.Add(1) <= limit {
		select {
		case <-time.After(hold):
		case <-r.Context().Done():
		case <-g.ctx.Done():
		}
	}
	held.Add(-1)
}
