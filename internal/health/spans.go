package health

import (
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// spans are stretches of time in order that do not touch each other. All
// functions take and return such lists, and change none.
type spans []charging.Span

// over returns the union of any spans; those without length are nothing.
func over(list ...charging.Span) spans {
	byStart := func(a, b charging.Span) int { return a.From.Compare(b.From) }
	if !slices.IsSortedFunc(list, byStart) {
		list = slices.Clone(list)
		slices.SortFunc(list, byStart)
	}
	var all spans
	for _, s := range list {
		all = all.plus(s)
	}
	return all
}

// plus adds a span that begins no earlier than the last; it may change the list.
func (s spans) plus(a charging.Span) spans {
	n := len(s)
	switch {
	case !a.From.Before(a.To):
		return s
	case n > 0 && !a.From.After(s[n-1].To):
		s[n-1].To = later(s[n-1].To, a.To)
		return s
	}
	return append(s, a)
}

// and returns what is in both.
func (s spans) and(o spans) spans {
	if len(s) == 0 || len(o) == 0 {
		return nil
	}
	var both spans
	for i, j := 0, 0; i < len(s) && j < len(o); {
		from, to := later(s[i].From, o[j].From), earlier(s[i].To, o[j].To)
		if from.Before(to) {
			both = append(both, charging.Span{From: from, To: to})
		}
		if s[i].To.Before(o[j].To) {
			i++
		} else {
			j++
		}
	}
	return both
}

// without returns what is in s and not in o.
func (s spans) without(o spans) spans {
	if len(o) == 0 {
		return s
	}
	var rest spans
	j := 0
	for _, a := range s {
		for j < len(o) && !o[j].To.After(a.From) {
			j++
		}
		from := a.From
		for k := j; k < len(o) && o[k].From.Before(a.To); k++ {
			if from.Before(o[k].From) {
				rest = append(rest, charging.Span{From: from, To: o[k].From})
			}
			from = later(from, o[k].To)
		}
		if from.Before(a.To) {
			rest = append(rest, charging.Span{From: from, To: a.To})
		}
	}
	return rest
}

// or returns what is in one of both.
func (s spans) or(o spans) spans {
	switch {
	case len(s) == 0:
		return o
	case len(o) == 0:
		return s
	}
	return over(slices.Concat(s, o)...)
}

// within returns what lies in a span.
func (s spans) within(bounds charging.Span) spans { return s.and(over(bounds)) }

// length is the sum of the spans.
func (s spans) length() (sum time.Duration) {
	for _, a := range s {
		sum += a.To.Sub(a.From)
	}
	return sum
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
