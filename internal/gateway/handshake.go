package gateway

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// admission is what a handshake established.
type admission struct {
	identity string // as the charger wrote it
	remote   string
	charger  *charging.Charger
	protocol *protocol
	// offers are the subprotocols that the charger named; one is echoed when it
	// named any, and only then.
	offers []string
	// secure says that the charger speaks under TLS, be it with a proxy.
	secure   bool
	profile  int // security profile that the connection has
	password givenPassword
	// serial and certificate are as in dialog.
	serial      string
	certificate *charging.ClientCertificate
	// deflate says that messages may be compressed.
	deflate bool
}

const (
	connectTimeout  = 15 * time.Second
	handshakeWrites = 10 * time.Second
)

// ServeHTTP is the handshake. It returns when the connection stands or was
// refused; a connection lives on in goroutines of its own.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := admission{identity: g.cfg.identityOf(r), remote: g.remoteOf(r),
		offers: offeredProtocols(r.Header.Values("Sec-WebSocket-Protocol"))}
	a.protocol = negotiate(a.offers)
	for _, check := range []func(*http.Request, *admission) *refusal{
		g.checkUpgrade, g.checkOpen, g.checkIdentity, g.checkTransport, g.checkPassword, g.checkProfile, g.checkProtocol, g.slowDown,
	} {
		if why := check(r, &a); why != nil {
			g.refuse(w, r, a.identity, why)
			return
		}
	}
	// The connection is recorded before the 101, so that it is refused with a
	// status, and not dropped, when the store cannot.
	ctx, cancel := context.WithTimeout(r.Context(), connectTimeout)
	defer cancel()
	connected := charging.Connected{Protocol: a.protocol.name, Remote: a.remote, Profile: a.profile}
	generation, err := g.fleet.Connect(ctx, a.charger.ID, connected, time.Now())
	if err != nil {
		g.refuse(w, r, a.identity, g.connectFailed(&a, err))
		// It may be stored after all, a little later.
		go g.withdraw(&a, generation, "the server could not record the connection in time")
		return
	}
	if err := g.upgrade(w, r, &a, generation); err != nil {
		g.log.Info("a charger went away during its handshake", "identity", a.charger.OCPPID, "remote", a.remote, "err", err)
		g.withdraw(&a, generation, "went away during the handshake")
		return
	}
	g.passwordUsed(g.ctx, &a)
}

// withdraw takes back a connection that was recorded and never opened. It had
// replaced any older one, so that one ends too.
func (g *Gateway) withdraw(a *admission, generation uint64, why string) {
	if old := g.links.current(a.charger.ID); old != nil && old.dialog.generation < generation {
		old.close(ws.StatusNormalClosure, replacedReason)
	}
	g.disconnect(a.charger.ID, generation, charging.Disconnected{LastSeen: time.Now(), Reason: why})
}

// checkUpgrade refuses what is no WebSocket handshake (RFC 6455 §4.2.1). The
// origin does not matter: chargers are no browsers and send anything there.
func (g *Gateway) checkUpgrade(r *http.Request, _ *admission) *refusal {
	switch {
	case r.Method != http.MethodGet:
		return &refusal{status: http.StatusMethodNotAllowed, label: "no-websocket", header: "Allow", value: "GET",
			reason: "a WebSocket is opened with GET, not " + clip(r.Method, 20),
			fix:    "Point a charger at this address, not another program."}
	case r.ProtoMajor != 1 || r.ProtoMinor == 0:
		return &refusal{status: http.StatusHTTPVersionNotSupported, label: "no-websocket",
			reason: "the request came as " + r.Proto + ", and WebSockets need HTTP/1.1",
			fix:    "If a proxy stands in front, set it to speak HTTP/1.1 to this server."}
	case !hasToken(r.Header.Values("Upgrade"), "websocket") || !hasToken(r.Header.Values("Connection"), "upgrade"):
		return &refusal{status: http.StatusUpgradeRequired, label: "no-websocket", header: "Upgrade", value: "websocket",
			reason: "the request does not ask for a WebSocket",
			fix:    "Point a charger at this address. If a proxy stands in front, let it pass on the headers Upgrade and Connection."}
	case !hasToken(r.Header.Values("Sec-WebSocket-Version"), "13"):
		return &refusal{status: http.StatusUpgradeRequired, label: "no-websocket", header: "Sec-WebSocket-Version", value: "13",
			reason: "the WebSocket version is not 13",
			fix:    "Update the charger's firmware; version 13 has been the only one since 2011."}
	case r.Header.Get("Sec-WebSocket-Key") == "":
		return &refusal{status: http.StatusBadRequest, label: "no-websocket",
			reason: "the header Sec-WebSocket-Key is missing",
			fix:    "If a proxy stands in front, let it pass on the Sec-WebSocket headers."}
	}
	return nil
}

