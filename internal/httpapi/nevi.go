package httpapi

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	usualMonths = 12
	mostMonths  = 36
	// mostDetailed is of how many chargers each outage is told at once.
	mostDetailed = 100
)

// uptimeTimesJSON is what the uptime of a time was worked out from.
type uptimeTimesJSON struct {
	Start      instantJSON `json:"startTime"`
	End        instantJSON `json:"endTime"`
	Active     float64     `json:"activeMinutes"`
	Outage     float64     `json:"outageMinutes"`
	Excluded   float64     `json:"excludedMinutes"`
	ServerAway float64     `json:"serverAwayMinutes"`
	// Percent is over activeMinutes.
	Percent float64 `json:"activeUptimePercent"`
}

// uptimeYearJSON is a year of 525,600 minutes, with the formula of 23 CFR
// 680.116(b).
type uptimeYearJSON struct {
	uptimeTimesJSON
	NEVI      float64 `json:"uptimePercent"`
	WholeYear bool    `json:"wholeYear"` // whether the port was there all the time
}

type uptimeMonthJSON struct {
	Month string `json:"month"` // "2026-03"
	uptimeTimesJSON
	Year uptimeYearJSON `json:"year"`
}

type uptimeJSON struct {
	Port    uptimePort        `json:"port"`
	Charger chargerRef        `json:"charger"`
	Site    *siteRef          `json:"site"`
	Year    uptimeYearJSON    `json:"year"`
	Months  []uptimeMonthJSON `json:"months"`
	Outages []outageJSON      `json:"outages,omitempty"`
}

type uptimePort struct {
	ID     charging.ID `json:"id"`
	Name   string      `json:"name"`
	Number int         `json:"portNumber"`
}

// outageOriginJSON is the message that began or ended an outage.
type outageOriginJSON struct {
	RecordID   int64       `json:"recordId"`
	ReceivedAt instantJSON `json:"receivedAt"`
	MessageID  *string     `json:"messageId"`
	RawID      *int64      `json:"ocppMessageId"`
}

type outageJSON struct {
	Start      instantJSON       `json:"startTime"`
	End        instantJSON       `json:"endTime"` // null while it lasts
	Minutes    float64           `json:"minutes"`
	Excluded   float64           `json:"excludedMinutes"`
	State      string            `json:"state"`
	Cause      string            `json:"cause"`
	Began      *outageOriginJSON `json:"beganBy"`
	Ended      *outageOriginJSON `json:"endedBy"`
	Exclusions []excludedJSON    `json:"exclusions"`
}

type excludedJSON struct {
	Start       instantJSON  `json:"startTime"`
	End         instantJSON  `json:"endTime"`
	Reason      string       `json:"reason"`
	WindowID    *charging.ID `json:"maintenanceWindowId"`
	ExclusionID *charging.ID `json:"exclusionId"`
}

var causeWords = map[charging.OutageCause]string{charging.CauseOffline: "connection", charging.CausePort: "port", charging.CauseStation: "charger"}

func uptimeTimesRow(t *charging.UptimeTimes) uptimeTimesJSON {
	return uptimeTimesJSON{Start: instantJSON(t.From), End: instantJSON(t.To), Active: minutes(t.Active), Outage: minutes(t.Outage),
		Excluded: minutes(t.Excluded), ServerAway: minutes(t.Away), Percent: rounded(t.ActivePercent(), 3)}
}

func uptimeYearRow(t *charging.UptimeTimes) uptimeYearJSON {
	return uptimeYearJSON{uptimeTimesRow(t), rounded(t.YearPercent(), 3), t.Active == t.To.Sub(t.From)}
}

func minutes(d time.Duration) float64 { return rounded(d.Minutes(), 3) }

