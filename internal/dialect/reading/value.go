package reading

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// maxText is how many characters of a text of a charger are kept. The longest
// that the specifications allow for such texts is 255; real ones go beyond
// their own limits, not beyond this.
const maxText = 255

// Note adds an oddity to an event.
func Note(e *charging.Event, code, detail string) {
	odd := ocpp.Oddities(e.Oddities)
	odd.AddDetail(code, detail)
	e.Oddities = odd
}

// Text returns a charger's text without blanks around it, and cut to what is
// kept.
func Text(e *charging.Event, name, s string) string {
	return Shorten(e, name, strings.TrimSpace(s))
}

// Shorten returns a charger's text cut to what is kept.
func Shorten(e *charging.Event, name, s string) string {
	if len(s) <= maxText || utf8.RuneCountInString(s) <= maxText {
		return s
	}
	Note(e, "cut", name)
	n := 0
	for i := range s {
		if n == maxText {
			return strings.Clone(s[:i])
		}
		n++
	}
	return s
}

// Number returns the number of a port or a connector. Without a usable one it
// is 0, the charger itself or the port as a whole. odd lists one that is out of
// range.
func Number(e *charging.Event, odd string, n ocpp.Int) int {
	switch {
	case !n.Set:
		return 0
	case n.V < 0:
		Note(e, odd, n.Raw)
		return 0
	case n.V > math.MaxInt32:
		Note(e, odd, n.Raw)
		return math.MaxInt32
	default:
		return int(n.V)
	}
}

// Time returns a charger's time.
func Time(t ocpp.Time) charging.Timestamp {
	return charging.Timestamp{Written: t.Written, Parsed: t.T}
}
