package httpapi

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// rememberedFor is how long it is remembered that something left its place;
// mostRemembered bounds how many of these there are.
const (
	rememberedFor  = 24 * time.Hour
	mostRemembered = 100_000
)

// journal knows since when each charger and site is shown as it is. Every
// estate that shows something else than the one before gets the next number,
// and what changed takes that number; so for each number that was told it can
// be said what changed after it. The caller holds a lock.
//
// The numbers count for one run of the server. Across a start, a charger's
// Version tells whether it changed, as long as the configuration did not.
type journal struct {
	epoch, run string

	estate   *fleet.Estate // the newest that was compared; nil before the first
	seq      uint64
	floor    uint64 // what left before this number is forgotten
	record   int64  // newest record in estate
	began    int64  // configuration version of the first estate
	chargers map[charging.ID]uint64
	sites    map[charging.ID]uint64
	left     []departure // oldest first
}

func newJournal(epoch, run string) *journal {
	return &journal{epoch: epoch, run: run, chargers: make(map[charging.ID]uint64), sites: make(map[charging.ID]uint64)}
}

// advance goes on to another estate and returns what changed; nil for nothing.
func (j *journal) advance(e *fleet.Estate, now time.Time) *change {
	if j.estate == e {
		return nil
	}
	if j.estate == nil {
		j.estate, j.began = e, e.Version()
		for slot := range e.Len() {
			j.record = max(j.record, e.At(slot).Version)
		}
		return nil
	}
	c := compare(j.estate, e)
	j.estate = e
	if c.empty() {
		return nil
	}
	j.seq++
	c.seq = j.seq
	for _, changed := range c.chargers {
		j.chargers[changed.ID] = j.seq
		j.record = max(j.record, changed.Version)
	}
	for _, id := range c.sites {
		j.sites[id] = j.seq
	}
	for i := range c.left {
		c.left[i].seq, c.left[i].at = j.seq, now
		if id := c.left[i].charger; id != 0 && e.Charger(id) == nil {
			delete(j.chargers, id)
		}
	}
	j.left = append(j.left, c.left...)
	j.forget(now)
	return c
}

// forget lets go of what left long ago.
func (j *journal) forget(now time.Time) {
	n := 0
	for n < len(j.left) && (now.Sub(j.left[n].at) >= rememberedFor || len(j.left)-n > mostRemembered) {
		j.floor = j.left[n].seq
		n++
	}
	if n > 0 {
		j.left = append([]departure(nil), j.left[n:]...)
	}
}

// version is a moment of what a sight showed, as clients keep it.
type version struct {
	epoch, run     string
	seq            uint64
	record, config int64
	sight          uint32
}

// now is the version of the newest estate.
func (j *journal) now(of *sight) version {
	return version{j.epoch, j.run, j.seq, j.record, j.estate.Version(), hashOf(of)}
}

func hashOf(of *sight) uint32 {
	h := fnv.New32a()
	h.Write([]byte(of.String()))
	return h.Sum32()
}

// String is what clients are given. It is opaque to them.
func (v version) String() string {
	return cursorText(fmt.Sprintf("%s.%s.%x.%x.%x.%x", v.epoch, v.run, v.seq, v.record, v.config, v.sight))
}

// parseVersion reads what String wrote; ok is false for anything else.
func parseVersion(text string) (v version, ok bool) {
	p := parameters{values: map[string][]string{"nextPageCursor": {text}}}
	parts := strings.Split(p.cursor(), ".")
	if p.err != nil || len(parts) != 6 {
		return v, false
	}
	var numbers [4]uint64
	for i := range numbers {
		n, err := strconv.ParseUint(parts[2+i], 16, 63)
		if err != nil {
			return v, false
		}
		numbers[i] = n
	}
	return version{parts[0], parts[1], numbers[0], int64(numbers[1]), int64(numbers[2]), uint32(numbers[3])}, true
}

// delta is what a sight shows otherwise than at an earlier version.
type delta struct {
	sites           []deltaSite // with what changed in them, by id
	chargers        []charging.ID
	leftSites       []charging.ID
	changedChargers int
}

type deltaSite struct {
	*charging.Site
	chargers []*charging.Charger
}

// since returns what changed since a version; ok is false when that is not
// known.
func (j *journal) since(v version, of *sight) (d delta, ok bool) {
	ours := v.run == j.run
	switch {
	case v.epoch != j.epoch || v.sight != hashOf(of):
		return d, false
	case ours && (v.seq < j.floor || v.seq > j.seq):
		return d, false
	case !ours && (v.config != j.began || j.floor > 0 || v.record > j.record):
		return d, false
	}
	if !ours {
		v.seq = 0
	}
	for site, slots := range of.seen(j.estate) {
		s := deltaSite{Site: site}
		for _, slot := range slots {
			c := j.estate.At(int(slot))
			if j.chargers[c.ID] > v.seq || !ours && c.Version > v.record {
				s.chargers = append(s.chargers, c)
			}
		}
		if len(s.chargers) > 0 || j.sites[site.ID] > v.seq {
			d.sites = append(d.sites, s)
			d.changedChargers += len(s.chargers)
		}
	}
	d.chargers, d.leftSites = gone(j.left, j.estate, of, v.seq)
	return d, true
}

// gone lists the chargers and sites that were seen before they left, and are
// not seen any more.
func gone(left []departure, e *fleet.Estate, of *sight, after uint64) (chargers, sites []charging.ID) {
	told := make(map[charging.ID]bool)
	toldSites := make(map[charging.ID]bool)
	for i := range left {
		d := &left[i]
		if d.seq <= after || !d.seenBy(of) {
			continue
		}
		if d.charger != 0 && !told[d.charger] && seenCharger(e, of, e.Charger(d.charger)) == nil {
			told[d.charger] = true
			chargers = append(chargers, d.charger)
		}
		if toldSites[d.site.ID] {
			continue
		}
		if s := e.Site(d.site.ID); s == nil || !of.site(e, s) {
			toldSites[d.site.ID] = true
			sites = append(sites, d.site.ID)
		}
	}
	return chargers, sites
}

// seenBy reports whether the place that was left was seen.
func (d *departure) seenBy(of *sight) bool {
	if d.charger == 0 {
		return of.wholeSite(d.within, &d.site)
	}
	return of.charger(d.within, &d.site, d.charger)
}
