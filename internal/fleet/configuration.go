package fleet

import "github.com/chargeyard/chargeyard/internal/charging"

// variablesReported keeps what a charger told of its configuration. The history
// says that it came; the values have a place of their own.
func (s *step) variablesReported(b charging.VariablesReported) (charging.Outcome, error) {
	if len(b.Variables) > 0 {
		s.variables = append(s.variables, charging.ChargerVariables{ChargerID: s.charger.ID, Variables: b.Variables})
	}
	detail := fields{}.count("requestId", b.RequestID).number("seq", b.Seq).number("variables", int64(len(b.Variables)))
	if b.More {
		detail = detail.raw("more", "true")
	}
	return charging.Outcome{}, s.record(charging.RecordVariables, nil, charging.Record{Detail: detail.json()})
}

// nextBootSet is how an operator wants the next boot to be answered.
func (s *step) nextBootSet(b charging.NextBootSet) (charging.Outcome, error) {
	s.charger.NextBoot = b.Answer
	if b.Answer == charging.RegistrationAccepted {
		s.charger.NextBoot = ""
	}
	detail := fields{}.text("answer", b.Answer).text("actor", b.Actor).json()
	return charging.Outcome{}, s.record(charging.RecordNextBoot, nil, charging.Record{Detail: detail})
}

// profileSet is the lowest security profile that an operator allows.
func (s *step) profileSet(b charging.ProfileSet) (charging.Outcome, error) {
	s.charger.Profile = b.Profile
	detail := fields{}.number("profile", int64(b.Profile)).text("actor", b.Actor).json()
	return charging.Outcome{}, s.record(charging.RecordProfile, nil, charging.Record{Detail: detail})
}

// booted takes over what a charger says of itself. It is answered as the
// operator wanted this one boot to be answered.
func (s *step) booted(b charging.Booted) (charging.Outcome, error) {
	boot := b.Boot
	boot.At, boot.Registration = s.ev.Received, s.charger.NextBoot
	if boot.Registration == "" {
		boot.Registration = charging.RegistrationAccepted
	}
	s.charger.NextBoot = ""
	if conn := s.charger.Connection; conn != nil && conn.Connected && s.ev.Generation == s.charger.ConnectedAs {
		if boot.Protocol == "" {
			boot.Protocol = conn.Protocol
		}
		if boot.Registration == charging.RegistrationAccepted && conn.Profile > s.charger.Profile {
			// Only now the higher profile is known to work (server-rules 1.2).
			s.charger.Profile = conn.Profile
		}
	}
	s.charger.Boot = &boot
	detail := fields{}.text("registration", boot.Registration).text("reason", boot.Reason).json()
	return charging.Outcome{Registration: boot.Registration}, s.record(charging.RecordBooted, nil, charging.Record{Detail: detail})
}
