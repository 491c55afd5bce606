package soak

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// line is a straight line fitted through points by least squares.
type line struct {
	slope, at0 float64
	// doubt is the standard error of the slope.
	doubt float64
}

func fit(x, y []float64) line {
	n := float64(len(x))
	var mx, my float64
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	var sxx, sxy float64
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	if sxx == 0 {
		return line{at0: my}
	}
	l := line{slope: sxy / sxx}
	l.at0 = my - l.slope*mx
	var rest float64
	for i := range x {
		d := y[i] - l.at0 - l.slope*x[i]
		rest += d * d
	}
	if n > 2 {
		l.doubt = math.Sqrt(rest / (n - 2) / sxx)
	}
	return l
}

// A limit is how much of something may come in an hour. slack is what may come
// at all during a run, so that a short one is not judged by its noise.
type limit struct {
	name    string
	perHour float64
	slack   float64
	show    func(float64) string
}

// warmUp is the part of a run that is not judged.
const warmUp = 0.4

// verdict is a row of the table.
type verdict struct {
	from, to float64 // on the line, over what is judged
	perHour  float64
	wrong    string // "" when it is within its limit
}

// judge fits a line through a series, whose samples came at these times since
// the begin, and holds it against the limit.
func (l limit) judge(at []time.Duration, values []float64) verdict {
	begin := int(warmUp * float64(len(at)))
	var hours []float64
	for _, d := range at[begin:] {
		hours = append(hours, d.Hours())
	}
	fitted := fit(hours, values[begin:])
	first, last := hours[0], hours[len(hours)-1]
	v := verdict{from: fitted.at0 + fitted.slope*first, to: fitted.at0 + fitted.slope*last, perHour: fitted.slope}
	sure := fitted.slope - 2*fitted.doubt
	if sure > l.perHour && sure*(last-first) > l.slack {
		v.wrong = fmt.Sprintf("%s grows by at least %s an hour, more than %s", l.name, l.show(sure), l.show(l.perHour))
	}
	return v
}

// series makes a minute of samples a second for each value of f.
func series(minutes int, f func(hours float64) float64) (at []time.Duration, values []float64) {
	for i := range minutes * 60 {
		d := time.Duration(i) * time.Second
		at, values = append(at, d), append(values, f(d.Hours()))
	}
	return at, values
}

// The judge must be able to fail, and must not fail for noise.
func TestALeakIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	l := limit{name: "memory", perHour: 30, slack: 8, show: func(v float64) string { return fmt.Sprintf("%.0f MiB", v) }}
	f := func(name string, minutes int, shape func(float64) float64, leaks bool) {
		t.Helper()
		at, values := series(minutes, shape)
		if v := l.judge(at, values); (v.wrong != "") != leaks {
			t.Errorf("%s: %+v", name, v)
		}
	}
	noise := func() float64 { return 10 * (r.Float64() - 0.5) }
	f("level", 10, func(float64) float64 { return 80 }, false)
	f("level with noise", 10, func(float64) float64 { return 80 + noise() }, false)
	f("a garbage collector's sawtooth", 10, func(h float64) float64 { return 60 + 40*math.Mod(h*120, 1) }, false)
	f("a warm-up that ends", 10, func(h float64) float64 { return 60 + min(40, h*1000) + noise() }, false)
	f("a slow rise within the limit", 60, func(h float64) float64 { return 60 + 20*h + noise() }, false)
	f("a leak", 10, func(h float64) float64 { return 60 + 200*h }, true)
	f("a leak under noise", 10, func(h float64) float64 { return 60 + 200*h + noise() }, true)
	f("a leak in a sawtooth", 10, func(h float64) float64 { return 60 + 200*h + 20*math.Mod(h*120, 1) }, true)
	f("a slow leak, given time", 60, func(h float64) float64 { return 60 + 60*h + noise() }, true)
}

func TestALineIsFitted(t *testing.T) {
	l := fit([]float64{0, 1, 2, 3}, []float64{1, 3, 5, 7})
	if l.slope != 2 || l.at0 != 1 || l.doubt != 0 {
		t.Errorf("%+v", l)
	}
	if l := fit([]float64{1, 1}, []float64{2, 4}); l.slope != 0 || l.at0 != 3 {
		t.Errorf("points above each other: %+v", l)
	}
}
