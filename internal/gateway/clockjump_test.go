package gateway

import (
	"testing"
	"time"
)

func TestWhatALinkRemembersMovesWithTheClock(t *testing.T) {
	f := func(name string, jump, noted, want time.Duration) {
		t.Helper()
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		l := &link{}
		l.lastFrame.Store(now.Add(noted).UnixNano())
		l.moveWith(jump, now)
		if got := time.Unix(0, l.lastFrame.Load()).Sub(now); got != want {
			t.Errorf("%s: %v from now, want %v", name, got, want)
		}
		if l.pinged.Load() != 0 || l.reader.unfinished.Load() != 0 {
			t.Errorf("%s: what never was has a time", name)
		}
	}
	f("on, noted before", time.Hour, -time.Hour-40*time.Second, -40*time.Second)
	f("on, noted after", time.Hour, -time.Second, 0)
	f("back, noted before", -time.Hour, time.Hour-40*time.Second, -40*time.Second)
	f("back, noted after", -time.Hour, -time.Second, -time.Second)
	f("back, noted while we look", -time.Hour, 5*time.Millisecond, 5*time.Millisecond)
}

func TestAClockThatGoesOnDidNotJump(t *testing.T) {
	now := time.Now()
	var c wallClock
	for _, later := range []time.Duration{0, time.Second, time.Hour} {
		if jump := c.jumped(now.Add(later)); jump != 0 {
			t.Errorf("jumped by %v", jump)
		}
	}
}
