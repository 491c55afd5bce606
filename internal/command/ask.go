package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// keepWithin bounds how long Ask waits for a command to be kept.
const keepWithin = 30 * time.Second

// Ask gives a command and returns once it is kept: several when an order takes
// more than one call. To a charger that is not connected it is kept as such and
// not sent later. When ctx ends, the command goes on.
//
// Errors: NotFound for an unknown charger or session, Invalid when the request
// does not fit the charger's version, Conflict when too many commands wait, or
// the present state forbids it, Unavailable when it cannot be kept.
func (s *Service) Ask(ctx context.Context, r charging.CommandRequest) ([]charging.CommandResult, error) {
	c := s.fleet.Estate().Charger(r.ChargerID)
	if c == nil {
		return nil, charging.Errorf(charging.NotFound, "There is no charger with id %d.", r.ChargerID)
	}
	// A client that hangs up must not leave a command half given.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer cancel()
	if len(r.Payload) == 0 {
		r.Payload = []byte("{}")
	}
	mark := fingerprint(&r)
	if r.IdempotencyKey != "" {
		unlock, err := s.keys.lock(ctx, r.KeyID, r.IdempotencyKey)
		if err != nil {
			return nil, err
		}
		defer unlock()
		if given, err := s.givenBefore(ctx, &r, mark); given != nil || err != nil {
			return given, err
		}
	}
	p, err := s.plan(ctx, &r, c)
	if err != nil {
		return nil, err
	}
	if err := s.admit(c.ID, len(p.calls)); err != nil {
		return nil, err
	}
	jobs, err := s.keep(ctx, &r, p, mark)
	if err != nil {
		s.release(c.ID, len(p.calls))
		s.running.Add(-len(p.calls))
		return nil, err
	}
	given := make([]charging.CommandResult, len(jobs))
	for i, j := range jobs {
		given[i] = result(j.cmd)
	}
	if p.version == nil || !p.connected {
		s.release(c.ID, len(jobs))
		for _, j := range jobs {
			s.tell(j.cmd)
			s.running.Done()
		}
		return given, nil
	}
	s.enqueue(c.ID, jobs)
	return given, nil
}

// planned is what a request comes to.
type planned struct {
	version   *version // of the connection, else of the last one; nil for unknown
	connected bool
	calls     []charging.OrderCall
	upload    *charging.Upload // that the charger is to send; nil for none
	rotation  *rotation
}

// plan checks and translates a request.
func (s *Service) plan(ctx context.Context, r *charging.CommandRequest, c *charging.Charger) (*planned, error) {
	p := &planned{}
	if _, v, ok := s.link.Protocol(c.ID); ok {
		p.connected, p.version = true, versionOf(v)
	} else if c.Connection != nil {
		p.version = versionNamed(c.Connection.Protocol)
	}
	if r.Order != "" {
		return p, s.planOrder(ctx, r, c, p)
	}
	if p.version != nil {
		if err := p.version.check(r.Action, r.Payload); err != nil {
			return nil, err
		}
	} else if !json.Valid(r.Payload) {
		return nil, charging.Errorf(charging.Invalid, "payload: is not well-formed JSON")
	}
	p.calls = []charging.OrderCall{{Action: r.Action, Payload: compact(r.Payload)}}
	return p, nil
}

func compact(payload []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, payload) != nil {
		return payload
	}
	return b.Bytes()
}

// keep has the rows of a request stored, and returns a job for each.
func (s *Service) keep(ctx context.Context, r *charging.CommandRequest, p *planned, mark []byte) ([]*job, error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	jobs := make([]*job, len(p.calls))
	rows := make([]*charging.Command, len(p.calls))
	for i, call := range p.calls {
		id, err := s.fleet.NextID(charging.IDCommand)
		if err != nil {
			return nil, charging.Errorf(charging.Unavailable, "the command could not be kept: %w", err)
		}
		rows[i] = &charging.Command{
			ID: id, ChargerID: r.ChargerID, Actor: r.Actor, KeyID: r.KeyID, Order: r.Order, Action: call.Action,
			Payload: ocpp.Redact(call.Payload), Status: charging.CommandQueued, CreatedAt: now, Deadline: now.Add(s.cfg.QueueFor),
			IdempotencyKey: r.IdempotencyKey, Fingerprint: mark,
		}
		if p.version != nil {
			rows[i].Protocol = p.version.name
		}
		if !p.connected {
			rows[i].Status = charging.CommandNotConnected
			rows[i].Error = &charging.CommandError{Description: "The charger is not connected."}
		}
		jobs[i] = &job{cmd: rows[i], payload: call.Payload, timeout: r.Timeout, done: make(chan struct{})}
	}
	if err := s.beginRotation(ctx, r.ChargerID, p, jobs); err != nil {
		return nil, err
	}
	if err := s.keepIntent(ctx, p, jobs); err != nil {
		s.dropRotation(ctx, p.rotation)
		return nil, charging.Errorf(charging.KindOf(err), "the command could not be kept, so it was not sent: %w", err)
	}
	return jobs, nil
}

