package health

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// at is so many minutes after a moment.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// from makes spans of pairs of minutes.
func from(pairs ...int) spans {
	var list spans
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, charging.Span{From: at(pairs[i]), To: at(pairs[i+1])})
	}
	return list
}

func TestSpans(t *testing.T) {
	f := func(got, want spans) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	f(over(from(5, 9, 0, 5, 20, 30, 25, 26, 40, 40, 60, 50)...), from(0, 9, 20, 30))
	f(from(0, 10, 20, 30).and(from(5, 25)), from(5, 10, 20, 25))
	f(from(0, 10).and(from(10, 20)), nil)
	f(from(0, 30).and(from(0, 10, 10, 30)), from(0, 10, 10, 30))
	f(from(0, 30).without(from(5, 10, 20, 40)), from(0, 5, 10, 20))
	f(from(0, 10, 20, 30, 40, 50).without(from(5, 45)), from(0, 5, 45, 50))
	f(from(0, 10).without(from(0, 10)), nil)
	f(from(0, 10).without(nil), from(0, 10))
	f(from(0, 10).or(from(5, 15, 20, 21)), from(0, 15, 20, 21))
	f(from(0, 10, 20, 30).within(from(8, 22)[0]), from(8, 10, 20, 22))
	if got := from(0, 10, 20, 25).length(); got != 15*time.Minute {
		t.Errorf("length %v", got)
	}
}

// someSpans draws spans on a line of a hundred minutes.
func someSpans(rt *rapid.T, label string) spans {
	pair := rapid.Custom(func(rt *rapid.T) charging.Span {
		return charging.Span{From: at(rapid.IntRange(0, 100).Draw(rt, "from")), To: at(rapid.IntRange(0, 100).Draw(rt, "to"))}
	})
	return over(rapid.SliceOfN(pair, 0, 8).Draw(rt, label)...)
}

// holds reports whether a moment lies in the spans.
func (s spans) holds(t time.Time) bool {
	for _, a := range s {
		if !t.Before(a.From) && t.Before(a.To) {
			return true
		}
	}
	return false
}

// TestSpansAreSets holds each operation against what it means, minute by minute.
func TestSpansAreSets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := someSpans(rt, "a"), someSpans(rt, "b")
		and, without, or := a.and(b), a.without(b), a.or(b)
		var inAnd, inWithout, inOr time.Duration
		for m := range 100 {
			inA, inB := a.holds(at(m)), b.holds(at(m))
			if and.holds(at(m)) != (inA && inB) || without.holds(at(m)) != (inA && !inB) || or.holds(at(m)) != (inA || inB) {
				rt.Fatalf("minute %d: %v and %v", m, a, b)
			}
			count(&inAnd, inA && inB)
			count(&inWithout, inA && !inB)
			count(&inOr, inA || inB)
		}
		if and.length() != inAnd || without.length() != inWithout || or.length() != inOr {
			rt.Fatalf("lengths %v %v %v, want %v %v %v", and.length(), without.length(), or.length(), inAnd, inWithout, inOr)
		}
	})
}

func count(sum *time.Duration, yes bool) {
	if yes {
		*sum += time.Minute
	}
}
