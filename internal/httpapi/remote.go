package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// remoteRoutes start and stop sessions from afar. Their form is ours: of the
// original only the title is known (contract section 17).
func (a *API) remoteRoutes() []route {
	if a.cfg.Commands == nil {
		return nil
	}
	return []route{
		{method: http.MethodPost, path: "/api/ocpp/remote-start", handle: a.permitted(charging.PermitControl, a.remoteStart), cors: true},
		{method: http.MethodPost, path: "/api/ocpp/remote-stop", handle: a.permitted(charging.PermitControl, a.remoteStop), cors: true},
	}
}

// remoteWithin is how long a charger has to answer (contract section 12).
const remoteWithin = 30 * time.Second

// remoteStart answers POST /api/ocpp/remote-start.
func (a *API) remoteStart(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body forCharger
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	c, port, err := a.portInScope(key, *body.PortID)
	if err != nil {
		return err
	}
	tagType, err := body.tagType(c)
	if err != nil {
		return err
	}
	return a.remote(w, r, key, c.ID, "start", map[string]any{"port": port.Number, "tag": *body.IDTag, "tagType": tagType})
}

// remoteStop answers POST /api/ocpp/remote-stop.
func (a *API) remoteStop(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body struct {
		SessionID *int64 `json:"chargingSessionId"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.SessionID == nil {
		return lacking("chargingSessionId", "GET /api/sites shows the running sessions' ids")
	}
	charger, err := a.chargerOfSession(r.Context(), *body.SessionID)
	if err != nil {
		return err
	}
	c, err := a.chargerInScope(key, charger)
	if err != nil {
		return err
	}
	if !runs(c, *body.SessionID) {
		return charging.Errorf(charging.Conflict, "chargingSessionId: the session has ended")
	}
	return a.remote(w, r, key, c.ID, "stop", map[string]any{"session": *body.SessionID})
}

// chargerOfSession returns the charger of a session, whether it runs or ended.
func (a *API) chargerOfSession(ctx context.Context, session charging.ID) (charging.ID, error) {
	e := a.fleet.Estate()
	for slot := range e.Len() {
		if c := e.At(slot); runs(c, session) {
			return c.ID, nil
		}
	}
	if a.cfg.SessionByID != nil {
		if s, err := a.cfg.SessionByID(ctx, session); err != nil || s != nil {
			if err != nil {
				return 0, err
			}
			return s.ChargerID, nil
		}
	}
	return 0, errNotFound
}

func runs(c *charging.Charger, session charging.ID) bool {
	for _, p := range c.Ports {
		if p.Session != nil && p.Session.ID == session {
			return true
		}
	}
	for _, s := range c.Floating {
		if s.ID == session {
			return true
		}
	}
	return false
}

// remote gives an order and answers what the charger said, or that it said
// nothing.
func (a *API) remote(w http.ResponseWriter, r *http.Request, key *charging.APIKey, charger charging.ID, order string, body map[string]any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	given, err := a.cfg.Commands.Ask(r.Context(), charging.CommandRequest{ChargerID: charger, Order: order, Body: text,
		Actor: actorOf(key), KeyID: key.ID, Timeout: remoteWithin})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), remoteWithin)
	defer cancel()
	c, err := a.cfg.Commands.Wait(ctx, given[len(given)-1].ID)
	if err != nil {
		return err
	}
	return a.tellStatus(w, r, &c, acceptedWords)
}
