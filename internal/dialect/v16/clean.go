package v16

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// port returns the port that a connector id means. Without a usable one it is
// 0, the charger itself.
func port(e *charging.Event, n ocpp.Int) int { return reading.Number(e, "connector-out-of-range", n) }

// register returns a meter register in Wh as mWh, with the decimals that some
// chargers write although it is a whole number.
func register(e *charging.Event, name string, n ocpp.Int) (charging.Milli, bool) {
	if !n.Set {
		return 0, false
	}
	v, ok := ocpp.Thousandths(n.Raw, 0)
	if !ok {
		reading.Note(e, "out-of-range", name)
	}
	return charging.Milli(v), ok
}
