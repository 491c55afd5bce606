package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// maxCurve is how many points of a curve are shown; a longer one is thinned
	// out evenly.
	maxCurve = 2000
	// maxBehind is how many messages behind a session are shown, newest first.
	maxBehind = 2000
	// A gap is a time without samples of gapTimes the usual distance, and of
	// leastGap at least.
	gapTimes = 3
	leastGap = 2 * time.Minute
)

// sessionDetailJSON is all that is known of a session: what lists show of it,
// and what they leave out.
type sessionDetailJSON struct {
	sessionJSON
	State              string           `json:"state"`
	StopReason         *string          `json:"stopReason"`
	ClosedBy           *string          `json:"closedBy"`
	ClosedBecause      *string          `json:"closedBecause"`
	StartedBy          *starterJSON     `json:"startedBy"`
	StoppedBy          *starterJSON     `json:"stoppedBy"`
	AuthorizationState *string          `json:"idTagStatus"`
	AccessID           *charging.ID     `json:"accessId"`
	Transaction        *string          `json:"transaction"`
	AssignedID         *int64           `json:"assignedTransactionId"`
	StartWritten       *string          `json:"startTimeWritten"`
	StartReceivedAt    instantJSON      `json:"startReceivedAt"`
	RegisterStartKwh   *thousandths     `json:"registerStartKwh"`
	RegisterEndKwh     *thousandths     `json:"registerEndKwh"`
	RemoteStartID      *int64           `json:"remoteStartId"`
	ReservationID      *int64           `json:"reservationId"`
	Incomplete         bool             `json:"messagesMissing"`
	Curve              []curvePointJSON `json:"curve"`
	CurveThinned       bool             `json:"curveThinned"`
	Gaps               []gapJSON        `json:"gaps"`
	Messages           []behindJSON     `json:"messages"`
	MessagesCut        bool             `json:"messagesCut"`
}

// starterJSON is a command that started or stopped a session.
type starterJSON struct {
	CommandID charging.ID `json:"commandId"`
	Actor     string      `json:"actor"`
	Action    string      `json:"action"`
	At        instantJSON `json:"timestamp"`
}

type curvePointJSON struct {
	Timestamp instantJSON  `json:"timestamp"`
	EnergyKwh thousandths  `json:"energyKwh"`
	PowerKw   *thousandths `json:"powerKw"`
	CurrentA  *thousandths `json:"currentA"`
	Voltage   *thousandths `json:"voltage"`
	SoC       *thousandths `json:"socPercent"`
	RecordID  int64        `json:"recordId"`
}

type gapJSON struct {
	Start instantJSON `json:"startTimestamp"`
	End   instantJSON `json:"endTimestamp"`
}

// behindJSON is a message behind a session.
type behindJSON struct {
	originJSON
	Oddities []charging.Oddity `json:"oddities"`
}

// closedBecause says in plain words why we closed a session ourselves.
var closedBecause = map[string]string{
	charging.EndSuperseded:  "Another session began on the port, so its stop seems lost.",
	charging.EndStopMissing: "No stop came: the port was free again, or nothing was heard of the session.",
	charging.EndNoMorePower: "It was charging that was seen without a transaction, and it ceased.",
}

// sessionDetail answers GET /api/sessions/{id}.
func (a *API) sessionDetail(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	v, err := a.sessionInScope(r, key)
	if err != nil {
		return err
	}
	d := sessionDetailJSON{sessionJSON: sessionRow(a.fleet.Estate(), v)}
	d.addEnds(v)
	d.addStart(v)
	known, err := a.cfg.Sessions.SessionProfile(r.Context(), v)
	if err != nil {
		return err
	}
	d.addCurve(known)
	if a.cfg.Records != nil {
		if err := a.addBehind(r.Context(), &d, v); err != nil {
			return err
		}
	}
	if err := a.addStarters(r.Context(), &d, v); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[sessionDetailJSON]{d})
	return nil
}

func (d *sessionDetailJSON) addEnds(v *charging.Session) {
	d.State = "running"
	if v.State == charging.SessionOpen {
		return
	}
	by := "charger"
	d.State, d.StopReason = "ended", orNull(v.EndReason)
	if why, ours := closedBecause[v.EndReason]; ours || v.State == charging.SessionLapsed {
		by = "server"
		if why == "" {
			why = "No stop came."
		}
		d.ClosedBecause = &why
		if v.State == charging.SessionLapsed {
			d.State = "closedProvisionally"
		}
	}
	d.ClosedBy = &by
}

