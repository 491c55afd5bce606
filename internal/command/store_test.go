package command_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
)

// stalling is a fleet whose store cannot keep commands for a while.
type stalling struct {
	command.Fleet
	mu    sync.Mutex
	fails func(*charging.Batch) bool
	late  bool // rows are stored, and it is said that they are not
}

func (s *stalling) Keep(ctx context.Context, add func(*charging.Batch)) error {
	var b charging.Batch
	add(&b)
	s.mu.Lock()
	fails, late := s.fails != nil && s.fails(&b), s.late
	s.mu.Unlock()
	if late {
		if err := s.Fleet.Keep(ctx, add); err != nil {
			return err
		}
		fails = true
	}
	if fails {
		return charging.Errorf(charging.Unavailable, "the disk is full")
	}
	return s.Fleet.Keep(ctx, add)
}

func (s *stalling) when(fails func(*charging.Batch) bool) {
	s.mu.Lock()
	s.fails = fails
	s.mu.Unlock()
}

func newStallingYard(t *testing.T) (*yard, *stalling) {
	y, s := newYard(t), &stalling{}
	y.stop()
	y.wrap = func(f command.Fleet) command.Fleet { s.Fleet = f; return s }
	y.start()
	y.connect()
	return y, s
}

func TestACommandThatCannotBeKeptIsNotSent(t *testing.T) {
	y, s := newStallingYard(t)
	y.setPassword(oldPassword)
	s.when(func(*charging.Batch) bool { return true })
	for range 120 { // each gives its place back
		err := y.refused(y.raw("ClearCache", `{}`))
		if charging.KindOf(err) != charging.Unavailable || charging.MessageOf(err) != "the command could not be kept, so it was not sent: the disk is full" {
			t.Fatal(err)
		}
	}
	if _, err := y.RotatePassword(t.Context(), chargerID, "test"); charging.KindOf(err) != charging.Unavailable || y.settings().NextPasswordHash != "" {
		t.Errorf("%v, %+v", err, y.settings())
	}
	s.when(nil)
	y.do(y.raw("ClearCache", `{}`))
	if _, err := y.RotatePassword(t.Context(), chargerID, "test"); err != nil {
		t.Error(err)
	}
	if got := y.link.actions(); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestACommandThatIsStoredTooLateEndsAndIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y, s := newStallingYard(t)
		s.late = true
		r := y.raw("ClearCache", `{}`)
		r.IdempotencyKey = "once"
		if err := y.refused(r); charging.KindOf(err) != charging.Unavailable {
			t.Error(err)
		}
		s.mu.Lock()
		s.late = false
		s.mu.Unlock()
		again := y.do(r)
		if again.Status != charging.CommandAnswered {
			t.Errorf("%+v", again.Command)
		}
		time.Sleep(time.Minute)
		list, err := y.List(t.Context(), charging.CommandQuery{ChargerID: chargerID, Limit: 10})
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		ended := list[1]
		if ended.Status != charging.CommandTimedOut || ended.Error.Description != "It could not be kept in time, so it was not sent." ||
			ended.IdempotencyKey != "" || y.kept(ended.ID).Status != charging.CommandTimedOut {
			t.Errorf("%+v %+v", ended.Command, ended.Error)
		}
		if got := y.link.actions(); len(got) != 1 {
			t.Errorf("sent %v", got)
		}
		if once := y.do(r); once.ID != again.ID {
			t.Errorf("a repeat became %d, not %d", once.ID, again.ID)
		}
	})
}

func TestWhoWaitsIsToldOnlyWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y, s := newStallingYard(t)
		stalled := time.Now().Add(10 * time.Second)
		s.when(func(b *charging.Batch) bool {
			return len(b.Commands) > 0 && b.Commands[0].Status == charging.CommandAnswered && time.Now().Before(stalled)
		})
		given := y.ask(y.raw("ClearCache", `{}`))
		<-y.link.news
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if now, err := y.Get(t.Context(), given.ID); err != nil || now.Status.Final() || now.Status != y.kept(given.ID).Status {
			t.Errorf("%+v, %v", now.Command, err)
		}
		over := y.wait(given)
		if over.Status != charging.CommandAnswered || time.Now().Before(stalled) {
			t.Errorf("%+v at %v", over.Command, time.Now())
		}
		if kept := y.kept(given.ID); kept.Status != charging.CommandAnswered {
			t.Errorf("%+v", kept)
		}
	})
}

func TestAnAnswerThatIsNeverKeptIsUnknownAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y, s := newStallingYard(t)
		s.when(func(b *charging.Batch) bool { return len(b.Commands) > 0 && b.Commands[0].Status.Final() })
		given := y.ask(y.raw("ClearCache", `{}`))
		<-y.link.news
		time.Sleep(5 * time.Second)
		y.stop()
		y.wrap = nil
		y.start()
		if kept := y.kept(given.ID); kept.Status != charging.CommandUnknown {
			t.Errorf("%+v", kept)
		}
	})
}
