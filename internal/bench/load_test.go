package bench

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// pipe returns a charger whose messages answer answers. Without an answer the
// connection ends.
func pipe(t *testing.T, answer func(*ocpp.Frame) []byte) *charger {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	go func() {
		defer theirs.Close()
		for {
			text, err := wsutil.ReadClientText(theirs)
			if err != nil {
				return
			}
			f, err := ocpp.ParseFrame(text)
			if err != nil {
				t.Errorf("the benchmark sent %s: %v", text, err)
				return
			}
			reply := answer(&f)
			if reply == nil || wsutil.WriteServerText(theirs, reply) != nil {
				return
			}
		}
	}()
	return &charger{conn: &conn{sock: ours, in: bufio.NewReaderSize(ours, 256)}, identity: "B-1", tag: "B-1"}
}

func cannedAnswer(f *ocpp.Frame) []byte {
	payload, ok := canned[f.Action]
	if !ok {
		payload = "{}"
	}
	return ocpp.AppendCallResult(nil, f.RawID, []byte(payload))
}

// TestOpenLoopCountsFromTheDueTime holds that a server which stalls cannot hide
// it by making the charger wait with its next messages.
func TestOpenLoopCountsFromTheDueTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c := pipe(t, func(f *ocpp.Frame) []byte {
			if n++; n == 2 {
				time.Sleep(3500 * time.Millisecond)
			}
			return cannedAnswer(f)
		})
		measured := make(chan struct{})
		close(measured)
		ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
		defer cancel()
		l := &load{chargers: []*charger{c}}
		out := l.play(ctx, &scenarios[0], 1, measured)
		// The first does not count. The second is due after 1 s and comes after
		// 4.5 s; those that were due meanwhile are late by what is left.
		want := []time.Duration{0, 500, 1500, 2500, 3500}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if !slices.Equal(out.latencies, want) || out.faults.count > 0 {
			t.Errorf("latencies %v, want %v; errors %v", out.latencies, want, out.faults.err())
		}
	})
}

func TestARefusalIsAnErrorAndNoMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pipe(t, func(f *ocpp.Frame) []byte {
			time.Sleep(time.Second)
			return ocpp.AppendCallError(nil, f.RawID, ocpp.InternalError, "no room")
		})
		measured := make(chan struct{})
		close(measured)
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		out := (&load{chargers: []*charger{c}}).play(ctx, &scenarios[0], 0, measured)
		if len(out.latencies) != 0 || out.faults.count != 3 || !strings.Contains(out.faults.err().Error(), "no room") {
			t.Errorf("%d messages counted; errors %d: %v", len(out.latencies), out.faults.count, out.faults.err())
		}
	})
}

func TestSessionsOfTheMixAreWhole(t *testing.T) {
	var said []string
	c := pipe(t, func(f *ocpp.Frame) []byte {
		said = append(said, f.Action)
		return cannedAnswer(f)
	})
	for range 2 * mixLength {
		if err := c.mix(); err != nil {
			t.Fatal(err)
		}
	}
	one := slices.Concat([]string{"Authorize", "StartTransaction"}, slices.Repeat([]string{"MeterValues"}, 10), []string{"StopTransaction"})
	if want := slices.Concat(one, one); !slices.Equal(said, want) {
		t.Errorf("said %v", said)
	}
}

func TestATagThatIsNotAcceptedIsAnError(t *testing.T) {
	c := pipe(t, func(f *ocpp.Frame) []byte {
		return ocpp.AppendCallResult(nil, f.RawID, []byte(`{"idTagInfo":{"status":"Invalid"},"transactionId":7}`))
	})
	for name, say := range map[string]func() error{"Authorize": c.authorize, "StartTransaction": c.start} {
		if err := say(); !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "the id tag was not accepted") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// readControl reads a control frame and returns what it holds.
func readControl(r io.Reader) ([]byte, error) {
	h, err := ws.ReadHeader(r)
	if err != nil {
		return nil, err
	}
	payload := make([]byte, h.Length)
	_, err = io.ReadFull(r, payload)
	ws.Cipher(payload, h.Mask, 0)
	return payload, err
}

func TestCallsAndPingsOfTheServerAreAnswered(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	heard := make(chan string, 3)
	go func() {
		defer theirs.Close()
		for {
			text, op, err := wsutil.ReadClientData(io.ReadWriter(theirs))
			if err != nil {
				return
			}
			heard <- string(text)
			if op == ws.OpText && strings.HasPrefix(string(text), `[2,`) {
				_ = ws.WriteFrame(theirs, ws.NewPingFrame([]byte("hello")))
				if text, err = readControl(theirs); err != nil {
					return
				}
				heard <- string(text)
				_ = wsutil.WriteServerText(theirs, []byte(`[2,"s1","GetConfiguration",{}]`))
				if text, err = wsutil.ReadClientText(theirs); err != nil {
					return
				}
				heard <- string(text)
				_ = wsutil.WriteServerText(theirs, []byte(`[3,"1",{}]`))
			}
		}
	}()
	c := &charger{conn: &conn{sock: ours, in: bufio.NewReaderSize(ours, 256)}}
	if err := c.heartbeat(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`[2,"1","Heartbeat",{}]`, "hello", `[4,"s1","NotImplemented","a benchmark takes no calls",{}]`} {
		if got := <-heard; got != want {
			t.Errorf("the server heard %q, want %q", got, want)
		}
	}
}
