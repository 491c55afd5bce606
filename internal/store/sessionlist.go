package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var readSession = newStatement(`SELECT packed FROM sessions WHERE id = $1`)

// SessionByID returns a session as it is now; nil, nil when there is none.
func (s *Store) SessionByID(ctx context.Context, id charging.ID) (*charging.Session, error) {
	var found *charging.Session
	err := s.reading("reading a session", func(db *sqlite) (err error) {
		found, err = db.session(ctx, id)
		return err
	})
	if err != nil || found == nil || found.State != charging.SessionOpen {
		return found, err
	}
	err = s.readingPast(ctx, "reading a session", found.ChargerID, func(db *sqlite) (err error) {
		found, err = db.running(ctx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// session reads a session as its row has it; nil for none.
func (db *sqlite) session(ctx context.Context, id charging.ID) (*charging.Session, error) {
	var packed []byte
	err := db.readRow(ctx, readSession, []any{id}, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return unpackSession(packed)
}

// Sessions returns a page of at most 1,000 sessions, in the order that the query
// wants. Those that run are as they are now. A session that ends while the page
// is read is in it as one or the other.
func (s *Store) Sessions(ctx context.Context, q charging.SessionQuery) ([]*charging.Session, error) {
	search, any := newSearch(&q, s.searchLimits)
	if !any {
		return nil, nil
	}
	// What runs is looked at first: what ends after that is in the lists by then.
	running, err := s.runningPage(ctx, search)
	if err != nil {
		return nil, err
	}
	if err := s.fileSessions(ctx, 0); err != nil {
		return nil, err
	}
	var page []*charging.Session
	err = s.reading("listing sessions", func(db *sqlite) error {
		ended, err := db.search(ctx, search)
		if err != nil {
			return err
		}
		page, err = db.sessionPage(ctx, search, ended, running)
		return err
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// runningPage returns the sessions that run and may be in the page, in its order.
func (s *Store) runningPage(ctx context.Context, search *search) ([]*charging.Session, error) {
	if !search.q.Running || !search.q.EndFrom.IsZero() || !search.q.EndBefore.IsZero() {
		return nil, nil
	}
	var page []*charging.Session
	err := s.eachLive(ctx, func(v *charging.Session) {
		if search.wantsRunning(v) {
			page = append(page, v)
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(page, func(a, b *charging.Session) int { return search.compare(search.placeOf(a), search.placeOf(b)) })
	page = page[:min(len(page), search.limit)]
	for i := range page {
		if page[i], err = asStored(page[i]); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// sessionPage merges what ended with what runs.
func (db *sqlite) sessionPage(ctx context.Context, search *search, ended []listing, running []*charging.Session) ([]*charging.Session, error) {
	over := make(map[charging.ID]bool, len(ended)) // ended since it was seen running
	for i := range ended {
		over[ended[i].id] = true
	}
	var page []*charging.Session
	for len(page) < search.limit && len(ended)+len(running) > 0 {
		if len(running) > 0 && over[running[0].ID] {
			running = running[1:]
			continue
		}
		if len(running) > 0 && (len(ended) == 0 || search.compare(search.placeOf(running[0]), search.placeIn(&ended[0])) < 0) {
			page, running = append(page, running[0]), running[1:]
			continue
		}
		v, err := db.session(ctx, ended[0].id)
		if err != nil {
			return nil, err
		}
		if v != nil {
			page = append(page, v)
		}
		ended = ended[1:]
	}
	return page, nil
}

// search is a query as the lists are searched for it.
type search struct {
	q     *charging.SessionQuery
	limit int
	// chargers and customers are those that are wanted; nil for all.
	chargers, customers map[charging.ID]bool
	bounds
	after place // of the last session of the page before
	searchLimits
}

// bounds are times in microseconds; from bounds are included, before bounds not.
type bounds struct {
	startFrom, startBefore int64
	endFrom, endBefore     int64
	updateFrom             int64
}

// place is where a session stands in the order of a list.
type place struct {
	at int64
	id charging.ID
}

// newSearch reports false when nothing can be found.
func newSearch(q *charging.SessionQuery, limits searchLimits) (*search, bool) {
	s := &search{q: q, limit: pageLimit(q.Limit), chargers: idSet(q.Chargers), customers: idSet(q.Customers), searchLimits: limits, bounds: bounds{
		startFrom: microsOr(q.StartFrom, beginningOfTime), startBefore: microsOr(q.StartBefore, endOfTime),
		endFrom: microsOr(q.EndFrom, beginningOfTime), endBefore: microsOr(q.EndBefore, endOfTime),
		updateFrom: microsOr(q.UpdatedFrom, beginningOfTime),
	}}
	switch {
	case q.After != charging.SessionKey{}:
		s.after = place{q.After.At.UnixMicro(), q.After.ID}
	case q.ByUpdate:
		s.after = place{math.MinInt64, math.MinInt64}
	default:
		s.after = place{math.MaxInt64, math.MaxInt64}
	}
	nothing := q.Chargers != nil && len(q.Chargers) == 0 || q.Customers != nil && len(q.Customers) == 0 ||
		s.startFrom >= s.startBefore || s.endFrom >= s.endBefore
	return s, !nothing
}

func idSet(ids []charging.ID) map[charging.ID]bool {
	if ids == nil {
		return nil
	}
	set := make(map[charging.ID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// compare is the order of the page.
func (s *search) compare(a, b place) int {
	order := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
	if s.q.ByUpdate {
		return order
	}
	return -order
}

func (s *search) placeOf(v *charging.Session) place {
	if s.q.ByUpdate {
		return place{v.UpdatedAt.UnixMicro(), v.ID}
	}
	return place{v.StartedAt.UnixMicro(), v.ID}
}

func (s *search) placeIn(l *listing) place {
	if s.q.ByUpdate {
		return place{l.update, l.id}
	}
	return place{l.started, l.id}
}

// wantsRunning reports whether a session that runs is wanted.
func (s *search) wantsRunning(v *charging.Session) bool {
	started := v.StartedAt.UnixMicro()
	return (s.chargers == nil || s.chargers[v.ChargerID]) && (s.customers == nil || s.customers[v.CustomerID]) &&
		started >= s.startFrom && started < s.startBefore && v.UpdatedAt.UnixMicro() >= s.updateFrom &&
		s.compare(s.after, s.placeOf(v)) < 0
}

// SessionTimes calls each with the start and the end of every session of these
// chargers, of all with nil, that overlaps the time from from until before to,
// in no order. The end of one that runs is zero. A session that takes no time
// overlaps it when it begins in it. What each is called with is read meanwhile,
// so it should not take long.
func (s *Store) SessionTimes(ctx context.Context, chargers []charging.ID, from, to time.Time,
	each func(charger charging.ID, port int, start, end time.Time)) error {
	if !from.Before(to) || chargers != nil && len(chargers) == 0 {
		return nil
	}
	set := idSet(chargers)
	running := make(map[charging.ID]*charging.Session)
	err := s.eachLive(ctx, func(v *charging.Session) {
		if (set == nil || set[v.ChargerID]) && v.StartedAt.Before(to) {
			running[v.ID] = v
		}
	})
	if err != nil {
		return err
	}
	if err := s.fileSessions(ctx, 0); err != nil {
		return err
	}
	report := func(l *listing) {
		delete(running, l.id) // it ended since it was seen running
		each(l.charger, int(l.port), time.UnixMicro(l.started).UTC(), time.UnixMicro(l.ended).UTC())
	}
	err = s.reading("reading when sessions were", func(db *sqlite) error {
		return db.sessionTimes(ctx, set, from.UnixMicro(), to.UnixMicro(), report)
	})
	if err != nil {
		return err
	}
	for _, v := range running {
		each(v.ChargerID, v.PortNumber, v.StartedAt, time.Time{})
	}
	return nil
}
