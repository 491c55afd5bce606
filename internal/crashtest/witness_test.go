package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// A witness is a charger that looks closely at how it is treated.
type witness struct {
	conn net.Conn
	done chan struct{}

	mu     sync.Mutex
	got    map[string]bool // answered message ids
	closed time.Time       // when the server closed the connection; zero while it did not
	code   ws.StatusCode
	why    error // what the close frame says, or the error of reading
}

// watch connects a witness and waits until its boot is answered.
func watch(t *testing.T, s *server) *witness {
	t.Helper()
	dialer := ws.Dialer{Protocols: []string{"ocpp1.6"}}
	conn, _, _, err := dialer.Dial(t.Context(), "ws://"+s.address+"/ocpp/"+witnessIdentity)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{conn: conn, done: make(chan struct{}), got: make(map[string]bool)}
	go w.read()
	t.Cleanup(w.leave)
	w.say(t, "boot", "BootNotification", `{"chargePointVendor":"V","chargePointModel":"M"}`)
	w.waitFor(t, "boot", 10*time.Second)
	return w
}

// leave ends the connection without a word.
func (w *witness) leave() {
	w.conn.Close()
	<-w.done
}

// readFrame reads a frame of the server.
func readFrame(r io.Reader) (ws.OpCode, []byte, error) {
	h, err := ws.ReadHeader(r)
	if err != nil {
		return 0, nil, err
	}
	payload := make([]byte, h.Length)
	_, err = io.ReadFull(r, payload)
	return h.OpCode, payload, err
}

func (w *witness) read() {
	defer close(w.done)
	for {
		op, payload, err := readFrame(w.conn)
		if err != nil {
			w.ended(0, err)
			return
		}
		switch op {
		case ws.OpClose:
			code, why := ws.ParseCloseFrameData(payload)
			w.ended(code, errors.New(why))
			return
		case ws.OpPing:
			if err := ws.WriteFrame(w.conn, ws.MaskFrameInPlace(ws.NewPongFrame(payload))); err != nil {
				w.ended(0, err)
				return
			}
		case ws.OpText:
			w.take(payload)
		}
	}
}

// take notes an answer.
func (w *witness) take(text []byte) {
	var kind int
	var id string
	if json.Unmarshal(text, &[]any{&kind, &id}) == nil && kind != 2 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.got[id] = true
	}
}

func (w *witness) ended(code ws.StatusCode, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed, w.code, w.why = time.Now(), code, why
}

func (w *witness) say(t *testing.T, id, action, payload string) {
	t.Helper()
	if err := wsutil.WriteClientText(w.conn, fmt.Appendf(nil, `[2,%q,%q,%s]`, id, action, payload)); err != nil {
		t.Errorf("the witness cannot send: %v", err)
	}
}

// sayStatus tells a status of port 1, which has to be stored.
func (w *witness) sayStatus(t *testing.T, id string) {
	t.Helper()
	w.say(t, id, "StatusNotification", fmt.Sprintf(`{"connectorId":1,"status":"Available","errorCode":"NoError","timestamp":%q}`,
		time.Now().UTC().Format(time.RFC3339Nano)))
}

func (w *witness) answered(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got[id]
}

func (w *witness) waitFor(t *testing.T, id string, most time.Duration) {
	t.Helper()
	if !within(most, func() bool { return w.answered(id) }) {
		t.Errorf("the message %q of the witness was not answered in %v", id, most)
	}
}

// sentAway returns with which code the server closed the connection, and when.
func (w *witness) sentAway() (ws.StatusCode, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.code, w.closed
}

// knock tries the upgrade of a charger and returns the status of the answer.
func knock(ctx context.Context, s *server) (status int, retry string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/ocpp/"+witnessIdentity, nil)
	if err != nil {
		return 0, "", err
	}
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "ocpp1.6"} {
		req.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	return answer.StatusCode, answer.Header.Get("Retry-After"), answer.Body.Close()
}

// readiness returns what /readyz says.
func readiness(s *server) (status int, body string) {
	answer, err := http.Get("http://" + s.address + "/readyz")
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	var text strings.Builder
	if err := answer.Write(&text); err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, text.String()
}

// within tries until it is true, for at most that long.
func within(most time.Duration, is func() bool) bool {
	for end := time.Now().Add(most); ; {
		if is() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
}
