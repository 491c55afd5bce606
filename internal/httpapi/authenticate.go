package httpapi

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// authenticate returns the key of a request, or the user who is signed in as one, counted against its limit and
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
	if auth.IsUser(key) {
		if err := sameOrigin(r); err != nil {
			a.fail(w, r, err)
			return nil
		}
	} else {
		a.keyUses.note(key.ID, now)
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

// findKey looks for a key, and without one for a user's cookie.
func (a *API) findKey(r *http.Request, now time.Time) (key *charging.APIKey, reason string) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		if key = a.findUser(r, now); key != nil {
			return key, ""
		}
		if cookieOf(r) != "" {
			return nil, textSignedOut
		}
	}
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
// too many of them from its address, which also raises the alarm.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, reason string, now time.Time) {
	client := auth.ClientAddr(r, a.cfg.TrustedProxies)
	left, alarm := a.limits.address(client, now)
	left.tell(w.Header())
	if alarm {
		a.wrongKeys.alarms.Inc()
		a.log.Warn("many requests without a valid API key from one address", "remote", client.String(),
			"fix", "If a program of yours runs there, give it a valid key; else block the address. Valid keys are taken from there all the same.")
	}
	if !left.ok {
		a.wrongKeys.limited.Inc()
		writeError(w, http.StatusTooManyRequests, textRateLimit)
		return
	}
	a.wrongKeys.refused.Inc()
	w.Header().Set("WWW-Authenticate", "Bearer")
	writeError(w, http.StatusUnauthorized, reason)
}

// wrongKeys counts requests without a valid key.
type wrongKeys struct{ refused, limited, alarms prometheus.Counter }

func newWrongKeys(reg prometheus.Registerer) wrongKeys {
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "chargeyard_http_wrong_keys_total", Help: "Requests without a valid API key, by their answer.",
	}, []string{"answer"})
	alarms := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "chargeyard_http_wrong_key_alarms_total", Help: "Alarms about many requests without a valid API key from one address.",
	})
	reg.MustRegister(answers, alarms)
	return wrongKeys{answers.WithLabelValues("401"), answers.WithLabelValues("429"), alarms}
}
