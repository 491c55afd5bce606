package nettest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A report adds up what all rounds injected and what came of it.
type report struct {
	mu     sync.Mutex
	names  []string // in the order in which they came
	counts map[string]int64
	worst  map[string]float64
	units  map[string]string
	faults [faultCount]injected
}

func newReport() *report {
	return &report{counts: make(map[string]int64), worst: make(map[string]float64), units: make(map[string]string)}
}

// add counts.
func (r *report) add(what string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.know(what)
	r.counts[what] += n
}

// highest keeps the highest of all rounds.
func (r *report) highest(what string, v float64, unit string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.know(what)
	r.units[what] = unit
	r.worst[what] = max(r.worst[what], v)
}

func (r *report) know(what string) {
	if !slices.Contains(r.names, what) {
		r.names = append(r.names, what)
	}
}

// injected adds what a proxy did.
func (r *report) injected(p *proxy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for f, did := range p.did {
		r.faults[f].times += did.times
		r.faults[f].survived += did.survived
		r.faults[f].lost += did.lost
	}
}

// String is the report as it is printed.
func (r *report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	b.WriteString("faults of the proxy:\n")
	for f, did := range r.faults {
		fmt.Fprintf(&b, "  %-40s %7d times: ", faultNames[f], did.times)
		if fault(f).ends() {
			fmt.Fprintf(&b, "%d connections ended\n", did.lost)
		} else {
			fmt.Fprintf(&b, "%d connections lived on, %d carried nothing more\n", did.survived, did.lost)
		}
	}
	b.WriteString("what was done, and what came of it:\n")
	for _, name := range r.names {
		if unit, measured := r.units[name]; measured {
			fmt.Fprintf(&b, "  %-72s %10.1f %s at most\n", name, r.worst[name], unit)
		} else {
			fmt.Fprintf(&b, "  %-72s %10d\n", name, r.counts[name])
		}
	}
	return b.String()
}
