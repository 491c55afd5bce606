package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Reservations is where ports are reserved (contract section 12).
type Reservations interface {
	// Reserve and Cancel return what came of it, after 30 seconds at the latest.
	Reserve(ctx context.Context, r charging.Reservation, key charging.ID) (charging.CommandResult, error)
	Cancel(ctx context.Context, charger charging.ID, number int64, actor string, key charging.ID) (charging.CommandResult, error)
	// ReservationsMade returns them newest first.
	ReservationsMade(ctx context.Context, q charging.ReservationQuery) ([]charging.Reservation, error)
}

const (
	// maxIDTag is the length of an id tag (contract section 12; OCPP 1.6 CiString20).
	maxIDTag = 20
	// maxReservation is the greatest integer of OCPP.
	maxReservation   = 1<<31 - 1
	reservationsPage = 100
)

// tagTypes are the words of contract section 12 for idTokenType.
var tagTypes = []string{"Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"}

// The answers of chargers (contract sections 12 and 17). Any other word is
// Rejected.
var (
	reserveWords  = []string{"Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"}
	acceptedWords = []string{"Accepted", "Rejected"}
)

// The texts of contract section 12 for a charger that cannot be asked.
var (
	errNotConnected = charging.Errorf(charging.Invalid, "Charger is not connected")
	errNoResponse   = charging.Errorf(charging.Invalid, "Charger did not respond")
)

func (a *API) reservationRoutes() []route {
	if a.cfg.Reservations == nil {
		return nil
	}
	return []route{
		{path: "/api/reservations", handle: a.permitted(charging.PermitRead, a.listReservations), cors: true},
		{method: http.MethodPost, path: "/api/ocpp/reservations", handle: a.permitted(charging.PermitControl, a.postReservation), cors: true},
		{method: http.MethodPost, path: "/api/ocpp/reservations/cancel", handle: a.permitted(charging.PermitControl, a.cancelReservation), cors: true},
	}
}

// statusJSON is what a charger said.
type statusJSON struct {
	Status string `json:"status"`
}

// answerOf is what a charger said in the contract's words. One that is not
// there, or does not answer, is the fault of neither side's server (contract
// section 12): errors are Invalid.
func answerOf(c *charging.CommandResult, words []string) (status statusJSON, err error) {
	switch c.Status {
	case charging.CommandNotConnected:
		return status, errNotConnected
	case charging.CommandAnswered, charging.CommandRefused:
	default:
		return status, errNoResponse
	}
	status.Status = "Rejected"
	if i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, c.Outcome) }); i >= 0 {
		status.Status = words[i]
	}
	return status, nil
}

// tellStatus answers with what a charger said.
func (a *API) tellStatus(w http.ResponseWriter, r *http.Request, c *charging.CommandResult, words []string) error {
	status, err := answerOf(c, words)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[statusJSON]{status})
	return nil
}

// forCharger is a part of a body that names a port and an access ID.
type forCharger struct {
	PortID  *int64  `json:"portId"`
	IDTag   *string `json:"idTag"`
	TagType *string `json:"idTokenType"`
}

// check holds the members against the contract; which charger it is for decides
// whether idTokenType counts.
func (b *forCharger) check() error {
	switch {
	case b.PortID == nil:
		return lacking("portId", "GET /api/sites shows the ports' ids")
	case b.IDTag == nil || *b.IDTag == "":
		return lacking("idTag", "name the access ID")
	case len(*b.IDTag) > maxIDTag:
		return charging.Errorf(charging.Invalid, "idTag: has more than %d characters", maxIDTag)
	}
	return nil
}

// tagType is the type of the access ID for a charger: "" in 1.6, which has none
// and ignores what is sent (contract section 12).
func (b *forCharger) tagType(c *charging.Charger) (string, error) {
	switch {
	case c.Connection != nil && c.Connection.Protocol == "ocpp1.6":
		return "", nil
	case b.TagType == nil:
		return "Central", nil
	case !slices.Contains(tagTypes, *b.TagType):
		return "", charging.Errorf(charging.Invalid, "idTokenType: %q is none of %s", *b.TagType, strings.Join(tagTypes, ", "))
	}
	return *b.TagType, nil
}

func lacking(member, fix string) error {
	return charging.Errorf(charging.Invalid, "%s: is missing; %s", member, fix)
}

// portInScope returns the port with that id and its charger; one outside the
// key's scope does not exist for it (contract 1.3).
func (a *API) portInScope(key *charging.APIKey, id charging.ID) (*charging.Charger, *charging.Port, error) {
	e := a.fleet.Estate()
	for slot := range e.Len() {
		for _, p := range e.At(slot).Ports {
			if p.ID == id {
				c, err := a.chargerInScope(key, e.At(slot).ID)
				return c, p, err
			}
		}
	}
	return nil, nil, errNotFound
}

// reservationBody is the body of a reservation.
type reservationBody struct {
	PortID  *int64  `json:"portId"`
	IDTag   *string `json:"idTag"`
	TagType *string `json:"idTokenType"`
	Expiry  *string `json:"expiryDate"`
	Number  *int64  `json:"reservationId"`
	Parent  string  `json:"parentIdTag"`
}

