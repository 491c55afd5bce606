package command_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/store"
)

// fate is what becomes of a call.
type fate struct {
	ends  string        // answer, refuse, silent, lose or lose before
	wait  time.Duration // before it can leave, once it is its turn
	takes time.Duration // from leaving to its end
}

// sending is a frame that left.
type sending struct {
	protocol string
	at       time.Time
	result   charging.CommandStatus // that the server was told; "" for none yet
}

// air is what is between servers and one charger; calls are known by the
// number in their payload.
type air struct {
	mu       sync.Mutex
	protocol string
	lost     chan struct{} // closed when the connection ends
	slot     chan struct{} // taken while a call is open
	run      int           // of the server that lives
	fates    []fate        // by number, from 1 on
	sent     map[int][]*sending
	faults   []string

	looks int    // until the protocol changes
	then  string // to this one
}

const answerWithin = 30 * time.Second

func newAir() *air { return &air{sent: make(map[int][]*sending), lost: make(chan struct{})} }

func (a *air) plan(f fate) (number int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fates = append(a.fates, f)
	return len(a.fates)
}

// connect makes a new connection, or none.
func (a *air) connect(protocol string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reconnect(protocol)
}

func (a *air) reconnect(protocol string) {
	close(a.lost)
	a.protocol, a.lost, a.slot = protocol, make(chan struct{}), make(chan struct{}, 1)
}

func (a *air) afterLook(protocol string, looks int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.looks, a.then = looks, protocol
}

// live lets one server only send.
func (a *air) live(run int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.run = run
}

func (a *air) sends(number int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sent[number])
}

func (a *air) fault(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

func (a *air) takeFaults() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.faults
	a.faults = nil
	return all
}

// wire is the Link of one run of the server.
type wire struct {
	air   *air
	run   int
	store *store.Store
}

func (w *wire) Protocol(charging.ID) (string, ocpp.Version, bool) {
	a := w.air
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.protocol
	if a.looks > 0 {
		if a.looks--; a.looks == 0 && was != "" {
			a.reconnect(a.then)
		}
	}
	if was == "" || w.run != a.run {
		return "", 0, false
	}
	return was, map[string]ocpp.Version{"ocpp1.6": ocpp.V16, "ocpp2.0.1": ocpp.V201, "ocpp2.1": ocpp.V21}[was], true
}

func (w *wire) Call(ctx context.Context, c charging.Call) charging.Answer {
	a := w.air
	number := numberIn(c.Payload)
	a.mu.Lock()
	if a.protocol == "" || w.run != a.run || c.Protocol != "" && c.Protocol != a.protocol {
		a.mu.Unlock()
		return failed(charging.CommandNotConnected, "gone")
	}
	protocol, lost, slot, f := a.protocol, a.lost, a.slot, a.fates[number-1]
	a.mu.Unlock()

	late := time.NewTimer(time.Until(c.Deadline))
	defer late.Stop()
	unsent := func(way <-chan time.Time, free chan<- struct{}) (charging.Answer, bool) {
		select {
		case free <- struct{}{}:
			return charging.Answer{}, false
		case <-way:
			return charging.Answer{}, false
		case <-late.C:
			return failed(charging.CommandTimedOut, "too late"), true
		case <-ctx.Done():
			return failed(charging.CommandNotConnected, "taken back"), true
		case <-lost:
			return failed(charging.CommandNotConnected, "gone"), true
		}
	}
	if answer, ended := unsent(nil, slot); ended {
		return answer
	}
	defer func() { <-slot }()
	if answer, ended := unsent(time.After(f.wait), nil); ended {
		return answer
	}
	if f.ends == "lose before" {
		a.connect("")
		return failed(charging.CommandNotConnected, "gone")
	}
	w.checkIntent(number, c, protocol)
	s := &sending{protocol: protocol, at: time.Now()}
	a.mu.Lock()
	if a.lost != lost || w.run != a.run {
		a.mu.Unlock()
		return failed(charging.CommandNotConnected, "gone")
	}
	a.sent[number] = append(a.sent[number], s)
	a.mu.Unlock()
	c.Sent("m"+strconv.Itoa(number), s.at)
	answer := a.answer(ctx, f, lost)
	answer.MessageID, answer.SentAt = "m"+strconv.Itoa(number), s.at
	a.mu.Lock()
	s.result = answer.Status
	a.mu.Unlock()
	return answer
}

// answer plays the end of a call that left.
func (a *air) answer(ctx context.Context, f fate, lost <-chan struct{}) charging.Answer {
	timeout := time.After(answerWithin)
	over := time.After(f.takes)
	if f.ends == "silent" {
		over = nil
	}
	select {
	case <-over:
	case <-timeout:
		return failed(charging.CommandTimedOut, "silence")
	case <-lost:
		return failed(charging.CommandConnectionLost, "lost")
	case <-ctx.Done():
		return failed(charging.CommandUnknown, "stopped waiting")
	}
	switch f.ends {
	case "lose":
		a.connect("")
		return failed(charging.CommandConnectionLost, "lost")
	case "refuse":
		r := failed(charging.CommandRefused, "no")
		r.Error.Code, r.AnsweredAt = "InternalError", time.Now()
		return r
	}
	return charging.Answer{Status: charging.CommandAnswered, Response: []byte(`{"status":"Accepted"}`), AnsweredAt: time.Now()}
}

// checkIntent looks for the row of a call that is about to leave.
func (w *wire) checkIntent(number int, c charging.Call, protocol string) {
	if !time.Now().Before(c.Deadline) {
		w.air.fault("call %d leaves at %v, after its deadline %v", number, time.Now(), c.Deadline)
	}
	rows, err := w.store.Commands(context.Background(), charging.CommandQuery{ChargerID: chargerID, Limit: 1000})
	if err != nil {
		return // the server is being ended
	}
	i := slices.IndexFunc(rows, func(r *charging.Command) bool {
		return numberIn(r.Payload) == number && r.Status == charging.CommandQueued
	})
	switch {
	case i < 0:
		w.air.fault("call %d leaves before it is stored", number)
	case rows[i].Protocol != protocol:
		w.air.fault("call %d of %s leaves to a charger that speaks %s", number, rows[i].Protocol, protocol)
	}
}

// numberIn returns the number of a call, 0 for none.
func numberIn(payload []byte) int {
	var m struct{ Data string }
	if json.Unmarshal(payload, &m) != nil {
		return 0
	}
	n, _ := strconv.Atoi(m.Data)
	return n
}

// shakyStore is a store that cannot always commit.
type shakyStore struct {
	*store.Store
	mu    sync.Mutex
	how   string
	until time.Time
	works chan struct{} // closed to end a stall early
}

func newShakyStore(s *store.Store) *shakyStore {
	return &shakyStore{Store: s, works: make(chan struct{})}
}

func (s *shakyStore) stall(how string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.how, s.until = how, time.Now().Add(d)
}

// heal ends the stall for good.
func (s *shakyStore) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Time{}
	select {
	case <-s.works:
	default:
		close(s.works)
	}
}

var errShaky = errors.New("the disk is away")

func (s *shakyStore) Commit(ctx context.Context, b *charging.Batch) error {
	s.mu.Lock()
	how, left := s.how, time.Until(s.until)
	s.mu.Unlock()
	switch {
	case left <= 0:
	case how == "hang":
		select {
		case <-time.After(left):
		case <-s.works:
		}
	case how == "fail after all":
		if err := s.Store.Commit(ctx, b); err != nil {
			return err
		}
		return errShaky
	default:
		return errShaky
	}
	return s.Store.Commit(ctx, b)
}
