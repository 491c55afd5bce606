package nettest

import (
	"bytes"
	"compress/flate"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
)

// hostilities are what a hostile charger does on a connection of its own.
var hostilities = []struct {
	name string
	play func(*round, *testing.T)
}{
	{"readers that never read", (*round).neverRead},
	{"compressed bombs", (*round).bombs},
	{"a message too long", func(r *round, t *testing.T) {
		r.wantClosed(t, 1009, ws.Header{Fin: true, OpCode: ws.OpText, Masked: true, Length: 1 << 40})
	}},
	{"a message too long in fragments", func(r *round, t *testing.T) {
		frames := []any{ws.NewFrame(ws.OpText, false, bytes.Repeat([]byte(" "), 600<<10))}
		r.wantClosed(t, 1009, append(frames, ws.NewFrame(ws.OpContinuation, false, bytes.Repeat([]byte(" "), 600<<10)))...)
	}},
	{"fragments without end", (*round).fragmentsWithoutEnd},
	{"a control frame too long", func(r *round, t *testing.T) {
		r.wantClosed(t, 1002, ws.NewFrame(ws.OpPing, true, make([]byte, 126)))
	}},
	{"a ping in fragments", func(r *round, t *testing.T) {
		r.wantClosed(t, 1002, ws.NewFrame(ws.OpPing, false, []byte("x")))
	}},
	{"a close that is never answered", (*round).closeWithoutEnd},
	{"pings without end, and pongs unread", (*round).pingsWithoutEnd},
}

// open connects a neighbour whose every byte the test sends itself.
func (r *round) open(t *testing.T, n int, protocol string, extensions ...string) net.Conn {
	t.Helper()
	d := ws.Dialer{Protocols: []string{protocol}, NetDial: from("127.0.0.1"), Timeout: 20 * time.Second}
	if len(extensions) > 0 {
		d.Extensions = append(d.Extensions, wsflate.Parameters{ServerNoContextTakeover: true, ClientNoContextTakeover: true}.Option())
	}
	conn, _, _, err := d.Dial(t.Context(), "ws://"+r.s.address+"/ocpp/"+named("near", n))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(40 * time.Second))
	return conn
}

// wantClosed sends frames, or bare headers, and wants the connection closed with
// a code.
func (r *round) wantClosed(t *testing.T, code ws.StatusCode, frames ...any) {
	t.Helper()
	conn := r.open(t, 3, "ocpp1.6")
	for _, f := range frames {
		var err error
		switch f := f.(type) {
		case ws.Frame:
			err = ws.WriteFrame(conn, ws.MaskFrame(f))
		case ws.Header:
			err = ws.WriteHeader(conn, f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, err := closeCode(conn); got != code {
		t.Errorf("closed with %d (%v), want %d", got, err, code)
	}
}

// closeCode reads until a close frame.
func closeCode(conn net.Conn) (ws.StatusCode, error) {
	for {
		op, payload, err := readFrame(conn)
		if err != nil {
			return 0, err
		}
		if op == ws.OpClose {
			code, _ := ws.ParseCloseFrameData(payload)
			return code, nil
		}
	}
}

// bombs sends small messages that inflate to more than any may be long, many at
// the same time.
func (r *round) bombs(t *testing.T) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte(" "), 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	bomb := ws.NewFrame(ws.OpText, true, bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff}))
	bomb.Header.Rsv = ws.Rsv(true, false, false)
	text, err := ws.CompileFrame(ws.MaskFrame(bomb))
	if err != nil {
		t.Fatal(err)
	}
	before := r.s.figures(t)
	var done sync.WaitGroup
	for i := range 40 {
		conn := r.open(t, 10+i, "ocpp2.0.1", "deflate")
		done.Go(func() {
			if _, err := conn.Write(text); err != nil {
				t.Error(err)
			} else if code, err := closeCode(conn); code != 1009 {
				t.Errorf("a bomb was closed with %d (%v)", code, err)
			}
		})
	}
	done.Wait()
	f := r.s.figures(t)
	grown := (f["process_resident_memory_bytes"] - before["process_resident_memory_bytes"]) / (1 << 20)
	r.report.highest(fmt.Sprintf("memory for 40 bombs of %d KiB, 64 MiB each", len(text)>>10), grown, "MiB")
	if grown > 160 {
		t.Errorf("the bombs took %.0f MiB", grown)
	}
}

// neverRead lets chargers ask without reading the answers, and somebody fetch
// documents without reading them.
func (r *round) neverRead(t *testing.T) {
	question := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(`[2,"never","DataTransfer",{"vendorId":"` + string(bytes.Repeat([]byte("x"), 200)) + `"}]`))))
	batch := bytes.Repeat(question, 100)
	before := r.s.figures(t)
	var done sync.WaitGroup
	for i := range 10 {
		conn := r.open(t, 10+i, "ocpp1.6")
		_ = conn.(*net.TCPConn).SetReadBuffer(4096)
		_ = conn.SetWriteDeadline(time.Now().Add(1500 * time.Millisecond))
		done.Go(func() {
			for {
				if _, err := conn.Write(batch); err != nil {
					return
				}
			}
		})
	}
	for range 20 {
		conn, err := net.Dial("tcp", r.s.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		for range 10 {
			fmt.Fprintf(conn, "GET /api/sites HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n", r.s.key)
		}
	}
	done.Wait()
	f := r.s.figures(t)
	if grown := (f["process_resident_memory_bytes"] - before["process_resident_memory_bytes"]) / (1 << 20); grown > 160 {
		t.Errorf("readers that never read took %.0f MiB", grown)
	} else {
		r.report.highest("memory for readers that never read", grown, "MiB")
	}
}

// fragmentsWithoutEnd sends empty fragments as fast as it can: no message ever
// comes of them, and they must not cost memory.
func (r *round) fragmentsWithoutEnd(t *testing.T) {
	conn := r.open(t, 4, "ocpp1.6")
	if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewFrame(ws.OpText, false, []byte("[")))); err != nil {
		t.Fatal(err)
	}
	batch := bytes.Repeat(ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(ws.OpContinuation, false, nil))), 1000)
	for range 40 {
		if _, err := conn.Write(batch); err != nil {
			t.Fatalf("the connection ended: %v", err)
		}
		r.report.add("empty fragments of one message", 1000)
	}
}

// closeWithoutEnd gets a close frame, never answers it and goes on to talk: the
// server must end the connection itself.
func (r *round) closeWithoutEnd(t *testing.T) {
	conn := r.open(t, 5, "ocpp1.6")
	if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewFrame(ws.OpPing, true, make([]byte, 126)))); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	beat := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(`[2,"h","Heartbeat",{}]`))))
	for {
		_, err := conn.Write(beat)
		if err != nil {
			break
		}
		if time.Since(began) > 15*time.Second {
			t.Error("a connection is open 15 s after the server closed it")
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.report.highest("time until a close that is never answered ends the connection", time.Since(began).Seconds(), "s")
}

// pingsWithoutEnd pings as fast as it can and reads nothing, until the server
// ends it or does not take more.
func (r *round) pingsWithoutEnd(t *testing.T) {
	conn := r.open(t, 6, "ocpp1.6")
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	_ = conn.SetWriteDeadline(time.Now().Add(1500 * time.Millisecond))
	batch := bytes.Repeat(ws.MustCompileFrame(ws.MaskFrame(ws.NewPingFrame(make([]byte, 125)))), 1000)
	for {
		n, err := conn.Write(batch)
		r.report.add("pings whose pongs nobody reads", int64(n/len(batch)*1000))
		if err != nil {
			break
		}
	}
	conn.Close()
}
