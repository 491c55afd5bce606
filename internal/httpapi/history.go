package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Records is where the past of chargers is read.
type Records interface {
	// History returns records, newest first.
	History(ctx context.Context, q charging.HistoryQuery) ([]charging.Record, error)
	// Variables returns a page in order, and the key of the next one, "" for
	// none.
	Variables(ctx context.Context, q charging.VariableQuery) (list []charging.Variable, next string, err error)
	LocalList(ctx context.Context, charger charging.ID) (*charging.LocalList, error)
	// Quirks returns what was odd since a moment, the most frequent first.
	Quirks(ctx context.Context, charger charging.ID, since time.Time) ([]charging.Quirk, error)
}

const historyPage = 200

// recordKinds are the words for kinds of records.
var recordKinds = map[charging.RecordKind]string{
	charging.RecordConnected: "connected", charging.RecordDisconnected: "disconnected", charging.RecordBooted: "booted",
	charging.RecordStatus: "status", charging.RecordSessionStarted: "sessionStarted", charging.RecordSessionStopped: "sessionStopped",
	charging.RecordMeters: "meters", charging.RecordTag: "tag", charging.RecordNote: "note",
	charging.RecordSessionOverdue: "sessionOverdue", charging.RecordMoved: "moved",
	charging.RecordSessionReported: "sessionReported", charging.RecordConditions: "conditions",
	charging.RecordNextBoot: "nextBoot", charging.RecordProfile: "securityProfile", charging.RecordVariables: "variables",
}

// recordJSON is a record as the API shows it: what made it, and where to read
// the message itself.
type recordJSON struct {
	ID         int64               `json:"id"`
	Kind       string              `json:"kind"`
	Note       *string             `json:"note"` // the kind of a note
	Port       *int                `json:"port"`
	Timestamp  instantJSON         `json:"timestamp"`
	Written    *string             `json:"written"`
	ReceivedAt instantJSON         `json:"receivedAt"`
	MessageID  *string             `json:"messageId"`
	RawID      *int64              `json:"ocppMessageId"`
	Oddities   []charging.Oddity   `json:"oddities"`
	Detail     json.RawMessage     `json:"detail"`
	Readings   []recordReadingJSON `json:"readings,omitempty"`
}

// recordReadingJSON is a reading in thousandths of its base unit.
type recordReadingJSON struct {
	Measurand string      `json:"measurand"`
	Timestamp instantJSON `json:"timestamp"`
	Phase     *string     `json:"phase"`
	Location  string      `json:"location"`
	Context   string      `json:"context"`
	// Value counts mWh, mW, mA, mV or thousandths of a percent; null for none.
	Value *int64          `json:"thousandths"`
	Raw   json.RawMessage `json:"raw,omitempty"`
}

func recordRow(r *charging.Record) recordJSON {
	row := recordJSON{
		ID: r.ID, Kind: recordKinds[r.Kind], Port: numberOrNull(r.PortNumber), Timestamp: instantJSON(r.Time.Or(r.Received)),
		Written: orNull(r.Time.Written), ReceivedAt: instantJSON(r.Received), MessageID: orNull(r.MessageID),
		RawID: idOrNull(r.Message), Oddities: r.Oddities, Detail: rawOrNull([]byte(r.Detail)),
	}
	if r.Kind == charging.RecordNote {
		var note struct {
			Kind string `json:"kind"`
		}
		if json.Unmarshal([]byte(r.Detail), &note) == nil {
			row.Note = orNull(note.Kind)
		}
	}
	if row.Oddities == nil {
		row.Oddities = []charging.Oddity{}
	}
	for i := range r.Readings {
		row.Readings = append(row.Readings, readingRow(&r.Readings[i], r))
	}
	return row
}

func readingRow(g *charging.Reading, r *charging.Record) recordReadingJSON {
	row := recordReadingJSON{Measurand: g.Measurand.String(), Timestamp: instantJSON(g.Time.Or(r.Received)),
		Phase: orNull(g.Phase.String()), Location: g.Location.String(), Context: g.Context.String()}
	if g.Valid {
		v := int64(g.Value)
		row.Value = &v
	}
	if json.Valid([]byte(g.Raw)) {
		row.Raw = json.RawMessage(g.Raw)
	}
	return row
}

// history answers GET /api/chargers/{id}/history: what was stored of the
// charger, newest first.
func (a *API) history(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	p := parametersOf(r)
	q := charging.HistoryQuery{ChargerID: c.ID, Before: p.before(), Limit: historyPage + 1,
		From: p.instant("startTimestamp"), To: p.instant("endTimestamp")}
	if p.text("port") != "" {
		port := int(p.integer("port", 0, charging.MaxPortsPerCharger, 0))
		q.Port = &port
	}
	for _, word := range p.texts("kind") {
		q.Kinds = append(q.Kinds, recordKind(p, word))
	}
	for _, word := range p.texts("note") {
		q.NoteKinds = append(q.NoteKinds, charging.NoteKind(word))
	}
	if p.err != nil {
		return p.err
	}
	list, err := a.cfg.Records.History(r.Context(), q)
	if err != nil {
		return err
	}
	list, next := cutPage(list, historyPage, func(r *charging.Record) int64 { return r.ID })
	rows := make([]recordJSON, len(list))
	for i := range list {
		rows[i] = recordRow(&list[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[recordJSON]{rows, pageAfter(next)})
	return nil
}

func recordKind(p *parameters, word string) charging.RecordKind {
	var words []string
	for kind, name := range recordKinds {
		if name == word {
			return kind
		}
		words = append(words, name)
	}
	slices.Sort(words)
	p.wrong("kind", "%q is none of %s", word, strings.Join(words, ", "))
	return 0
}

// localListJSON is what is known of a charger's local authorization list.
type localListJSON struct {
	Version   int64           `json:"version"`
	Entries   json.RawMessage `json:"entries"`
	UpdatedAt instantJSON     `json:"updatedAt"`
	Problem   *string         `json:"problem"`
}

// localList answers GET /api/chargers/{id}/local-list.
func (a *API) localList(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Charger) error {
	if key.Limited() {
		// Tags are credentials of the whole organization (contract 1.3).
		return errLimited
	}
	list, err := a.cfg.Records.LocalList(r.Context(), c.ID)
	if err != nil {
		return err
	}
	if list == nil {
		list = &charging.LocalList{}
	}
	a.writeData(w, r, http.StatusOK, dataJSON[localListJSON]{localListJSON{
		Version: list.Version, Entries: rawOrNull(list.Entries), UpdatedAt: instantJSON(list.UpdatedAt), Problem: orNull(list.Problem)}})
	return nil
}
