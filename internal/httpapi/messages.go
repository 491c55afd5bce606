package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Messages is where raw OCPP messages are read.
type Messages interface {
	// Read returns messages, newest first.
	Read(ctx context.Context, q charging.MessageQuery) ([]charging.Message, error)
	// Find returns a message by id; ok is false when it was not kept.
	Find(ctx context.Context, id int64) (m charging.Message, ok bool, err error)
}

// The bounds of GET /api/ocpp-messages (contract section 11).
const (
	defaultMessages = 50
	maxMessages     = 500
	defaultSpan     = 24 * time.Hour
	maxSpan         = 8 * 24 * time.Hour
)

// messageJSON is a row of /api/ocpp-messages.
type messageJSON struct {
	ID         int64           `json:"id"`
	CreatedAt  instantJSON     `json:"createdAt"`
	Identity   string          `json:"ocppChargerIdentity"`
	Type       string          `json:"messageType"`
	Payload    json.RawMessage `json:"messagePayload"`
	Response   json.RawMessage `json:"messageResponse"`
	ChargerID  charging.ID     `json:"chargerId"`
	Protocol   string          `json:"protocol"`
	SentBy     string          `json:"sentBy"` // ours: "charger" or "server"
	AnsweredAt instantJSON     `json:"answeredAt"`
	MessageID  string          `json:"ocppMessageId"`
}

func messageRow(m *charging.Message) messageJSON {
	by := "server"
	if m.FromCharger {
		by = "charger"
	}
	return messageJSON{ID: m.ID, CreatedAt: instantJSON(m.At), Identity: m.Identity, Type: m.Action, Payload: rawOrNull(m.Payload),
		Response: rawOrNull(m.Response), ChargerID: m.ChargerID, Protocol: m.Protocol, SentBy: by,
		AnsweredAt: instantJSON(m.Answered), MessageID: m.MessageID}
}

// rawOrNull is JSON as it was kept. What chargers write is not always JSON by
// the letter, such as a tab inside a text; it is shown as a text then.
func rawOrNull(b []byte) json.RawMessage {
	switch {
	case len(b) == 0:
		return json.RawMessage("null")
	case !json.Valid(b):
		return appendString(nil, string(b))
	}
	return b
}

// messages answers GET /api/ocpp-messages (contract section 11).
func (a *API) messages(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	q, err := messageQuery(parametersOf(r), time.Now())
	if err != nil {
		return err
	}
	if _, err := a.chargerInScope(key, q.ChargerID); err != nil {
		return err
	}
	limit := q.Limit
	q.Limit++ // one more tells whether there is a next page
	list, err := a.cfg.Messages.Read(r.Context(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > limit {
		list = list[:limit]
		next = messageCursor(list[limit-1].ID, &q)
	}
	rows := make([]messageJSON, len(list))
	for i := range list {
		rows[i] = messageRow(&list[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[messageJSON]{rows, pageAfter(next)})
	return nil
}

func messageQuery(p *parameters, now time.Time) (charging.MessageQuery, error) {
	q := charging.MessageQuery{
		ChargerID: p.integer("chargerId", 1, charging.MaxID, 0), Actions: p.texts("messageType"),
		From: p.instant("startTimestamp"), To: p.instant("endTimestamp"),
		Limit: int(p.integer("limit", 1, maxMessages, defaultMessages)),
	}
	if key := p.cursor(); key != "" {
		var from, to int64
		_, err := fmt.Sscanf(key, cursorLayout, &q.Before, &from, &to)
		q.From, q.To = time.UnixMicro(from), time.UnixMicro(to)
		if err != nil || q.Before <= 0 || messageCursor(q.Before, &q) != key {
			p.wrongCursor()
		}
	}
	if p.err != nil {
		return q, p.err
	}
	if q.To.IsZero() {
		q.To = now
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-defaultSpan)
	}
	switch {
	case q.ChargerID == 0:
		return q, charging.Errorf(charging.Invalid, "chargerId: is missing; GET /api/sites shows the chargers' ids")
	case q.To.Before(q.From):
		return q, charging.Errorf(charging.Invalid, "endTimestamp: is before startTimestamp")
	case q.To.Sub(q.From) >= maxSpan:
		return q, charging.Errorf(charging.Invalid, "Date range must be less than 8 days")
	}
	return q, nil
}

// cursorLayout is the key of a cursor: the last row and the window, which must
// not move while somebody turns pages.
const cursorLayout = "%d %d %d"

func messageCursor(last int64, q *charging.MessageQuery) string {
	return fmt.Sprintf(cursorLayout, last, q.From.UnixMicro(), q.To.UnixMicro())
}

// errNotKept is also told of a message that is out of scope (contract 1.3).
var errNotKept = charging.Errorf(charging.NotFound, "This raw message was not kept, or is older than what is kept")

// message answers GET /api/ocpp-messages/{id}.
func (a *API) message(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	m, ok, err := a.cfg.Messages.Find(r.Context(), id)
	if err != nil {
		return err
	}
	if ok {
		_, err = a.chargerInScope(key, m.ChargerID)
	}
	if !ok || err != nil {
		return errNotKept
	}
	a.writeData(w, r, http.StatusOK, dataJSON[messageJSON]{messageRow(&m)})
	return nil
}

// dataJSON and listJSON are the envelopes of answers (contract 1.5).
type dataJSON[T any] struct {
	Data T `json:"data"`
}

type listJSON[T any] struct {
	Data       []T  `json:"data"`
	Pagination page `json:"pagination"`
}