// uptimeQuery reads what both forms of the report are asked for.
func (a *API) uptimeQuery(r *http.Request, key *charging.APIKey) (q charging.UptimeQuery, err error) {
	p := parametersOf(r)
	now := time.Now().UTC()
	q = charging.UptimeQuery{End: p.instant("endTimestamp"), Months: int(p.integer("months", 1, mostMonths, usualMonths)),
		Detail: p.truth("detail", false), Chargers: a.chargersSeen(key, p)}
	if q.End.IsZero() || q.End.After(now) {
		q.End = now
	}
	q.End = q.End.Truncate(time.Millisecond)
	if q.Detail && len(q.Chargers) > mostDetailed {
		p.wrong("detail", "is told of at most %d chargers at once; name some as chargerIds or siteIds", mostDetailed)
	}
	return q, p.err
}

// uptime answers GET /api/admin/uptime.
func (a *API) uptime(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	q, err := a.uptimeQuery(r, key)
	if err != nil {
		return err
	}
	rows, err := a.uptimeRows(r.Context(), q)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[[]uptimeJSON]{rows})
	return nil
}

// uptimeRows lists the uptime of ports, by charger and port.
func (a *API) uptimeRows(ctx context.Context, q charging.UptimeQuery) ([]uptimeJSON, error) {
	var found []*charging.PortUptime
	if err := a.cfg.Health.Uptime(ctx, q, func(u *charging.PortUptime) { found = append(found, u) }); err != nil {
		return nil, err
	}
	e := a.fleet.Estate()
	rows := make([]uptimeJSON, len(found))
	for i, u := range found {
		row := uptimeJSON{Port: uptimePort{u.Port.ID, u.Port.Name, u.Port.Number}, Charger: chargerRefOf(u.Charger)}
		if s := e.Site(u.Charger.SiteID); s != nil {
			site := siteRefOf(s)
			row.Site = &site
		}
		for m := range u.Months {
			month := &u.Months[m]
			row.Months = append(row.Months, uptimeMonthJSON{month.From.Format("2006-01"), uptimeTimesRow(&month.UptimeTimes), uptimeYearRow(&month.Year)})
			row.Year = row.Months[m].Year
		}
		for o := range u.Outages {
			outage, err := a.outageRow(ctx, &u.Outages[o])
			if err != nil {
				return nil, err
			}
			row.Outages = append(row.Outages, outage)
		}
		rows[i] = row
	}
	return rows, nil
}

func (a *API) outageRow(ctx context.Context, o *charging.Outage) (row outageJSON, err error) {
	row = outageJSON{Start: instantJSON(o.From), Minutes: minutes(o.To.Sub(o.From)), Excluded: minutes(o.ExcludedFor),
		State: "unavailable", Cause: causeWords[o.Cause], Exclusions: []excludedJSON{}}
	if o.State == charging.ServiceFaulted {
		row.State = "faulted"
	}
	if !o.Lasts {
		row.End = instantJSON(o.To)
	}
	for _, x := range o.Excluded {
		row.Exclusions = append(row.Exclusions, excludedJSON{instantJSON(x.From), instantJSON(x.To), string(x.Reason), idOrNull(x.WindowID), idOrNull(x.ExclusionID)})
	}
	if row.Began, err = a.origin(ctx, o.Began); err != nil {
		return row, err
	}
	row.Ended, err = a.origin(ctx, o.Ended)
	return row, err
}

func (a *API) origin(ctx context.Context, record int64) (*outageOriginJSON, error) {
	if record == 0 {
		return nil, nil
	}
	r, err := a.cfg.Health.Origin(ctx, record)
	if err != nil || r == nil {
		return nil, err
	}
	return &outageOriginJSON{RecordID: r.ID, ReceivedAt: instantJSON(r.Received), MessageID: orNull(r.MessageID), RawID: idOrNull(r.Message)}, nil
}

