package app

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// The garbage collector runs when the heap has doubled. That is too often for
// a small heap under load, where collecting took a tenth of the processor time,
// and it leaves much unused memory with the process after a reconnect storm.
const (
	// ballast counts as part of the heap but is never touched, so it takes no
	// memory: with it the smallest heap may grow by so much, in bytes, before it
	// is collected.
	ballast = 64 << 20
	// tidyEvery is how often it is looked whether memory can be given back.
	tidyEvery = 10 * time.Second
	// worthwhile is how many unused bytes are worth it.
	worthwhile = 16 << 20
	// busyAllocation is how many bytes a second are allocated by a server that
	// has other things to do.
	busyAllocation = 8 << 20
)

// startMemory sees to the heap, unless GOGC or GOMEMLIMIT say that the operator
// does.
func (a *App) startMemory(context.Context) error {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	weight := make([]byte, ballast)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.tidy(ctx)
		runtime.KeepAlive(weight)
	}()
	a.undo.add("memory", func(context.Context) error {
		cancel()
		<-ended
		return nil
	})
	return nil
}

// tidy gives unused memory back to the operating system while little happens:
// once after a busy time.
func (a *App) tidy(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	var m runtime.MemStats
	var allocated uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		runtime.ReadMemStats(&m)
		grown := m.TotalAlloc - allocated
		allocated = m.TotalAlloc
		// What was allocated since the last collection may be garbage.
		unused := m.HeapIdle - m.HeapReleased + m.HeapAlloc - min(m.HeapAlloc, m.NextGC/2)
		if grown < busyAllocation*uint64(tidyEvery/time.Second) && unused > worthwhile {
			if err := a.admin.store.FreeMemory(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn("the database's cache could not be given up", "err", err)
			}
			debug.FreeOSMemory()
		}
	}
}
