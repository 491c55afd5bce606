package store

import (
	"cmp"
	"database/sql"
	"errors"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The lists of table session_lists. Their numbers are stored.
const (
	listByStart  int64 = 1
	listByUpdate int64 = 2
	// The odd sessions stand in lists of their own, too; see listing.odd.
	listOddByStart  int64 = 3
	listOddByUpdate int64 = 4
)

// usualSpan is within which time from their start nearly all sessions end, and
// change for the last time. See listing.odd.
const usualSpan = 24 * time.Hour

// listing is a session as the lists have it. Times are microseconds.
type listing struct {
	id, charger            charging.ID
	port                   int64
	customer               charging.ID
	started, ended, update int64
}

// listedAs is what the lists should have of a session: nothing while it runs,
// or when it is not shown at all.
func listedAs(v *charging.Session) (listing, bool) {
	l := listing{id: v.ID, charger: v.ChargerID, port: int64(v.PortNumber), customer: v.CustomerID,
		started: v.StartedAt.UnixMicro(), ended: v.EndedAt.UnixMicro(), update: v.UpdatedAt.UnixMicro()}
	return l, v.State != charging.SessionOpen && !v.EndedAt.IsZero() && v.Shown()
}

// odd reports whether a session ended, or changed for the last time, before it
// began or long after. When a list in the order of one time is asked for a
// stretch of another, all sessions but the odd ones are near that stretch, so
// only the few odd ones must be looked for elsewhere.
func (l *listing) odd() bool {
	span := usualSpan.Microseconds()
	return l.ended < l.started || l.ended > l.started+span || l.update < l.started || l.update > l.started+span
}

// inList is a session at its place in a list.
type inList struct {
	list                  int64
	ofCustomer, ofCharger charging.ID
	at                    int64
	listing
}

// appendLists appends its place in each of its lists.
func (l listing) appendLists(to []inList) []inList {
	to = append(to, inList{listByStart, 0, 0, l.started, l}, inList{listByStart, 0, l.charger, l.started, l},
		inList{listByUpdate, 0, 0, l.update, l}, inList{listByUpdate, 0, l.charger, l.update, l})
	if l.customer != 0 {
		to = append(to, inList{listByStart, l.customer, 0, l.started, l}, inList{listByStart, l.customer, l.charger, l.started, l},
			inList{listByUpdate, l.customer, 0, l.update, l}, inList{listByUpdate, l.customer, l.charger, l.update, l})
	}
	if l.odd() {
		to = append(to, inList{listOddByStart, 0, 0, l.started, l}, inList{listOddByUpdate, 0, 0, l.update, l})
	}
	return to
}

func compareInLists(a, b inList) int {
	return cmp.Or(cmp.Compare(a.list, b.list), cmp.Compare(a.ofCustomer, b.ofCustomer), cmp.Compare(a.ofCharger, b.ofCharger),
		cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

func (l listing) appendTo(args []any) []any {
	return append(args, l.id, l.charger, l.port, l.customer, l.started, l.ended, l.update)
}

func (l inList) appendTo(args []any) []any {
	return l.listing.appendTo(append(args, l.list, l.ofCustomer, l.ofCharger, l.at))
}

// into is where to scan listedColumns.
func (l *listing) into() []any {
	return []any{&l.id, &l.charger, &l.port, &l.customer, &l.started, &l.ended, &l.update}
}

// unlist takes a session out of its lists, unless it stands there as it should.
func (db *sqlite) unlist(id charging.ID, now listing, isListed bool) (same bool, err error) {
	var was listing
	err = db.queryRow(readListed, []any{id}, was.into()...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil || isListed && was == now {
		return true, err
	}
	for _, place := range was.appendLists(nil) {
		if _, err := db.exec(deleteInList, place.list, place.ofCustomer, place.ofCharger, place.at, place.id); err != nil {
			return false, err
		}
	}
	_, err = db.exec(deleteListed, id)
	return false, err
}