// keepIntent has the rows of commands stored before they leave. A store that
// stalls may store them after this has failed: then they are ended.
func (s *Service) keepIntent(ctx context.Context, p *planned, jobs []*job) error {
	var mu sync.Mutex
	taken, givenUp := false, false
	err := s.fleet.Keep(ctx, func(b *charging.Batch) {
		mu.Lock()
		defer mu.Unlock()
		if givenUp {
			return
		}
		taken = true
		for _, j := range jobs {
			b.Commands = append(b.Commands, j.cmd)
		}
		if p.upload != nil {
			u := *p.upload
			u.CommandID = jobs[0].cmd.ID
			b.Uploads = append(b.Uploads, u)
		}
	})
	mu.Lock()
	defer mu.Unlock()
	if givenUp = err != nil; givenUp && taken {
		s.withdraw(jobs)
	}
	return err
}

// withdraw ends commands that nobody was given, should they be stored. They do
// not stand for their idempotency key, so that a repeat is a new command.
func (s *Service) withdraw(jobs []*job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range jobs {
		j.withdrawn = true
		s.jobs[j.cmd.ID] = j
		c := *j.cmd
		if c.Status == charging.CommandQueued {
			c.Status = charging.CommandTimedOut
			c.Error = &charging.CommandError{Description: "It could not be kept in time, so it was not sent."}
		}
		c.IdempotencyKey, c.Fingerprint = "", nil
		s.running.Go(func() { s.conclude(j, &c) })
	}
}

// fingerprint is a hash of what is asked for, without secrets, by which a
// repeat is known; nil without a key.
func fingerprint(r *charging.CommandRequest) []byte {
	if r.IdempotencyKey == "" {
		return nil
	}
	h := sha256.New()
	h.Write([]byte(strconv.FormatInt(r.ChargerID, 10) + "\n" + strconv.Quote(r.Action) + "\n" + strconv.Quote(r.Order) + "\n"))
	h.Write(ocpp.Redact(compact(r.Payload)))
	h.Write([]byte{'\n'})
	h.Write(ocpp.Redact(compact(r.Body)))
	return h.Sum(nil)
}

// spread is how far apart the ids of one order's commands may lie.
const spread = 500

// givenBefore returns the commands that an idempotency key stands for; nil for
// none. Errors are Invalid when it stands for another request.
func (s *Service) givenBefore(ctx context.Context, r *charging.CommandRequest, mark []byte) ([]charging.CommandResult, error) {
	found, err := s.records.CommandByKey(ctx, r.KeyID, r.IdempotencyKey, time.Now().Add(-keyFor))
	if err != nil || found == nil || s.isWithdrawn(found.ID) {
		return nil, err
	}
	same := found.ChargerID == r.ChargerID && found.Order == r.Order
	switch {
	case !same:
	case len(found.Fingerprint) > 0:
		same = bytes.Equal(found.Fingerprint, mark)
	case r.Order == "": // its hash was not kept
		same = found.Action == r.Action && bytes.Equal(compact(found.Payload), ocpp.Redact(compact(r.Payload)))
	}
	if !same {
		return nil, charging.Errorf(charging.Invalid, "Idempotency-Key: was used for another request in the last 24 hours; choose a new one")
	}
	all, err := s.List(ctx, charging.CommandQuery{ChargerID: r.ChargerID, Before: found.ID + spread, Limit: spread})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o charging.CommandResult) bool {
		return o.KeyID != r.KeyID || o.IdempotencyKey != r.IdempotencyKey || !o.CreatedAt.Equal(found.CreatedAt)
	})
	slices.Reverse(all)
	return all, nil
}

func (s *Service) isWithdrawn(command charging.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[command]
	return j != nil && j.withdrawn
}

// keyLocks let requests with the same idempotency key in one after another.
type keyLocks struct {
	mu   sync.Mutex
	held map[heldKey]*keyLock
}

type heldKey struct {
	key  charging.ID
	text string
}

type keyLock struct {
	free  chan struct{} // holds one element while nobody is in
	users int
}

// lock waits for the key and returns what gives it back. Errors are Unavailable
// when ctx ends first.
func (k *keyLocks) lock(ctx context.Context, key charging.ID, text string) (unlock func(), err error) {
	at := heldKey{key, text}
	k.mu.Lock()
	if k.held == nil {
		k.held = make(map[heldKey]*keyLock)
	}
	l := k.held[at]
	if l == nil {
		l = &keyLock{free: make(chan struct{}, 1)}
		l.free <- struct{}{}
		k.held[at] = l
	}
	l.users++
	k.mu.Unlock()
	leave := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(k.held, at)
		}
	}
	select {
	case <-l.free:
		return func() { l.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, charging.Errorf(charging.Unavailable, "another request with this Idempotency-Key is under way still; repeat it a little later")
	}
}