func (d *sessionDetailJSON) addStart(v *charging.Session) {
	d.AuthorizationState, d.AccessID = orNull(string(v.TagStatus)), idOrNull(v.AccessID)
	d.Transaction, d.AssignedID = orNull(v.Transaction), idOrNull(v.AssignedID)
	d.StartWritten, d.StartReceivedAt = orNull(v.StartWritten), instantJSON(v.StartSeen)
	d.RemoteStartID, d.ReservationID = idOrNull(v.RemoteStart), idOrNull(v.Reservation)
	d.Incomplete = v.Incomplete
	if v.HasMeterStart {
		d.RegisterStartKwh = kwhOf(v.MeterStart)
	}
	switch {
	case v.HasStop && v.MeterStop != 0:
		d.RegisterEndKwh = kwhOf(v.MeterStop)
	case v.HasSegment:
		d.RegisterEndKwh = kwhOf(v.Register)
	}
}

func kwhOf(m charging.Milli) *thousandths {
	n := thousandths(m.Thousand())
	return &n
}

// addCurve adds the curve, thinned out when it is long, and where it has gaps.
func (d *sessionDetailJSON) addCurve(known []charging.ProfilePoint) {
	slices.SortStableFunc(known, func(a, b charging.ProfilePoint) int { return a.At.Compare(b.At) })
	d.Gaps = gapsOf(known)
	every := (len(known) + maxCurve - 1) / maxCurve
	d.CurveThinned = every > 1
	d.Curve = []curvePointJSON{}
	for i := range known {
		if every > 1 && i%every != 0 && i != len(known)-1 {
			continue
		}
		p := &known[i]
		d.Curve = append(d.Curve, curvePointJSON{Timestamp: instantJSON(p.At), EnergyKwh: thousandths(p.Energy.Thousand()),
			PowerKw: latestOf(p.Latest.Power, true), CurrentA: latestOf(p.Latest.Current, false), Voltage: latestOf(p.Latest.Voltage, false),
			SoC: latestOf(p.Latest.SoC, false), RecordID: p.Record})
	}
}

// latestOf is a value with at most three decimals, in thousands of its unit when
// it is told so; nil for none.
func latestOf(l charging.Latest, inThousands bool) *thousandths {
	if l.At.IsZero() {
		return nil
	}
	if inThousands {
		return kwhOf(l.Value)
	}
	return numberOf(l.Value)
}

// gapsOf are the times without samples, given points in the order of time.
func gapsOf(known []charging.ProfilePoint) []gapJSON {
	gaps := []gapJSON{}
	steps := make([]time.Duration, 0, len(known))
	for i := 1; i < len(known); i++ {
		if step := known[i].At.Sub(known[i-1].At); step > 0 {
			steps = append(steps, step)
		}
	}
	if len(steps) == 0 {
		return gaps
	}
	slices.Sort(steps)
	longest := max(gapTimes*steps[len(steps)/2], leastGap)
	for i := 1; i < len(known); i++ {
		if known[i].At.Sub(known[i-1].At) > longest {
			gaps = append(gaps, gapJSON{instantJSON(known[i-1].At), instantJSON(known[i].At)})
		}
	}
	return gaps
}

// addBehind adds the messages of the session's port while it ran, but for those
// of other sessions.
func (a *API) addBehind(ctx context.Context, d *sessionDetailJSON, v *charging.Session) error {
	d.Messages = []behindJSON{}
	from := v.StartSeen
	if from.IsZero() {
		from = v.StartedAt
	}
	q := charging.HistoryQuery{ChargerID: v.ChargerID, Port: &v.PortNumber, From: from, Limit: historyPage}
	if v.State != charging.SessionOpen {
		q.To = v.UpdatedAt
	}
	for {
		page, err := a.cfg.Records.History(ctx, q)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			r := &page[i]
			if r.Port != nil && r.Port.Session != nil && r.Port.Session.ID != v.ID {
				continue
			}
			if len(d.Messages) == maxBehind {
				d.MessagesCut = true
				return nil
			}
			d.Messages = append(d.Messages, behindJSON{*originOf(r), append([]charging.Oddity{}, r.Oddities...)})
		}
		q.Before = page[len(page)-1].ID
	}
}

// addStarters adds the commands that started and stopped the session, if any did.
func (a *API) addStarters(ctx context.Context, d *sessionDetailJSON, v *charging.Session) error {
	list, err := a.cfg.Sessions.CommandsOfSession(ctx, v.ChargerID, v.ID)
	for _, c := range list {
		row := &starterJSON{c.ID, c.Actor, c.Action, instantJSON(c.CreatedAt)}
		switch c.Action {
		case "RemoteStartTransaction", "RequestStartTransaction":
			d.StartedBy = row
		case "RemoteStopTransaction", "RequestStopTransaction":
			d.StoppedBy = row
		}
	}
	return err
}
