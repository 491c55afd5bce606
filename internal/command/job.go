package command

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// job is a command that is not over.
type job struct {
	payload  []byte // with its secrets, unlike the row's
	timeout  time.Duration
	expects  *expectation // of a start or stop; nil for others
	rotation *rotation    // of a new password; nil for others
	done     chan struct{}

	// withdrawn says that whoever gave it was told that it was not taken; its
	// row may have been stored nevertheless, or be stored yet.
	withdrawn bool

	mu   sync.Mutex
	cmd  *charging.Command // as it is stored, which is what others see; replaced, never changed
	gone *charging.Command // as it left, which may not be stored yet; nil until then
	over bool              // its final row is being kept or is kept
}

// now returns the command as it is stored.
func (j *job) now() *charging.Command {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cmd
}

// last returns the command as it is, stored or not.
func (j *job) last() *charging.Command {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.gone != nil {
		return j.gone
	}
	return j.cmd
}

func (j *job) set(c *charging.Command) {
	j.mu.Lock()
	j.cmd = c
	j.mu.Unlock()
}

// lane is what waits for one charger. One command at a time is with the link
// and has not left; the next follows it there as soon as it has, so that they
// leave in the order in which they were given.
type lane struct {
	waiting []*job
	busy    bool // one is with the link
	unsent  int  // how many have not left, those that are being kept included
}

// admit takes places for commands to a charger that are about to be kept.
// Errors are Conflict when too many wait, Unavailable when the server ends.
func (s *Service) admit(charger charging.ID, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return charging.Errorf(charging.Unavailable, "the server is shutting down")
	}
	l := s.lanes[charger]
	if l == nil {
		l = &lane{}
		s.lanes[charger] = l
	}
	if l.unsent+n > maxWaiting {
		s.dropLane(charger, l)
		return charging.Errorf(charging.Conflict, "%d commands wait for this charger already; wait until some of them have left", l.unsent)
	}
	l.unsent += n
	s.running.Add(n)
	return nil
}

// release gives places back whose commands have left, or never will.
func (s *Service) release(charger charging.ID, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[charger]
	l.unsent -= n
	s.dropLane(charger, l)
}

// dropLane forgets a lane that nothing waits in; s.mu is held.
func (s *Service) dropLane(charger charging.ID, l *lane) {
	if l.unsent == 0 {
		delete(s.lanes, charger)
	}
}

// enqueue puts commands behind those that wait for the charger.
func (s *Service) enqueue(charger charging.ID, jobs []*job) {
	s.mu.Lock()
	l := s.lanes[charger]
	for _, j := range jobs {
		s.jobs[j.cmd.ID] = j
	}
	l.waiting = append(l.waiting, jobs...)
	s.mu.Unlock()
	s.next(charger)
}

// next hands the next command of a charger to the link, unless one that did not
// leave is there.
func (s *Service) next(charger charging.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[charger]
	if l == nil || l.busy || len(l.waiting) == 0 {
		return
	}
	j := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.busy = true
	go s.run(j)
}

// left makes room for the next command of the charger.
func (s *Service) left(charger charging.ID) {
	s.mu.Lock()
	l := s.lanes[charger]
	l.busy = false
	l.unsent--
	s.dropLane(charger, l)
	s.mu.Unlock()
	s.next(charger)
}

// run sends a command and keeps what came of it.
func (s *Service) run(j *job) {
	defer s.running.Done()
	var once sync.Once
	c := j.now()
	leave := func() { once.Do(func() { s.left(c.ChargerID) }) }
	j.expects = s.expect(c, j.payload)
	a, ok := s.obstacle(c)
	if !ok {
		a = s.link.Call(s.ctx, charging.Call{
			ChargerID: c.ChargerID, Protocol: c.Protocol, Action: c.Action, Payload: j.payload, Timeout: j.timeout, Deadline: c.Deadline,
			Sent: func(messageID string, at time.Time) {
				j.sent(messageID, at)
				leave()
				s.running.Go(func() { s.keepSent(j) })
			},
		})
	}
	leave()
	s.finish(j, a)
}

// obstacle says why a command cannot be sent now; ok is false when it can.
func (s *Service) obstacle(c *charging.Command) (a charging.Answer, ok bool) {
	unsent := func(status charging.CommandStatus, why string) (charging.Answer, bool) {
		return charging.Answer{Status: status, Error: &charging.CommandError{Description: why}}, true
	}
	protocol, _, connected := s.link.Protocol(c.ChargerID)
	switch {
	case s.ctx.Err() != nil:
		return unsent(charging.CommandNotConnected, "The server was shut down before "+c.Action+" was sent.")
	case !connected:
		return unsent(charging.CommandNotConnected, "The charger is not connected.")
	case protocol != c.Protocol:
		return unsent(charging.CommandNotConnected, "The charger came back speaking "+protocol+", and the command is one of "+c.Protocol+".")
	case !time.Now().Before(c.Deadline):
		return unsent(charging.CommandTimedOut, c.Action+" could not be sent before its deadline.")
	}
	return a, false
}

