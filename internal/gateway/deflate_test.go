package gateway

import (
	"bytes"
	"compress/flate"
	"io"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// squeeze deflates a message as a foreign client would.
func squeeze(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(text)
	w.Flush()
	return bytes.TrimSuffix(b.Bytes(), deflateTail[:deflateMarker])
}

// stretch is the other way round.
func stretch(t testing.TB, deflated []byte) []byte {
	t.Helper()
	text, err := io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(deflated), bytes.NewReader(deflateTail))))
	if err != nil {
		t.Fatalf("inflating %x: %v", deflated, err)
	}
	return text
}

// sendDeflated sends a message deflated, in frames of at most n bytes.
func (c *client) sendDeflated(text string, n int) {
	c.t.Helper()
	rest, op := squeeze(c.t, []byte(text)), ws.OpText
	for {
		part := rest[:min(n, len(rest))]
		rest = rest[len(part):]
		f := ws.NewFrame(op, len(rest) == 0, append([]byte(nil), part...))
		f.Header.Rsv = ws.Rsv(op == ws.OpText, false, false)
		c.sendFrame(f)
		if len(rest) == 0 {
			return
		}
		op = ws.OpContinuation
	}
}

func TestDeflateIsOfferedInManyForms(t *testing.T) {
	f := func(want bool, headers ...string) {
		t.Helper()
		if got := offersDeflate(headers); got != want {
			t.Errorf("%q: %t", headers, got)
		}
	}
	f(true, "permessage-deflate")
	f(true, "permessage-deflate; client_max_window_bits")
	f(true, "Permessage-Deflate ; Client_No_Context_Takeover; server_no_context_takeover;client_max_window_bits=12")
	f(true, "x-webkit-deflate-frame, permessage-deflate")
	f(true, "foo", "permessage-deflate")
	f(true, `permessage-deflate; client_max_window_bits="15"`)
	f(true, "permessage-deflate; server_max_window_bits=9, permessage-deflate")
	f(false)
	f(false, "")
	f(false, "permessage-bzip2")
	f(false, "permessage-deflate; server_max_window_bits=9")
	f(false, "permessage-deflate; client_max_window_bits=16")
	f(false, "permessage-deflate; client_max_window_bits=")
	f(false, "permessage-deflate; server_no_context_takeover=1")
	f(false, "permessage-deflate; client_no_context_takeover; client_no_context_takeover")
	f(false, "permessage-deflate; new_parameter")
	f(true, "permessage-deflate;")
}

func TestDeflatedMessagesAreReadWholeAndInParts(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dialDeflated()
	for _, n := range []int{1 << 20, 7, 1} {
		c.sendDeflated(statusCall, n)
		if got := c.text(); got != `[3,"s1",{}]` {
			t.Errorf("in parts of %d: %s", n, got)
		}
	}
	// Plain messages may come in between.
	c.want(statusCall, `[3,"s1",{}]`)
	c.sendDeflated(strings.Repeat(" ", 100_000)+statusCall, 1<<20)
	if got := c.text(); got != `[3,"s1",{}]` {
		t.Errorf("a message that is longer than its pooled buffer: %s", got)
	}
	eventually(t, "the budget is free again", func() bool { return y.g.buffers.used.Load() == 0 })
}

func TestLongAnswersAreDeflatedAndShortOnesAreNot(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dialDeflated()
	long := strings.Repeat("i", 300)
	c.send(`[2,"` + long + `","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]`)
	f, err := c.read()
	if err != nil || !f.Header.Rsv1() || len(f.Payload) > 100 {
		t.Fatalf("answer %+v, %v", f, err)
	}
	if got := string(stretch(t, f.Payload)); got != `[3,"`+long+`",{}]` {
		t.Errorf("answer %s", got)
	}
	c.send(statusCall)
	if f, err := c.read(); err != nil || f.Header.Rsv != 0 || string(f.Payload) != `[3,"s1",{}]` {
		t.Errorf("answer %+v, %v", f, err)
	}
}

func TestDeflatedBombIsRefused(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dialDeflated()
	c.sendDeflated(strings.Repeat("a", 20<<20), 1<<20) // some 20 kB on the wire
	c.wantClosed(1009, "a message is longer than 1048576 bytes")
	eventually(t, "the budget is free again", func() bool { return y.g.buffers.used.Load() == 0 })
}

func TestInflatedMessagesCountInTheBudget(t *testing.T) {
	y := listenYard(t, Config{Reassembly: 100_000})
	c := y.dialDeflated()
	c.sendDeflated(strings.Repeat("a", 500_000), 1<<20)
	c.wantClosed(1013, "the server has no memory for more unfinished messages")
	eventually(t, "the budget is free again", func() bool { return y.g.buffers.used.Load() == 0 })
}

