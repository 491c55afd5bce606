package gateway

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// FuzzSocket feeds a connected charger's socket with arbitrary bytes: nothing
// crashes, nothing is kept, and the connection ends with its peer.
func FuzzSocket(f *testing.F) {
	frame := func(op ws.OpCode, fin bool, payload string) []byte {
		return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload))))
	}
	f.Add([]byte{})
	f.Add(frame(ws.OpText, true, heartbeatCall))
	f.Add(append(frame(ws.OpText, false, heartbeatCall[:9]), frame(ws.OpContinuation, true, heartbeatCall[9:])...))
	f.Add(frame(ws.OpBinary, true, statusCall))
	f.Add(frame(ws.OpPing, true, "x"))
	f.Add(frame(ws.OpClose, true, "\x03\xe8bye"))
	f.Add([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Add([]byte{0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4, 'x'})
	y := newYard(f, Config{PingEvery: -1})
	f.Cleanup(y.stop)
	f.Fuzz(func(t *testing.T, data []byte) {
		c := y.pipe(y.estate.chargers[0])
		c.t = t
		l := y.g.links.current(1)
		c.conn.SetDeadline(time.Now().Add(20 * time.Second))
		go c.closed()
		c.conn.Write(data) // fails when the server closes meanwhile
		c.conn.Close()
		y.wantEnded(t, l)
	})
}

// FuzzMessages feeds it with whole messages of some version: each is answered
// or ignored, and the connection is kept, unless twenty in a row could not be
// read.
func FuzzMessages(f *testing.F) {
	f.Add(statusCall+"\n"+bootCall+"\n"+heartbeatCall, false, uint8(0))
	f.Add(`[2,"1","Authorize",{"idTag":1}]`+"\n[[[\n[3,\"x\",{}]\n[4,\"x\"]", true, uint8(0))
	f.Add(strings.Repeat("nonsense\n", maxUnreadable+2), false, uint8(1))
	f.Add("[2,\"u\",\"DataTransfer\",{\"vendorId\":\"\xff\"}]", true, uint8(0))
	f.Add(meterValues8, true, uint8(0))
	f.Add(statusCall2+"\n"+bootCall2, false, uint8(1))
	f.Add(`[6,"x","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-03-01T12:00:00Z","data":[]}]`+"\n[5,\"x\",\"\",\"\",{}]\n[7]", false, uint8(2))
	y := newYard(f, Config{PingEvery: -1})
	f.Cleanup(y.stop)
	f.Fuzz(func(t *testing.T, messages string, binary bool, version uint8) {
		c := y.pipeAs(protocols[int(version)%len(protocols)].name)
		c.t = t
		l := y.g.links.current(1)
		c.conn.SetDeadline(time.Now().Add(20 * time.Second))
		op := ws.OpText
		if binary {
			op = ws.OpBinary
		}
		lines := strings.Split(messages, "\n")
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for _, m := range append(lines, `[2,"last-of-all","Heartbeat",{}]`) {
				if ws.WriteFrame(c.conn, ws.MaskFrame(ws.NewFrame(op, true, []byte(m)))) != nil {
					return
				}
			}
		}()
		for {
			got, err := c.read()
			if err != nil {
				t.Fatalf("the connection ended without a close frame: %v", err)
			}
			if got.Header.OpCode == ws.OpText && bytes.HasPrefix(got.Payload, []byte(`[3,"last-of-all",`)) {
				break
			}
			if got.Header.OpCode == ws.OpClose {
				if len(lines) < maxUnreadable || !bytes.Contains(got.Payload, []byte("too many messages")) {
					t.Fatalf("closed with %q", got.Payload)
				}
				break
			}
		}
		c.conn.Close()
		<-sent
		y.wantEnded(t, l)
	})
}

func (y *yard) wantEnded(t *testing.T, l *link) {
	t.Helper()
	eventually(t, "the connection ends", func() bool {
		for _, open := range y.g.links.appendAll(nil) {
			if open == l {
				return false
			}
		}
		return true
	})
	if used := y.g.buffers.used.Load(); used != 0 {
		t.Errorf("%d bytes of the budget are in use", used)
	}
	if strings.Contains(y.log.String(), "panic=") {
		t.Errorf("a panic: %s", y.log)
	}
	y.log.reset()
	y.estate.mu.Lock()
	y.estate.events, y.estate.ended = nil, nil
	y.estate.mu.Unlock()
}
