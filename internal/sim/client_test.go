package sim

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func dialClient(t *testing.T, opts ClientOptions) *Client {
	t.Helper()
	if opts.Identity == "" {
		opts.Identity = "CP 1/a"
	}
	c, err := Dial(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestClient(t *testing.T) {
	t.Run("a call returns its answer", func(t *testing.T) {
		s := newServer(t)
		c := dialClient(t, ClientOptions{URL: s.listen()})
		answer, err := c.Call(t.Context(), "Authorize", map[string]string{"idTag": "04AA"})
		if err != nil || string(answer) != `{"idTagInfo":{"status":"Accepted"}}` {
			t.Errorf("%s %v", answer, err)
		}
		if got := s.received(); len(got) != 1 || got[0].identity != "CP%201%2Fa" || got[0].payload != `{"idTag":"04AA"}` {
			t.Errorf("%+v", got)
		}
		if c.Subprotocol != "ocpp1.6" || c.Err() != nil {
			t.Errorf("subprotocol %q, error %v", c.Subprotocol, c.Err())
		}
	})

	t.Run("a CALLERROR is an error with its code", func(t *testing.T) {
		s := newServer(t)
		s.react = func(got, reaction) reaction { return reaction{code: ocpp.NotSupported} }
		c := dialClient(t, ClientOptions{URL: s.listen()})
		_, err := c.CallAs(t.Context(), "my-id", "DataTransfer", `{"vendorId":"x"}`)
		var refusal *ocpp.CallError
		if !errors.As(err, &refusal) || refusal.Code != ocpp.NotSupported || refusal.Description != "as the test wants it" {
			t.Errorf("%v", err)
		}
		if g := s.received()[0]; g.id != "my-id" {
			t.Errorf("%+v", g)
		}
	})

	t.Run("a call that is not answered ends with its context", func(t *testing.T) {
		s := newServer(t)
		s.react = func(got, reaction) reaction { return reaction{silent: true} }
		c := dialClient(t, ClientOptions{URL: s.listen()})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := c.Call(ctx, "Heartbeat", nil)
		if err == nil || err.Error() != "no answer to Heartbeat: context deadline exceeded" {
			t.Errorf("%v", err)
		}
	})

	t.Run("calls of the server are answered by the test, or received as they came", func(t *testing.T) {
		s := newServer(t)
		s.unchecked = true
		url := s.listen()
		dialClient(t, ClientOptions{URL: url, Identity: "A", Answer: func(action string, payload json.RawMessage) (any, error) {
			if action == "Reset" {
				return nil, &ocpp.CallError{Code: ocpp.SecurityError, Description: "no"}
			}
			return map[string]any{"status": action, "was": payload}, nil
		}})
		eventually(t, "A is in", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.current["A"] != nil })
		if f := s.call("A", "GetLog", `{"a":1}`); string(f.Payload) != `{"status":"GetLog","was":{"a":1}}` {
			t.Errorf("%+v", f)
		}
		if f := s.call("A", "Reset", `{}`); f.Code != "SecurityError" || f.Description != "no" {
			t.Errorf("%+v", f)
		}
		b := dialClient(t, ClientOptions{URL: url, Identity: "B"})
		eventually(t, "B is in", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.current["B"] != nil })
		s.mu.Lock()
		conn := s.current["B"]
		s.mu.Unlock()
		for _, frame := range []string{`[2,"1","Reset",{}]`, `{no frame`} {
			if err := wsutil.WriteServerText(conn, []byte(frame)); err != nil {
				t.Fatal(err)
			}
			if text, err := b.Receive(t.Context()); err != nil || string(text) != frame {
				t.Errorf("%s %v", text, err)
			}
		}
	})

	t.Run("a message in several frames is one message", func(t *testing.T) {
		s := newServer(t)
		c := dialClient(t, ClientOptions{URL: s.listen()})
		for i, part := range []string{`[2,"7","Heart`, `beat"`, `,{}]`} {
			op := ws.OpContinuation
			if i == 0 {
				op = ws.OpText
			}
			if err := c.SendFrame(op, i == 2, []byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := c.Receive(t.Context()); err != nil || string(text) != `[3,"7",{"currentTime":"2026-01-01T00:00:00Z"}]` {
			t.Errorf("%s %v", text, err)
		}
	})

	t.Run("a refusal tells status and reason", func(t *testing.T) {
		s := newServer(t)
		s.password = "no such password 5"
		_, err := Dial(t.Context(), ClientOptions{URL: s.listen(), Identity: "CP1", Password: "x"})
		var refusal *HandshakeError
		if !errors.As(err, &refusal) || refusal.Status != 401 || err.Error() != "refused with 401 Unauthorized: the password of CP1 is wrong" {
			t.Errorf("%v", err)
		}
	})

	t.Run("the end of the connection is told with its code", func(t *testing.T) {
		s := newServer(t)
		c := dialClient(t, ClientOptions{URL: s.listen(), Identity: "A", Subprotocols: []string{"ocpp2.0.1", "ocpp1.6"}})
		eventually(t, "A is in", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.current["A"] != nil })
		body := ws.NewCloseFrameBody(ws.StatusCode(1013), "later")
		s.mu.Lock()
		err := ws.WriteFrame(s.current["A"], ws.NewCloseFrame(body))
		s.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		if CloseCode(c.Err()) != 1013 || c.Err().Error() != "closed by the server: 1013 later" {
			t.Errorf("%v", c.Err())
		}
		if _, err := c.Call(t.Context(), "Heartbeat", nil); err == nil {
			t.Error("a call on an ended connection has no error")
		}
		if _, err := c.Receive(t.Context()); CloseCode(err) != 1013 {
			t.Errorf("%v", err)
		}
		c.Close()
	})

	t.Run("a long message is taken, one without end is not", func(t *testing.T) {
		s := newServer(t)
		c := dialClient(t, ClientOptions{URL: s.listen(), Identity: "A"})
		eventually(t, "A is in", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.current["A"] != nil })
		s.mu.Lock()
		conn := s.current["A"]
		s.mu.Unlock()
		long := []byte(strings.Repeat("x", maxMessage))
		if err := wsutil.WriteServerText(conn, long); err != nil {
			t.Fatal(err)
		}
		if text, err := c.Receive(t.Context()); err != nil || len(text) != maxMessage {
			t.Errorf("%d bytes, %v", len(text), err)
		}
		_ = wsutil.WriteServerText(conn, append(long, 'x')) // the client may hang up first
		<-c.Done()
		if !errors.Is(c.Err(), errTooLong) {
			t.Errorf("%v", c.Err())
		}
	})
}