// uptimeCSV answers GET /api/admin/uptime.csv: a line a port and month, or with
// detail=true a line an outage.
func (a *API) uptimeCSV(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	q, err := a.uptimeQuery(r, key)
	if err != nil {
		return err
	}
	rows, err := a.uptimeRows(r.Context(), q)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	lines := csv.NewWriter(&b)
	head, body := csvMonthsHead, csvMonths
	if q.Detail {
		head, body = csvOutagesHead, csvOutages
	}
	_ = lines.Write(append(csvPlaceHead(), head...)) // a buffer never fails
	for i := range rows {
		for _, line := range body(&rows[i]) {
			_ = lines.Write(append(csvPlace(&rows[i]), line...))
		}
	}
	lines.Flush()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="uptime.csv"`)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b.Bytes())
	return nil
}

func csvPlaceHead() []string {
	return []string{"site_id", "site", "charger_id", "charger", "ocpp_id", "port_id", "port", "port_number"}
}

func csvPlace(u *uptimeJSON) []string {
	line := []string{"", ""}
	if u.Site != nil {
		line = []string{csvNumber(u.Site.ID), csvText(u.Site.Name)}
	}
	ocppID := ""
	if u.Charger.OCPPID != nil {
		ocppID = *u.Charger.OCPPID
	}
	return append(line, csvNumber(u.Charger.ID), csvText(u.Charger.Name), csvText(ocppID), csvNumber(u.Port.ID), csvText(u.Port.Name),
		csvNumber(int64(u.Port.Number)))
}

var csvMonthsHead = []string{"month", "start", "end", "active_minutes", "outage_minutes", "excluded_minutes", "server_away_minutes",
	"active_uptime_percent", "year_start", "year_active_minutes", "year_outage_minutes", "year_excluded_minutes",
	"year_server_away_minutes", "year_uptime_percent", "year_active_uptime_percent", "year_whole"}

func csvMonths(u *uptimeJSON) (lines [][]string) {
	for i := range u.Months {
		m := &u.Months[i]
		y := &m.Year
		lines = append(lines, []string{m.Month, csvTime(m.Start), csvTime(m.End), csvDecimal(m.Active), csvDecimal(m.Outage), csvDecimal(m.Excluded),
			csvDecimal(m.ServerAway), csvDecimal(m.Percent), csvTime(y.Start), csvDecimal(y.Active), csvDecimal(y.Outage), csvDecimal(y.Excluded),
			csvDecimal(y.ServerAway), csvDecimal(y.NEVI), csvDecimal(y.Percent), strconv.FormatBool(y.WholeYear)})
	}
	return lines
}

var csvOutagesHead = []string{"start", "end", "minutes", "excluded_minutes", "state", "cause", "began_record_id", "began_message_id",
	"began_ocpp_message_id", "ended_record_id", "ended_message_id", "ended_ocpp_message_id", "reasons"}

func csvOutages(u *uptimeJSON) (lines [][]string) {
	for i := range u.Outages {
		o := &u.Outages[i]
		line := []string{csvTime(o.Start), csvTime(o.End), csvDecimal(o.Minutes), csvDecimal(o.Excluded), o.State, o.Cause}
		line = append(append(line, csvOrigin(o.Began)...), csvOrigin(o.Ended)...)
		var reasons []string
		for _, x := range o.Exclusions {
			reasons = append(reasons, x.Reason)
		}
		lines = append(lines, append(line, strings.Join(reasons, " ")))
	}
	return lines
}

func csvOrigin(o *outageOriginJSON) []string {
	if o == nil {
		return []string{"", "", ""}
	}
	line := []string{csvNumber(o.RecordID), "", ""}
	if o.MessageID != nil {
		line[1] = csvText(*o.MessageID)
	}
	if o.RawID != nil {
		line[2] = csvNumber(*o.RawID)
	}
	return line
}

func csvNumber(n int64) string { return strconv.FormatInt(n, 10) }

func csvDecimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func csvTime(t instantJSON) string {
	if time.Time(t).IsZero() {
		return ""
	}
	return string(charging.AppendTime(nil, time.Time(t)))
}

// csvText keeps a spreadsheet from taking a name for a formula.
func csvText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
