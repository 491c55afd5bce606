package gateway

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestFragmentsAreJoinedAroundControlFrames(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	c.sendFrame(ws.NewFrame(ws.OpText, false, []byte(`[2,"h1",`)))
	c.sendFrame(ws.NewPingFrame([]byte("inside")))
	c.sendFrame(ws.NewFrame(ws.OpContinuation, false, []byte(`"Heartbeat"`)))
	c.sendFrame(ws.NewPongFrame([]byte("unasked")))
	c.sendFrame(ws.NewFrame(ws.OpContinuation, false, nil))
	c.sendFrame(ws.NewFrame(ws.OpContinuation, true, []byte(`,{}]`)))
	pong, err := c.read()
	if err != nil || pong.Header.OpCode != ws.OpPong || string(pong.Payload) != "inside" {
		t.Fatalf("answer to the ping: %v %q, %v", pong.Header, pong.Payload, err)
	}
	if got := c.text(); !strings.HasPrefix(got, `[3,"h1",`) {
		t.Errorf("answer %s", got)
	}
}

func TestPingsAreAnsweredWithTheirPayload(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	for _, payload := range []string{"", "x", strings.Repeat("p", 125)} {
		c.sendFrame(ws.NewPingFrame([]byte(payload)))
		f, err := c.read()
		if err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != payload {
			t.Errorf("ping %q answered with %v %q, %v", payload, f.Header, f.Payload, err)
		}
	}
}

func TestBreachesOfTheWebSocketProtocolCloseTheSocket(t *testing.T) {
	f := func(name string, code ws.StatusCode, why string, frames ...ws.Frame) {
		t.Helper()
		y := listenYard(t, Config{MaxMessage: 10_000})
		c := y.dial("CP1")
		for _, frame := range frames {
			if err := ws.WriteFrame(c.conn, frame); err != nil {
				t.Fatal(err)
			}
		}
		gotCode, gotWhy := c.closed()
		if gotCode != code || !strings.Contains(gotWhy, why) {
			t.Errorf("%s: closed with %d %q, want %d %q", name, gotCode, gotWhy, code, why)
		}
		c.conn.Close()
		eventually(t, "the end is recorded", func() bool { return len(y.estate.disconnects()) == 1 })
		if got := y.estate.disconnects()[0].Reason; !strings.Contains(got, why) {
			t.Errorf("%s: recorded as %q", name, got)
		}
	}
	masked := func(op ws.OpCode, fin bool, n int) ws.Frame {
		return ws.MaskFrame(ws.NewFrame(op, fin, bytes.Repeat([]byte("x"), n)))
	}
	f("unmasked", 1002, "mask", ws.NewTextFrame([]byte(heartbeatCall)))
	rsv := masked(ws.OpText, true, 5)
	rsv.Header.Rsv = ws.Rsv(true, false, false)
	f("RSV1 without an extension", 1002, "", rsv)
	f("unknown opcode", 1002, "", masked(3, true, 5))
	f("fragmented ping", 1002, "", masked(ws.OpPing, false, 5))
	f("long ping", 1002, "", masked(ws.OpPing, true, 126))
	f("continuation of nothing", 1002, "", masked(ws.OpContinuation, true, 5))
	f("two messages at once", 1002, "", masked(ws.OpText, false, 5), masked(ws.OpText, true, 5))
	f("long message", 1009, "a message is longer than 10000 bytes", masked(ws.OpText, true, 10_001))
	f("long message in parts", 1009, "longer than 10000 bytes", masked(ws.OpText, false, 6000), masked(ws.OpContinuation, true, 6000))
}

func TestMessageOf10MBIsRefusedWithoutBeingRead(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	if err := ws.WriteHeader(c.conn, ws.Header{Fin: true, OpCode: ws.OpText, Masked: true, Length: 10 << 20}); err != nil {
		t.Fatal(err)
	}
	go c.conn.Write(make([]byte, 1<<20))
	c.wantClosed(1009, "a message is longer than 1048576 bytes")
	if used := y.g.buffers.used.Load(); used != 0 {
		t.Errorf("%d bytes of the budget are in use", used)
	}
	y.dial("CP1").want(`[2,"x","Nonsense",{}]`, `[4,"x","NotImplemented","unknown action Nonsense",{}]`)
}

func TestMessageOfTheFullSizeIsAnswered(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	head, tail := `[2,"d1","DataTransfer",{"vendorId":"x","data":"`, `"}]`
	message := head + strings.Repeat("a", 1<<20-len(head)-len(tail)) + tail
	c.send(message)
	if got := c.text(); !strings.HasPrefix(got, `[3,"d1",{"status":`) {
		t.Errorf("answer %.200s", got)
	}
	eventually(t, "the budget is free again", func() bool { return y.g.buffers.used.Load() == 0 })
}

