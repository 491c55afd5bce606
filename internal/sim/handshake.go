package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
)

// handshakeTimeout bounds dialling and the upgrade.
const handshakeTimeout = 30 * time.Second

// HandshakeError is a server's refusal to open a WebSocket.
type HandshakeError struct {
	// Status is the HTTP status, Body the start of what came with it.
	Status int
	Body   string
}

// Error returns the status with its name and the first line of the body.
func (e *HandshakeError) Error() string {
	text := fmt.Sprintf("refused with %d %s", e.Status, http.StatusText(e.Status))
	if line, _, _ := strings.Cut(strings.TrimSpace(e.Body), "\n"); line != "" {
		text += ": " + line
	}
	return text
}

// upgrade is what a WebSocket is opened with.
type upgrade struct {
	url, identity, password string
	protocols               []string
	header                  http.Header
	tls                     *tls.Config // for wss
	// emptyPassword sends a header without a password, hexPassword the password's
	// bytes in hexadecimal.
	emptyPassword, hexPassword bool
	extensions                 []httphead.Option // that are offered
	dial                       func(ctx context.Context, network, addr string) (net.Conn, error)
}

// open dials and upgrades. early is what the server sent with its answer.
func (u upgrade) open(ctx context.Context) (conn net.Conn, early []byte, shake ws.Handshake, err error) {
	var refusal *HandshakeError
	d := ws.Dialer{
		Timeout: handshakeTimeout, Protocols: u.protocols, NetDial: u.dial, TLSConfig: u.tls, Extensions: u.extensions,
		ReadBufferSize: 1024, WriteBufferSize: 512,
		OnStatusError: func(status int, _ []byte, response io.Reader) {
			refusal = &HandshakeError{Status: status, Body: bodyOf(response)}
		},
	}
	if header := u.headers(); len(header) > 0 {
		d.Header = ws.HandshakeHeaderHTTP(header)
	}
	conn, in, shake, err := d.Dial(ctx, u.url+"/"+url.PathEscape(u.identity))
	if refusal != nil {
		return nil, nil, shake, refusal
	}
	if err != nil {
		return nil, nil, shake, err
	}
	if in != nil {
		peeked, _ := in.Peek(in.Buffered())
		early = bytes.Clone(peeked)
		ws.PutReader(in)
	}
	return conn, early, shake, nil
}

func (u upgrade) headers() http.Header {
	header := u.header
	password := u.password
	if u.hexPassword {
		password = strings.ToUpper(hex.EncodeToString([]byte(password)))
	}
	if password != "" || u.emptyPassword {
		if header = header.Clone(); header == nil {
			header = make(http.Header)
		}
		token := base64.StdEncoding.EncodeToString([]byte(u.identity + ":" + password))
		header.Set("Authorization", "Basic "+token)
	}
	return header
}

func bodyOf(response io.Reader) string {
	resp, err := http.ReadResponse(bufio.NewReader(response), nil)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
	return string(body)
}

// plainText returns what went wrong with a connection without the addresses,
// which differ from charger to charger.
func plainText(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection ended without a close frame"
	case errors.As(err, &op) && op.Err != nil:
		return op.Op + ": " + op.Err.Error()
	default:
		return err.Error()
	}
}
