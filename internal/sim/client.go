package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// ClientOptions say how a Client connects.
type ClientOptions struct {
	// URL is what the identity is appended to, such as ws://127.0.0.1:8080/ocpp.
	URL      string
	Identity string
	// Password is sent with Basic authentication; "" sends no header.
	Password string
	// Subprotocols are offered; nil stands for ocpp1.6, an empty list for none.
	Subprotocols []string
	// Header is added to the handshake.
	Header http.Header
	// TLS is for wss; nil trusts what the system trusts.
	TLS *tls.Config
	// Dial opens the network connection; nil dials TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Answer answers a call of the server; nil refuses it as NotImplemented. The
	// answer is marshalled; an error becomes a CALLERROR, with its code when it
	// is an *ocpp.CallError.
	Answer func(action string, payload json.RawMessage) (any, error)
}

// Client is one connection of a charger whose every word a test says itself.
// Its methods may be used by several goroutines.
type Client struct {
	// Subprotocol is what the server chose, "" for none.
	Subprotocol string

	conn    net.Conn
	answer  func(string, json.RawMessage) (any, error)
	writing sync.Mutex
	frames  chan []byte // what is no answer to a Call
	done    chan struct{}

	mu      sync.Mutex
	waiting map[string]chan reply
	err     error // why the connection ended; set before done is closed
	ids     int
}

type reply struct {
	payload json.RawMessage
	err     error
}

// keptFrames is how many frames wait for Receive; the oldest go when there are
// more.
const keptFrames = 256

// Dial connects. The error is a *HandshakeError when the server refused.
func Dial(ctx context.Context, opts ClientOptions) (*Client, error) {
	u := upgrade{url: opts.URL, identity: opts.Identity, password: opts.Password, protocols: opts.Subprotocols,
		header: opts.Header, dial: opts.Dial, tls: opts.TLS}
	if u.protocols == nil {
		u.protocols = []string{Protocol16}
	}
	conn, early, shake, err := u.open(ctx)
	if err != nil {
		return nil, err
	}
	c := &Client{Subprotocol: shake.Protocol, conn: conn, answer: opts.Answer, frames: make(chan []byte, keptFrames),
		done: make(chan struct{}), waiting: make(map[string]chan reply)}
	go c.read(bufio.NewReader(io.MultiReader(bytes.NewReader(early), conn)))
	return c, nil
}

// Call makes a call and waits for its answer. payload is marshalled, unless it
// is a json.RawMessage, string or []byte, which are sent as they are. A
// CALLERROR is an *ocpp.CallError.
func (c *Client) Call(ctx context.Context, action string, payload any) (json.RawMessage, error) {
	c.mu.Lock()
	c.ids++
	id := "c" + strconv.Itoa(c.ids)
	c.mu.Unlock()
	return c.CallAs(ctx, id, action, payload)
}

// CallAs is Call with a message id of one's own.
func (c *Client) CallAs(ctx context.Context, id, action string, payload any) (json.RawMessage, error) {
	body, err := rawJSON(payload)
	if err != nil {
		return nil, err
	}
	answer := make(chan reply, 1)
	c.mu.Lock()
	c.waiting[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, id)
	}()
	if err := c.Send(ocpp.AppendCall(nil, id, action, body)); err != nil {
		return nil, err
	}
	select {
	case r := <-answer:
		return r.payload, r.err
	case <-c.done:
		return nil, c.Err()
	case <-ctx.Done():
		return nil, fmt.Errorf("no answer to %s: %w", action, ctx.Err())
	}
}

func rawJSON(payload any) ([]byte, error) {
	switch p := payload.(type) {
	case json.RawMessage:
		return p, nil
	case []byte:
		return p, nil
	case string:
		return []byte(p), nil
	case nil:
		return nil, nil
	default:
		return json.Marshal(payload)
	}
}

// Send sends a text message as it is.
func (c *Client) Send(message []byte) error { return c.SendFrame(ws.OpText, true, message) }

// SendFrame sends one WebSocket frame of any kind; fin says that a message ends
// with it.
func (c *Client) SendFrame(op ws.OpCode, fin bool, payload []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	frame := ws.MaskFrame(ws.NewFrame(op, fin, payload))
	return ws.WriteFrame(c.conn, frame)
}

// Receive returns the next message that is neither an answer to a Call nor a
// call that Answer answers.
func (c *Client) Receive(ctx context.Context) ([]byte, error) {
	select {
	case frame := <-c.frames:
		return frame, nil
	default:
	}
	select {
	case frame := <-c.frames:
		return frame, nil
	case <-c.done:
		return nil, c.Err()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Done is closed when the connection has ended; Err then says why.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the connection ended, nil while it stands. CloseCode tells
// the code of a close frame.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// CloseCode returns the code of the close frame that err tells of, 0 for none.
func CloseCode(err error) ws.StatusCode {
	var e *closeError
	if errors.As(err, &e) {
		return e.code
	}
	return 0
}

// Close says goodbye with a close frame and ends the connection.
func (c *Client) Close() error {
	var code [2]byte
	binary.BigEndian.PutUint16(code[:], uint16(ws.StatusNormalClosure))
	_ = c.SendFrame(ws.OpClose, true, code[:]) // the connection may be gone already
	return c.Drop()
}

// Drop ends the network connection without a word, as a power cut does.
func (c *Client) Drop() error {
	err := c.conn.Close()
	<-c.done
	return err
}

func (c *Client) read(in *bufio.Reader) {
	r := frameReader{in: in, pong: func(payload []byte) error { return c.SendFrame(ws.OpPong, true, payload) }}
	for {
		message, ok, err := r.next(nil)
		if ok {
			c.receive(message)
		}
		if err != nil {
			c.conn.Close()
			c.mu.Lock()
			c.err = err
			c.mu.Unlock()
			close(c.done)
			return
		}
	}
}

func (c *Client) receive(message []byte) {
	f, err := ocpp.ParseFrame(message)
	if err == nil && f.Type == ocpp.Call && c.answer != nil {
		go c.reply(f)
		return
	}
	c.mu.Lock()
	answer := c.waiting[f.ID]
	c.mu.Unlock()
	if err != nil || f.Type == ocpp.Call || answer == nil {
		c.queue(message)
		return
	}
	r := reply{payload: json.RawMessage(f.Payload)}
	if f.Type != ocpp.CallResult {
		r = reply{err: &ocpp.CallError{Code: ocpp.ErrorCode(f.Code), Description: f.Description}}
	}
	select {
	case answer <- r:
	default: // answered twice
		c.queue(message)
	}
}

// queue keeps a frame for Receive; the oldest goes when nobody takes them.
func (c *Client) queue(message []byte) {
	for {
		select {
		case c.frames <- message:
			return
		default:
		}
		select {
		case <-c.frames:
		default:
		}
	}
}

func (c *Client) reply(f ocpp.Frame) {
	answer, err := c.answer(f.Action, f.Payload)
	var body []byte
	if err == nil {
		body, err = rawJSON(answer)
	}
	var refusal *ocpp.CallError
	switch {
	case err == nil:
		err = c.Send(ocpp.AppendCallResult(nil, f.RawID, body))
	case errors.As(err, &refusal):
		err = c.Send(ocpp.AppendCallError(nil, f.RawID, refusal.Code, refusal.Description))
	default:
		err = c.Send(ocpp.AppendCallError(nil, f.RawID, ocpp.InternalError, err.Error()))
	}
	if err != nil {
		c.conn.Close() // the read loop tells why
	}
}
