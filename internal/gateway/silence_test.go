package gateway

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// lasts reads until the connection ends, answering pings for a time, and
// returns when the last frame was sent and when the end came.
func (c *client) lasts(answerPings time.Duration) (lastFrame, end time.Time) {
	begun := time.Now()
	lastFrame = begun
	for {
		f, err := c.read()
		switch {
		case err != nil || f.Header.OpCode == ws.OpClose:
			return lastFrame, time.Now()
		case f.Header.OpCode == ws.OpPing && time.Since(begun) < answerPings:
			c.sendFrame(ws.NewPongFrame(f.Payload))
			lastFrame = time.Now()
		}
	}
}

func wantSilence(t *testing.T, y *yard, lastFrame, end time.Time, want time.Duration) {
	t.Helper()
	if got := end.Sub(lastFrame); got < want || got > want+2*sweepEvery {
		t.Errorf("gone after %s of silence, want %s", got, want)
	}
	synctest.Wait()
	ended := y.estate.disconnects()
	if len(ended) != 1 || !strings.HasPrefix(ended[0].Reason, "silent for ") {
		t.Fatalf("recorded %+v", ended)
	}
	if !ended[0].LastSeen.Equal(lastFrame.UTC().Truncate(time.Microsecond)) {
		t.Errorf("last seen %s, want %s", ended[0].LastSeen, lastFrame)
	}
}

func TestChargerThatAnsweredAPingIsGoneAfter90SecondsOfSilence(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		lastFrame, end := y.pipe(y.estate.chargers[0]).lasts(5 * time.Minute)
		wantSilence(t, y, lastFrame, end, 90*time.Second)
		if end.Sub(lastFrame) == end.Sub(end) {
			t.Error("no ping was answered")
		}
	})
}

func TestChargerThatAnswersNoPingIsGoneAfterTwoAndAHalfHeartbeats(t *testing.T) {
	for heartbeat, want := range map[time.Duration]time.Duration{
		5 * time.Minute:  750 * time.Second,
		10 * time.Second: 90 * time.Second,
	} {
		inBubble(t, Config{Heartbeat: heartbeat}, func(y *yard) {
			y.estate.chargers[0].Boot = &charging.Boot{}
			lastFrame, end := y.pipe(y.estate.chargers[0]).lasts(0)
			wantSilence(t, y, lastFrame, end, want)
		})
	}
}

func TestUnaskedPongIsNoAnswerToAPing(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		c.sendFrame(ws.NewPongFrame(nil))
		lastFrame, end := c.lasts(0)
		wantSilence(t, y, lastFrame, end, 750*time.Second)
	})
}

func TestAnyFrameIsASignOfLife(t *testing.T) {
	inBubble(t, Config{Heartbeat: 10 * time.Second, PingEvery: -1}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		go func() {
			for i := range 10 {
				time.Sleep(80 * time.Second)
				switch i % 3 {
				case 0:
					c.send(heartbeatCall)
				case 1:
					c.sendFrame(ws.NewPingFrame(nil))
				case 2:
					c.sendFrame(ws.NewBinaryFrame([]byte("?")))
				}
			}
		}()
		begun := time.Now()
		_, end := c.lasts(0)
		if lasted := end.Sub(begun); lasted < 890*time.Second || lasted > 892*time.Second {
			t.Errorf("lasted %s", lasted)
		}
	})
}

func TestPingsComeAboutEvery30Seconds(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		last := time.Now()
		for i := range 20 {
			f, err := c.read()
			if err != nil || f.Header.OpCode != ws.OpPing {
				t.Fatalf("%v, %v", f.Header, err)
			}
			pause := time.Since(last)
			if low := 26 * time.Second; pause > 35*time.Second || i > 0 && pause < low {
				t.Errorf("ping %d came after %s", i, pause)
			}
			last = time.Now()
			c.sendFrame(ws.NewPongFrame(f.Payload))
		}
		c.drainLater()
	})
}

func TestChargerThatPingsIsPingedOnlyWhenItStops(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		for i := range 20 {
			c.sendFrame(ws.NewPingFrame([]byte("mine")))
			if f, err := c.read(); err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != "mine" {
				t.Fatalf("after ping %d: %v, %v", i, f.Header, err)
			}
			time.Sleep(20 * time.Second)
		}
		last := time.Now().Add(-20 * time.Second)
		if f, err := c.read(); err != nil || f.Header.OpCode != ws.OpPing || time.Since(last) < 50*time.Second {
			t.Errorf("%s after the charger's last ping: %v, %v", time.Since(last), f.Header, err)
		}
		c.drainLater()
	})
}

func TestChargerThatAnswersPingsWithBrokenFramesIsNotPingedAgain(t *testing.T) {
	inBubble(t, Config{Heartbeat: 10 * time.Second}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		if f, err := c.read(); err != nil || f.Header.OpCode != ws.OpPing {
			t.Fatalf("%v, %v", f.Header, err)
		}
		broken := ws.MaskFrame(ws.NewPongFrame(nil))
		broken.Header.Rsv = 1
		ws.WriteFrame(c.conn, broken)
		c.wantClosed(1002, "")
		c.conn.Close()

		c = y.pipe(y.estate.chargers[0])
		begun := time.Now()
		f, err := c.read()
		if err == nil && f.Header.OpCode != ws.OpClose || time.Since(begun) < 80*time.Second {
			t.Errorf("after %s: %v, %v", time.Since(begun), f.Header, err)
		}
	})
}

func TestStalledStoreSendsChargersAwayAfter10Seconds(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		begun := time.Now()
		y.estate.handle = func(ctx context.Context, _ charging.Event) (charging.Outcome, error) {
			<-ctx.Done() // as fleet does: it waits for the store
			return charging.Outcome{}, charging.Errorf(charging.Unavailable, "not stored in time")
		}
		idle := y.pipe(y.add(charging2()))
		busy := y.pipe(y.estate.chargers[0])
		busy.send(statusCall)
		y.estate.stall(begun)
		for _, c := range []*client{idle, busy} {
			c.wantClosed(1013, "the server cannot store anything at the moment")
			if after := time.Since(begun); after < 10*time.Second || after > 12*time.Second {
				t.Errorf("sent away after %s", after)
			}
			c.conn.Close()
		}
		y.g.cancel()
	})
}

func TestMessageThatCannotBeStoredIsNeverAnswered(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		tries := 0
		y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
			tries++
			return charging.Outcome{}, charging.Errorf(charging.Unavailable, "The disk is full.")
		}
		c := y.pipe(y.estate.chargers[0])
		begun := time.Now()
		c.send(statusCall)
		c.wantClosed(1013, "the server cannot store anything at the moment")
		if after := time.Since(begun); after < 10*time.Second || after > 12*time.Second || tries < 5 {
			t.Errorf("sent away after %s and %d tries", after, tries)
		}
	})
}

func TestMessageIsAnsweredWhenTheStoreComesBack(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		begun := time.Now()
		y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
			if time.Since(begun) < 8*time.Second {
				return charging.Outcome{}, charging.Errorf(charging.Unavailable, "The disk is full.")
			}
			return charging.Outcome{}, nil
		}
		c := y.pipe(y.estate.chargers[0])
		c.want(statusCall, `[3,"s1",{}]`)
		if after := time.Since(begun); after < 8*time.Second || after > 9*time.Second {
			t.Errorf("answered after %s", after)
		}
		c.drainLater()
	})
}