// checkOpen refuses everybody while nothing can be stored or the server stops.
func (g *Gateway) checkOpen(*http.Request, *admission) *refusal {
	switch {
	case g.stopping.Load():
		return stopping()
	case g.stalled(time.Now()):
		return cannotStore()
	}
	return nil
}

func stopping() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, label: "stopping", header: "Retry-After", value: "10",
		reason: "the server is stopping", fix: "Nothing to do: the charger tries again."}
}

func cannotStore() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, label: "store", header: "Retry-After", value: "30",
		reason: charging.EndedByStore,
		fix:    "See the server's log and \"chargeyard doctor\"; the charger tries again by itself."}
}

func (g *Gateway) connectFailed(a *admission, err error) *refusal {
	switch {
	case charging.KindOf(err) == charging.Unavailable, errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return cannotStore()
	case charging.KindOf(err) == charging.NotFound:
		return &refusal{status: http.StatusNotFound, label: "unknown",
			reason: "the charger was removed a moment ago", fix: "Add it again with \"chargeyard charger add\"."}
	}
	g.log.Error("could not record a connection", "identity", a.charger.OCPPID, "err", err)
	return &refusal{status: http.StatusInternalServerError, label: "internal",
		reason: "the server failed to record the connection", fix: "See the server's log."}
}

func (g *Gateway) checkIdentity(r *http.Request, a *admission) *refusal {
	if a.identity == "" {
		return &refusal{status: http.StatusNotFound, label: "no-identity",
			reason: "the address holds no identity",
			fix:    "Set the charger's server URL so that it ends in /ocpp/ and the charger's identity."}
	}
	if a.charger = g.fleet.ByIdentity(a.identity); a.charger != nil {
		return nil
	}
	if isGlued(r.URL.EscapedPath()) {
		return &refusal{status: http.StatusNotFound, label: "unknown",
			reason: "the address " + quoted(clip(r.URL.EscapedPath(), 100)) + " lacks a slash before the identity",
			fix:    "Set the charger's server URL so that it ends in /ocpp/ with the slash."}
	}
	if gone := g.fleet.RetiredByIdentity(a.identity); gone != nil {
		return retired(gone) // not adopted by itself: somebody took it out of service
	}
	if g.cfg.Adopt == nil {
		return &refusal{status: http.StatusNotFound, label: "unknown",
			reason: "no charger has the identity " + quoted(a.identity),
			fix:    "Add it with \"chargeyard charger adopt\", or correct the identity in the charger."}
	}
	return g.adopt(r.Context(), a)
}

