package upkeep

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// entry is a tag that may charge, as a charger's local list tells of it.
type entry struct {
	Group   string    `json:"group,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// entries are a local list, by tag.
type entries map[string]entry

// entitled returns the tags that may charge at a charger: those of its
// organization and of the ones above it, nearest first when there are more
// than most; left counts those that found no room.
func entitled(e *fleet.Estate, c *charging.Charger, now time.Time, most int) (list entries, left int) {
	list = make(entries)
	site := e.Site(c.SiteID)
	if site == nil {
		return list, 0
	}
	var all []*charging.AccessID
	for _, a := range e.AccessIDs() {
		expired := !a.ExpiresAt.IsZero() && !a.ExpiresAt.After(now)
		// Where organizations share a tag, the nearest one's counts.
		if a.Tag != "" && !a.Revoked && !expired && e.FindTag(site.OrganizationID, a.Tag) == a && e.AdmittedAt(a.ID, c) {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b *charging.AccessID) int {
		return rank(a, site) - rank(b, site)
	})
	for _, a := range all {
		if len(list) == most {
			left++
			continue
		}
		// As it was entered: some chargers tell letter cases apart.
		list[a.Tag] = entry{Group: a.GroupTag, Expires: a.ExpiresAt}
	}
	return list, left
}

func rank(a *charging.AccessID, site *charging.Site) int {
	if a.OrganizationID == site.OrganizationID {
		return 0
	}
	return 1
}

// hash is equal for equal lists.
func (l entries) hash() []byte {
	h := sha256.New()
	for _, tag := range slices.Sorted(maps.Keys(l)) {
		fmt.Fprintf(h, "%q %q %d\n", tag, l[tag].Group, l[tag].Expires.UnixMicro())
	}
	return h.Sum(nil)
}

// difference is what leads from one list to another.
type difference struct {
	set    []string // tags to add or change, in order
	remove []string
}

func (l entries) differenceTo(next entries) (d difference) {
	for tag, e := range next {
		if old, ok := l[tag]; !ok || old != e {
			d.set = append(d.set, tag)
		}
	}
	for tag := range l {
		if _, ok := next[tag]; !ok {
			d.remove = append(d.remove, tag)
		}
	}
	slices.Sort(d.set)
	slices.Sort(d.remove)
	return d
}

// limits say how much of a list a charger takes.
type limits struct {
	most    int // entries; 0 when it did not say
	perCall int
}

// bringListInStep compares the charger's list with what it should hold, and
// sends what is missing.
func (j *job) bringListInStep() error {
	c := j.u.fleet.Estate().Charger(j.charger)
	if c == nil || j.known.noList {
		return nil
	}
	version, err := j.listVersion()
	switch {
	case unsupported(err) || err == nil && version < 0:
		j.known.noList = true
		return nil
	case err != nil:
		return err
	}
	kept, err := j.u.records.LocalList(j.u.ctx, j.charger)
	if err != nil {
		return err
	}
	if kept == nil {
		kept = &charging.LocalList{ChargerID: j.charger}
	}
	room, err := j.listLimits()
	if err != nil {
		return err
	}
	most := room.most
	if most == 0 {
		most = 1 << 20
	}
	want, left := entitled(j.u.fleet.Estate(), c, j.now(), most)
	next := charging.LocalList{ChargerID: j.charger, Entitled: want.hash(), UpdatedAt: j.now(), Version: version}
	if left > 0 {
		next.Problem = fmt.Sprintf("the charger holds %d tags; %d more may charge there and find no room", most, left)
	}
	if next.Entries, err = json.Marshal(want); err != nil {
		return err
	}
	inStep := version == kept.Version && version > 0 && bytes.Equal(kept.Entitled, next.Entitled)
	if inStep || version == 0 && len(want) == 0 {
		return nil
	}
	if next.Version, err = j.sendList(kept, version, want, room); err != nil {
		if errGone(err) {
			return err
		}
		// The list that it has is not known any more.
		next.Version, next.Entitled, next.Entries, next.Problem = 0, nil, nil, err.Error()
	}
	keepErr := j.u.fleet.Keep(j.u.ctx, func(b *charging.Batch) { b.Lists = append(b.Lists, next) })
	if err == nil {
		err = keepErr
		j.u.log.Info("brought a charger's local list in step", "charger", j.identity, "version", next.Version, "tags", len(want))
	}
	return err
}

// sendList sends the difference when the charger's list is the one that we
// know, else the whole, and returns the version that the charger has then.
func (j *job) sendList(kept *charging.LocalList, version int64, want entries, room limits) (int64, error) {
	var have entries
	if version > 0 && version == kept.Version && json.Unmarshal(kept.Entries, &have) == nil && have != nil {
		d := have.differenceTo(want)
		if len(d.set)+len(d.remove) <= len(want) {
			if reached, err := j.sendParts(version, false, d, want, room); err == nil || errGone(err) {
				return reached, err
			}
		}
	}
	return j.sendParts(max(version, kept.Version), true, difference{set: slices.Sorted(maps.Keys(want))}, want, room)
}

// sendParts sends a list in as many calls as it takes, the first of them full
// when it replaces what is there, and sees that the charger has it.
func (j *job) sendParts(version int64, full bool, d difference, want entries, room limits) (int64, error) {
	tags := slices.Concat(d.remove, d.set)
	for first := true; first || len(tags) > 0; first = false {
		n := len(tags)
		if room.perCall > 0 {
			n = min(n, room.perCall)
		}
		version++
		status, err := j.sendLocalList(version, full && first, tags[:n], want)
		if err != nil {
			return 0, err
		}
		if status != statusAccepted {
			return 0, fmt.Errorf("the charger answered SendLocalList with %s", status)
		}
		tags = tags[n:]
	}
	has, err := j.listVersion()
	if err == nil && has != version {
		err = fmt.Errorf("the charger accepted version %d of its local list and has version %d", version, has)
	}
	return version, err
}

func (j *job) sendLocalList(version int64, full bool, tags []string, want entries) (status string, err error) {
	kind := "Differential"
	if full {
		kind = "Full"
	}
	var answer struct{ Status string }
	if j.version == ocpp.V16 {
		err = j.call("SendLocalList", list16(version, kind, tags, want), &answer)
	} else {
		err = j.call("SendLocalList", list2x(version, kind, tags, want), &answer)
	}
	return answer.Status, err
}

func (j *job) listVersion() (int64, error) {
	var answer struct {
		ListVersion   json.Number `json:"listVersion"`
		VersionNumber json.Number `json:"versionNumber"`
	}
	if err := j.call("GetLocalListVersion", struct{}{}, &answer); err != nil {
		return 0, err
	}
	number := answer.VersionNumber
	if j.version == ocpp.V16 {
		number = answer.ListVersion
	}
	return number.Int64()
}

func (j *job) listLimits() (limits, error) {
	if j.version == ocpp.V16 {
		conf := make(configuration16)
		if err := j.readKeys16(conf, []string{keyListMax, keySendMax}); errGone(err) {
			return limits{}, err
		}
		return limits{conf.number(keyListMax, 0), conf.number(keySendMax, 0)}, nil
	}
	values, err := j.get2x([]variable2x{varListPerCall})
	if errGone(err) {
		return limits{}, err
	}
	return limits{perCall: values.number(varListPerCall, 0)}, nil
}
