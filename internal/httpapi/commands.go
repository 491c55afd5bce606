package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Commands is where commands to chargers are given and found.
type Commands interface {
	// Ask gives a command and returns once it is kept: several when an order
	// takes more than one call.
	Ask(ctx context.Context, r charging.CommandRequest) ([]charging.CommandResult, error)
	// Wait returns the command when nothing more comes, or as it is when ctx
	// ends.
	Wait(ctx context.Context, id charging.ID) (charging.CommandResult, error)
	Get(ctx context.Context, id charging.ID) (charging.CommandResult, error)
	List(ctx context.Context, q charging.CommandQuery) ([]charging.CommandResult, error)
}

const (
	maxTimeout   = 10 * time.Minute
	maxKeyLength = 255
	commandsPage = 100
	// longestWait bounds how long a request waits for a charger; the command
	// goes on without it.
	longestWait = 12 * time.Minute
)

// commandJSON is a command as the API shows it.
type commandJSON struct {
	ID          charging.ID     `json:"id"`
	ChargerID   charging.ID     `json:"chargerId"`
	Order       *string         `json:"order"`
	Action      string          `json:"action"`
	Payload     json.RawMessage `json:"payload"`
	Status      string          `json:"status"`
	Outcome     *string         `json:"outcome"`
	Response    json.RawMessage `json:"response"`
	Error       *commandError   `json:"error"`
	CreatedAt   instantJSON     `json:"createdAt"`
	SentAt      instantJSON     `json:"sentAt"`
	AnsweredAt  instantJSON     `json:"answeredAt"`
	Actor       string          `json:"actor"`
	Protocol    *string         `json:"protocol"`
	SessionID   *charging.ID    `json:"sessionId"`
	ConfirmedAt instantJSON     `json:"confirmedAt"`
	// Commands are the ids of all calls of an order that took several.
	Commands []charging.ID `json:"commands,omitempty"`
}

type commandError struct {
	Code        *string         `json:"code"`
	Description string          `json:"description"`
	Details     json.RawMessage `json:"details"`
}

func commandRow(c *charging.CommandResult) commandJSON {
	row := commandJSON{
		ID: c.ID, ChargerID: c.ChargerID, Order: orNull(c.Order), Action: c.Action, Payload: rawOrNull(c.Payload),
		Status: string(c.Status), Outcome: orNull(c.Outcome), Response: rawOrNull(c.Response),
		CreatedAt: instantJSON(c.CreatedAt), SentAt: instantJSON(c.SentAt), AnsweredAt: instantJSON(c.AnsweredAt),
		Actor: c.Actor, Protocol: orNull(c.Protocol), SessionID: idOrNull(c.Session), ConfirmedAt: instantJSON(c.ConfirmedAt),
	}
	if e := c.Error; e != nil {
		row.Error = &commandError{Code: orNull(e.Code), Description: e.Description, Details: rawOrNull(e.Details)}
	}
	return row
}

// postCommand answers POST /api/chargers/{id}/commands: any action of the
// charger's version.
func (a *API) postCommand(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Charger) error {
	var body struct {
		Action         string          `json:"action"`
		Payload        json.RawMessage `json:"payload"`
		TimeoutSeconds *int            `json:"timeoutSeconds"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Action == "" {
		return charging.Errorf(charging.Invalid, "action: is missing; GET /api/ocpp/actions lists those of each version")
	}
	ask := charging.CommandRequest{Action: body.Action, Payload: body.Payload}
	if len(bytes.TrimSpace(ask.Payload)) == 0 || string(ask.Payload) == "null" {
		ask.Payload = []byte("{}")
	}
	if s := body.TimeoutSeconds; s != nil {
		ask.Timeout = time.Duration(*s) * time.Second
		if *s < 1 || ask.Timeout > maxTimeout {
			return charging.Errorf(charging.Invalid, "timeoutSeconds: must be from 1 to %d", int(maxTimeout/time.Second))
		}
	}
	return a.command(w, r, key, c, ask)
}

// postOrder makes the handler of POST /api/chargers/{id}/NAME: a command in
// plain words that works on every version.
func (a *API) postOrder(name string) http.HandlerFunc {
	return a.ofCharger(charging.PermitControl, func(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Charger) error {
		body, err := readBody(w, r, maxBody)
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(body)) == 0 {
			body = []byte("{}")
		}
		return a.command(w, r, key, c, charging.CommandRequest{Order: name, Body: body})
	})
}

// command gives a command and answers what became of it, or with wait=false
// that it is kept.
func (a *API) command(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Charger, ask charging.CommandRequest) error {
	p := parametersOf(r)
	wait := p.truth("wait", true)
	if p.err != nil {
		return p.err
	}
	ask.ChargerID, ask.Actor, ask.KeyID = c.ID, actorOf(key), key.ID
	if ask.IdempotencyKey = r.Header.Get("Idempotency-Key"); len(ask.IdempotencyKey) > maxKeyLength {
		return charging.Errorf(charging.Invalid, "Idempotency-Key: is longer than %d characters", maxKeyLength)
	}
	given, err := a.cfg.Commands.Ask(r.Context(), ask)
	if err != nil {
		return err
	}
	status := http.StatusAccepted
	if wait {
		status = http.StatusOK
		// The server's limits for reading and answering must not end this wait.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		ctx, cancel := context.WithTimeout(r.Context(), longestWait)
		defer cancel()
		for i := range given {
			if given[i], err = a.cfg.Commands.Wait(ctx, given[i].ID); err != nil {
				return err
			}
		}
	}
	row := commandRow(&given[len(given)-1])
	if len(given) > 1 {
		for i := range given {
			row.Commands = append(row.Commands, given[i].ID)
		}
	}
	a.writeData(w, r, status, dataJSON[commandJSON]{row})
	return nil
}

// getCommand answers GET /api/commands/{id}.
func (a *API) getCommand(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	c, err := a.cfg.Commands.Get(r.Context(), id)
	if charging.KindOf(err) == charging.NotFound {
		return errNotFound // as one out of scope (contract 1.3)
	}
	if err != nil {
		return err
	}
	if _, err := a.chargerInScope(key, c.ChargerID); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[commandJSON]{commandRow(&c)})
	return nil
}

// listCommands answers GET /api/chargers/{id}/commands, newest first.
func (a *API) listCommands(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	p := parametersOf(r)
	q := charging.CommandQuery{ChargerID: c.ID, Before: p.before(), Limit: commandsPage + 1}
	if p.err != nil {
		return p.err
	}
	list, err := a.cfg.Commands.List(r.Context(), q)
	if err != nil {
		return err
	}
	list, next := cutPage(list, commandsPage, func(c *charging.CommandResult) int64 { return c.ID })
	rows := make([]commandJSON, len(list))
	for i := range list {
		rows[i] = commandRow(&list[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[commandJSON]{rows, pageAfter(next)})
	return nil
}

// cutPage cuts a list that was read one longer than a page, and returns the
// key of the next page, "" for none.
func cutPage[T any](list []T, size int, key func(*T) int64) ([]T, string) {
	if len(list) <= size {
		return list, ""
	}
	return list[:size], strconv.FormatInt(key(&list[size-1]), 10)
}
