package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Past is where the estate of a moment is read.
type Past interface {
	// Past returns the estate as it was known at a moment, by order of receipt,
	// or with corrected what is known of that moment today. Of access IDs,
	// vehicles and customers it holds those that sessions name.
	Past(ctx context.Context, at time.Time, corrected bool) (*charging.Stored, error)
}

// pastAtOnce is how many documents of the past are made at the same time; who
// comes later waits, so that they cannot take all of the server.
const pastAtOnce = 2

// sitesAt answers GET /api/sites?at=: the document as it was answered at that
// moment to who sees what this key sees.
func (a *API) sitesAt(w http.ResponseWriter, r *http.Request, key *charging.APIKey, p *parameters) error {
	at := p.instant("at")
	corrected := p.view()
	switch {
	case p.err != nil:
		return p.err
	case p.values.Has("since"):
		p.wrong("since", "cannot be asked for together with at")
	case p.includes():
		p.wrong("include", "freshness is of the present; leave out at")
	case at.After(time.Now()):
		p.wrong("at", "%s is in the future", at.Format(time.RFC3339))
	}
	if p.err != nil {
		return p.err
	}
	select {
	case a.past <- struct{}{}:
		defer func() { <-a.past }()
	case <-r.Context().Done():
		return nil
	}
	stored, err := a.cfg.Past.Past(r.Context(), at, corrected)
	if err != nil {
		return err
	}
	e := fleet.EstateOf(stored)
	var body []byte
	for _, part := range joined(e, &sight{scope: auth.ScopeOf(key)}, func(e *fleet.Estate, c *charging.Charger) []byte {
		return appendCharger(nil, e, c)
	}) {
		body = append(body, part...)
	}
	writeTagged(w, r, body)
	return nil
}

// view reads the parameter view: whether the past is wanted as it is known
// today.
func (p *parameters) view() (corrected bool) {
	switch word := p.text("view"); word {
	case "", "received":
	case "corrected":
		return true
	default:
		p.wrong("view", "%q is none of received, corrected", word)
	}
	return false
}
