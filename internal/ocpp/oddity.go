package ocpp

import (
	"slices"
	"strings"
)

// Bounds of what is listed about one message, so that a hostile one cannot
// make the list, or an entry of it, long.
const (
	maxOddities     = 16
	maxOddityDetail = 60
)

// moreOddities ends a list that reached its bound.
const moreOddities = "more-oddities"

// Oddities lists what was wrong or unusual about a message and did not stop
// it: a lower-case code, and for most a detail after a colon. The zero value
// is an empty list.
type Oddities []string

// Add lists a code, once.
func (o *Oddities) Add(code string) {
	switch {
	case o.has(code):
	case len(*o) < maxOddities:
		*o = append(*o, code)
	case len(*o) == maxOddities:
		*o = append(*o, moreOddities)
	}
}

func (o *Oddities) has(code string) bool { return slices.Contains(*o, code) }

// AddDetail lists a code with a detail, which is cut to a bounded length and
// freed of what is not printable.
func (o *Oddities) AddDetail(code, detail string) {
	if len(*o) > maxOddities {
		return
	}
	if len(detail) > maxOddityDetail {
		detail = detail[:maxOddityDetail] + "…"
	}
	o.Add(code + ": " + strings.Map(printable, strings.ToValidUTF8(detail, "\uFFFD")))
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
