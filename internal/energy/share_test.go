package energy_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/energy"
)

// kw is a kW in thousandths of W.
const kw charging.Milli = 1_000_000

func ready(rated, least charging.Milli) energy.Consumer {
	return energy.Consumer{Rated: rated * kw, Least: least * kw, Counts: rated * kw}
}

func fixed(rated, counts charging.Milli) energy.Consumer {
	return energy.Consumer{Rated: rated * kw, Least: 5 * kw, Counts: counts * kw, Fixed: true}
}

func TestALimitIsDividedByRatedPower(t *testing.T) {
	for _, tt := range []struct {
		name  string
		limit charging.Milli
		all   []energy.Consumer
		want  []charging.Milli // kW
		kept  bool
	}{
		{"by rated power", 150, []energy.Consumer{ready(200, 5), ready(100, 5)}, []charging.Milli{100, 50}, true},
		{"nobody gets more than it can take", 900, []energy.Consumer{ready(200, 5), ready(100, 5)}, []charging.Milli{200, 100}, true},
		{"nobody gets less than its least", 60, []energy.Consumer{ready(200, 5), ready(40, 20)}, []charging.Milli{40, 20}, true},
		{"what the least takes, the others go without", 30, []energy.Consumer{ready(100, 1), ready(100, 1), ready(10, 10)},
			[]charging.Milli{10, 10, 10}, true},
		{"one whose least follows from another's", 30, []energy.Consumer{ready(100, 5), ready(50, 9), ready(10, 8)},
			[]charging.Milli{13, 9, 8}, true},
		{"who cannot be told counts whole", 150, []energy.Consumer{fixed(100, 100), ready(100, 5), ready(100, 5)},
			[]charging.Milli{100, 25, 25}, true},
		{"who has accepted counts with that", 150, []energy.Consumer{fixed(100, 30), ready(100, 5), ready(100, 5)},
			[]charging.Milli{30, 60, 60}, true},
		{"just kept", 110, []energy.Consumer{fixed(100, 100), ready(100, 5), ready(100, 5)}, []charging.Milli{100, 5, 5}, true},
		{"not kept", 109, []energy.Consumer{fixed(100, 100), ready(100, 5), ready(100, 5)}, []charging.Milli{100, 5, 5}, false},
		{"nobody is there", 10, nil, []charging.Milli{}, true},
		{"a charger without power", 10, []energy.Consumer{ready(0, 0), ready(5, 5)}, []charging.Milli{0, 5}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := energy.Divide(tt.limit*kw, tt.all)
			got := make([]charging.Milli, len(d.Targets))
			for i, v := range d.Targets {
				got[i] = v / kw
			}
			if !slices.Equal(got, tt.want) || d.Kept != tt.kept {
				t.Errorf("%v kept %v, want %v kept %v", got, d.Kept, tt.want, tt.kept)
			}
		})
	}
}

func TestTargetsHaveOneDecimalAndGreatLimitsDoNotOverflow(t *testing.T) {
	d := energy.Divide(100_000, []energy.Consumer{ready(1, 0), ready(1, 0), ready(1, 0)})
	if want := []charging.Milli{33_300, 33_300, 33_300}; !slices.Equal(d.Targets, want) {
		t.Errorf("%v", d.Targets)
	}
	const most = 1_000_000_000_000 // 1 GW in mW
	d = energy.Divide(most, []energy.Consumer{{Rated: most, Counts: most}, {Rated: most, Counts: most}})
	if want := []charging.Milli{most / 2, most / 2}; !slices.Equal(d.Targets, want) {
		t.Errorf("%v", d.Targets)
	}
}

func TestWhoGetsLessIsToldBeforeWhoGetsMore(t *testing.T) {
	all := []energy.Consumer{ready(100, 5), ready(100, 5), fixed(100, 50)}
	all[1].Counts = 10 * kw
	d := energy.Divide(150*kw, all) // 50, 50, 50
	if got := d.Next(150*kw, all); !slices.Equal(got, []int{0}) {
		t.Errorf("first %v", got)
	}
	all[0].Counts = 50 * kw
	if got := d.Next(150*kw, all); !slices.Equal(got, []int{1}) {
		t.Errorf("then %v", got)
	}
	all[1].Counts = 50 * kw
	if got := d.Next(150*kw, all); len(got) != 0 {
		t.Errorf("at last %v", got)
	}
	all[1].Counts, all[2].Counts = 10*kw, 140*kw // the plan is old
	if got := d.Next(150*kw, all); len(got) != 0 {
		t.Errorf("more than the limit is left for: %v", got)
	}
}

