package gateway

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// authenticate checks the Basic credentials of a request against the charger;
// nil means that they are right. A charger without a password may send any:
// some send an empty one unasked (server-rules 1.1).
func (g *Gateway) authenticate(r *http.Request, c *charging.Charger) *refusal {
	if c.PasswordHash == "" {
		return nil
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return unauthorized("the charger sent no password",
			"Set the password in the charger (AuthorizationKey), or remove it here with \"chargeyard charger password\".")
	}
	credentials, ok := basicCredentials(header)
	if !ok {
		return unauthorized("the charger's Authorization header is not of the kind Basic, or unreadable",
			"Set the charger to Basic authentication (security profile 1 or 2).")
	}
	password, ok := passwordOf(credentials, c.OCPPID)
	if !ok {
		return unauthorized("the charger's user name is not its identity",
			"Set the user name in the charger to its identity, "+quoted(c.OCPPID)+".")
	}
	if !auth.CheckChargerPassword(g.cfg.ChargerSecret, c.PasswordHash, []byte(password)) {
		return unauthorized("the charger's password is wrong",
			"Set the same password in the charger (AuthorizationKey) and here, with \"chargeyard charger password\".")
	}
	return nil
}

// basicCredentials returns what an Authorization header of the kind Basic
// encodes. It is a string of bytes: a 1.6 password need not be UTF-8.
func basicCredentials(header string) (string, bool) {
	scheme, encoded, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", false
	}
	encoded = strings.TrimRight(strings.TrimSpace(encoded), "=")
	b, err := base64.RawStdEncoding.DecodeString(encoded)
	return string(b), err == nil
}

// passwordOf splits credentials at the colon after the identity, which some
// chargers send in other letter case. Identities of 1.6 may contain colons, so
// the first colon is not always the right one.
func passwordOf(credentials, identity string) (string, bool) {
	n := len(identity)
	if len(credentials) <= n || credentials[n] != ':' || !strings.EqualFold(credentials[:n], identity) {
		return "", false
	}
	return credentials[n+1:], true
}

func unauthorized(reason, fix string) *refusal {
	return &refusal{
		status: http.StatusUnauthorized, label: "password", reason: reason, fix: fix,
		header: "WWW-Authenticate", value: `Basic realm="chargeyard", charset="UTF-8"`,
	}
}

// Wrong passwords of one identity from one address: so many at once, then one
// each wrongEvery.
const (
	wrongBurst   = 10
	wrongEvery   = 6 * time.Second
	wrongTracked = 10_000
)

// wrongPasswords limits how often wrong passwords are answered in full. It
// never stands before the check: a right password is let in however many wrong
// ones came before, else a stranger could lock a charger out.
type wrongPasswords struct {
	mu     sync.Mutex
	recent map[wrongKey]*rate.Limiter
}

type wrongKey struct{ identity, address string }

// tooMany counts one wrong password and reports whether there were too many.
func (w *wrongPasswords) tooMany(identity, address string, now time.Time) bool {
	key := wrongKey{identity, address}
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.recent[key]
	if l == nil {
		if len(w.recent) >= wrongTracked {
			w.forget(now)
		}
		if len(w.recent) >= wrongTracked {
			return true
		}
		if w.recent == nil {
			w.recent = make(map[wrongKey]*rate.Limiter)
		}
		l = rate.NewLimiter(rate.Every(wrongEvery), wrongBurst)
		w.recent[wrongKey{strings.Clone(identity), strings.Clone(address)}] = l
	}
	return !l.AllowN(now, 1)
}

// forget drops those that have not been wrong for a while.
func (w *wrongPasswords) forget(now time.Time) {
	for key, l := range w.recent {
		if l.TokensAt(now) >= wrongBurst {
			delete(w.recent, key)
		}
	}
}

func tooManyWrong(fix string) *refusal {
	return &refusal{
		status: http.StatusTooManyRequests, label: "password", quiet: true,
		reason: "too many wrong passwords from this address", fix: fix,
		header: "Retry-After", value: "60",
	}
}
