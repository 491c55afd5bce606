package nettest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/sim"
)

// slowest is how long anybody else may wait for an answer while somebody is
// hostile; a test's machine is shared, so it is generous, and the report has the
// figure.
const slowest = 10 * time.Second

// hostile opens thousands of handshakes that never end, which go on until
// neverEnding, and meanwhile sends what no charger should, one kind after
// another. All the time a good charger
// must be served, and new ones let in.
func (r *round) hostile(t *testing.T) {
	n := 1500
	if r.long {
		n = 4000
	}
	good := r.dial(t, named("near", 0), "127.0.0.1", "")
	r.slow = r.slowLoris(t, n)
	for _, h := range hostilities {
		t.Run(h.name, func(t *testing.T) {
			h.play(r, t)
			r.report.add("hostile: "+h.name, 1)
			r.serves(t, good)
		})
	}
	good.Drop()
}

// serves sees that a connected charger is answered and another one let in.
func (r *round) serves(t *testing.T, good *sim.Client) {
	t.Helper()
	took := beat(t, good)
	began := time.Now()
	c := r.dial(t, named("near", 1), "127.0.0.1", "")
	connected := time.Since(began)
	c.Close()
	r.report.highest("a good charger's Heartbeat beside hostile ones", milliseconds(took), "ms")
	r.report.highest("a good charger's handshake and boot beside hostile ones", milliseconds(connected), "ms")
	if took > slowest || connected > slowest {
		t.Errorf("a good charger's Heartbeat took %s, its handshake and boot %s", took, connected)
	}
}

// A lingering is handshakes that never end.
type lingering struct {
	conns []net.Conn
	begun time.Time
	stop  chan struct{}
	done  sync.WaitGroup
}

// slowLoris begins n handshakes: a third says nothing, a third sends its header
// byte by byte, a third says nothing where TLS is expected.
func (r *round) slowLoris(t *testing.T, n int) *lingering {
	t.Helper()
	l := &lingering{begun: time.Now(), stop: make(chan struct{})}
	var slow []net.Conn
	for i := range n {
		address := r.s.address
		if i%3 == 2 {
			address = r.s.tls
		}
		c, err := from("127.0.0.20")(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		l.conns = append(l.conns, c)
		if i%3 == 1 {
			slow = append(slow, c)
		}
	}
	r.report.add("handshakes that never end", int64(n))
	header := []byte("GET /ocpp/" + named("near", 2) + " HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: ")
	l.done.Go(func() {
		for i := 0; ; i++ {
			for _, c := range slow {
				_, _ = c.Write([]byte{header[min(i, len(header)-1)]})
			}
			select {
			case <-l.stop:
				return
			case <-time.After(300 * time.Millisecond):
			}
		}
	})
	return l
}

// neverEnding waits until the server has given up all handshakes that never
// end.
func (r *round) neverEnding(t *testing.T) {
	l := r.slow
	const patience = 20 * time.Second // the server's own is 10 s
	open := 0
	for _, c := range l.conns {
		until := l.begun.Add(patience)
		if soon := time.Now().Add(time.Second); until.Before(soon) && open < 10 {
			until = soon // what came before it must still be read
		}
		_ = c.SetReadDeadline(until)
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			open++
		}
		c.Close()
	}
	close(l.stop)
	l.done.Wait()
	if open > 0 {
		t.Errorf("%d of %d handshakes that never end were still open after %s", open, len(l.conns), patience)
	}
	r.report.highest("time until the server gave up all of them", time.Since(l.begun).Seconds(), "s")
}

// swallow reads and forgets until the connection ends.
func swallow(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
