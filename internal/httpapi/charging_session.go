package httpapi

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/energy"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// sessionJSON is a session of GET /api/charging-sessions (contract 5.2).
type sessionJSON struct {
	ID                      charging.ID      `json:"id"`
	StartTime               instantJSON      `json:"startTime"`
	EndTime                 instantJSON      `json:"endTime"`
	UpdatedAt               instantJSON      `json:"updatedAt"`
	DurationSeconds         *int64           `json:"durationSeconds"`
	ChargingStartTime       instantJSON      `json:"chargingStartTime"`
	ChargingEndTime         instantJSON      `json:"chargingEndTime"`
	ChargingDurationSeconds *int64           `json:"chargingDurationSeconds"`
	EnergyDeliveredKwh      thousandths      `json:"energyDeliveredKwh"`
	AverageDemandKw         *thousandths     `json:"averageDemandKw"`
	MaxDemandKw             *thousandths     `json:"maxDemandKw"`
	SoCStartPercent         *thousandths     `json:"socStartPercent"`
	SoCEndPercent           *thousandths     `json:"socEndPercent"`
	Tag                     *string          `json:"ocppIdTag"`
	TransactionID           *int64           `json:"ocppTransactionId"`
	Tags                    []string         `json:"tags"`
	Intervals               *[]quarterJSON   `json:"intervals,omitempty"`
	TouEnergy               *[]touJSON       `json:"touEnergy,omitempty"`
	Site                    *siteRef         `json:"site"`
	Charger                 *chargerRef      `json:"charger"`
	Port                    *portOfRow       `json:"port"`
	Vehicle                 *vehicleRefJSON  `json:"vehicle"`
	RFID                    *rfidRef         `json:"rfid"`
	Customer                *customerJSON    `json:"customer"`
	Organization            *organizationRef `json:"organization"`
}

// rfidRef is the card of a session (contract section 2).
type rfidRef struct {
	ID   charging.ID `json:"id"`
	Name *string     `json:"name"`
}

// quarterJSON is a quarter hour of a session (contract 5.2).
type quarterJSON struct {
	StartTime          instantJSON `json:"startTime"`
	EndTime            instantJSON `json:"endTime"`
	EnergyDeliveredKwh thousandths `json:"energyDeliveredKwh"`
	AverageDemandKw    thousandths `json:"averageDemandKw"`
	MaxDemandKw        thousandths `json:"maxDemandKw"`
}

// touJSON is the energy of a tariff period (contract 5.2).
type touJSON struct {
	Name      string      `json:"name"`
	EnergyKwh thousandths `json:"energyKwh"`
}

func sessionRow(e *fleet.Estate, v *charging.Session) sessionJSON {
	row := sessionJSON{
		ID: v.ID, StartTime: instantJSON(v.StartedAt), EndTime: instantJSON(v.EndedAt), UpdatedAt: instantJSON(v.UpdatedAt),
		EnergyDeliveredKwh: thousandths(v.Energy.Thousand()), Tag: orNull(v.Tag), Tags: []string{},
		Vehicle: vehicleRef(e.Vehicle(v.VehicleID)), Customer: customerRef(e, v.CustomerID),
	}
	if v.HasSoCStart {
		row.SoCStartPercent = numberOf(v.SoCStart)
	}
	if !v.Latest.SoC.At.IsZero() {
		row.SoCEndPercent = numberOf(v.Latest.SoC.Value)
	}
	if v.TransactionID > 0 && v.TransactionID <= charging.MaxID {
		row.TransactionID = &v.TransactionID
	}
	if card := e.AccessID(v.AccessID); card != nil && card.Type == charging.TypeRFID {
		row.RFID = &rfidRef{card.ID, orNull(card.Name)}
	}
	row.addTimes(v)
	row.addPlace(e, v)
	return row
}

func numberOf(m charging.Milli) *thousandths {
	n := thousandths(m)
	return &n
}

// addTimes adds how long the session was and how much power it took. Power flowed
// from the first to the last sample that told of some; of a session without such
// samples, all the time (contract 5.4).
func (row *sessionJSON) addTimes(v *charging.Session) {
	from, to := v.PowerFrom, v.PowerTo
	if from.IsZero() || !from.Before(to) {
		from, to = v.StartedAt, v.EndedAt
	}
	row.ChargingStartTime = instantJSON(from)
	if v.EndedAt.IsZero() {
		return
	}
	row.ChargingEndTime = instantJSON(to)
	lasted, charged := wholeSeconds(v.StartedAt, v.EndedAt), wholeSeconds(from, to)
	row.DurationSeconds, row.ChargingDurationSeconds = &lasted, &charged
	if charged > 0 {
		row.AverageDemandKw = demandOf(energy.Demand(v.Energy, time.Duration(charged)*time.Second))
	}
}

func wholeSeconds(from, to time.Time) int64 { return int64(to.Sub(from) / time.Second) }

// demandOf is a mean power in kW, with two decimals.
func demandOf(mW charging.Milli) *thousandths {
	watts := mW.Thousand()
	n := thousandths((watts + 5) / 10 * 10)
	return &n
}

// addPlace adds where the session was.
func (row *sessionJSON) addPlace(e *fleet.Estate, v *charging.Session) {
	c := e.AnyCharger(v.ChargerID)
	if c == nil {
		return
	}
	charger := chargerRefOf(c)
	row.Charger, row.Port = &charger, portRowOf(c, v.PortNumber)
	if s := e.Site(c.SiteID); s != nil {
		site, organization := siteRefOf(s), organizationRefOf(e, s)
		row.Site, row.Organization = &site, &organization
	}
}

// addCourse adds what is asked for of the course of the session's energy.
func (a *API) addCourse(ctx context.Context, row *sessionJSON, v *charging.Session, req sessionRequest, tariffs tariffs, now time.Time) error {
	known, err := a.cfg.Sessions.SessionProfile(ctx, v)
	if err != nil {
		return err
	}
	end := v.EndedAt
	if end.IsZero() {
		end = now
	}
	course := energy.CourseOf(v, known, end)
	if req.intervals {
		row.addIntervals(course.Intervals())
	}
	if !req.tariff {
		return nil
	}
	list := []touJSON{}
	row.TouEnergy = &list
	e := a.fleet.Estate()
	c := e.AnyCharger(v.ChargerID)
	if c == nil {
		return nil
	}
	site := e.Site(c.SiteID)
	if site == nil {
		return nil
	}
	periods, err := tariffs.get(ctx, site.ID)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(site.Timezone)
	if err != nil {
		zone = time.UTC // it was checked when it was set; a newer list of zones may lack it
	}
	for _, p := range course.ByTariff(periods, zone) {
		list = append(list, touJSON{p.Name, thousandths(p.Energy.Thousand())})
	}
	return nil
}

// addIntervals adds the quarter hours. Their energies are rounded so that those
// shown add up to that of the session.
func (row *sessionJSON) addIntervals(intervals []energy.Interval) {
	list := make([]quarterJSON, len(intervals))
	sum := charging.Milli(0)
	for i, v := range intervals {
		before := sum.Thousand()
		sum += v.Energy
		list[i] = quarterJSON{instantJSON(v.Start), instantJSON(v.End), thousandths(sum.Thousand() - before), *demandOf(v.Demand), *demandOf(v.MaxDemand)}
	}
	row.Intervals = &list
	if len(intervals) > 0 {
		row.MaxDemandKw = demandOf(energy.MaxDemand(intervals))
	}
}