func (g *Gateway) adopt(ctx context.Context, a *admission) *refusal {
	id, err := g.cfg.Adopt(ctx, a.identity, a.remote)
	if err == nil {
		if a.charger = g.fleet.Charger(id); a.charger != nil {
			g.log.Info("adopted a charger", "identity", a.identity, "charger", id, "remote", a.remote)
			return nil
		}
		err = fmt.Errorf("the adopted charger %d does not exist", id)
	}
	if charging.KindOf(err) == charging.Unavailable {
		return cannotStore()
	}
	fix := charging.MessageOf(err)
	if fix == "" {
		fix = "See the server's log."
		g.log.Error("could not adopt a charger", "identity", a.identity, "err", err)
	}
	return &refusal{status: http.StatusNotFound, label: "unknown",
		reason: "the charger " + quoted(a.identity) + " could not be adopted", fix: fix}
}

func (g *Gateway) checkPassword(r *http.Request, a *admission) *refusal {
	why := g.authenticate(r, a)
	if why == nil {
		return nil
	}
	return g.guessed(r, a, why)
}

func (g *Gateway) checkProtocol(r *http.Request, a *admission) *refusal {
	switch {
	case len(a.offers) > 0:
	case a.charger.AssumeOCPP16:
		a.protocol = protocol16
	default:
		return &refusal{status: http.StatusBadRequest, label: "protocol",
			reason: "the charger offers no WebSocket subprotocol",
			fix: "Set the charger to OCPP 1.6J, or let this server assume OCPP 1.6 for it (assumeOcpp16). " +
				"If a proxy stands in front, let it pass on the header Sec-WebSocket-Protocol."}
	}
	if a.protocol == nil {
		return &refusal{status: http.StatusBadRequest, label: "protocol",
			reason: "the charger offers " + quoted(strings.Join(a.offers, ", ")) + ", and this server speaks " + protocolNames(),
			fix:    "Set the charger to one of these versions of OCPP: " + protocolNames() + "."}
	}
	a.deflate = a.protocol.deflates && offersDeflate(r.Header.Values("Sec-WebSocket-Extensions"))
	return nil
}

// upgrade takes the connection from the HTTP server, says 101 and opens the
// link, which speaks for its charger from then on.
func (g *Gateway) upgrade(w http.ResponseWriter, r *http.Request, a *admission, generation uint64) error {
	sock, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("taking over the connection: %w", err)
	}
	early, err := earlyBytes(rw.Reader)
	if err == nil {
		err = sock.SetDeadline(time.Now().Add(handshakeWrites))
	}
	if err == nil {
		_, err = sock.Write(switchingProtocols(r.Header.Get("Sec-WebSocket-Key"), a))
	}
	if err == nil {
		err = sock.SetDeadline(time.Time{})
	}
	if err != nil {
		sock.Close()
		return err
	}
	setKeepAlive(sock)
	l := g.newLink(sock, a, generation)
	l.reader.early = early
	g.open(l)
	return nil
}

// earlyBytes returns what the client sent behind its request.
func earlyBytes(r *bufio.Reader) ([]byte, error) {
	n := r.Buffered()
	if n == 0 {
		return nil, nil
	}
	b, err := r.Peek(n)
	return append([]byte(nil), b...), err
}

// switchingProtocols returns the answer that opens the WebSocket.
func switchingProtocols(key string, a *admission) []byte {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	b := make([]byte, 0, 256)
	b = append(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = base64.StdEncoding.AppendEncode(b, sum[:])
	if len(a.offers) > 0 {
		b = append(b, "\r\nSec-WebSocket-Protocol: "...)
		b = append(b, a.protocol.name...)
	}
	if a.deflate {
		b = append(b, "\r\nSec-WebSocket-Extensions: "...)
		b = append(b, deflateAnswer...)
	}
	return append(b, "\r\n\r\n"...)
}

// setKeepAlive lets the operating system find dead peers of silent sockets.
func setKeepAlive(sock net.Conn) {
	if t, ok := sock.(interface{ NetConn() net.Conn }); ok {
		sock = t.NetConn() // under TLS
	}
	if t, ok := sock.(*net.TCPConn); ok {
		// A socket where this fails works all the same: the silence rule holds.
		_ = t.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4})
	}
}
