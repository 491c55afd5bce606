package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// storms measures many chargers that come at once, and what they take when they
// are silent: on the floor, on the server, and on the server again after a kill.
func (r *run) storms(ctx context.Context) error {
	if err := r.idleFloor(ctx); err != nil {
		return fmt.Errorf("the floor: %w", err)
	}
	if r.URL != "" {
		return r.foreignStorm(ctx)
	}
	empty, err := r.emptyServer(ctx)
	if err != nil {
		return err
	}
	m, pids, _, err := r.server(ctx, "storm", r.Storm)
	if err != nil {
		return err
	}
	c := m.child
	defer c.kill()
	before, err := memoryOf(pids)
	if err != nil {
		return err
	}
	l, err := r.storm(ctx, m.target, "from nothing", pids, time.Now())
	if err != nil {
		return err
	}
	idle := Idle{Server: serverMeasured, Connections: r.Storm, Empty: empty, Before: before}
	idle.After, err = r.settle(ctx, l, pids, func() error {
		_, err := c.readSites(ctx)
		return err
	})
	if err != nil {
		return err
	}
	r.report.Idle = append(r.report.Idle, idle)
	if c.pprof != "" {
		if err := c.profile(ctx, 0, filepath.Join(r.Profiles, "idle-heap.pprof")); err != nil {
			return err
		}
	}
	l.close()
	c.kill()
	began := time.Now()
	if err := c.start(ctx); err != nil {
		return err
	}
	ready := time.Since(began).Seconds()
	l, err = r.storm(ctx, m.target, "after kill -9", c.pids(), began)
	if err != nil {
		return err
	}
	r.report.Storms[len(r.report.Storms)-1].ReadyAfter = ready
	l.close()
	return nil
}

// emptyServer returns the memory of a server that has just started with nothing
// in it.
func (r *run) emptyServer(ctx context.Context) (Memory, error) {
	folder := filepath.Join(r.folder, "empty")
	c, err := newServer(r.Program, r.folder, false)
	if err != nil {
		return Memory{}, err
	}
	c.folder, c.args[2] = folder, folder
	defer c.kill()
	if err := c.start(ctx); err != nil {
		return Memory{}, err
	}
	return memoryOf(c.pids())
}

func (r *run) idleFloor(ctx context.Context) error {
	before, err := memoryOf(r.floor.pids())
	if err != nil {
		return err
	}
	l, err := r.storm(ctx, r.floor.target(), "floor", r.floor.pids(), time.Now())
	if err != nil {
		return err
	}
	defer l.close()
	idle := Idle{Server: serverFloor, Connections: r.Storm, Empty: before, Before: before}
	if idle.After, err = r.settle(ctx, l, r.floor.pids(), func() error { return nil }); err != nil {
		return err
	}
	r.report.Idle = append(r.report.Idle, idle)
	return nil
}

// foreignStorm measures a server that was not started here, which is not
// killed.
func (r *run) foreignStorm(ctx context.Context) error {
	m, pids, _, err := r.server(ctx, "", r.Storm)
	if err != nil {
		return err
	}
	before, err := memoryOf(pids)
	if err != nil {
		return err
	}
	l, err := r.storm(ctx, m.target, "from nothing", pids, time.Now())
	if err != nil {
		return err
	}
	defer l.close()
	idle := Idle{Server: serverMeasured, Connections: r.Storm, Empty: before, Before: before}
	if idle.After, err = r.settle(ctx, l, pids, func() error { return nil }); err != nil {
		return err
	}
	if len(pids) > 0 {
		r.report.Idle = append(r.report.Idle, idle)
	}
	return nil
}

// storm lets all chargers connect, boot and tell their status as fast as they
// can.
func (r *run) storm(ctx context.Context, t target, name string, pids []int, began time.Time) (*load, error) {
	before, err := processorTime(pids)
	if err != nil {
		return nil, err
	}
	var booted atomic.Int64
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			r.say("storm, %s: %d of %d chargers booted", name, booted.Load(), r.Storm)
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second):
			}
		}
	}()
	l, err := t.connect(ctx, r.Prefix, r.Storm, &booted)
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	if err := l.inParallel(dialing, func(i int) error { return l.chargers[i].report("Available") }); err != nil {
		l.close()
		return nil, err
	}
	after, err := processorTime(pids)
	if err != nil {
		l.close()
		return nil, err
	}
	r.report.Storms = append(r.report.Storms, Storm{Name: name, Chargers: r.Storm, Seconds: took.Seconds(), CPUSeconds: (after - before).Seconds()})
	return l, nil
}

// settle leaves the chargers alone for a while, has everything read once, and
// returns the server's memory after another while.
func (r *run) settle(ctx context.Context, l *load, pids []int, read func() error) (Memory, error) {
	r.say("%d idle connections for %s", len(l.chargers), r.Settle)
	until := time.Now().Add(r.Settle)
	var wg sync.WaitGroup
	var lost faults
	for _, c := range l.chargers {
		wg.Go(func() {
			if err := c.idle(until); err != nil {
				lost.add(fmt.Errorf("%s: %w", c.identity, err))
			}
		})
	}
	select {
	case <-time.After(r.Settle / 3):
	case <-ctx.Done():
		return Memory{}, ctx.Err()
	}
	if err := read(); err != nil {
		return Memory{}, err
	}
	wg.Wait()
	if err := lost.err(); err != nil {
		return Memory{}, fmt.Errorf("%d idle chargers lost their connection: %w", lost.count, err)
	}
	return memoryOf(pids)
}
