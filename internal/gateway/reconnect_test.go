package gateway

import (
	"testing"
	"time"
)

func TestConnectionsThatComeTooOftenWaitAndAreLetIn(t *testing.T) {
	y := listenYard(t, Config{})
	y.add(charging2())
	y.g.reconnects.hold = 60 * time.Millisecond
	connect := func(identity string) time.Duration {
		began := time.Now()
		y.dial(identity).conn.Close()
		return time.Since(began)
	}
	var longest time.Duration
	for range patienceWithReconnects.burst {
		longest = max(longest, connect("CP1"))
	}
	if longest >= y.g.reconnects.hold {
		t.Errorf("one of the first connections waited %s", longest)
	}
	if took := connect("CP1"); took < y.g.reconnects.hold {
		t.Errorf("a connection too many was let in after %s", took)
	}
	if took := connect("CP2"); took >= y.g.reconnects.hold {
		t.Errorf("another charger waited %s", took)
	}
	if held := y.g.reconnects.held.Load(); held != 0 {
		t.Errorf("%d connections wait for ever", held)
	}
}
