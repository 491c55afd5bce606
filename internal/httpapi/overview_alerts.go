package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// alertsOpen is for how long an alert may count as open.
const alertsOpen = 30 * 24 * time.Hour

// openKey is what an alert is about: two thresholds of the same outage are one
// thing that is wrong.
type openKey struct {
	kind    charging.AlertKind
	charger charging.ID
	port    int
	session charging.ID
}

// lastingAlerts are the alerts whose cause may last. Alerts have no end of their
// own: what was raised is read once, and dropped when its cause is gone.
type lastingAlerts struct {
	mu   sync.Mutex
	last charging.ID // the newest that was read
	open map[openKey]time.Time
}

// read takes in what was raised since the last time, up to a moment.
func (l *lastingAlerts) read(ctx context.Context, from Overview, now time.Time) (err error) {
	if l.open == nil {
		l.open = make(map[openKey]time.Time)
	}
	l.last, err = from.AlertsBehind(ctx, l.last, now.Add(-alertsOpen), func(v *charging.Alert) {
		switch v.Kind {
		case charging.AlertOfflineCharger, charging.AlertSessionError, charging.AlertLowBattery, charging.AlertLateCharging:
		default:
			return // it tells of something that is over, or is no alert of the contract
		}
		if v.Muted || v.At.After(now) {
			return
		}
		key := openKey{v.Kind, v.ChargerID, v.PortNumber, v.SessionID}
		if v.Kind == charging.AlertSessionError {
			key.session = 0 // it lasts as long as the port shows an error, whatever the session
		}
		if v.At.After(l.open[key]) {
			l.open[key] = v.At
		}
	})
	return err
}

// settle drops the alerts whose cause is gone in an estate.
func (l *lastingAlerts) settle(e *fleet.Estate, now time.Time) {
	for key, at := range l.open {
		if now.Sub(at) > alertsOpen || !lasts(e, key, at) {
			delete(l.open, key)
		}
	}
}

// lasts reports whether the cause of an alert is still there: the charger is still
// gone, the port still shows an error, the session still runs.
func lasts(e *fleet.Estate, key openKey, at time.Time) bool {
	c := e.Charger(key.charger)
	if c == nil {
		return false
	}
	switch key.kind {
	case charging.AlertOfflineCharger:
		return c.Connection != nil && !c.Connection.Connected && !c.Connection.Since.After(at)
	case charging.AlertSessionError:
		status := c.Status
		if p := c.Port(key.port); p != nil {
			status = p.Status
		}
		return status != nil && (status.Status == charging.Faulted || status.ErrorCode != charging.NoError)
	}
	for _, p := range c.Ports {
		if s := shownSession(p); s != nil && s.ID == key.session {
			return true
		}
	}
	return false
}

// byCharger counts the open alerts of chargers.
func (l *lastingAlerts) byCharger() map[charging.ID]int {
	counts := make(map[charging.ID]int, len(l.open))
	for key := range l.open {
		counts[key.charger]++
	}
	return counts
}
