package pki

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// How handshakes end, as the metric tells it.
const (
	resultOK          = "ok"
	resultCertificate = "client-certificate" // the client's certificate was refused
	resultUntrusted   = "untrusted"          // the client refused ours
	resultVersion     = "version"            // only TLS versions below ours
	resultCipher      = "cipher"             // no cipher suite or curve in common
	resultPlain       = "plain"              // no TLS at all
	resultTimeout     = "timeout"
	resultClosed      = "closed" // the client hung up
	resultBusy        = "busy"   // too many handshakes at once
	resultOther       = "other"
)

var results = []string{resultOK, resultCertificate, resultUntrusted, resultVersion, resultCipher, resultPlain,
	resultTimeout, resultClosed, resultBusy, resultOther}

// failure is a failed handshake in words.
type failure struct {
	result string
	reason string
	fix    string
}

// explain tells why a handshake failed, and what to do about it.
func explain(err error) failure {
	if msg := charging.MessageOf(err); msg != "" {
		return failure{resultCertificate, msg, "Give the charger a certificate that the server trusts."}
	}
	var header tls.RecordHeaderError
	var alert tls.AlertError
	var netErr net.Error
	text := err.Error()
	switch {
	case errors.As(err, &header) && strings.Contains(text, "first record does not look like a TLS handshake"):
		return failure{resultPlain, "the client speaks no TLS", "Let the charger's server URL begin with wss://, or let it use the address of --listen."}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return failure{resultTimeout, "the client did not end the handshake in time", "See whether the line is very slow, or something between answers for the charger."}
	case errors.As(err, &alert), strings.Contains(text, "remote error: tls:"):
		return remoteAlert(text)
	case strings.Contains(text, "unsupported versions"), strings.Contains(text, "protocol version"):
		return failure{resultVersion, "the client knows only TLS versions that are no longer safe", "Update the charger's firmware: it needs TLS 1.2."}
	case strings.Contains(text, "no cipher suite supported"), strings.Contains(text, "no mutually supported"), strings.Contains(text, "peer doesn't support"):
		return failure{resultCipher, "the client and the server have no way to encrypt in common", "See that --tls-cert names an ECDSA and an RSA certificate."}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return failure{resultClosed, "the client hung up during the handshake", "A charger does so when it does not trust the server; install the root, and see its own log."}
	}
	return failure{resultOther, text, "See the charger's own log."}
}

// remoteAlert explains what the client said when it gave up.
func remoteAlert(text string) failure {
	_, said, _ := strings.Cut(text, "remote error: tls: ")
	f := failure{resultUntrusted, "the client refuses the server's certificate (" + said + ")",
		"Install the root of the server's certificate in the charger, and see that the name in its server URL is the one in the certificate."}
	switch {
	case strings.Contains(said, "expired"):
		f.fix = "See whether the server's certificate has expired, or the charger's clock is wrong."
	case strings.Contains(said, "certificate"):
	case strings.Contains(said, "protocol version"):
		return failure{resultVersion, "the client wants another TLS version", "Update the charger's firmware: it needs TLS 1.2."}
	default:
		f.result, f.reason, f.fix = resultOther, "the client gave up ("+said+")", "See the charger's own log."
	}
	return f
}

// handshakeFailed counts a failed handshake and logs it, for the same address
// and reason at most once a minute.
func (s *Server) handshakeFailed(conn net.Conn, name string, err error) {
	f := explain(err)
	s.metrics.count(f.result)
	if f.result == resultPlain {
		answerPlain(conn)
	}
	remote := conn.RemoteAddr().String()
	host, _, splitErr := net.SplitHostPort(remote)
	if splitErr != nil {
		host = remote
	}
	times, speak := s.quiet.speak(host+" "+f.result, s.now())
	if !speak {
		return
	}
	level := slog.LevelWarn
	if f.result == resultClosed {
		// Port checks of load balancers do so all day.
		level = slog.LevelInfo
	}
	s.log.Log(context.Background(), level, "a TLS handshake failed", "remote", remote, "sni", name, "reason", f.reason, "fix", f.fix, "unsaid", times)
}

// answerPlain tells a client that speaks plain HTTP what is wrong; a charger's
// log may show it.
func answerPlain(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"+
		"This port speaks TLS only: use wss:// or https://.\n")
}

// quieter keeps the log from repeating itself.
type quieter struct {
	mu   sync.Mutex
	said map[string]*saying
}

type saying struct {
	at     time.Time
	unsaid int
}

const (
	quietFor  = time.Minute
	maxQuiets = 4096
)

// speak reports whether to say something again, and how often it was not said
// since.
func (q *quieter) speak(key string, now time.Time) (unsaid int, speak bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.said[key]
	if s != nil && now.Sub(s.at) < quietFor {
		s.unsaid++
		return 0, false
	}
	if s == nil {
		if q.said == nil || len(q.said) >= maxQuiets {
			q.said = map[string]*saying{} // of many addresses none is special
		}
		s = &saying{}
		q.said[key] = s
	}
	unsaid, s.unsaid, s.at = s.unsaid, 0, now
	return unsaid, true
}
