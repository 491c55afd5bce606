package httpapi

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// coalesce is how long changes are gathered that follow on others. The first
	// after a pause goes out at once.
	coalesce = 20 * time.Millisecond
	// beatEvery is how often keys are looked at, heartbeatAfter how long nothing
	// is sent before a heartbeat is.
	beatEvery      = time.Second
	heartbeatAfter = 15 * time.Second
)

// live is everybody who follows the estate: the journal of what changed, and a
// hub for each sight that streams are open for. One goroutine follows the fleet
// while there are streams; every change is encoded once a hub. Streams of rows
// are counted and ended here, too.
type live struct {
	fleet   Fleet
	pieces  func(auth.Scope) *pieces
	origins *origins
	// keyOf returns the key with a hash as it is now; nil when there is none.
	keyOf func(hash [32]byte, now time.Time) *charging.APIKey

	mu      sync.Mutex
	journal *journal
	hubs    map[string]*hub
	feeds   map[*reader]struct{}
	ofKey   map[charging.ID]int // streams
	streams int
	running bool // the goroutine that follows
	ended   bool // the server stops
}

func newLive(f Fleet, p func(auth.Scope) *pieces, o *origins, epoch string) *live {
	return &live{fleet: f, pieces: p, origins: o, journal: newJournal(epoch, rand.Text()[:12]),
		hubs: make(map[string]*hub), feeds: make(map[*reader]struct{}), ofKey: make(map[charging.ID]int)}
}

// tick goes on to the present estate and tells the hubs what changed; l.mu is
// held.
func (l *live) tick(now time.Time) {
	c := l.journal.advance(l.fleet.Estate(), now)
	if c == nil {
		return
	}
	for _, h := range l.hubs {
		h.tell(h.encode(c), now)
	}
}

// follow ticks at every change until the last stream has ended.
func (l *live) follow() {
	changed, stop := l.fleet.Follow()
	defer stop()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		select {
		case <-changed:
			l.mu.Lock()
			l.tick(time.Now())
			l.mu.Unlock()
			time.Sleep(coalesce)
		case now := <-beat.C:
			if !l.beat(now) {
				return
			}
		}
	}
}

// beat looks after the streams; false when there are none any more.
func (l *live) beat(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams == 0 {
		l.running = false
		return false
	}
	l.tick(now)
	e := l.journal.estate
	for _, h := range l.hubs {
		h.tell(h.encodeStale(e, now), now)
		for r := range h.readers {
			l.lookAfter(r, now)
		}
	}
	for r := range l.feeds {
		l.lookAfter(r, now)
	}
	return true
}

// lookAfter ends a stream that may not go on, and shows that another one lives.
func (l *live) lookAfter(r *reader, now time.Time) {
	switch k := r.key; {
	case !stillValid(l.keyOf(k.Hash, now), k, r.need, now):
		r.finish(endKey)
	case r.feed != nil && !r.feed.seen():
		r.finish(endUnseen)
	case now.Sub(r.told) >= heartbeatAfter:
		r.told = now
		r.put(heartbeat)
	}
}

// heartbeat is a comment, which clients ignore.
var heartbeat = []byte(":\n\n")

// stillValid reports whether a key may go on as it began: it was not revoked,
// is not expired, may do what is needed, and sees the same.
func stillValid(k, key *charging.APIKey, need charging.Permission, now time.Time) bool {
	if k == key {
		return k.ExpiresAt.IsZero() || k.ExpiresAt.After(now)
	}
	return k != nil && k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || k.ExpiresAt.After(now)) &&
		auth.Permits(k, need) == nil && auth.ScopeOf(k).String() == auth.ScopeOf(key).String()
}

// mode is what a stream tells.
type mode uint8

const (
	modeChargers mode = iota
	modeFresh         // chargers with freshness
	modeCounters
)

// hub is one sight, told in one mode, and the streams that follow it.
type hub struct {
	live    *live
	sight   sight
	mode    mode
	view    *view // of modeChargers
	readers map[*reader]struct{}

	counted map[charging.ID]counters  // of modeCounters
	due     map[charging.ID]time.Time // of modeFresh: when a value becomes stale
}

// hub returns the hub of a sight, which it makes; l.mu is held.
func (l *live) hub(of sight, m mode) *hub {
	name := string('0'+rune(m)) + of.String()
	h := l.hubs[name]
	if h == nil {
		h = &hub{live: l, sight: of, mode: m, view: &view{sight: of, pieces: l.pieces(of.scope)}, readers: make(map[*reader]struct{})}
		l.hubs[name] = h
	}
	return h
}

// tell hands the same bytes to every reader.
func (h *hub) tell(text []byte, now time.Time) {
	if len(text) == 0 {
		return
	}
	for r := range h.readers {
		r.told = now
		r.put(text)
	}
}

// limits of streams.
type streamLimits struct{ ofKey, all int }

// errStreams are the refusals of more streams.
var (
	errKeyStreams = charging.Errorf(charging.Refused, "This API key has as many streams open as it may")
	errAllStreams = charging.Errorf(charging.Unavailable, "The server has as many streams open as it may; try again later.")
	errEnding     = charging.Errorf(charging.Unavailable, "The server is stopping.")
)

// join adds a stream, and returns what it begins with: what changed since the
// version that the client has, or a snapshot.
func (l *live) join(key *charging.APIKey, of sight, m mode, has string, limits streamLimits) (r *reader, first [][]byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.mayJoin(key, limits); err != nil {
		return nil, nil, err
	}
	now := time.Now()
	l.tick(now)
	h := l.hub(of, m)
	r = &reader{hub: h, key: key, need: charging.PermitScreen, told: now, wake: make(chan struct{}, 1)}
	h.readers[r] = struct{}{}
	l.count(key)
	if v, ok := parseVersion(has); ok && m != modeCounters {
		if d, ok := l.journal.since(v, &h.sight); ok {
			return r, h.resumed(&d), nil
		}
	}
	return r, h.snapshot(), nil
}

// mayJoin reports why a key may have no other stream; l.mu is held.
func (l *live) mayJoin(key *charging.APIKey, limits streamLimits) error {
	switch {
	case l.ended:
		return errEnding
	case l.ofKey[key.ID] >= limits.ofKey:
		return errKeyStreams
	case l.streams >= limits.all:
		return errAllStreams
	}
	return nil
}

// count counts a new stream and looks after it from now on; l.mu is held.
func (l *live) count(key *charging.APIKey) {
	l.ofKey[key.ID]++
	l.streams++
	if !l.running {
		l.running = true
		go l.follow()
	}
}

// leave ends a stream.
func (l *live) leave(r *reader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.feeds, r)
	if h := r.hub; h != nil {
		if delete(h.readers, r); len(h.readers) == 0 {
			for name, known := range l.hubs {
				if known == h {
					delete(l.hubs, name)
				}
			}
		}
	}
	l.streams--
	if l.ofKey[r.key.ID]--; l.ofKey[r.key.ID] == 0 {
		delete(l.ofKey, r.key.ID)
	}
}

// afresh returns a snapshot for a reader that was too slow, and forgets what
// waited for it.
func (l *live) afresh(r *reader) [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick(time.Now())
	r.forget()
	return r.hub.snapshot()
}

// end ends all streams, because the server stops.
func (l *live) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for _, h := range l.hubs {
		for r := range h.readers {
			r.finish(endServer)
		}
	}
	for r := range l.feeds {
		r.finish(endServer)
	}
}
