package httpapi

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// view is the document of one sight, kept up to date by those who ask for it.
type view struct {
	sight  sight
	pieces *pieces

	begun atomic.Uint64 // number of builds that have begun

	mu       sync.Mutex
	estate   *fleet.Estate // that the document shows
	layout   *layout
	document *document
	built    uint64 // number of the newest finished build
}

// current returns the document as it is at some instant after the call began,
// so never older than the last answer to a charger. Callers that wait for each
// other share a build, but only one that began after they came.
func (v *view) current(estate func() *fleet.Estate) *document {
	return v.after(v.begun.Load(), estate)
}

// after returns the document of a build with a number above came, and makes
// that build if nobody has yet.
func (v *view) after(came uint64, estate func() *fleet.Estate) *document {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.built > came {
		return v.document
	}
	number := v.begun.Add(1)
	if e := estate(); e != v.estate {
		v.refresh(e)
	}
	v.built = number
	return v.document
}

// refresh brings the document to an estate, remaking only what changed.
func (v *view) refresh(e *fleet.Estate) {
	sameNames := v.estate != nil && v.estate.SameDirectory(e)
	if !sameNames {
		v.layout = newLayout(e, &v.sight)
	}
	v.estate = e
	var old []segment
	if v.document != nil {
		old = v.document.segments
	}
	fresh := make([]segment, v.layout.segmentCount())
	changed := len(old) != len(fresh)
	for i := range fresh {
		lo, hi := v.layout.bounds(i)
		if sameNames && old[i].current(e, v.layout.slots[lo:hi]) {
			fresh[i] = old[i]
			continue
		}
		fresh[i] = v.makeSegment(e, i)
		if i < len(old) && old[i].sum == fresh[i].sum {
			// The same text: its compressed forms are good still.
			fresh[i].content = old[i].content
		} else {
			changed = true
		}
	}
	if changed {
		v.document = newDocument(fresh)
		return
	}
	kept := *v.document
	kept.segments = fresh
	v.document = &kept
}

func (v *view) makeSegment(e *fleet.Estate, i int) segment {
	l := v.layout
	lo, hi := l.bounds(i)
	chargers := make([]*charging.Charger, 0, hi-lo)
	parts := make([][]byte, 0, 2*(hi-lo)+1)
	for at := lo; at < hi; at++ {
		c := e.At(int(l.slots[at]))
		chargers = append(chargers, c)
		parts = append(parts, []byte(l.between[at]), v.pieces.get(e, c))
	}
	if hi == len(l.slots) {
		parts = append(parts, []byte(l.between[hi]))
	}
	return segment{chargers, newContent(slices.Concat(parts...))}
}
