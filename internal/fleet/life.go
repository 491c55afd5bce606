package fleet

import (
	"encoding/json"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// live has the history say what operators did with whole chargers, and what
// follows from it. The records are stored in one transaction with the change.
func (f *Fleet) live(chargers *changing, b *charging.Batch) error {
	for _, l := range chargers.ch.Lives {
		s := &step{fleet: f, estate: chargers.e, charger: chargers.ownOf(l.ChargerID),
			ev: &charging.Event{ChargerID: l.ChargerID, Received: b.Change.At}}
		warm := s.charger.Warm
		if err := s.lived(l, b.Change.Actor); err != nil {
			return err
		}
		if !warm {
			s.charger.Recent = nil // it is read back as a whole
		}
		b.Records = append(b.Records, s.records...)
		b.Sessions = append(b.Sessions, s.sessions...)
	}
	return nil
}

func (s *step) lived(l charging.ChargerLife, actor string) error {
	if l.Kind == charging.NoteRetired || l.Kind == charging.NoteReplaced {
		if err := s.boxGone(l.Kind); err != nil {
			return err
		}
	}
	if l.Kind == charging.NoteReplaced {
		if err := s.forgetBox(); err != nil {
			return err
		}
	}
	detail := fields{}.text("kind", string(l.Kind)).text("actor", actor)
	if json.Valid([]byte(l.Detail)) {
		detail = detail.raw("change", l.Detail)
	}
	return s.record(charging.RecordNote, nil, charging.Record{Detail: detail.json()})
}

// boxGone ends what the box of a charger was doing: its connection, and the
// sessions, whose stop nobody will send.
func (s *step) boxGone(why charging.NoteKind) error {
	now := s.ev.Received
	if old := s.charger.Connection; old != nil && old.Connected {
		s.charger.Connection = ended(old, now)
		s.charger.ConnectedAs, s.charger.Flushing = 0, false
		detail := fields{}.text("reason", "the charger was "+string(why)).json()
		if err := s.record(charging.RecordDisconnected, nil, charging.Record{Detail: detail}); err != nil {
			return err
		}
	}
	for i := range s.charger.Ports {
		if s.charger.Ports[i].Session == nil {
			continue
		}
		p := *s.charger.Ports[i]
		s.charger.Ports[i] = &p
		session := *p.Session
		if session.Observed() {
			s.endObserved(&p, session)
		} else {
			session.Lapse(charging.EndChargerGone, now)
			p.Session = nil
			s.remember(&session)
		}
		if err := s.record(charging.RecordSessionOverdue, &p, charging.Record{Detail: goneDetail(&session)}); err != nil {
			return err
		}
	}
	for _, open := range slices.Clone(s.charger.Floating) {
		session := *open
		session.Lapse(charging.EndChargerGone, now)
		s.unfloat(session.ID)
		s.remember(&session)
		if err := s.record(charging.RecordSessionOverdue, nil, charging.Record{Detail: goneDetail(&session)}); err != nil {
			return err
		}
	}
	return nil
}

func goneDetail(session *charging.Session) string {
	return overdueDetail(charging.SessionOverdue{Session: session.ID, Reason: "the charger is gone"})
}

// forgetBox forgets what the old box of a place reported of itself. A port
// keeps what operators said of it, its id and its history.
func (s *step) forgetBox() error {
	c := s.charger
	c.Boot, c.Status, c.Problems, c.NextBoot, c.Profile = nil, nil, nil, "", 0
	c.Notes = nil
	detail := fields{}.text("kind", string(charging.NoteReplaced)).json()
	for i := range c.Ports {
		old := c.Ports[i]
		if old.Status == nil && old.Connectors == nil && old.Problems == nil {
			continue
		}
		p := charging.Port{PortSettings: old.PortSettings}
		c.Ports[i] = &p
		if err := s.record(charging.RecordNote, &p, charging.Record{Detail: detail}); err != nil {
			return err
		}
	}
	return nil
}
