package httpapi

import (
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The form in which it is shown how the limit of a site is divided. Amounts are
// in the unit of the whole.
type (
	sitePowerJSON struct {
		SiteID   charging.ID         `json:"siteId"`
		State    charging.LimitState `json:"state"`
		Problem  *string             `json:"problem"`
		Unit     string              `json:"unit"`
		Limit    *float64            `json:"limit"`
		Sum      float64             `json:"sum"`
		Chargers []chargerPowerJSON  `json:"chargers"`
	}
	chargerPowerJSON struct {
		ChargerID    charging.ID    `json:"chargerId"`
		Name         string         `json:"name"`
		Connected    bool           `json:"connected"`
		Rated        float64        `json:"rated"`
		RatedIsKnown bool           `json:"ratedIsKnown"`
		Least        float64        `json:"least"`
		Target       float64        `json:"target"`
		CountsWith   float64        `json:"countsWith"`
		Told         *toldLimitJSON `json:"told"`
	}
	toldLimitJSON struct {
		Unit       string       `json:"unit"`
		Limit      float64      `json:"limit"`
		At         instantJSON  `json:"at"`
		Answer     *string      `json:"answer"`
		Reason     *string      `json:"reason"`
		AnsweredAt instantJSON  `json:"answeredAt"`
		Confirmed  bool         `json:"confirmed"`
		CommandID  *charging.ID `json:"commandId"`
	}
)

// sitePower answers GET /api/admin/sites/{id}/power: what each charger was
// told for the sake of the site's limit, and what it said.
func (a *API) sitePower(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, site *charging.Site) error {
	p := a.cfg.PowerLimits.Power(site.ID)
	body := sitePowerJSON{SiteID: site.ID, State: p.State, Problem: orNull(p.Problem), Unit: p.Unit, Sum: inUnits(p.Sum),
		Chargers: make([]chargerPowerJSON, len(p.Chargers))}
	if p.State != charging.LimitNone {
		limit := inUnits(p.Limit)
		body.Limit = &limit
	}
	for i := range p.Chargers {
		c := &p.Chargers[i]
		row := chargerPowerJSON{ChargerID: c.ChargerID, Name: c.Name, Connected: c.Connected, Rated: inUnits(c.Rated), RatedIsKnown: !c.Guessed,
			Least: inUnits(c.Least), Target: inUnits(c.Target), CountsWith: inUnits(c.Counts)}
		if t := c.Told; t != nil {
			row.Told = &toldLimitJSON{Unit: t.SentUnit, Limit: inUnits(t.Sent / 100 * 100), At: instantJSON(t.ToldAt), Answer: orNull(string(t.Answer)),
				Reason: orNull(t.Reason), AnsweredAt: instantJSON(t.AnsweredAt), Confirmed: t.Bounded && t.Confirmed, CommandID: idOrNull(t.CommandID)}
		}
		body.Chargers[i] = row
	}
	a.writeData(w, r, http.StatusOK, dataJSON[sitePowerJSON]{body})
	return nil
}