// postReservation answers POST /api/ocpp/reservations.
func (a *API) postReservation(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body reservationBody
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	to := forCharger{body.PortID, body.IDTag, body.TagType}
	if err := to.check(); err != nil {
		return err
	}
	if err := checkNumber(body.Number); err != nil {
		return err
	}
	if len(body.Parent) > maxIDTag {
		return charging.Errorf(charging.Invalid, "parentIdTag: has more than %d characters", maxIDTag)
	}
	expires, err := expiryOf(body.Expiry, time.Now())
	if err != nil {
		return err
	}
	c, port, err := a.portInScope(key, *body.PortID)
	if err != nil {
		return err
	}
	v := charging.Reservation{ChargerID: c.ID, PortID: port.ID, Port: port.Number, Number: *body.Number, Tag: *body.IDTag,
		ExpiresAt: expires, Actor: actorOf(key)}
	if v.TagType, err = to.tagType(c); err != nil {
		return err
	}
	if v.TagType == "" { // only 1.6 has it (contract section 12)
		v.GroupTag = body.Parent
	}
	result, err := a.cfg.Reservations.Reserve(r.Context(), v, key.ID)
	if err != nil {
		return err
	}
	return a.tellStatus(w, r, &result, reserveWords)
}

func checkNumber(number *int64) error {
	switch {
	case number == nil:
		return lacking("reservationId", "choose a number from 1 to 2147483647")
	case *number < 1 || *number > maxReservation:
		return charging.Errorf(charging.Invalid, "reservationId: must be a whole number from 1 to %d", maxReservation)
	}
	return nil
}

func expiryOf(text *string, now time.Time) (time.Time, error) {
	if text == nil || *text == "" {
		return time.Time{}, lacking("expiryDate", "say until when the port is kept, such as 2026-03-02T08:00:00Z")
	}
	t, err := parseInstant(*text)
	switch {
	case err != nil:
		return t, charging.Errorf(charging.Invalid, "expiryDate: %q is no time; write it like 2026-03-02T06:00:00Z", *text)
	case !t.After(now):
		return t, charging.Errorf(charging.Invalid, "expiryDate: must be in the future")
	}
	return t, nil
}

// cancelReservation answers POST /api/ocpp/reservations/cancel.
func (a *API) cancelReservation(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body struct {
		ChargerID *int64 `json:"chargerId"`
		Number    *int64 `json:"reservationId"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ChargerID == nil {
		return lacking("chargerId", "GET /api/sites shows the chargers' ids")
	}
	if err := checkNumber(body.Number); err != nil {
		return err
	}
	c, err := a.chargerInScope(key, *body.ChargerID)
	if err != nil {
		return err
	}
	result, err := a.cfg.Reservations.Cancel(r.Context(), c.ID, *body.Number, actorOf(key), key.ID)
	if err != nil {
		return err
	}
	return a.tellStatus(w, r, &result, acceptedWords)
}

// reservationJSON is a row of /api/reservations.
type reservationJSON struct {
	ID            charging.ID               `json:"id"`
	ReservationID int64                     `json:"reservationId"`
	ChargerID     charging.ID               `json:"chargerId"`
	PortID        charging.ID               `json:"portId"`
	PortNumber    int                       `json:"portNumber"`
	IDTag         string                    `json:"idTag"`
	TagType       *string                   `json:"idTokenType"`
	ParentIDTag   *string                   `json:"parentIdTag"`
	State         charging.ReservationState `json:"state"`
	Answer        *string                   `json:"answer"`
	ExpiryDate    instantJSON               `json:"expiryDate"`
	CreatedAt     instantJSON               `json:"createdAt"`
	EndedAt       instantJSON               `json:"endedAt"`
	SessionID     *charging.ID              `json:"chargingSessionId"`
	CommandID     *charging.ID              `json:"commandId"`
	Actor         string                    `json:"actor"`
}

func reservationRow(r *charging.Reservation, now time.Time) reservationJSON {
	row := reservationJSON{ID: r.ID, ReservationID: r.Number, ChargerID: r.ChargerID, PortID: r.PortID, PortNumber: r.Port, IDTag: r.Tag,
		TagType: orNull(r.TagType), ParentIDTag: orNull(r.GroupTag), State: r.StateAt(now), Answer: orNull(r.Answer),
		ExpiryDate: instantJSON(r.ExpiresAt), CreatedAt: instantJSON(r.CreatedAt), EndedAt: instantJSON(r.EndedAt),
		SessionID: idOrNull(r.SessionID), CommandID: idOrNull(r.CommandID), Actor: r.Actor}
	if row.State == charging.ReservationExpired && r.EndedAt.IsZero() {
		row.EndedAt = row.ExpiryDate
	}
	return row
}

// listReservations answers GET /api/reservations, newest first.
func (a *API) listReservations(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.ReservationQuery{Chargers: []charging.ID{}, Now: time.Now(), Before: p.before(), Limit: reservationsPage + 1}
	for _, c := range a.chargersSeen(key, p) {
		q.Chargers = append(q.Chargers, c.ID)
	}
	for _, word := range p.texts("state") {
		if !slices.Contains(charging.ReservationStates, charging.ReservationState(word)) {
			p.wrong("state", "%q is none of %s", word, stateWords())
		}
		q.States = append(q.States, charging.ReservationState(word))
	}
	if p.err != nil {
		return p.err
	}
	list, err := a.cfg.Reservations.ReservationsMade(r.Context(), q)
	if err != nil {
		return err
	}
	list, next := cutPage(list, reservationsPage, func(r *charging.Reservation) int64 { return r.ID })
	rows := make([]reservationJSON, len(list))
	for i := range list {
		rows[i] = reservationRow(&list[i], q.Now)
	}
	a.writeData(w, r, http.StatusOK, listJSON[reservationJSON]{rows, pageAfter(next)})
	return nil
}

func stateWords() string {
	words := make([]string, len(charging.ReservationStates))
	for i, s := range charging.ReservationStates {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
