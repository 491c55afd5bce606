package httpapi_test

import (
	"context"
	"log/slog"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/upkeep"
)

// control is what stands behind reservations and power limits.
type control struct {
	reservations *command.Reservations
	limits       *upkeep.Limits
}

func (p *parts) startControl(y *yard, log *slog.Logger) {
	y.t.Helper()
	p.control.reservations = command.NewReservations(p.commands, y.store, log)
	if err := p.control.reservations.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	quick := upkeep.LimitsConfig{AfterBoot: time.Millisecond, AfterConnect: time.Millisecond, Answer: 10 * time.Second,
		Again: 20 * time.Millisecond, Quiet: time.Nanosecond}
	p.control.limits = upkeep.NewLimits(quick, p.link, p.commands, y.fleet, y.store, log, y.reg)
	if err := p.control.limits.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	y.cfg.Reservations, y.cfg.PowerLimits, y.cfg.SessionByID = p.control.reservations, p.control.limits, y.store.SessionByID
}

func (p *parts) stopControl(y *yard) {
	y.t.Helper()
	if err := p.control.limits.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	if err := p.control.reservations.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
}

// eventually waits until something that other goroutines do has come to pass.
func (y *yard) eventually(what string, check func() bool) {
	y.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			y.t.Fatalf("after 30 s still not: %s", what)
		}
	}
}

// answersBy has each charger answer in its own way.
func (l *link) answersBy(answer func(charging.Call) charging.Answer) {
	l.mu.Lock()
	l.answer = answer
	l.mu.Unlock()
}

// calls are those of an action that left, to any charger.
func (l *link) calls(action string) (list []charging.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.sent {
		if c.Action == action {
			list = append(list, c)
		}
	}
	return list
}

// hangsOn connects a charger that hung up.
func (l *link) hangsOn(charger charging.ID, protocol string) {
	l.mu.Lock()
	l.protocol[charger] = protocol
	l.mu.Unlock()
}