func TestBudgetForUnfinishedMessagesIsShared(t *testing.T) {
	y := listenYard(t, Config{Reassembly: 150_000})
	y.add(charging2())
	a, b := y.dial("CP1"), y.dial("CP2")
	a.sendFrame(ws.NewFrame(ws.OpText, false, bytes.Repeat([]byte(" "), 60_000)))
	eventually(t, "the first message is held", func() bool { return y.g.buffers.used.Load() >= 60_000 })
	b.sendFrame(ws.NewFrame(ws.OpText, false, bytes.Repeat([]byte(" "), 60_000)))
	b.wantClosed(1013, "the server has no memory for more unfinished messages")
	a.sendFrame(ws.NewFrame(ws.OpContinuation, true, []byte(heartbeatCall)))
	if got := a.text(); !strings.HasPrefix(got, `[3,"h1",`) {
		t.Errorf("answer %s", got)
	}
	eventually(t, "the budget is free again", func() bool { return y.g.buffers.used.Load() == 0 })
}

func TestBinaryMessagesAreReadWhenTheyHoldJSON(t *testing.T) {
	y := listenYard(t, Config{})
	y.estate.chargers[0].Boot = &charging.Boot{}
	c := y.dial("CP1")
	c.sendFrame(ws.NewBinaryFrame([]byte{0, 1, 2, 3}))
	c.sendFrame(ws.NewBinaryFrame(nil))
	c.sendFrame(ws.NewBinaryFrame([]byte(statusCall)))
	if got := c.text(); got != `[3,"s1",{}]` {
		t.Errorf("answer %s", got)
	}
	if got := y.estate.oddities(); len(got) != 2 || len(got[1]) != 1 || got[1][0] != "binary-frame" {
		t.Errorf("oddities %q", got)
	}
	if !strings.Contains(y.log.String(), "ignored a binary message") {
		t.Error("nothing logged about ignored binary messages")
	}
}

func TestCloseFramesAreAnswered(t *testing.T) {
	f := func(payload []byte, code ws.StatusCode, reason string) {
		t.Helper()
		y := listenYard(t, Config{})
		c := y.dial("CP1")
		c.sendFrame(ws.NewCloseFrame(payload))
		c.wantClosed(code, "")
		if _, err := c.read(); err != io.EOF {
			t.Errorf("after the close frame: %v", err)
		}
		eventually(t, "the end is recorded", func() bool { return len(y.estate.disconnects()) == 1 })
		if got := y.estate.disconnects()[0].Reason; got != reason {
			t.Errorf("recorded as %q, want %q", got, reason)
		}
	}
	f(nil, 1000, "the charger closed the connection")
	f(ws.NewCloseFrameBody(1000, ""), 1000, `the charger closed the connection with code 1000 ""`)
	f(ws.NewCloseFrameBody(1001, "reboot"), 1001, `the charger closed the connection with code 1001 "reboot"`)
	f(ws.NewCloseFrameBody(1005, ""), 1000, `the charger closed the connection with code 1005 ""`)
	f([]byte{3}, 1000, "the charger closed the connection")
}

func TestConnectionWithoutACloseFrameIsLost(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dial("CP1")
	c.want(statusCall, `[3,"s1",{}]`)
	c.conn.(*net.TCPConn).SetLinger(0)
	c.conn.Close()
	eventually(t, "the end is recorded", func() bool { return len(y.estate.disconnects()) == 1 })
	if got := y.estate.disconnects()[0].Reason; !strings.HasPrefix(got, "the connection was lost") {
		t.Errorf("recorded as %q", got)
	}
}

func TestBytesBehindTheHandshakeAreRead(t *testing.T) {
	y := listenYard(t, Config{})
	var frames bytes.Buffer
	for range 10 {
		ws.WriteFrame(&frames, ws.MaskFrame(ws.NewTextFrame([]byte(statusCall))))
	}
	_, c := y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n" + frames.String())
	for range 10 {
		if got := c.text(); got != `[3,"s1",{}]` {
			t.Errorf("answer %s", got)
		}
	}
}

func TestPeerThatDoesNotReadBlocksNobody(t *testing.T) {
	y := newYard(t, Config{})
	near, far := net.Pipe() // a pipe takes nothing that is not read
	defer far.Close()
	w := writer{sock: near, sent: y.g.metrics.sent}
	begun := time.Now()
	w.sendLater(ws.OpText, []byte("stuck"))
	for range 8 {
		w.send(ws.OpText, bytes.Repeat([]byte("x"), 400_000))
	}
	if took := time.Since(begun); took > writeTimeout/2 {
		t.Errorf("sending took %s", took)
	}
	if err := near.SetDeadline(time.Time{}); err != io.ErrClosedPipe {
		t.Errorf("a socket with more than %d bytes unsent is still open: %v", maxUnsent, err)
	}
	y.stop()
}
