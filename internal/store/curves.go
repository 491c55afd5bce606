package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// quarterHour is the step of what is kept of pruned readings.
const quarterHour = 15 * time.Minute

var curveColumns = []string{"charger_id", "port_number", "session_id", "quarter", "energy", "soc", "max_power", "power_sum",
	"power_count"}

// CurvePoint is what is kept of the readings of a quarter hour.
type CurvePoint struct {
	Quarter  time.Time      // when it began
	Energy   charging.Milli // mWh at its end: of the session, or of the meter outside sessions
	Power    charging.Milli // mW, the mean of what was measured
	MaxPower charging.Milli // mW
	SoC      charging.Milli // thousandths of a percent, the last
	// The flags say which of them there are.
	HasEnergy, HasPower, HasSoC bool
}

// curveKey names a row of curves.
type curveKey struct {
	charger charging.ID
	port    int
	session charging.ID // 0 outside sessions
	quarter int64       // microseconds
}

// curveValues are the values that one record adds to its row.
type curveValues struct {
	energy, soc, power          charging.Milli
	hasEnergy, hasSoC, hasPower bool
}

// curveOf works out what a record adds to the curve of its session or port; ok
// is false when that is nothing.
func curveOf(r *prunedRow) (key curveKey, v curveValues, ok bool, err error) {
	readings, err := unpackReadings(r.readings)
	if err != nil || len(readings) == 0 {
		return key, v, false, err
	}
	at := readings[0].Time.Or(r.received)
	key = curveKey{charger: r.charger, port: r.port, quarter: at.Truncate(quarterHour).UnixMicro()}
	v = measured(readings)
	if r.port > 0 {
		state, err := unpackPortState(r.state)
		if err != nil {
			return key, v, false, err
		}
		if session := state.Session; session != nil {
			key.session = session.ID
			v = ofSession(session, v)
		}
	}
	return key, v, v.hasEnergy || v.hasSoC || v.hasPower, nil
}

// measured takes the values of whole readings: no phase, at the outlet or the
// grid side.
func measured(readings []charging.Reading) (v curveValues) {
	for i := range readings {
		r := &readings[i]
		if !r.Valid || r.Phase != charging.PhaseNone {
			continue
		}
		switch r.Measurand {
		case charging.EnergyActiveImportRegister:
			v.energy, v.hasEnergy = r.Value, true
		case charging.PowerActiveImport:
			v.power, v.hasPower = r.Value, true
		case charging.SoC:
			v.soc, v.hasSoC = r.Value, true
		}
	}
	return v
}

// ofSession takes what the session made of the readings: its energy counts
// from its start, and its power is that of all phases.
func ofSession(session *charging.Session, v curveValues) curveValues {
	v.energy, v.hasEnergy = session.Energy, true
	if power := session.Latest.Power; !power.At.IsZero() {
		v.power, v.hasPower = power.Value, true
	}
	if soc := session.Latest.SoC; !soc.At.IsZero() {
		v.soc, v.hasSoC = soc.Value, true
	}
	return v
}

func (db *sqlite) addCurve(key curveKey, v curveValues) error {
	optional := func(value charging.Milli, has bool) any {
		if !has {
			return nil
		}
		return int64(value)
	}
	_, err := db.exec(addCurve, key.charger, int64(key.port), key.session, key.quarter, optional(v.energy, v.hasEnergy),
		optional(v.soc, v.hasSoC), optional(v.power, v.hasPower), int64(v.power), bit(v.hasPower))
	return err
}

// Curve reads what is kept of the pruned readings of a session, or of a port
// outside sessions (session 0), in the order of time.
func (s *Store) Curve(ctx context.Context, charger charging.ID, port int, session charging.ID) ([]CurvePoint, error) {
	var points []CurvePoint
	after := int64(-1 << 62)
	for {
		before := len(points)
		err := s.reading("reading a curve", func(db *sqlite) (err error) {
			points, err = db.curvePage(ctx, points, charger, port, session, after)
			return err
		})
		if err != nil || len(points)-before < pageSize {
			return points, err
		}
		after = points[len(points)-1].Quarter.UnixMicro()
	}
}

func (db *sqlite) curvePage(ctx context.Context, points []CurvePoint, key ...any) ([]CurvePoint, error) {
	rows, err := db.query(ctx, readCurve, append(key, pageSize)...)
	if err != nil {
		return points, err
	}
	defer rows.Close()
	for rows.Next() {
		var quarter, sum, count int64
		var energy, soc, power sql.NullInt64
		if err := rows.Scan(&quarter, &energy, &soc, &power, &sum, &count); err != nil {
			return points, err
		}
		point := CurvePoint{
			Quarter: time.UnixMicro(quarter).UTC(),
			Energy:  charging.Milli(energy.Int64), HasEnergy: energy.Valid,
			SoC: charging.Milli(soc.Int64), HasSoC: soc.Valid,
			MaxPower: charging.Milli(power.Int64), HasPower: power.Valid,
		}
		if count > 0 {
			point.Power = charging.Milli(sum / count)
		}
		points = append(points, point)
	}
	return points, rows.Err()
}
