package command

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// confirmWithin is how long after its answer a start or stop may be confirmed
// by a session: chargers wait for a vehicle to be plugged in.
const confirmWithin = 5 * time.Minute

// confirmations are the starts and stops that no session has confirmed yet.
// What a charger accepts it only means to try (server-rules 9).
type confirmations struct {
	mu        sync.Mutex
	byCharger map[charging.ID][]*expectation
	swept     time.Time // when those whose time is over were forgotten
}

// sweepEvery is how often expectations whose time is over are forgotten.
const sweepEvery = time.Minute

// expectation is a start or stop that a session may confirm.
type expectation struct {
	start       bool
	port        int    // of a start; 0 for any
	tag         string // of a start in 1.6
	remote      int64  // remoteStartId of a start in 2.x
	transaction string // of a stop in 2.x, or in the answer to a start
	id          int64  // transaction id of a stop in 1.6
	asked       time.Time
	until       time.Time // zero while the command is not over

	cmd     *charging.Command // its final row; nil until that is kept
	session charging.ID       // that confirmed it; 0 for none yet
	at      time.Time         // of that
}

// expectationOf reads a start or stop; nil for any other call.
func expectationOf(action string, payload []byte) *expectation {
	var m struct {
		ConnectorID   int             `json:"connectorId"`
		IDTag         string          `json:"idTag"`
		RemoteStartID int64           `json:"remoteStartId"`
		TransactionID json.RawMessage `json:"transactionId"`
	}
	if json.Unmarshal(payload, &m) != nil {
		return nil
	}
	switch action {
	case "RemoteStartTransaction":
		return &expectation{start: true, port: m.ConnectorID, tag: m.IDTag}
	case "RequestStartTransaction":
		return &expectation{start: true, remote: m.RemoteStartID}
	case "RemoteStopTransaction":
		e := &expectation{}
		if json.Unmarshal(m.TransactionID, &e.id) == nil {
			return e
		}
	case "RequestStopTransaction":
		e := &expectation{}
		if json.Unmarshal(m.TransactionID, &e.transaction) == nil {
			return e
		}
	}
	return nil
}

// fits reports whether a session is what the command was for.
func (e *expectation) fits(s *charging.Session) bool {
	if !e.start {
		named := e.id != 0 && (s.TransactionID == e.id || s.AssignedID == e.id) ||
			e.transaction != "" && s.Transaction == e.transaction
		return named && s.State != charging.SessionOpen
	}
	switch {
	case e.transaction != "" && s.Transaction == e.transaction, e.remote != 0 && s.RemoteStart == e.remote:
		return true
	case e.tag == "" || s.Transaction != "":
		return false
	}
	return strings.EqualFold(s.Tag, e.tag) && (e.port == 0 || s.PortNumber == e.port) && !s.StartSeen.Before(e.asked) && !s.Observed()
}

// expect looks out for the session of a start or stop that is about to leave:
// some chargers begin before they answer. It is nil for other commands.
func (s *Service) expect(c *charging.Command, payload []byte) *expectation {
	e := expectationOf(c.Action, payload)
	if e == nil {
		return nil
	}
	e.asked = time.Now().Truncate(time.Microsecond)
	s.confirmations.add(c.ChargerID, e)
	return e
}

func (c *confirmations) add(charger charging.ID, e *expectation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.swept) > sweepEvery {
		c.sweep(now)
	}
	c.byCharger[charger] = append(c.byCharger[charger], e)
}

func (c *confirmations) sweep(now time.Time) {
	c.swept = now
	for id, list := range c.byCharger {
		list = slices.DeleteFunc(list, func(o *expectation) bool { return !o.until.IsZero() && now.After(o.until) })
		if c.byCharger[id] = list; len(list) == 0 {
			delete(c.byCharger, id)
		}
	}
}

func (c *confirmations) remove(charger charging.ID, e *expectation) {
	c.byCharger[charger] = slices.DeleteFunc(c.byCharger[charger], func(o *expectation) bool { return o == e })
	if len(c.byCharger[charger]) == 0 {
		delete(c.byCharger, charger)
	}
}

