package store

import (
	"container/heap"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// A search goes through lists that are in the order that is wanted. Which ones
// follows from whose sessions are wanted; what else is wanted is looked at in
// the rows. When a stretch of a time is wanted that the order is not by, only
// that stretch and what lies near it is gone through, and beyond it the lists of
// the odd sessions: so a search that finds little is short, too.

// searchLists is how many lists a statement looks into at once.
const searchLists = 32

var (
	searchBack  = newStatement(searchText(1, "(at, id) < ($2, $3) AND at >= $4", "at DESC, id DESC"))
	searchForth = newStatement(searchText(1, "(at, id) > ($2, $3) AND at < $4", "at, id"))
	// And the beginnings of many lists.
	searchManyBack  = newStatement(searchText(searchLists, "(at, id) < ($2, $3) AND at >= $4", "at DESC, id DESC"))
	searchManyForth = newStatement(searchText(searchLists, "(at, id) > ($2, $3) AND at < $4", "at, id"))

	timesInList = newStatement(`SELECT id, charger_id, port_number, started_at, ended_at FROM session_lists WHERE list = $1 AND of_customer = $2 AND of_charger = $3
		AND at >= $4 AND at < $5 AND (ended_at > $6 OR started_at >= $6)`)
)

// searchText looks into so many lists from a place on; of whom they are follows
// the other arguments.
func searchText(lists int, stretch, order string) string {
	parts := make([]string, lists)
	for i := range parts {
		part := fmt.Sprintf(`SELECT of_customer, of_charger, %s FROM session_lists WHERE list = $1 AND of_customer = $%d AND of_charger = $%d
			AND %s AND started_at >= $5 AND started_at < $6 AND ended_at >= $7 AND ended_at < $8 AND updated_at >= $9 ORDER BY %s LIMIT $10`,
			strings.Join(listedColumns, ", "), 11+2*i, 12+2*i, stretch, order)
		parts[i] = part
		if lists > 1 {
			parts[i] = "SELECT * FROM (" + part + fmt.Sprintf(") AS list%d", i)
		}
	}
	return strings.Join(parts, " UNION ALL ")
}

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
		if z.from >= z.before {
			continue
		}
		w := s.walk(z)
		if len(w.cursors) > s.few {
			// Most often a few rows of a list of more than is wanted are enough.
			coarse := s.coarseWalk(z)
			var err error
			if found, err = db.goThrough(ctx, coarse, found); err != nil {
				return nil, err
			}
			if !coarse.spent {
				continue
			}
			w.start = coarse.last
		}
		var err error
		if found, err = db.goThrough(ctx, w, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// goThrough appends what a walk finds, until the page is full.
func (db *sqlite) goThrough(ctx context.Context, w *walk, found []listing) ([]listing, error) {
	if len(found) == w.limit {
		return found, nil
	}
	if err := w.begin(ctx, db); err != nil {
		return nil, err
	}
	for len(found) < w.limit {
		l, err := w.next(ctx, db)
		if err != nil {
			return nil, err
		}
		if l == nil {
			break
		}
		found = append(found, *l)
	}
	return found, nil
}

// searchLimits say when a search looks into the lists of more than is wanted.
type searchLimits struct {
	few  int // up to so many lists are gone through without
	rows int // that are read of them before giving up
}

var usualSearch = searchLimits{few: 8, rows: 1200}

// coarseWalk returns a walk through the lists of customers, or of all, that looks
// at each session whether it is wanted. It gives up after some rows.
func (s *search) coarseWalk(z zone) *walk {
	w := s.emptyWalk(z)
	w.budget = s.rows
	w.checkCharger, w.checkCustomer = s.chargers != nil, s.customers != nil
	if n := len(s.customers); n > 0 && n <= s.few && !s.customers[0] {
		w.addAll(s.customers, nil)
	} else {
		w.add(0, 0)
	}
	return w
}

// mostPairs is up to how many lists of a customer at a charger are gone through
// at once.
const mostPairs = 4096

// emptyWalk returns a walk through no list.
func (s *search) emptyWalk(z zone) *walk {
	w := &walk{search: s, zone: z, list: listByStart, start: s.after, last: s.after, budget: math.MaxInt}
	if s.q.ByUpdate {
		w.list = listByUpdate
	}
	if z.odd {
		w.list += listOddByStart - listByStart
	}
	return w
}

// walk returns a walk through a zone, by the lists of those who are wanted.
func (s *search) walk(z zone) *walk {
	w := s.emptyWalk(z)
	if z.odd {
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
	start   place    // it begins behind it
	last    place    // of what it returned; start before that
	cursors []cursor // as a heap: the one with the next session first
	// budget is how many rows it may still read; spent is set when that was too few.
	budget int
	spent  bool
	// checkCharger and checkCustomer say what the lists do not see to.
	checkCharger, checkCustomer bool
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
	first := w.start
	edge := place{w.before, math.MinInt64}
	if w.q.ByUpdate {
		edge = place{w.from - 1, math.MaxInt64}
	}
	if w.compare(first, edge) < 0 {
		first = edge
	}
	chunk := min(w.limit, 2*w.limit/len(w.cursors)+1)
	for i := range w.cursors {
		w.cursors[i].last, w.cursors[i].chunk = first, chunk
	}
	for group := range slices.Chunk(w.cursors, searchLists) {
		if err := w.read(ctx, db, group); err != nil {
			return err
		}
	}
	for i := range w.cursors {
		if err := w.fill(ctx, db, w.cursors[i:i+1]); err != nil {
			return err
		}
	}
	w.cursors = slices.DeleteFunc(w.cursors, func(c cursor) bool { return len(c.read) == 0 })
	heap.Init(w)
	return nil
}

// next returns the next session; nil at the end.
func (w *walk) next(ctx context.Context, db *sqlite) (*listing, error) {
	if len(w.cursors) == 0 || w.spent {
		return nil, nil
	}
	c := &w.cursors[0]
	l := &c.read[0]
	w.last = w.placeIn(l)
	c.read = c.read[1:]
	if len(c.read) == 0 {
		if err := w.fill(ctx, db, w.cursors[:1]); err != nil {
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

// fill reads on in one list until it has something that is wanted, or is at its
// end, or the walk has read as much as it may.
func (w *walk) fill(ctx context.Context, db *sqlite, one []cursor) error {
	for c := &one[0]; len(c.read) == 0 && !c.done && !w.spent; {
		if w.budget <= 0 {
			w.spent = true
			break
		}
		if err := w.read(ctx, db, one); err != nil {
			return err
		}
	}
	return nil
}

// read reads a chunk of each list of a group, which are at the same place, and
// keeps what is wanted.
func (w *walk) read(ctx context.Context, db *sqlite, group []cursor) error {
	rows, err := w.query(ctx, db, group)
	if err != nil {
		return err
	}
	defer rows.Close()
	var read [searchLists]int
	var ofCustomer, ofCharger charging.ID
	var l listing
	into := append([]any{&ofCustomer, &ofCharger}, l.into()...)
	for i := 0; rows.Next(); {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for group[i].ofCustomer != ofCustomer || group[i].ofCharger != ofCharger {
			i = (i + 1) % len(group) // they mostly come in order
		}
		c := &group[i]
		if read[i]++; read[i] == 1 {
			c.read = make([]listing, 0, c.chunk) // what was returned before may still be in use
		}
		c.last = w.placeIn(&l)
		if (!w.checkCharger || w.chargers[l.charger]) && (!w.checkCustomer || w.customers[l.customer]) {
			c.read = append(c.read, l)
		}
	}
	for i := range group {
		group[i].done = read[i] < group[i].chunk
		group[i].chunk = min(4*group[i].chunk, pageSize)
		w.budget -= read[i]
	}
	return rows.Err()
}

// query looks into the lists of a group.
func (w *walk) query(ctx context.Context, db *sqlite, group []cursor) (*sql.Rows, error) {
	one, many, edge := searchBack, searchManyBack, w.from
	if w.q.ByUpdate {
		one, many, edge = searchForth, searchManyForth, w.before
	}
	c := &group[0]
	args := make([]any, 0, 10+2*searchLists)
	args = append(args, w.list, c.last.at, c.last.id, edge, w.startFrom, w.startBefore, w.endFrom, w.endBefore, w.updateFrom, c.chunk)
	for i := range group {
		args = append(args, group[i].ofCustomer, group[i].ofCharger)
	}
	if len(group) == 1 {
		return db.query(ctx, one, args...)
	}
	for len(args) < cap(args) {
		args = append(args, -1) // nobody's
	}
	return db.query(ctx, many, args...)
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
	var l listing
	into := []any{&l.id, &l.charger, &l.port, &l.started, &l.ended}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		each(&l)
	}
	return rows.Err()
}
