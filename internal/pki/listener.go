package pki

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// maxHandshakes bounds the handshakes that are under way at once; more
// connections are closed at once. A fleet that comes back after a power cut
// stays far below it, for a handshake takes milliseconds.
const maxHandshakes = 8192

// Listen wraps a listener: what it accepts are TLS connections whose handshake
// is done, so that http.Server.Serve takes them as they are. Each handshake has
// its own goroutine and time limit, so a slow client keeps nobody waiting.
// Handshakes that fail are counted and logged with the remote address, the name
// that was asked for and the reason. Closing it closes the inner listener and
// ends the handshakes under way.
func (s *Server) Listen(inner net.Listener) net.Listener {
	ctx, cancel := context.WithCancelCause(context.Background())
	l := &listener{
		Listener: inner, server: s, config: s.TLSConfig(), ctx: ctx, cancel: cancel,
		ready: make(chan net.Conn), slots: make(chan struct{}, maxHandshakes),
	}
	l.work.Go(l.accept)
	return l
}

type listener struct {
	net.Listener
	server *Server
	config *tls.Config
	ctx    context.Context
	cancel context.CancelCauseFunc // with what Accept then returns
	ready  chan net.Conn
	slots  chan struct{}
	work   sync.WaitGroup
}

// accept takes connections until the inner listener ends.
func (l *listener) accept() {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			l.begin(conn)
			continue
		}
		var passing interface{ Temporary() bool }
		if errors.As(err, &passing) && passing.Temporary() && l.ctx.Err() == nil {
			// Out of file descriptors, say: others will be closed.
			select {
			case <-time.After(50 * time.Millisecond):
			case <-l.ctx.Done():
			}
			continue
		}
		l.cancel(err)
		return
	}
}

// begin starts the handshake of a connection.
func (l *listener) begin(conn net.Conn) {
	select {
	case l.slots <- struct{}{}:
	default:
		l.server.metrics.count(resultBusy)
		_ = conn.Close()
		return
	}
	l.work.Go(func() {
		secure := l.handshake(conn)
		<-l.slots
		if secure == nil {
			return
		}
		select {
		case l.ready <- secure:
		case <-l.ctx.Done():
			_ = secure.Close()
		}
	})
}

// handshake returns the connection once its handshake is done; nil when it
// failed.
func (l *listener) handshake(conn net.Conn) *tls.Conn {
	ctx, cancel := context.WithTimeout(l.ctx, l.server.cfg.HandshakeTimeout)
	defer cancel()
	asked := &asking{Conn: conn}
	secure := tls.Server(asked, l.config)
	err := secure.HandshakeContext(ctx)
	if err == nil {
		l.server.metrics.count(resultOK)
		return secure
	}
	if l.ctx.Err() == nil {
		l.server.handshakeFailed(conn, asked.name, err)
	}
	_ = conn.Close()
	return nil
}

// asking is a connection with the name that its client asked for, which
// crypto/tls tells only of handshakes that went well.
type asking struct {
	net.Conn
	name string
}

// Accept returns the next connection whose handshake is done.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.ctx.Done():
		return nil, context.Cause(l.ctx)
	}
}

// Close ends the listener.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.cancel(net.ErrClosed)
	l.work.Wait()
	return err
}
