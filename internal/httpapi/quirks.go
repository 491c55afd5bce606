package httpapi

import (
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The bounds of GET /api/chargers/{id}/quirks.
const (
	defaultQuirkDays = 30
	maxQuirkDays     = 90
)

type quirkJSON struct {
	Code        string      `json:"code"`
	Title       string      `json:"title"`
	WhatWeDo    string      `json:"whatWeDo"`
	Count       int         `json:"count"`
	FirstSeenAt instantJSON `json:"firstSeenAt"`
	LastSeenAt  instantJSON `json:"lastSeenAt"`
	LastMessage *int64      `json:"lastMessageId"`
}

// quirks answers GET /api/chargers/{id}/quirks: what the charger does in its own
// way, and how that is understood. As it goes through all that the charger sent,
// few are answered at once.
func (a *API) quirks(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	p := parametersOf(r)
	days := p.integer("days", 1, maxQuirkDays, defaultQuirkDays)
	if p.err != nil {
		return p.err
	}
	select {
	case a.past <- struct{}{}:
		defer func() { <-a.past }()
	case <-r.Context().Done():
		return nil
	}
	list, err := a.cfg.Records.Quirks(r.Context(), c.ID, time.Now().Add(-time.Duration(days)*24*time.Hour))
	if err != nil {
		return err
	}
	rows := make([]quirkJSON, len(list))
	for i, v := range list {
		text := quirkTextOf(v.Code)
		rows[i] = quirkJSON{v.Code, text.title, text.whatWeDo, v.Count, instantJSON(v.First), instantJSON(v.Last), idOrNull(v.LastMessage)}
	}
	a.writeData(w, r, http.StatusOK, dataJSON[[]quirkJSON]{rows})
	return nil
}
