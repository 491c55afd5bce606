package v16

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// maxText is how many characters of a text of a charger are kept. The longest
// that the specification allows for such texts is 255; real ones go beyond
// their own limits, not beyond this.
const maxText = 255

// note adds an oddity to an event.
func note(e *charging.Event, code, detail string) {
	odd := ocpp.Oddities(e.Oddities)
	odd.AddDetail(code, detail)
	e.Oddities = odd
}

// text returns a charger's text without blanks around it, and cut to what is
// kept.
func text(e *charging.Event, name, s string) string {
	return shorten(e, name, strings.TrimSpace(s))
}

func shorten(e *charging.Event, name, s string) string {
	if len(s) <= maxText || utf8.RuneCountInString(s) <= maxText {
		return s
	}
	note(e, "cut", name)
	n := 0
	for i := range s {
		if n == maxText {
			return strings.Clone(s[:i])
		}
		n++
	}
	return s
}

// port returns the port that a connector id means. Without a usable one it is
// 0, the charger itself.
func port(e *charging.Event, n ocpp.Int) int {
	switch {
	case !n.Set:
		return 0
	case n.V < 0:
		note(e, "connector-out-of-range", n.Raw)
		return 0
	case n.V > math.MaxInt32:
		note(e, "connector-out-of-range", n.Raw)
		return math.MaxInt32
	default:
		return int(n.V)
	}
}

func timestamp(t ocpp.Time) charging.Timestamp {
	return charging.Timestamp{Written: t.Written, Parsed: t.T}
}

// register returns a meter register in Wh as mWh, with the decimals that some
// chargers write although it is a whole number.
func register(e *charging.Event, name string, n ocpp.Int) (charging.Milli, bool) {
	if !n.Set {
		return 0, false
	}
	v, ok := ocpp.Thousandths(n.Raw, 0)
	if !ok {
		note(e, "out-of-range", name)
	}
	return charging.Milli(v), ok
}
