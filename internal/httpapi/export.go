package httpapi

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// exportPage is how many rows are read and written at once: an export takes no
// more memory, however long it is.
const exportPage = 500

// exportPatience is how long a client may take to read a page.
const exportPatience = time.Minute

// export writes rows as they are read.
type export struct {
	w    http.ResponseWriter
	to   *http.ResponseController
	csv  *csv.Writer // nil for JSON, a line a row
	json *json.Encoder
	buf  bytes.Buffer
}

func newExport(w http.ResponseWriter, r *http.Request, name string, columns []string) *export {
	x := &export{w: w, to: http.NewResponseController(w)}
	kind, contentType := "ndjson", "application/x-ndjson"
	if strings.HasSuffix(r.URL.Path, ".csv") {
		kind, contentType = "csv", "text/csv; charset=utf-8"
		x.csv = csv.NewWriter(&x.buf)
		x.csv.UseCRLF = true     // RFC 4180
		_ = x.csv.Write(columns) // to memory
	} else {
		x.json = json.NewEncoder(&x.buf)
		x.json.SetEscapeHTML(false)
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.`+kind+`"`)
	return x
}

// send hands what was written so far to the client. It ends the connection of
// one that went away or does not read, and the work with it.
func (x *export) send() {
	if x.csv != nil {
		x.csv.Flush()
	}
	_ = x.to.SetWriteDeadline(time.Now().Add(exportPatience))
	_, err := x.w.Write(x.buf.Bytes())
	if err == nil {
		err = x.to.Flush()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	x.buf.Reset()
}

// fail ends the export. What has left cannot be taken back, so the connection
// breaks: a file that was cut must not look whole.
func (x *export) fail(a *API, ctx context.Context, err error) {
	if ctx.Err() == nil {
		a.log.Error("an export failed", "err", err)
	}
	panic(http.ErrAbortHandler)
}

// cell is a text from outside as a cell: one that a spreadsheet would take for a
// formula gets an apostrophe in front.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func cellOf(text *string) string {
	if text == nil {
		return ""
	}
	return cell(*text)
}

func numberCell(n *thousandths) string {
	if n == nil {
		return ""
	}
	return string(charging.AppendThousandths(nil, int64(*n)))
}

func countCell(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func instantCell(t instantJSON) string {
	if time.Time(t).IsZero() {
		return ""
	}
	return string(charging.AppendTime(nil, time.Time(t)))
}

var sessionCells = []string{"id", "startTime", "endTime", "updatedAt", "durationSeconds", "chargingDurationSeconds",
	"energyDeliveredKwh", "averageDemandKw", "socStartPercent", "socEndPercent", "ocppIdTag", "ocppTransactionId", "siteId", "site",
	"chargerId", "charger", "ocppId", "portId", "portNumber", "vehicleId", "vehicle", "customer", "organization"}

func (row *sessionJSON) cells() []string {
	cells := []string{strconv.FormatInt(row.ID, 10), instantCell(row.StartTime), instantCell(row.EndTime), instantCell(row.UpdatedAt),
		countCell(row.DurationSeconds), countCell(row.ChargingDurationSeconds), numberCell(&row.EnergyDeliveredKwh),
		numberCell(row.AverageDemandKw), numberCell(row.SoCStartPercent), numberCell(row.SoCEndPercent), cellOf(row.Tag),
		countCell(row.TransactionID)}
	if s := row.Site; s != nil {
		cells = append(cells, strconv.FormatInt(s.ID, 10), cell(s.Name))
	} else {
		cells = append(cells, "", "")
	}
	if c := row.Charger; c != nil {
		cells = append(cells, strconv.FormatInt(c.ID, 10), cell(c.Name), cellOf(c.OCPPID))
	} else {
		cells = append(cells, "", "", "")
	}
	if p := row.Port; p != nil {
		cells = append(cells, strconv.FormatInt(p.ID, 10), strconv.Itoa(p.PortNumber))
	} else {
		cells = append(cells, "", "")
	}
	if v := row.Vehicle; v != nil {
		cells = append(cells, strconv.FormatInt(v.ID, 10), cell(v.Name))
	} else {
		cells = append(cells, "", "")
	}
	customer, organization := "", ""
	if row.Customer != nil {
		customer = row.Customer.Name
	}
	if row.Organization != nil {
		organization = row.Organization.Name
	}
	return append(cells, cell(customer), cell(organization))
}

// exportSessions answers GET /api/export/sessions.csv and .ndjson.
func (a *API) exportSessions(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	req, err := a.sessionRequestOf(r, key)
	if err != nil {
		return err
	}
	req.query.Limit = exportPage
	list, err := a.cfg.Sessions.Sessions(r.Context(), req.query)
	if err != nil {
		return err
	}
	x := newExport(w, r, "sessions", sessionCells)
	for {
		e := a.fleet.Estate()
		for _, v := range list {
			row := sessionRow(e, v)
			if x.csv != nil {
				_ = x.csv.Write(row.cells()) // to memory
			} else if err := x.json.Encode(&row); err != nil {
				x.fail(a, r.Context(), err)
			}
		}
		x.send()
		if len(list) < exportPage {
			return nil
		}
		last := list[len(list)-1]
		req.query.After = charging.SessionKey{At: last.StartedAt, ID: last.ID}
		if req.query.ByUpdate {
			req.query.After.At = last.UpdatedAt
		}
		if list, err = a.cfg.Sessions.Sessions(r.Context(), req.query); err != nil {
			x.fail(a, r.Context(), err)
		}
	}
}

// readingJSON is a line of an export of readings.
type readingJSON struct {
	ChargerID charging.ID  `json:"chargerId"`
	Port      *int         `json:"portNumber"`
	SessionID *charging.ID `json:"chargingSessionId"`
	Timestamp instantJSON  `json:"timestamp"`
	Received  instantJSON  `json:"receivedAt"`
	Measurand string       `json:"measurand"`
	Phase     *string      `json:"phase"`
	Location  string       `json:"location"`
	Context   string       `json:"context"`
	// Value is in the base unit of the measurand: Wh, W, A, V, percent.
	Value    *thousandths `json:"value"`
	RecordID int64        `json:"recordId"`
}

var readingCells = []string{"chargerId", "portNumber", "chargingSessionId", "timestamp", "receivedAt", "measurand", "phase", "location",
	"context", "value", "recordId"}

func (row *readingJSON) cells() []string {
	port := ""
	if row.Port != nil {
		port = strconv.Itoa(*row.Port)
	}
	return []string{strconv.FormatInt(row.ChargerID, 10), port, countCell(row.SessionID), instantCell(row.Timestamp),
		instantCell(row.Received), row.Measurand, cellOf(row.Phase), row.Location, row.Context, numberCell(row.Value),
		strconv.FormatInt(row.RecordID, 10)}
}

// withReadings are the kinds of records that have readings.
var withReadings = []charging.RecordKind{charging.RecordMeters, charging.RecordSessionReported, charging.RecordSessionStarted,
	charging.RecordSessionStopped}

// exportReadings answers GET /api/export/readings.csv and .ndjson: charger by
// charger, of each the newest first.
func (a *API) exportReadings(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	from, to := p.instant("startTimestamp"), p.instant("endTimestamp")
	chargers := a.chargersEver(key, p)
	if p.err != nil {
		return p.err
	}
	x := newExport(w, r, "readings", readingCells)
	x.send()
	for _, c := range chargers {
		q := charging.HistoryQuery{ChargerID: c.ID, Kinds: withReadings, From: from, To: to, Limit: exportPage}
		for {
			page, err := a.cfg.Records.History(r.Context(), q)
			if err != nil {
				x.fail(a, r.Context(), err)
			}
			for i := range page {
				x.readings(a, r.Context(), &page[i])
			}
			if len(page) > 0 {
				x.send()
			}
			if len(page) < exportPage {
				break
			}
			q.Before = page[len(page)-1].ID
		}
	}
	return nil
}

func (x *export) readings(a *API, ctx context.Context, r *charging.Record) {
	row := readingJSON{ChargerID: r.ChargerID, Port: numberOrNull(r.PortNumber), Received: instantJSON(r.Received), RecordID: r.ID}
	if r.Port != nil && r.Port.Session != nil {
		row.SessionID = idOrNull(r.Port.Session.ID)
	}
	for i := range r.Readings {
		g := &r.Readings[i]
		row.Timestamp, row.Measurand = instantJSON(g.Time.Or(r.Received)), g.Measurand.String()
		row.Phase, row.Location, row.Context = orNull(g.Phase.String()), g.Location.String(), g.Context.String()
		row.Value = nil
		if g.Valid {
			row.Value = numberOf(g.Value)
		}
		if x.csv != nil {
			_ = x.csv.Write(row.cells()) // to memory
		} else if err := x.json.Encode(&row); err != nil {
			x.fail(a, ctx, err)
		}
	}
}
