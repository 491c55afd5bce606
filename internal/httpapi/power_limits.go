package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// PowerLimits is where the power of sites is limited (contract section 13).
type PowerLimits interface {
	// Limits returns those of a site that hold, oldest first.
	Limits(site charging.ID) []charging.SiteLimit
	// Set replaces the limit of its kind. Errors are Invalid when it cannot be
	// kept, with the reason.
	Set(ctx context.Context, limit charging.SiteLimit) (charging.SiteLimit, error)
	Remove(ctx context.Context, site charging.ID, uuid, actor string) error
	Power(site charging.ID) charging.SitePower
}

func (a *API) powerLimitRoutes() []route {
	if a.cfg.PowerLimits == nil {
		return nil
	}
	const read, control, manage = charging.PermitRead, charging.PermitControl, charging.PermitManage
	return []route{
		{path: "/api/site/{id}/limits", handle: a.ofWholeSite(read, a.listLimits), cors: true},
		{method: http.MethodPost, path: "/api/site/{id}/limits", handle: a.ofWholeSite(control, a.postLimit), cors: true},
		{method: http.MethodDelete, path: "/api/site/{id}/limits/{scheduleId}", handle: a.ofWholeSite(control, a.deleteLimit), cors: true},
		{path: "/api/admin/sites/{id}/power", handle: a.ofWholeSite(manage, a.sitePower), cors: true},
	}
}

// ofWholeSite makes a handler for requests about a site that the key sees whole:
// who sees some chargers of it must not steer the others (contract 1.3).
func (a *API) ofWholeSite(need charging.Permission,
	answer func(http.ResponseWriter, *http.Request, *charging.APIKey, *charging.Site) error) http.HandlerFunc {
	return a.permitted(need, func(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
		id, err := pathID(r, "id")
		if err != nil {
			return err
		}
		e := a.fleet.Estate()
		site := e.Site(id)
		if site == nil || !auth.ScopeOf(key).WholeSite(e, site) {
			return errNotFound
		}
		return answer(w, r, key, site)
	})
}

// maxLimit bounds limits, in W or A: a country's.
const maxLimit = 1_000_000_000

// limitBody is the member sitePowerLimitSchedule of a request.
type limitBody struct {
	Type      *string         `json:"type"`
	Limit     json.RawMessage `json:"limit"`
	Unit      *string         `json:"chargingRateUnit"`
	Schedules json.RawMessage `json:"schedules"`
}

const inBody = "sitePowerLimitSchedule"

// read holds the members against the contract.
func (b *limitBody) read(limit *charging.SiteLimit) error {
	if b.Schedules != nil {
		return charging.Errorf(charging.Invalid, inBody+".schedules: limits that change over time are not taken; give one as limit")
	}
	if b.Type == nil {
		return lacking(inBody+".type", "say cost or capacity")
	}
	switch limit.Kind = charging.LimitKind(*b.Type); limit.Kind {
	case charging.LimitCapacity, charging.LimitCost:
	default:
		return charging.Errorf(charging.Invalid, inBody+".type: %q is none of cost, capacity", *b.Type)
	}
	if len(b.Limit) == 0 || string(b.Limit) == "null" {
		return lacking(inBody+".limit", "give it as a positive integer")
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(b.Limit)), 10, 64)
	if err != nil || n < 1 || n > maxLimit {
		return charging.Errorf(charging.Invalid, inBody+".limit: must be a positive integer up to %d", maxLimit)
	}
	limit.Limit = charging.Milli(n) * 1000
	if b.Unit == nil {
		return lacking(inBody+".chargingRateUnit", "say W or A")
	}
	if limit.Unit = *b.Unit; limit.Unit != charging.UnitWatt && limit.Unit != charging.UnitAmpere {
		return charging.Errorf(charging.Invalid, inBody+".chargingRateUnit: %q is none of W, A", limit.Unit)
	}
	return nil
}

// postLimit answers POST /api/site/{id}/limits.
func (a *API) postLimit(w http.ResponseWriter, r *http.Request, key *charging.APIKey, site *charging.Site) error {
	var body struct {
		Schedule *limitBody `json:"sitePowerLimitSchedule"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Schedule == nil {
		return lacking(inBody, `send {"sitePowerLimitSchedule": {"type": "capacity", "limit": 150000, "chargingRateUnit": "W"}}`)
	}
	limit := charging.SiteLimit{SiteID: site.ID, Source: "api", Actor: "key " + key.Name}
	if err := body.Schedule.read(&limit); err != nil {
		return err
	}
	if limit.Unit == charging.UnitAmpere {
		for c := range a.fleet.Estate().Chargers(site.ID) {
			if c.EffectiveType() == charging.DCFC {
				return charging.Errorf(charging.Invalid, inBody+".chargingRateUnit: must be W, because %q is a DCFC charger", c.Name)
			}
		}
	}
	// The server's limits for reading and answering must not end this wait for
	// chargers.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	limit, err := a.cfg.PowerLimits.Set(context.WithoutCancel(r.Context()), limit)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct {
		ID string `json:"sitePowerLimitScheduleId"`
	}{limit.UUID})
	return nil
}

// The form in which limits are listed (contract section 13).
type (
	limitJSON struct {
		ID        string              `json:"id"`
		CreatedAt instantJSON         `json:"createdAt"`
		Source    string              `json:"source"`
		Type      charging.LimitKind  `json:"type"`
		Schedules []limitScheduleJSON `json:"schedules"`
	}
	limitScheduleJSON struct {
		DaysOfWeek []int             `json:"daysOfWeek"`
		Unit       string            `json:"chargingRateUnit"`
		Periods    []limitPeriodJSON `json:"chargingSchedulePeriods"`
	}
	limitPeriodJSON struct {
		StartPeriod int   `json:"startPeriod"`
		Limit       int64 `json:"limit"`
	}
)

// listLimits answers GET /api/site/{id}/limits.
func (a *API) listLimits(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, site *charging.Site) error {
	rows := []limitJSON{}
	for _, l := range a.cfg.PowerLimits.Limits(site.ID) {
		rows = append(rows, limitJSON{ID: l.UUID, CreatedAt: instantJSON(l.CreatedAt), Source: l.Source, Type: l.Kind,
			Schedules: []limitScheduleJSON{{DaysOfWeek: []int{1, 2, 3, 4, 5, 6, 7}, Unit: l.Unit,
				Periods: []limitPeriodJSON{{StartPeriod: 0, Limit: l.Limit.Thousand()}}}}})
	}
	a.writeData(w, r, http.StatusOK, struct {
		Schedules []limitJSON `json:"sitePowerLimitSchedules"`
	}{rows})
	return nil
}

// deleteLimit answers DELETE /api/site/{id}/limits/{scheduleId}.
func (a *API) deleteLimit(w http.ResponseWriter, r *http.Request, key *charging.APIKey, site *charging.Site) error {
	if err := a.cfg.PowerLimits.Remove(r.Context(), site.ID, r.PathValue("scheduleId"), "key "+key.Name); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}

// inUnits is an amount in W or A with at most three decimals.
func inUnits(v charging.Milli) float64 { return math.Round(float64(v)) / 1000 }
