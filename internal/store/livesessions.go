package store

import (
	"context"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// liveSessions are the sessions that run, as the newest records of the ports and
// chargers have them. They are read from there when first asked for, and follow
// the commits from then on. They are the sessions that the fleet published, so
// they take no memory but for the maps.
type liveSessions struct {
	loading sync.Mutex // held by who reads them

	mu     sync.Mutex
	follow bool // the maps have what was committed since
	whole  bool // and all that was before
	ports  map[portKey]*charging.Session
	// floating are those without a port, by charger.
	floating map[charging.ID][]*charging.Session
}

type portKey struct {
	charger charging.ID
	port    int
}

// stored notes the records of a committed batch.
func (l *liveSessions) stored(records []charging.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.follow {
		return
	}
	for i := range records {
		r := &records[i]
		switch {
		case r.Port != nil: // nil says that none runs, even where one is read yet
			l.ports[portKey{r.ChargerID, r.PortNumber}] = r.Port.Session
		case r.Charger != nil:
			l.floating[r.ChargerID] = r.Charger.Floating
		}
	}
}

// forget follows a failed commit.
func (l *liveSessions) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow, l.whole, l.ports, l.floating = false, false, nil, nil
}

// begin begins to follow; it reports whether all is there already.
func (l *liveSessions) begin() (whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.follow {
		l.follow, l.whole = true, false
		l.ports, l.floating = make(map[portKey]*charging.Session), make(map[charging.ID][]*charging.Session)
	}
	return l.whole
}

// add takes in what was read, where nothing newer was committed meanwhile.
func (l *liveSessions) add(chargers []*charging.Charger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.follow { // forgotten while it was read
		return
	}
	for _, c := range chargers {
		if _, newer := l.floating[c.ID]; !newer && len(c.Floating) > 0 {
			l.floating[c.ID] = c.Floating
		}
		for _, p := range c.Ports {
			key := portKey{c.ID, p.Number}
			if _, newer := l.ports[key]; !newer && p.Session != nil {
				l.ports[key] = p.Session
			}
		}
	}
	l.whole = true
}

// each calls f with every session that runs and is shown.
func (l *liveSessions) each(f func(*charging.Session)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range l.ports {
		if v != nil && v.State == charging.SessionOpen && v.Shown() {
			f(v)
		}
	}
	for _, all := range l.floating {
		for _, v := range all {
			if v.State == charging.SessionOpen && v.Shown() {
				f(v)
			}
		}
	}
}

// eachLive calls f with every session that runs and is shown.
func (s *Store) eachLive(ctx context.Context, f func(*charging.Session)) error {
	if err := s.loadLive(ctx); err != nil {
		return err
	}
	s.live.each(f)
	return nil
}

func (s *Store) loadLive(ctx context.Context) error {
	if s.live.begin() {
		return nil
	}
	s.live.loading.Lock()
	defer s.live.loading.Unlock()
	if s.live.begin() {
		return nil
	}
	return s.readingPast(ctx, "reading the sessions that run", 0, func(db *sqlite) error {
		stored := new(charging.Stored)
		var err error
		if stored.Chargers, err = db.loadChargers(ctx); err != nil {
			return err
		}
		if err := db.loadPresent(ctx, stored); err != nil {
			return err
		}
		s.live.add(stored.Chargers)
		return nil
	})
}

// asStored returns a session as the store would give it back, with times in
// microseconds.
func asStored(v *charging.Session) (*charging.Session, error) {
	packed, err := packSession(v)
	if err != nil {
		return nil, err
	}
	return unpackSession(packed)
}

// beginningOfTime and endOfTime bound times that are asked for without a bound,
// in microseconds.
const (
	beginningOfTime = -1 << 62
	endOfTime       = 1 << 62
)

// microsOr is a time in microseconds, or what stands for none.
func microsOr(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixMicro()
}
