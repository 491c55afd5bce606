package app

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// crowdedServer serves behind a lobby of five.
func crowdedServer(t *testing.T, patient time.Duration, handler http.HandlerFunc) (l *lobby, log *bytes.Buffer, dial func() net.Conn) {
	t.Helper()
	log = &bytes.Buffer{}
	l = newLobby(0, slog.New(slog.NewTextHandler(log, nil)), prometheus.NewRegistry())
	l.limit, l.patient = 5, patient
	s := &http.Server{Handler: handler}
	l.watch(s)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return l, log, func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
}

func (l *lobby) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len()
}

func wantWaiting(t *testing.T, l *lobby, n int) {
	t.Helper()
	for range 500 {
		if l.waiting() == n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d connections wait, want %d", l.waiting(), n)
}

func TestTheConnectionThatWaitsLongestMakesRoom(t *testing.T) {
	busy, end := make(chan struct{}), make(chan struct{})
	l, log, dial := crowdedServer(t, 0, func(w http.ResponseWriter, r *http.Request) {
		close(busy)
		<-end
		io.WriteString(w, "served")
	})
	served := dial()
	io.WriteString(served, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-busy // so it does not wait in the lobby, however old it is
	first := dial()
	io.WriteString(first, "GET / HT") // a slow header is no request yet
	wantWaiting(t, l, 1)
	for i := range 4 {
		dial()
		wantWaiting(t, l, 2+i)
	}
	dial()
	_ = first.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := first.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the connection that waits longest: %v", err)
	}
	wantWaiting(t, l, 5)
	close(end)
	_ = served.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, 12)
	if _, err := io.ReadFull(served, answer); string(answer) != "HTTP/1.1 200" {
		t.Errorf("who is served: %q %v", answer, err)
	}
	if n := testutil.ToFloat64(l.closed); n < 1 {
		t.Errorf("%v counted", n)
	}
	if !strings.Contains(log.String(), "too many connections wait without a request; those that wait longest are closed") {
		t.Errorf("the log: %s", log)
	}
}

func TestAWholeEstateMayComeAtOnce(t *testing.T) {
	l, _, dial := crowdedServer(t, time.Minute, func(http.ResponseWriter, *http.Request) {})
	for i := range 20 {
		dial()
		wantWaiting(t, l, i+1)
	}
	if n := testutil.ToFloat64(l.closed); n != 0 {
		t.Errorf("%v were closed", n)
	}
}

func TestNobodyIsForgottenInTheLobby(t *testing.T) {
	l, _, dial := crowdedServer(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hijack" {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		}
	})
	idle := dial()
	io.WriteString(idle, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	io.ReadAtLeast(idle, make([]byte, 1000), 10)
	wantWaiting(t, l, 1) // for its next request
	taken := dial()
	io.WriteString(taken, "GET /hijack HTTP/1.1\r\nHost: h\r\n\r\n")
	io.Copy(io.Discard, taken)
	wantWaiting(t, l, 1)
	idle.Close()
	wantWaiting(t, l, 0)
}

func TestWhatWasSentAndNotReadKeepsAConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l := newLobby(0, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	l.limit = 0
	if unread(c) {
		t.Error("a connection that said nothing has something unread")
	}
	io.WriteString(client, "GET")
	for range 500 {
		if unread(c) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	begun := time.Now()
	l.enter(c, begun)
	l.enter(client, begun.Add(time.Hour))
	if n := testutil.ToFloat64(l.closed); n != 0 || l.waiting() != 2 {
		t.Errorf("%v closed, %d wait", n, l.waiting())
	}
	io.ReadFull(c, make([]byte, 3))
	l.enter(client, begun.Add(3*time.Hour))
	if n := testutil.ToFloat64(l.closed); n != 1 || l.waiting() != 1 {
		t.Errorf("%v closed and %d wait once it was read", n, l.waiting())
	}
}
