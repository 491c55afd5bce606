package sim

import (
	"context"
	"testing"
	"time"
)

func TestFleet(t *testing.T) {
	t.Run("chargers of all makes charge over real sockets and settle", func(t *testing.T) {
		s := newServer(t)
		ledger := new(Ledger)
		f, err := New(Config{URL: s.listen(), Count: 20, Seed: 7, Life: RestlessLife(), Retry: QuickRetry(), Observer: ledger})
		if err != nil {
			t.Fatal(err)
		}
		f.Start()
		defer f.Stop()
		eventually(t, "60 sessions end", func() bool { return len(s.received("StopTransaction")) > 60 })
		f.Freeze()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := f.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		t.Log(f.Summary())
	})
}
