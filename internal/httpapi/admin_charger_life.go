package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// lives adds what is done with a charger to a change; the history says so with
// the members of detail.
func (c *adminChange) lives(charger charging.ID, kind charging.NoteKind, detail map[string]any) error {
	text, err := json.Marshal(detail)
	c.Lives = append(c.Lives, charging.ChargerLife{ChargerID: charger, Kind: kind, Detail: string(text)})
	return err
}

// moveCharger answers POST /api/admin/chargers/{id}/move. Nothing but the site
// changes: the connection, the sessions and the history stay.
func (a *API) moveCharger(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := pathCharger(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b struct {
		SiteID optional[charging.ID] `json:"siteId"`
	}
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var id charging.ID
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := pathCharger(c.e, r, key)
		if err != nil {
			return err
		}
		site, err := siteGiven(c.e, key, "siteId", b.SiteID)
		if err != nil {
			return err
		}
		if id = old.ID; site.ID == old.SiteID {
			return nil
		}
		next := old.ChargerSettings
		next.SiteID = site.ID
		if !next.Retired() {
			if err := freeNames(c.e, &next); err != nil {
				return err
			}
		}
		c.Chargers = []charging.ChargerSettings{next}
		return c.lives(id, charging.NoteMoved, map[string]any{"fromSiteId": old.SiteID, "toSiteId": site.ID})
	})
	if err == nil {
		a.answerCharger(w, r, id)
	}
	return err
}

func (a *API) answerCharger(w http.ResponseWriter, r *http.Request, id charging.ID) {
	e := a.fleet.Estate()
	a.writeData(w, r, http.StatusOK, dataJSON[adminChargerJSON]{adminChargerRow(e, e.AnyCharger(id))})
}

// replaceCharger answers POST /api/admin/chargers/{id}/replace: another box takes
// the place of the old one. What the place is stays: its ids, names, ports and
// history. What the old box was goes: what it reported, its password, its
// certificate, its connection. Without a word about passwords the new box gets
// a new one if the old one had one, which this answer shows.
func (a *API) replaceCharger(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := pathCharger(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b chargerBody
	if err := readJSON(w, r, &b); err != nil {
		return err
	}
	var id charging.ID
	var password string
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := pathCharger(c.e, r, key)
		if err != nil {
			return err
		}
		if id = old.ID; old.Retired() {
			return charging.Errorf(charging.Invalid, "The charger is retired; restore it first")
		}
		next := newBox(&old.ChargerSettings)
		if err := b.applyBox(&next); err != nil {
			return err
		}
		own := b
		if !b.Password.given && !b.GeneratePassword.given {
			own.GeneratePassword.value = old.PasswordHash != ""
		}
		if password, err = a.setPassword(&next, &own); err != nil {
			return err
		}
		if err := freeNames(c.e, &next); err != nil {
			return err
		}
		c.Chargers = []charging.ChargerSettings{next}
		return c.lives(id, charging.NoteReplaced, map[string]any{
			"oldOcppId": orNull(old.OCPPID), "newOcppId": orNull(next.OCPPID),
			"oldSerialNumber": orNull(old.EffectiveSerialNumber()), "newSerialNumber": orNull(next.SerialNumber)})
	})
	if err != nil {
		return err
	}
	a.cfg.Connections.Dismiss(id, "another box has taken this charger's place")
	a.answerMade(w, r, id, password)
	return nil
}

// newBox is what is left of a charger's settings when its box is replaced.
func newBox(old *charging.ChargerSettings) charging.ChargerSettings {
	next := *old
	next.Manufacturer, next.Model, next.SerialNumber, next.Firmware = "", "", "", ""
	next.PasswordHash, next.NextPasswordHash, next.Fingerprint = "", "", ""
	next.AssumeOCPP16, next.CallTimeout = false, 0
	return next
}

// applyBox takes over what was given of a new box. The place keeps the rest.
func (b *chargerBody) applyBox(c *charging.ChargerSettings) error {
	own := chargerBody{OCPPID: b.OCPPID, Manufacturer: b.Manufacturer, Model: b.Model, SerialNumber: b.SerialNumber,
		Fingerprint: b.Fingerprint, AssumeOCPP16: b.AssumeOCPP16, CallTimeout: b.CallTimeout}
	return own.apply(c)
}

// retireCharger answers POST /api/admin/chargers/{id}/retire: the charger is shown
// no more, its connection ends and it is not let in any more. Its history stays,
// and its identity and external id are free.
func (a *API) retireCharger(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var id charging.ID
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := pathCharger(c.e, r, key)
		if err != nil {
			return err
		}
		if id = old.ID; old.Retired() {
			return nil
		}
		next := old.ChargerSettings
		next.RetiredAt = c.At
		c.Chargers = []charging.ChargerSettings{next}
		return c.lives(id, charging.NoteRetired, map[string]any{"ocppId": orNull(old.OCPPID), "siteId": old.SiteID})
	})
	if err != nil {
		return err
	}
	a.cfg.Connections.Dismiss(id, "the charger was retired")
	a.answerCharger(w, r, id)
	return nil
}

// restoreCharger answers POST /api/admin/chargers/{id}/restore. Its names must
// still be free.
func (a *API) restoreCharger(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var id charging.ID
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := pathCharger(c.e, r, key)
		if err != nil {
			return err
		}
		if id = old.ID; !old.Retired() {
			return nil
		}
		next := old.ChargerSettings
		if err := freeNames(c.e, &next); err != nil {
			return err
		}
		next.RetiredAt = time.Time{}
		c.Chargers = []charging.ChargerSettings{next}
		return c.lives(id, charging.NoteRestored, map[string]any{"ocppId": orNull(next.OCPPID), "siteId": next.SiteID})
	})
	if err == nil {
		a.answerCharger(w, r, id)
	}
	return err
}