// sent notes that the command is leaving.
func (j *job) sent(messageID string, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := *j.cmd
	c.Status, c.MessageID, c.SentAt = charging.CommandSent, messageID, at.UTC().Truncate(time.Microsecond)
	j.gone = &c
}

// keepSent keeps that a command left, as far as that is not overtaken: the
// answer's row says so, too.
func (s *Service) keepSent(j *job) {
	taken := false
	err := s.fleet.Keep(s.ctx, func(b *charging.Batch) {
		j.mu.Lock()
		defer j.mu.Unlock()
		if taken = !j.over; taken {
			b.Commands = append(b.Commands, j.gone)
		}
	})
	if err != nil {
		if s.ctx.Err() == nil {
			s.log.Debug("that a command left could not be kept", "command", j.now().ID, "err", err)
		}
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if taken && !j.cmd.Status.Final() {
		j.cmd = j.gone
	}
}

// finish keeps what came of a command, and then tells those who wait for it.
func (s *Service) finish(j *job, a charging.Answer) {
	c := ended(j.last(), a)
	s.settle(c, j.rotation)
	s.confirmations.close(j.expects, c)
	j.mu.Lock()
	j.over = true
	j.mu.Unlock()
	if s.conclude(j, c) {
		s.confirmWhatCame(j.expects, c)
	}
}

// conclude keeps the final row of a command and tells those who wait for it;
// false when the server ends first, whose next start finds it open.
func (s *Service) conclude(j *job, c *charging.Command) bool {
	if !s.keepFinal(c) {
		return false
	}
	j.set(c)
	s.mu.Lock()
	delete(s.jobs, c.ID)
	s.mu.Unlock()
	close(j.done)
	s.tell(c)
	return true
}

// ended is a command with what became of it, secrets removed.
func ended(from *charging.Command, a charging.Answer) *charging.Command {
	c := *from
	c.Status = a.Status
	if a.MessageID != "" {
		c.MessageID = a.MessageID
	}
	if !a.SentAt.IsZero() {
		c.SentAt = a.SentAt.UTC().Truncate(time.Microsecond)
	}
	if !a.AnsweredAt.IsZero() {
		c.AnsweredAt = a.AnsweredAt.UTC().Truncate(time.Microsecond)
	}
	if a.Response != nil {
		c.Response = ocpp.Redact(a.Response)
	}
	if a.Error != nil {
		e := *a.Error
		e.Description = ocpp.RedactText(e.Description)
		if len(e.Details) > 0 {
			e.Details = ocpp.Redact(e.Details)
		}
		c.Error = &e
	}
	return &c
}

// keepAgain is how long to wait while the store cannot commit.
const keepAgain = time.Second

// keepFinal keeps the final row of a command, however long that takes; false
// when the server ends first.
func (s *Service) keepFinal(c *charging.Command) bool {
	ctx := context.WithoutCancel(s.ctx)
	variables := told(c)
	add := func(b *charging.Batch) {
		b.Commands = append(b.Commands, c)
		if len(variables) > 0 {
			b.Variables = append(b.Variables, charging.ChargerVariables{ChargerID: c.ChargerID, Variables: variables})
		}
	}
	for {
		err := s.fleet.Keep(ctx, add)
		switch {
		case err == nil:
			return true
		case charging.KindOf(err) != charging.Unavailable:
			s.log.Error("what came of a command could not be kept", "command", c.ID, "err", err)
			return true // asking again would not help; those who wait are told
		}
		select {
		case <-time.After(keepAgain):
		case <-s.ctx.Done():
			return false
		}
	}
}

// tell counts and logs a command that is over.
func (s *Service) tell(c *charging.Command) {
	action := c.Action
	if action == "" {
		action = "none" // an order that was not translated
	}
	s.count.WithLabelValues(action, string(c.Status)).Inc()
	identity := ""
	if charger := s.fleet.Estate().Charger(c.ChargerID); charger != nil {
		identity = charger.OCPPID
	}
	args := []any{"command", c.ID, "charger", identity, "action", c.Action, "status", c.Status, "actor", c.Actor}
	if c.Order != "" {
		args = append(args, "order", c.Order)
	}
	if word := result(c).Outcome; word != "" {
		args = append(args, "outcome", word)
	}
	if !c.AnsweredAt.IsZero() && !c.SentAt.IsZero() {
		args = append(args, "after", c.AnsweredAt.Sub(c.SentAt).Round(time.Millisecond))
	}
	if c.Error != nil {
		args = append(args, "reason", strings.TrimSpace(c.Error.Code+" "+c.Error.Description))
	}
	s.log.Info("a command came to an end", args...)
}
