package store

import (
	"container/heap"
	"context"
	"database/sql"
	"math"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// A search goes through lists that are in the order that is wanted. Which ones
// follows from whose sessions are wanted; what else is wanted is looked at in
// the rows. When a stretch of a time is wanted that the order is not by, only
// that stretch and what lies near it is gone through, and beyond it the lists of
// the odd sessions: so a search that finds little is short, too.

const searched = ` WHERE list = $1 AND of_customer = $2 AND of_charger = $3`

// listFilter is what is looked at in the rows; it is written once for both orders.
const listFilter = ` AND started_at >= $7 AND started_at < $8 AND ended_at >= $9 AND ended_at < $10 AND updated_at >= $11`

var (
	searchBack = newStatement(selectFrom("session_lists", listedColumns) + searched +
		` AND (at, id) < ($4, $5) AND at >= $6` + listFilter + ` ORDER BY at DESC, id DESC LIMIT $12`)
	searchForth = newStatement(selectFrom("session_lists", listedColumns) + searched +
		` AND (at, id) > ($4, $5) AND at < $6` + listFilter + ` ORDER BY at, id LIMIT $12`)
	timesInList = newStatement(selectFrom("session_lists", listedColumns) + searched +
		` AND at >= $4 AND at < $5 AND (ended_at > $6 OR started_at >= $6)`)
)

// zone is a stretch of the order, and whether the odd sessions alone may have
// something there.
type zone struct {
	from, before int64
	odd          bool
}

// zones divides the order into three: the stretch in which all but odd sessions
// are that meet the other bounds, and what is before and after it.
func (s *search) zones() []zone {
	span := usualSpan.Microseconds()
	all := zone{from: s.startFrom, before: s.startBefore}
	usual := zone{from: beginningOfTime, before: endOfTime}
	if s.q.ByUpdate {
		all = zone{from: s.updateFrom, before: endOfTime}
		// It changed for the last time at its start at the earliest, or within the
		// span after it, and started within the span before its end.
		usual.from = max(s.startFrom, s.endFrom-span)
		usual.before = min(s.startBefore, s.endBefore) + span
	} else {
		usual.from = max(s.endFrom, s.updateFrom) - span
		usual.before = s.endBefore
	}
	if usual.from < beginningOfTime/2 {
		usual.from = all.from
	}
	if usual.before > endOfTime/2 {
		usual.before = all.before
	}
	usual.from, usual.before = max(usual.from, all.from), min(usual.before, all.before)
	if usual.from >= usual.before {
		all.odd = true
		return []zone{all}
	}
	zones := []zone{{all.from, usual.from, true}, usual, {usual.before, all.before, true}}
	if !s.q.ByUpdate {
		zones[0], zones[2] = zones[2], zones[0]
	}
	return zones
}

// search finds the page's sessions that ended.
func (db *sqlite) search(ctx context.Context, s *search) ([]listing, error) {
	var found []listing
	for _, z := range s.zones() {
		if z.from >= z.before || len(found) == s.limit {
			continue
		}
		w := s.walk(z)
		if err := w.begin(ctx, db); err != nil {
			return nil, err
		}
		for len(found) < s.limit {
			l, err := w.next(ctx, db)
			if err != nil {
				return nil, err
			}
			if l == nil {
				break
			}
			found = append(found, *l)
		}
	}
	return found, nil
}

// mostPairs is up to how many lists of a customer at a charger are gone through
// at once.
const mostPairs = 4096

// walk returns a walk through a zone.
func (s *search) walk(z zone) *walk {
	w := &walk{search: s, zone: z, list: listByStart}
	if s.q.ByUpdate {
		w.list = listByUpdate
	}
	if z.odd {
		w.list += listOddByStart - listByStart
		w.checkCharger, w.checkCustomer = s.chargers != nil, s.customers != nil
		w.add(0, 0)
		return w
	}
	chargers, customers := len(s.chargers), len(s.customers)
	switch {
	case chargers > 0 && customers > 0 && chargers*customers > mostPairs && chargers <= customers:
		w.checkCustomer = true
		w.addAll(nil, s.chargers)
	case chargers > 0 && customers > 0 && chargers*customers > mostPairs:
		w.checkCharger = true
		w.addAll(s.customers, nil)
	default:
		w.addAll(s.customers, s.chargers)
	}
	// Sessions of nobody stand in no list of a customer.
	if s.customers[0] {
		w.cursors, w.checkCustomer = nil, true
		w.addAll(nil, s.chargers)
	}
	return w
}

// walk goes through a zone of lists, merging them.
type walk struct {
	*search
	zone
	list    int64
	cursors []cursor // as a heap: the one with the next session first
	// checkCharger and checkCustomer say what the lists do not see to.
	checkCharger, checkCustomer bool
	failed                      error
}

// cursor is how far one list was gone through.
type cursor struct {
	ofCustomer, ofCharger charging.ID
	read                  []listing // and not used yet
	last                  place     // of what was read
	chunk                 int
	done                  bool
}

func (w *walk) addAll(customers, chargers map[charging.ID]bool) {
	if len(customers) == 0 {
		customers = map[charging.ID]bool{0: true}
	}
	if len(chargers) == 0 {
		chargers = map[charging.ID]bool{0: true}
	}
	for customer := range customers {
		for charger := range chargers {
			w.add(customer, charger)
		}
	}
}

func (w *walk) add(customer, charger charging.ID) {
	w.cursors = append(w.cursors, cursor{ofCustomer: customer, ofCharger: charger})
}

// begin reads the beginning of each list.
func (w *walk) begin(ctx context.Context, db *sqlite) error {
	first := w.after
	if w.q.ByUpdate {
		if edge := (place{w.from - 1, math.MaxInt64}); w.compare(first, edge) < 0 {
			first = edge
		}
	} else if edge := (place{w.before, math.MinInt64}); w.compare(first, edge) < 0 {
		first = edge
	}
	chunk := min(w.limit, 2*w.limit/len(w.cursors)+1)
	begun := w.cursors[:0]
	for _, c := range w.cursors {
		c.last, c.chunk = first, chunk
		if err := w.fill(ctx, db, &c); err != nil {
			return err
		}
		if len(c.read) > 0 {
			begun = append(begun, c)
		}
	}
	w.cursors = begun
	heap.Init(w)
	return nil
}

// next returns the next session; nil at the end.
func (w *walk) next(ctx context.Context, db *sqlite) (*listing, error) {
	if len(w.cursors) == 0 {
		return nil, nil
	}
	c := &w.cursors[0]
	l := &c.read[0]
	c.read = c.read[1:]
	if len(c.read) == 0 {
		if err := w.fill(ctx, db, c); err != nil {
			return nil, err
		}
	}
	if len(c.read) == 0 {
		heap.Pop(w)
	} else {
		heap.Fix(w, 0)
	}
	return l, nil
}

// fill reads on in a list until it has something that is wanted, or is at its end.
func (w *walk) fill(ctx context.Context, db *sqlite, c *cursor) error {
	for len(c.read) == 0 && !c.done {
		n, err := w.readOn(ctx, db, c)
		if err != nil {
			return err
		}
		c.done = n < c.chunk
		c.chunk = min(4*c.chunk, pageSize)
	}
	return nil
}

// readOn reads a chunk of a list, keeps what is wanted, and returns how much it
// read.
func (w *walk) readOn(ctx context.Context, db *sqlite, c *cursor) (n int, err error) {
	st, edge := searchBack, w.from
	if w.q.ByUpdate {
		st, edge = searchForth, w.before
	}
	rows, err := db.query(ctx, st, w.list, c.ofCustomer, c.ofCharger, c.last.at, c.last.id, edge,
		w.startFrom, w.startBefore, w.endFrom, w.endBefore, w.updateFrom, c.chunk)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	c.read = make([]listing, 0, c.chunk) // what was returned before may still be in use
	for ; rows.Next(); n++ {
		var l listing
		if err := scanListed(rows, &l); err != nil {
			return n, err
		}
		c.last = w.placeIn(&l)
		if (!w.checkCharger || w.chargers[l.charger]) && (!w.checkCustomer || w.customers[l.customer]) {
			c.read = append(c.read, l)
		}
	}
	return n, rows.Err()
}

func scanListed(rows *sql.Rows, l *listing) error {
	return rows.Scan(&l.id, &l.charger, &l.port, &l.customer, &l.started, &l.ended, &l.update)
}

// Len, Less, Swap, Push and Pop are of the heap of cursors.
func (w *walk) Len() int { return len(w.cursors) }

// Less says which list has the next session.
func (w *walk) Less(i, j int) bool {
	return w.compare(w.placeIn(&w.cursors[i].read[0]), w.placeIn(&w.cursors[j].read[0])) < 0
}

// Swap exchanges two lists.
func (w *walk) Swap(i, j int) { w.cursors[i], w.cursors[j] = w.cursors[j], w.cursors[i] }

// Push is not used; lists are only left.
func (w *walk) Push(c any) { w.cursors = append(w.cursors, c.(cursor)) }

// Pop leaves a list that is at its end.
func (w *walk) Pop() any {
	last := w.cursors[len(w.cursors)-1]
	w.cursors = w.cursors[:len(w.cursors)-1]
	return last
}

// sessionTimes reads the sessions that ended and overlap the time from from until
// before to: those that began near it, and of the odd ones those that began long
// before.
func (db *sqlite) sessionTimes(ctx context.Context, chargers map[charging.ID]bool, from, to int64, each func(*listing)) error {
	near := from - usualSpan.Microseconds()
	lists := chargers
	if lists == nil {
		lists = map[charging.ID]bool{0: true}
	}
	for charger := range lists {
		if err := db.timesIn(ctx, each, listByStart, charger, near, to, from); err != nil {
			return err
		}
	}
	return db.timesIn(ctx, func(l *listing) {
		if chargers == nil || chargers[l.charger] {
			each(l)
		}
	}, listOddByStart, 0, beginningOfTime, near, from)
}

func (db *sqlite) timesIn(ctx context.Context, each func(*listing), list int64, charger charging.ID, begun, before, from int64) error {
	rows, err := db.query(ctx, timesInList, list, 0, charger, begun, before, from)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l listing
		if err := scanListed(rows, &l); err != nil {
			return err
		}
		each(&l)
	}
	return rows.Err()
}
