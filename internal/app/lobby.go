package app

import (
	"container/list"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// lobby knows the connections that have not said yet what they want, or wait
// for their next request. Each costs a descriptor, of which a process has only
// so many: whoever opens thousands and says nothing must not keep chargers out.
// Beyond its limit the one that waits longest is closed. Connections of chargers
// leave it with their handshake.
type lobby struct {
	limit   int
	patient time.Duration // younger ones are not closed: a whole estate may come at once
	log     *slog.Logger
	closed  prometheus.Counter

	mu     sync.Mutex
	places map[net.Conn]*list.Element
	order  list.List // of *waiting, those who wait longest in front
	warned time.Time
}

type waiting struct {
	conn  net.Conn
	since time.Time
}

const (
	lobbyPatience = 5 * time.Second
	lobbyQuiet    = 10 * time.Minute // between two lines of the log
)

// newLobby makes a lobby for a quarter of the descriptors.
func newLobby(files uint64, log *slog.Logger, reg prometheus.Registerer) *lobby {
	if files == 0 || files > 1<<20 {
		files = 1 << 20
	}
	l := &lobby{limit: max(128, int(files/4)), patient: lobbyPatience, log: log, places: make(map[net.Conn]*list.Element),
		closed: prometheus.NewCounter(prometheus.CounterOpts{Name: "chargeyard_http_crowded_total",
			Help: "Connections that were closed because too many waited without a request."})}
	reg.MustRegister(l.closed)
	return l
}

// watch lets the lobby see the connections of a server.
func (l *lobby) watch(s *http.Server) {
	next := s.Handler
	s.ConnState = l.state
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, lobbyConn{}, c)
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(lobbyConn{}).(net.Conn); ok {
			l.leave(c)
		}
		next.ServeHTTP(w, r)
	})
}

// lobbyConn is the key of a request's connection.
type lobbyConn struct{}

func (l *lobby) state(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew, http.StateIdle:
		l.enter(c, time.Now())
	case http.StateHijacked, http.StateClosed:
		l.leave(c)
	}
}

func (l *lobby) enter(c net.Conn, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := l.places[c]; at != nil {
		l.order.Remove(at)
	}
	l.places[c] = l.order.PushBack(&waiting{c, now})
	if l.order.Len() <= l.limit {
		return
	}
	first := l.order.Front()
	longest := first.Value.(*waiting)
	if now.Sub(longest.since) < l.patient {
		return
	}
	if unread(longest.conn) {
		// It has said something, and we are late: closing it would only have it
		// come again.
		longest.since = now
		l.order.MoveToBack(first)
		return
	}
	l.order.Remove(first)
	delete(l.places, longest.conn)
	l.closed.Inc()
	go longest.conn.Close() // under TLS that may wait
	if now.Sub(l.warned) >= lobbyQuiet {
		l.warned = now
		l.log.Warn("too many connections wait without a request; those that wait longest are closed", "waiting", l.order.Len(),
			"remote", longest.conn.RemoteAddr().String(), "fix", "See where they come from (ss -tn), and block it.")
	}
}

// unread reports whether a connection has sent what was not read yet.
func unread(c net.Conn) bool {
	if under, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = under.NetConn()
	}
	sock, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sock.SyscallConn()
	if err != nil {
		return false
	}
	n := 0
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, _ = unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return err == nil && n > 0
}

func (l *lobby) leave(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := l.places[c]; at != nil {
		l.order.Remove(at)
		delete(l.places, c)
	}
}
