package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// tariffJSON is a tariff period as the API shows and takes it.
type tariffJSON struct {
	Name      string  `json:"name"`
	Days      []int   `json:"daysOfWeek"`
	StartTime string  `json:"startTime"`
	EndTime   string  `json:"endTime"`
	StartDate *string `json:"startDate"`
	EndDate   *string `json:"endDate"`
}

func clockText(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// clockMinute reads "HH:MM", to 24:00; -1 for what is none.
func clockMinute(text string) int {
	hours, minutes, ok := strings.Cut(text, ":")
	h, err := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	if !ok || err != nil || err2 != nil || len(hours) != 2 || len(minutes) != 2 || h < 0 || h > 24 || m < 0 || m > 59 || h*60+m > 24*60 {
		return -1
	}
	return h*60 + m
}

func (t *tariffJSON) period() charging.TariffPeriod {
	p := charging.TariffPeriod{Name: strings.TrimSpace(t.Name), Days: t.Days, From: clockMinute(t.StartTime), To: clockMinute(t.EndTime)}
	if t.StartDate != nil {
		p.FirstDate = *t.StartDate
	}
	if t.EndDate != nil {
		p.LastDate = *t.EndDate
	}
	return p
}

func (a *API) writeTariff(w http.ResponseWriter, r *http.Request, periods []charging.TariffPeriod) {
	rows := make([]tariffJSON, len(periods))
	for i, p := range periods {
		rows[i] = tariffJSON{p.Name, p.Days, clockText(p.From), clockText(p.To), orNull(p.FirstDate), orNull(p.LastDate)}
	}
	a.writeData(w, r, http.StatusOK, dataJSON[[]tariffJSON]{rows})
}

// getTariff answers GET /api/admin/sites/{id}/tariff-periods.
func (a *API) getTariff(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, site *charging.Site) error {
	periods, err := a.cfg.Sessions.Tariff(r.Context(), site.ID)
	if err != nil {
		return err
	}
	a.writeTariff(w, r, periods)
	return nil
}

// putTariff answers PUT /api/admin/sites/{id}/tariff-periods: all periods of the
// site are replaced.
func (a *API) putTariff(w http.ResponseWriter, r *http.Request, key *charging.APIKey, site *charging.Site) error {
	var body struct {
		Periods *[]tariffJSON `json:"periods"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Periods == nil {
		return charging.Errorf(charging.Invalid, "periods: is missing; an empty list removes all")
	}
	periods := make([]charging.TariffPeriod, len(*body.Periods))
	for i := range *body.Periods {
		periods[i] = (*body.Periods)[i].period()
	}
	if err := charging.CheckTariff(periods); err != nil {
		return err
	}
	if err := a.cfg.Sessions.SaveTariff(r.Context(), site.ID, periods, time.Now().UTC(), "key "+key.Name); err != nil {
		return err
	}
	a.writeTariff(w, r, periods)
	return nil
}
