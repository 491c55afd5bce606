package httpapi

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// maxAlertsBehind is how many alerts a client is told that it missed.
const maxAlertsBehind = 500

// streamAlerts answers GET /api/alerts/stream.
func (a *API) streamAlerts(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	f := &alertFeed{api: a, key: key, of: sightOf(auth.ScopeOf(key), p), muted: p.truth("includeMuted", false)}
	if p.err != nil {
		return p.err
	}
	return a.follow(w, r, key, charging.PermitRead, f)
}

// alertFeed is the alerts behind the one that was told last. They are read from
// the store when some were stored, so that none is lost, however slow the client.
type alertFeed struct {
	api   *API
	key   *charging.APIKey
	of    sight
	muted bool
	ctx   context.Context
	due   atomic.Bool
	rouse func()
	last  charging.ID
}

func (f *alertFeed) begin(r *http.Request, has string, rouse func()) (first [][]byte, stop func(), err error) {
	f.ctx, f.rouse = r.Context(), rouse
	stop = f.api.cfg.Alerts.FollowAlerts(f.ring)
	if first, err = f.resume(has); err != nil {
		stop()
		return nil, nil, err
	}
	return first, stop, nil
}

func (f *alertFeed) ring() {
	f.due.Store(true)
	f.rouse()
}

// resume finds out behind which alert to go on.
func (f *alertFeed) resume(has string) (first [][]byte, err error) {
	newest, err := f.api.cfg.Alerts.NewestAlert(f.ctx)
	if err != nil {
		return nil, err
	}
	f.last = newest
	if has == "" {
		return nil, nil
	}
	id, err := parseID(has)
	if err != nil || id > newest {
		return [][]byte{gapAway}, nil // it is of another server
	}
	missed, err := f.api.cfg.Alerts.AlertsAfter(f.ctx, id, maxAlertsBehind+1)
	if err != nil {
		return nil, err
	}
	if len(missed) > maxAlertsBehind {
		return [][]byte{gapAway}, nil
	}
	f.last = id
	f.ring()
	return nil, nil
}

func (f *alertFeed) draw() (texts [][]byte) {
	if !f.due.Swap(false) {
		return nil
	}
	list, err := f.api.cfg.Alerts.AlertsAfter(f.ctx, f.last, maxAlertsBehind)
	if err != nil {
		return f.failed(nil, err)
	}
	e := f.api.fleet.Estate()
	sessions := make(map[charging.ID]*charging.Session)
	for i := range list {
		v := &list[i]
		if f.sees(e, v) {
			row, err := f.api.alertRow(f.ctx, e, v, sessions)
			if err != nil {
				return f.failed(texts, err)
			}
			text, err := rowEvent("alert", v.ID, row)
			if err != nil {
				return f.failed(texts, err)
			}
			texts = append(texts, text)
		}
		f.last = v.ID
	}
	if len(list) == maxAlertsBehind {
		f.ring()
	}
	return texts
}

// sees reports whether an alert is one of those that GET /api/alerts shows.
func (f *alertFeed) sees(e *fleet.Estate, v *charging.Alert) bool {
	if !slices.Contains(charging.ContractAlerts, v.Kind) || v.Muted && !f.muted {
		return false
	}
	if v.ChargerID != 0 {
		c := e.AnyCharger(v.ChargerID)
		return c != nil && seenCharger(e, &f.of, c) != nil
	}
	return !f.key.Limited() && f.of.sites == nil && f.of.chargers == nil && e.Inside(v.OrganizationID, f.key.OrganizationID)
}

// failed has what is left read again at the next heartbeat.
func (f *alertFeed) failed(texts [][]byte, err error) [][]byte {
	if f.ctx.Err() == nil {
		f.due.Store(true)
		f.api.log.Error("alerts could not be told", "err", err)
	}
	return texts
}

func (f *alertFeed) seen() bool { return true }