// close takes notice of the answer to a start or stop. One that was not
// accepted is not looked out for any longer; a session that came already is
// put into its row.
func (c *confirmations) close(e *expectation, final *charging.Command) {
	if e == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if final.Status != charging.CommandAnswered || result(final).Outcome != charging.OutcomeAccepted {
		c.remove(final.ChargerID, e)
		return
	}
	e.until = time.Now().Add(confirmWithin)
	if e.start {
		var m struct {
			TransactionID string `json:"transactionId"`
		}
		_ = json.Unmarshal(final.Response, &m) // 1.6 has none
		e.transaction = m.TransactionID
	}
	if e.session != 0 {
		final.Session, final.ConfirmedAt = e.session, e.at
		c.remove(final.ChargerID, e)
	}
}

// confirmWhatCame keeps what came between the final row and now, and lets later
// sessions confirm the command.
func (s *Service) confirmWhatCame(e *expectation, final *charging.Command) {
	if e == nil || final.Session != 0 {
		return
	}
	s.confirmations.mu.Lock()
	defer s.confirmations.mu.Unlock()
	e.cmd = final
	if e.session != 0 {
		s.confirm(e)
	}
}

// stored looks through what was stored for sessions that confirm a command. It
// runs on the committer's goroutine.
func (s *Service) stored(b *charging.Batch) {
	s.confirmations.mu.Lock()
	defer s.confirmations.mu.Unlock()
	if len(s.confirmations.byCharger) == 0 {
		return
	}
	for _, session := range b.Sessions {
		s.match(session)
	}
	for i := range b.Records {
		if state := b.Records[i].Charger; state != nil {
			for _, session := range state.Floating {
				s.match(session)
			}
		}
	}
}

// match has a session confirm what it fits; the lock is held.
func (s *Service) match(session *charging.Session) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	for _, e := range slices.Clone(s.confirmations.byCharger[session.ChargerID]) {
		if e.session != 0 || !e.until.IsZero() && now.After(e.until) || !e.fits(session) {
			continue
		}
		e.session, e.at = session.ID, now
		if e.cmd != nil {
			s.confirm(e)
		}
		if e.start {
			return // one session is that of one start
		}
	}
}

// confirm keeps that a session confirmed a command; the lock is held.
func (s *Service) confirm(e *expectation) {
	s.confirmations.remove(e.cmd.ChargerID, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return // the next start of the server finds it
	}
	s.running.Go(func() {
		if err := s.keepConfirmed(s.ctx, e); err != nil {
			s.log.Warn("the session of a command could not be kept", "command", e.cmd.ID, "session", e.session, "err", err)
		}
	})
}

func (s *Service) keepConfirmed(ctx context.Context, e *expectation) error {
	c := *e.cmd
	c.Session, c.ConfirmedAt = e.session, e.at
	return s.fleet.Keep(ctx, func(b *charging.Batch) { b.Commands = append(b.Commands, &c) })
}

// expectAgain looks for the sessions of starts and stops that an earlier run of
// the server gave and had answered.
func (s *Service) expectAgain(ctx context.Context) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	all, err := s.records.UnconfirmedCommands(ctx, now.Add(-confirmWithin-s.cfg.QueueFor-keepWithin))
	if err != nil {
		return err
	}
	for _, c := range all {
		e := expectationOf(c.Action, c.Payload)
		if e == nil || result(c).Outcome != charging.OutcomeAccepted {
			continue
		}
		e.asked = c.SentAt
		s.confirmations.close(e, c)
		e.cmd, e.until = c, c.AnsweredAt.Add(confirmWithin)
		known, err := s.sessionsFor(ctx, c.ChargerID, e)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(known, e.fits)
		if i < 0 {
			s.confirmations.add(c.ChargerID, e)
			continue
		}
		e.session, e.at = known[i].ID, now
		if err := s.keepConfirmed(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// sessionsFor are the sessions that may have confirmed a command meanwhile.
func (s *Service) sessionsFor(ctx context.Context, charger charging.ID, e *expectation) (list []*charging.Session, err error) {
	var found *charging.Session
	switch {
	case e.transaction != "":
		found, err = s.records.FindTransaction(ctx, charger, e.transaction)
	case e.id != 0:
		found, err = s.records.FindSession(ctx, charger, e.id)
	}
	if found != nil || err != nil {
		return []*charging.Session{found}, err
	}
	if c := s.fleet.Estate().Charger(charger); c != nil {
		for _, p := range c.Ports {
			if p.Session != nil {
				list = append(list, p.Session)
			}
		}
		list = slices.Concat(list, c.Floating, c.Recent)
	}
	return list, nil
}
