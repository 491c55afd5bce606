package httpapi

import (
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// authenticate returns the key of a request, counted against its limit and
// with the permission that is needed. Otherwise it answers and returns nil.
//
// A key is looked up before anything is limited, so that somebody who guesses
// keys cannot keep out those who have one and share the address.
func (a *API) authenticate(w http.ResponseWriter, r *http.Request, need charging.Permission) *charging.APIKey {
	now := time.Now()
	key, reason := a.findKey(r, now)
	if key == nil {
		a.refuse(w, r, reason, now)
		return nil
	}
	left := a.limits.key(key, now)
	left.tell(w.Header())
	if !left.ok {
		writeError(w, http.StatusTooManyRequests, textRateLimit)
		return nil
	}
	if err := auth.Permits(key, need); err != nil {
		a.fail(w, r, err)
		return nil
	}
	return key
}

func (a *API) findKey(r *http.Request, now time.Time) (key *charging.APIKey, reason string) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return nil, textNoKey
	}
	text, ok := auth.BearerKey(headers[0])
	if !ok {
		return nil, textNoKey
	}
	if key = auth.FindKey(a.fleet.Estate(), text, now); key == nil {
		return nil, textWrongKey
	}
	return key, ""
}

// refuse answers a request without a valid key: 401, or 429 when there were
// too many of them from its address.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, reason string, now time.Time) {
	left := a.limits.address(auth.ClientAddr(r, a.cfg.TrustedProxies), now)
	left.tell(w.Header())
	if !left.ok {
		writeError(w, http.StatusTooManyRequests, textRateLimit)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	writeError(w, http.StatusUnauthorized, reason)
}
