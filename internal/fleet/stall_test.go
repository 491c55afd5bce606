package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// hangingStore is an empty store whose commits wait until they are let go.
type hangingStore struct {
	fleet.Store
	hang chan struct{}
}

func (s *hangingStore) Load(context.Context) (*charging.Stored, error) {
	return &charging.Stored{}, nil
}

func (s *hangingStore) Commit(context.Context, *charging.Batch) error {
	<-s.hang
	return nil
}

// syncBuffer is a buffer that many may write.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func TestACommitThatDoesNotComeBackIsAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &hangingStore{hang: make(chan struct{})}
		log := &syncBuffer{}
		f := fleet.New(fleet.Config{LifeEvery: time.Hour}, s, slog.New(slog.NewTextHandler(log, nil)), nil)
		if err := f.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		go f.Keep(context.Background(), func(b *charging.Batch) { b.Uploads = []charging.Upload{{ID: 1}} })
		time.Sleep(1900 * time.Millisecond)
		if since := f.StalledSince(); !since.IsZero() {
			t.Errorf("stalled since %v after 1.9 s", since)
		}
		time.Sleep(2 * time.Second)
		if since := f.StalledSince(); !since.Equal(began) {
			t.Errorf("stalled since %v, want %v", since, began)
		}
		if !strings.Contains(log.String(), "the store has not come back from a commit; chargers are not answered until it does") {
			t.Errorf("the log says %q", log)
		}
		close(s.hang)
		synctest.Wait()
		if since := f.StalledSince(); !since.IsZero() {
			t.Errorf("stalled since %v when it is over", since)
		}
		time.Sleep(time.Second)
		if !strings.Contains(log.String(), `"the store commits again"`) {
			t.Errorf("the log says %q", log)
		}
		if err := f.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// forgetful is a store that has lost the newest state of every charger when it
// is opened again.
type forgetful struct {
	fleet.Store
	mu           sync.Mutex
	fail, forgot bool
}

func (s *forgetful) set(fail, forgot bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail, s.forgot = fail, forgot
}

func (s *forgetful) Commit(ctx context.Context, b *charging.Batch) error {
	s.mu.Lock()
	fail := s.fail && len(b.Records) > 0
	s.fail = s.fail && !fail
	s.mu.Unlock()
	if fail {
		return errors.New("input/output error")
	}
	return s.Store.Commit(ctx, b)
}

func (s *forgetful) Load(ctx context.Context) (*charging.Stored, error) {
	stored, err := s.Store.Load(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.forgot {
		for _, c := range stored.Chargers {
			c.Version--
		}
	}
	return stored, err
}

func TestNothingIsAnsweredOnAStoreThatLostWhatWasAnswered(t *testing.T) {
	y := newYard(t)
	y.connect()
	y.tell(status(1, charging.Available, noon))
	if err := y.Fleet.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	log := &syncBuffer{}
	s := &forgetful{Store: y.store}
	y.Fleet = fleet.New(fleet.Config{LifeEvery: time.Hour}, s, slog.New(slog.NewTextHandler(log, nil)), nil)
	if err := y.Fleet.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.set(true, true)
	answered := make(chan error, 1)
	go func() {
		_, err := y.Handle(context.Background(), charging.Event{ChargerID: chargerID, Received: noon, Body: status(1, charging.Charging, noon)})
		answered <- err
	}()
	for !strings.Contains(log.String(), "the database has lost what was answered: of charger CP1 it ends at record") {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-answered:
		t.Fatalf("answered, %v", err)
	default:
	}
	if y.StalledSince().IsZero() {
		t.Error("does not count as stalled")
	}
	s.set(false, false)
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if !y.StalledSince().IsZero() {
		t.Error("still counts as stalled")
	}
}
