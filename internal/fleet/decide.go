package fleet

import (
	"github.com/chargeyard/chargeyard/internal/charging"
)

// decide says what an event changes.
func (s *step) decide() (charging.Outcome, error) {
	switch b := s.ev.Body.(type) {
	case charging.Connected:
		return s.connected(b)
	case charging.Disconnected:
		return s.disconnected(b)
	case charging.Booted:
		return s.booted(b)
	case charging.PortStatusReported:
		return s.statusReported(b)
	case charging.SessionStarted:
		return s.sessionStarted(b)
	case charging.SessionStopped:
		return s.sessionStopped(b)
	case charging.MetersReported:
		return s.metersReported(b)
	case charging.TagPresented:
		return s.tagPresented(b)
	case charging.Noted:
		return s.noted(b)
	case charging.SessionReported:
		return s.sessionReported(b)
	case charging.ConditionsReported:
		return s.conditionsReported(b)
	case charging.VariablesReported:
		return s.variablesReported(b)
	case charging.NextBootSet:
		return s.nextBootSet(b)
	case charging.ProfileSet:
		return s.profileSet(b)
	case charging.SessionOverdue:
		return s.sessionOverdue(b)
	}
	return charging.Outcome{}, charging.Errorf(charging.Internal, "no rule for event %T", s.ev.Body)
}

// repeat is the outcome of an event that is known already.
var repeat = charging.Outcome{Repeat: true}

// noted keeps a message that changes no state. Chargers send security events
// again after a reconnect; those are known by type and time.
func (s *step) noted(b charging.Noted) (charging.Outcome, error) {
	detail := fields{}.text("kind", string(b.Kind)).count("requestId", b.RequestID).text("status", b.Status).
		raw("message", b.Detail).json()
	if b.Kind == charging.NoteSecurityEvent && b.Time.Written != "" {
		h := hashNote(detail, b.Time.Written)
		if knows(s.charger.Notes, h) {
			return repeat, nil
		}
		notes := s.charger.Notes
		if len(notes) >= keptNotes {
			notes = notes[1:]
		}
		s.charger.Notes = append(notes[:len(notes):len(notes)], h)
	}
	port := s.charger.Port(b.Port)
	if port == nil && b.Port != 0 {
		s.odd("unknown-port: %d", b.Port)
	}
	return charging.Outcome{}, s.record(charging.RecordNote, port, charging.Record{Time: b.Time, Detail: detail})
}

func (s *step) tagPresented(b charging.TagPresented) (charging.Outcome, error) {
	d := s.decideTag(tagOf(b.Tag, b.Type))
	detail := fields{}.text("idTag", b.Tag).text("tagType", b.Type).text("status", string(d.Status)).json()
	return charging.Outcome{Tag: d, HasTag: true}, s.record(charging.RecordTag, nil, charging.Record{Detail: detail})
}

// decideTag looks a tag up in the organization of the charger's site and its
// parents, and applies the nearest setting about unknown tags.
func (s *step) decideTag(tag string) charging.TagDecision {
	policy := s.charger.UnknownTags
	var access *charging.AccessID
	if site := s.estate.Site(s.charger.SiteID); site != nil {
		access = s.estate.FindTag(site.OrganizationID, tag)
		if policy == charging.TagPolicyInherit {
			policy = site.UnknownTags
		}
	}
	if policy == charging.TagPolicyInherit {
		policy = s.fleet.cfg.UnknownTags
	}
	var vehicle *charging.Vehicle
	if access != nil {
		vehicle = s.estate.Vehicle(access.VehicleID)
	}
	d := charging.DecideTag(tag, access, vehicle, policy, s.ev.Received)
	if d.Status == charging.TagAccepted && access != nil && !s.estate.AdmittedAt(access.ID, s.charger) {
		d.Status = charging.TagBlocked
	}
	return d
}
