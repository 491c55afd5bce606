package upkeep

import (
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The powers that are offered at a port whose own is not known, in W.
const (
	usualDC = 350_000
	usualAC = 22_080
)

// tellsNeeds reports whether a record is what a vehicle wants
// (NotifyEVChargingNeeds, OCPP 2.0.1 K15). One that follows setpoints was told
// that no profile comes.
func tellsNeeds(r *charging.Record) bool {
	return r.Kind == charging.RecordNote && strings.HasPrefix(r.Detail, `{"kind":"`+string(charging.NoteChargingNeeds)+`"`) &&
		!strings.Contains(r.Detail, `"DynamicControl"`)
}

// offer sends the profile that a vehicle of ISO 15118 waits for, within its 60
// seconds. Nothing here shares out energy, so it is offered all that its port
// has; what limits the charger otherwise holds besides.
func (u *Upkeep) offer(charger charging.ID, port int) {
	u.mu.Lock()
	if u.stopping {
		u.mu.Unlock()
		return
	}
	u.running.Add(1)
	u.mu.Unlock()
	defer u.running.Done()
	known := memory{}
	j, ok := u.newJob(charger, &known)
	if !ok {
		return
	}
	if err := j.sendOffer(port); err != nil {
		u.done.WithLabelValues("charging profile", "failed").Inc()
		u.log.Info("a vehicle's needs were not met with a charging profile", "charger", j.identity, "port", port, "reason", err)
		return
	}
	u.done.WithLabelValues("charging profile", "done").Inc()
}

// profile2x and what is in it are members of SetChargingProfile (OCPP 2.0.1
// K01), as far as an offer needs them.
type (
	profile2x struct {
		ID            int64        `json:"id"`
		StackLevel    int          `json:"stackLevel"`
		Purpose       string       `json:"chargingProfilePurpose"`
		Kind          string       `json:"chargingProfileKind"`
		TransactionID string       `json:"transactionId"`
		Schedule      []schedule2x `json:"chargingSchedule"`
	}
	schedule2x struct {
		ID       int        `json:"id"`
		Start    string     `json:"startSchedule"`
		RateUnit string     `json:"chargingRateUnit"`
		Periods  []period2x `json:"chargingSchedulePeriod"`
	}
	period2x struct {
		StartPeriod int     `json:"startPeriod"`
		Limit       float64 `json:"limit"`
	}
)

func (j *job) sendOffer(port int) error {
	c := j.u.fleet.Estate().Charger(j.charger)
	if c == nil {
		return nil
	}
	p := c.Port(port)
	if p == nil || p.Session == nil || p.Session.Transaction == "" {
		return charging.Errorf(charging.NotFound, "port %d has no running session that a profile could be for", port)
	}
	id, err := j.u.fleet.NextID(charging.IDProfile)
	if err != nil {
		return err
	}
	// A little in the past, so that no gap comes before it.
	start := charging.AppendTime(nil, j.now().Add(-time.Minute))
	request := struct {
		EVSE    int       `json:"evseId"`
		Profile profile2x `json:"chargingProfile"`
	}{port, profile2x{ID: id, Purpose: "TxProfile", Kind: "Absolute", TransactionID: p.Session.Transaction,
		Schedule: []schedule2x{{ID: 1, Start: string(start), RateUnit: "W", Periods: []period2x{{Limit: offered(c, p)}}}}}}
	var answer struct{ Status string }
	if err := j.call("SetChargingProfile", request, &answer); err != nil {
		return err
	}
	if answer.Status != statusAccepted {
		return charging.Errorf(charging.Conflict, "the charger answered SetChargingProfile with %s", answer.Status)
	}
	return nil
}

// offered is what a port has to give, in W.
func offered(c *charging.Charger, p *charging.Port) float64 {
	switch {
	case p.MaxPower > 0:
		return float64(p.MaxPower / 1000)
	case c.EffectiveType() == charging.DCFC:
		return usualDC
	}
	return usualAC
}
