package statefuzz

import (
	"fmt"
	"strconv"
	"time"
)

// charge is one charging session as the charger meant it.
type charge struct {
	id   int64 // in the API; 0 before it was shown
	port int   // 0 while a station of 2.x does not tell

	began time.Time
	seen  time.Time // when its start came; zero without one
	tag   string
	start *start16 // of 1.6

	assigned    int64  // the transaction id that we answered
	own         int64  // by which the charger calls it
	transaction string // of 2.x
	events      []*event2x
	told        []*event2x // those, and the samples that came over 1.6 meanwhile
	phase       string     // of 2.x, with the number and the time of its message
	phaseSeq    int
	phaseAt     time.Time

	stopped    bool // its charger said so
	lapsed     bool // we closed it, for want of a stop
	superseded bool // because another began
	observed   int  // samples of charging without a transaction

	meter     register
	latest    map[string]value
	soc       *value // at the begin
	socOpen   bool   // messages came out of order, and the start told none
	available time.Time
	lastSign  time.Time
}

// value is a reading.
type value struct {
	thousandths int64
	at          time.Time
}

// register sums up the rises of an import register, in Wh (no. 32).
type register struct {
	known               bool
	base, from, highest int64
	at                  time.Time
}

func (r *register) take(wh int64, at time.Time) {
	if at.Before(r.at) {
		return
	}
	if !r.known {
		r.known, r.from, r.highest = true, wh, wh
	}
	r.at = at
	fall := r.highest - wh
	switch {
	case fall <= 0:
		r.highest = wh
	case fall > 100 && fall*100 > r.highest:
		r.base += r.highest - r.from
		r.from, r.highest = wh, wh
	}
}

func (r *register) delivered() int64 { return r.base + r.highest - r.from }

// sample is one meter sample, in thousandths of what the API shows: W, mA, mV,
// thousandths of a percent; Wh of the register.
type sample struct {
	measurand string
	value     int64
}

// The measurands that are played.
const (
	energyRegister = "Energy.Active.Import.Register"
	powerImport    = "Power.Active.Import"
	currentImport  = "Current.Import"
	voltage        = "Voltage"
	soc            = "SoC"
)

// sampleKey is by what a sample is known that comes again.
type sampleKey struct {
	sample
	context string
	at      int64
}

// take adds the samples of one instant and reports whether there was power.
func (s *charge) take(samples []sample, at time.Time) (power bool) { return s.takeIn("", samples, at) }

// takeIn is take for samples with a context: what the begin of a transaction
// tells is not of the present (no. 35).
func (s *charge) takeIn(context string, samples []sample, at time.Time) (power bool) {
	if s.latest == nil {
		s.latest = map[string]value{}
	}
	for _, m := range samples {
		if m.measurand == energyRegister {
			s.meter.take(m.value, at)
			continue
		}
		if known, ok := s.latest[m.measurand]; context != "Transaction.Begin" && (!ok || !at.Before(known.at)) {
			s.latest[m.measurand] = value{m.value, at}
		}
		if m.measurand == soc && s.soc == nil && !at.After(s.began.Add(15*time.Minute)) {
			s.soc = &value{m.value, at}
		}
		power = power || m.measurand == powerImport && m.value > 0
	}
	return power
}

func (s *charge) expect() *session {
	e := &session{ID: s.id, StartTime: iso(s.began), EnergyDeliveredKwh: float64(s.meter.delivered()) / 1000, OCPPIDTag: text(s.tag)}
	if n := s.own; n > 0 { // no. 34
		e.OCPPTransactionID = &n
	}
	if s.soc != nil {
		percent := float64(s.soc.thousandths) / 1000
		e.SoCStartPercent = &percent
	}
	read := func(measurand string) *reading {
		v, ok := s.latest[measurand]
		if !ok {
			return nil
		}
		return &reading{Value: float64(v.thousandths) / 1000, Timestamp: iso(v.at)}
	}
	e.LatestReadings = readings{PowerKw: read(powerImport), CurrentA: read(currentImport), SoCPercent: read(soc), Voltage: read(voltage)}
	if s.tag == knownTag {
		e.Vehicle = &vehicle{ID: 700, Name: "Van 12"}
		e.RFID, e.Customer = &named{ID: 310, Name: "Card 12"}, &named{Name: "Linehaul"}
	}
	return e
}

// plainNumber is the number that a text of 2.x is, 0 for none (3.5 A).
func plainNumber(transaction string) int64 {
	n, err := strconv.ParseInt(transaction, 10, 64)
	if err != nil || n < 1 || n >= 1<<53 || strconv.FormatInt(n, 10) != transaction {
		return 0
	}
	return n
}

func portName(number int) string { return fmt.Sprint("Port ", number) }