func TestWrongUseOfCompressionClosesTheSocket(t *testing.T) {
	f := func(name string, deflates bool, code ws.StatusCode, why string, frames ...ws.Frame) {
		t.Helper()
		y := listenYard(t, Config{})
		c := y.dial("CP1")
		if deflates {
			c = y.dialDeflated()
		}
		for _, frame := range frames {
			ws.WriteFrame(c.conn, ws.MaskFrame(frame))
		}
		gotCode, gotWhy := c.closed()
		if gotCode != code || !strings.Contains(gotWhy, why) {
			t.Errorf("%s: closed with %d %q, want %d %q", name, gotCode, gotWhy, code, why)
		}
	}
	marked := func(op ws.OpCode, fin bool, payload []byte) ws.Frame {
		frame := ws.NewFrame(op, fin, payload)
		frame.Header.Rsv = ws.Rsv(true, false, false)
		return frame
	}
	good := squeeze(t, []byte(statusCall))
	f("not agreed on", false, 1002, "", marked(ws.OpText, true, good))
	f("nonsense", true, 1007, "a compressed message cannot be read", marked(ws.OpText, true, []byte("\xff\xffnonsense")))
	f("cut off", true, 1007, "a compressed message cannot be read", marked(ws.OpText, true, good[:len(good)/2]))
	f("a marked ping", true, 1002, "", marked(ws.OpPing, true, []byte("x")))
	f("a marked continuation", true, 1002, "", ws.NewFrame(ws.OpText, false, []byte("[")), marked(ws.OpContinuation, true, []byte("]")))
	both := marked(ws.OpText, true, good)
	both.Header.Rsv = ws.Rsv(true, true, false)
	f("another bit", true, 1002, "", both)
}

// FuzzInflate feeds the inflater with arbitrary bytes: it neither panics, nor
// yields more than the longest message, nor keeps memory; and what it reads it
// reads as the standard library does.
func FuzzInflate(f *testing.F) {
	f.Add([]byte{})
	f.Add(squeeze(f, []byte(statusCall)))
	f.Add(squeeze(f, bytes.Repeat([]byte("a"), 1<<20)))
	f.Add([]byte("\xff\xffnonsense"))
	f.Fuzz(func(t *testing.T, deflated []byte) {
		const limit = 64 << 10
		budget := &budget{limit: 1 << 30}
		rd := &reader{buffers: budget, maxMessage: limit}
		in := newBuffer()
		if !budget.grow(in, len(deflated), len(deflated)) {
			t.Fatal("no memory")
		}
		in.b = append(in.b, deflated...)
		out, err := rd.inflate(in)
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(
			io.MultiReader(bytes.NewReader(deflated), bytes.NewReader(deflateTail))), limit+1))
		if err == nil {
			if wantErr != nil || !bytes.Equal(out.b, want) {
				t.Errorf("inflated to %d bytes, the standard library to %d, %v", len(out.b), len(want), wantErr)
			}
			budget.release(out)
		} else if wantErr == nil && len(want) <= limit {
			t.Errorf("%v, and the standard library reads %d bytes", err, len(want))
		}
		if used := budget.used.Load(); used != 0 {
			t.Errorf("%d bytes of the budget are in use", used)
		}
	})
}

// FuzzDeflate checks that what is sent deflated is what was meant.
func FuzzDeflate(f *testing.F) {
	f.Add([]byte(meterValues8))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte("ab"), 40_000))
	f.Fuzz(func(t *testing.T, text []byte) {
		deflated, ok := deflate([]byte("before"), text)
		if !ok {
			return
		}
		if got := stretch(t, deflated[len("before"):]); !bytes.Equal(got, text) {
			t.Errorf("%d bytes became %d", len(text), len(got))
		}
	})
}

func BenchmarkDeflate(b *testing.B) {
	text := []byte(meterValues8)
	b.Run("deflate", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, 0, smallBuffer)
		for b.Loop() {
			if _, ok := deflate(dst, text); !ok {
				b.Fatal("nothing saved")
			}
		}
	})
	b.Run("inflate", func(b *testing.B) {
		b.ReportAllocs()
		squeezed := squeeze(b, text)
		rd := &reader{buffers: &budget{limit: 1 << 30}, maxMessage: 1 << 20}
		for b.Loop() {
			in := newBuffer()
			in.b = append(in.b, squeezed...)
			out, err := rd.inflate(in)
			if err != nil {
				b.Fatal(err)
			}
			rd.buffers.release(out)
		}
	})
}

// dialDeflated connects charger 1 with compression agreed on.
func (y *yard) dialDeflated() *client {
	c := y.pipeWith(&admission{charger: y.estate.chargers[0], protocol: protocol16, deflate: true})
	y.t.Cleanup(func() { c.conn.Close() })
	return c
}