func TestAHundredthMoreIsNotWorthTelling(t *testing.T) {
	all := []energy.Consumer{ready(100, 5), ready(100, 5)}
	for _, tt := range []struct {
		counts charging.Milli // of each, in W
		told   int
	}{{49_000, 0}, {48_999, 2}, {50_001, 2}, {50_000, 0}} {
		all[0].Counts, all[1].Counts = tt.counts*1000, tt.counts*1000
		d := energy.Divide(100*kw, all)
		if next := d.Next(100*kw, all); len(next) != tt.told {
			t.Errorf("with %d W each %v are told", tt.counts, next)
		}
	}
}

func drawn(t *rapid.T) (limit charging.Milli, all []energy.Consumer) {
	limit = charging.Milli(rapid.Int64Range(0, 2_000_000_000).Draw(t, "limit"))
	for range rapid.IntRange(0, 12).Draw(t, "chargers") {
		rated := charging.Milli(rapid.Int64Range(0, 400_000_000).Draw(t, "rated"))
		c := energy.Consumer{Rated: rated, Least: charging.Milli(rapid.Int64Range(0, int64(rated)).Draw(t, "least")), Counts: rated}
		c.Fixed = rapid.Bool().Draw(t, "fixed")
		if rapid.Bool().Draw(t, "accepted") {
			c.Counts = charging.Milli(rapid.Int64Range(0, int64(rated)).Draw(t, "counts"))
		}
		all = append(all, c)
	}
	return limit, all
}

func TestTheSumNeverExceedsTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit, all := drawn(t)
		d := energy.Divide(limit, all)
		var sum, least, free charging.Milli
		for i, c := range all {
			sum += d.Targets[i]
			switch {
			case c.Fixed:
				least += c.Counts
				if d.Targets[i] != c.Counts {
					t.Fatalf("%d cannot be told and counts with %d, not %d", i, c.Counts, d.Targets[i])
				}
			case d.Targets[i] < c.Least || d.Targets[i] > c.Rated:
				t.Fatalf("%d gets %d of %d to %d", i, d.Targets[i], c.Least, c.Rated)
			default:
				least += c.Least
				free += c.Rated - d.Targets[i]
			}
		}
		if d.Least != least || d.Kept != (least <= limit) {
			t.Fatalf("kept %v with %d of %d at least", d.Kept, least, limit)
		}
		if d.Kept && sum > limit {
			t.Fatalf("%d of %d", sum, limit)
		}
		if grains := charging.Milli(len(all)) * 100; d.Kept && free > grains && limit-sum > grains {
			t.Fatalf("%d of %d is left, and chargers could take %d", limit-sum, limit, free)
		}
	})
}

// TestTheLimitIsNotExceededOnTheWay plays chargers that accept, refuse, come and
// go in any order.
func TestTheLimitIsNotExceededOnTheWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit, all := drawn(t)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			before := sumOf(all)
			d := energy.Divide(limit, all)
			for _, i := range d.Next(limit, all) {
				if all[i].Fixed {
					t.Fatalf("%d cannot be told and is told", i)
				}
				// More counts at once, less when it is accepted.
				all[i].Counts = max(all[i].Counts, d.Targets[i])
				if rapid.Bool().Draw(t, "accepts") {
					all[i].Counts = d.Targets[i]
				}
			}
			if after := sumOf(all); after > limit && after > before {
				t.Fatalf("%d became %d, over %d", before, after, limit)
			}
			for i := range all {
				all[i].Fixed = all[i].Fixed != rapid.Bool().Draw(t, "comes or goes")
			}
			if rapid.Bool().Draw(t, "new limit") {
				limit = charging.Milli(rapid.Int64Range(0, 2_000_000_000).Draw(t, "limit"))
			}
		}
		allAccept(t, limit, all)
	})
}

// allAccept checks that the limit is kept at last if it can be, when all can be
// told and accept.
func allAccept(t *rapid.T, limit charging.Milli, all []energy.Consumer) {
	for i := range all {
		all[i].Fixed = false
	}
	d := energy.Divide(limit, all)
	for range 2 {
		for _, i := range d.Next(limit, all) {
			all[i].Counts = d.Targets[i]
		}
	}
	if next := d.Next(limit, all); len(next) > 0 {
		t.Fatalf("it takes more than two rounds: %v", next)
	}
	if !d.Kept {
		return
	}
	for i := range all {
		if all[i].Counts > d.Targets[i] || all[i].Counts < d.Targets[i]-all[i].Rated/100 {
			t.Fatalf("%d counts with %d, want %d", i, all[i].Counts, d.Targets[i])
		}
	}
	if sumOf(all) > limit {
		t.Fatalf("%d of %d", sumOf(all), limit)
	}
}

func sumOf(all []energy.Consumer) (sum charging.Milli) {
	for _, c := range all {
		sum += c.Counts
	}
	return sum
}
