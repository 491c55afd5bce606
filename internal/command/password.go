package command

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// A charger that is given a new password may have it or not until its answer is
// known. So both are valid meanwhile, and stay so when no answer comes; the
// gateway tells when the charger connects with the new one (server-rules 1.1).

// rotation is a command that gives a charger a new password.
type rotation struct {
	charger charging.ID
	hash    string // of the new password
}

// change is the last change of a charger's password in this run of the server.
type change struct {
	open   bool      // its command is not over
	reboot bool      // the charger took it, for the time after a reboot
	ended  time.Time // when its command was over
}

// RotatePassword gives the charger a password that nobody sees, and returns the
// command when its outcome is known, or as it is when ctx ends. Errors are as
// of Ask.
func (s *Service) RotatePassword(ctx context.Context, charger charging.ID, actor string) (charging.CommandResult, error) {
	// 40 hexadecimal digits: the AuthorizationKey of 1.6 has 32 to 40 of them,
	// the BasicAuthPassword of 2.x 16 to 40 characters.
	b := make([]byte, 20)
	rand.Read(b)
	body, err := json.Marshal(map[string]string{"key": "AuthorizationKey", "value": hex.EncodeToString(b)})
	if err != nil {
		return charging.CommandResult{}, err
	}
	given, err := s.Ask(ctx, charging.CommandRequest{ChargerID: charger, Order: "configuration", Body: body, Actor: actor})
	if err != nil {
		return charging.CommandResult{}, err
	}
	return s.Wait(ctx, given[0].ID)
}

// passwordIn returns the password that a call gives the charger; ok is false
// for any other call.
func passwordIn(call charging.OrderCall) (password string, ok bool) {
	var m struct {
		Key, Value      string
		SetVariableData []variableItem
	}
	if json.Unmarshal(call.Payload, &m) != nil {
		return "", false
	}
	switch call.Action {
	case "ChangeConfiguration":
		return m.Value, strings.EqualFold(m.Key, "AuthorizationKey")
	case "SetVariables":
		for _, d := range m.SetVariableData {
			if d.isPassword() {
				return d.AttributeValue, true
			}
		}
	}
	return "", false
}

// variableItem is one variable of SetVariables or of its answer.
type variableItem struct {
	AttributeType, AttributeValue, AttributeStatus string
	Component, Variable                            struct{ Name string }
}

func (d *variableItem) isPassword() bool {
	return strings.EqualFold(d.Component.Name, "SecurityCtrlr") && strings.EqualFold(d.Variable.Name, "BasicAuthPassword") &&
		(d.AttributeType == "" || strings.EqualFold(d.AttributeType, "Actual"))
}

// beginRotation makes the new password of a charger valid beside its present
// one, before the command that tells it is kept. A charger that has none is not
// asked for one until it took the new one.
func (s *Service) beginRotation(ctx context.Context, charger charging.ID, p *planned, jobs []*job) error {
	if !p.connected {
		return nil
	}
	for i, call := range p.calls {
		password, ok := passwordIn(call)
		if !ok {
			continue
		}
		if password == "" {
			return charging.Errorf(charging.Invalid, "value: the password is empty; \"chargeyard charger password --remove\" takes it away")
		}
		r := &rotation{charger: charger, hash: auth.HashChargerPassword(s.cfg.Secret, password)}
		last, free := s.openChange(charger)
		if !free {
			return charging.Errorf(charging.Conflict, "password: another change of it is under way; wait for its end")
		}
		if err := s.makeValid(ctx, r, last); err != nil {
			s.endChange(charger, last)
			return err
		}
		p.rotation, jobs[i].rotation = r, r
		return nil
	}
	return nil
}

// openChange begins a change of password; ok is false while another one is
// under way.
func (s *Service) openChange(charger charging.ID) (last change, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last = s.changes[charger]
	if last.open {
		return last, false
	}
	s.changes[charger] = change{open: true}
	return last, true
}

func (s *Service) endChange(charger charging.ID, c change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes[charger] = c
}

// makeValid lets the new password in beside the present one. One that may be
// the charger's must not be forgotten for it: the last change has to be settled,
// or the charger has to have connected since, still with the present password.
func (s *Service) makeValid(ctx context.Context, r *rotation, last change) error {
	return s.edit(ctx, r.charger, func(c *charging.Charger, to *charging.ChargerSettings) error {
		unsettled := last.reboot || c.Connection == nil || !c.Connection.Opened.After(last.ended)
		switch {
		case c.NextPasswordHash != "" && unsettled:
			return charging.Errorf(charging.Conflict,
				"password: nobody knows yet whether the charger took the last change; it shows when the charger connects next, after a reset say")
		case c.PasswordHash != "":
			to.NextPasswordHash = r.hash
		}
		return nil
	})
}

// edit changes a charger's settings; without a difference nothing is stored.
func (s *Service) edit(ctx context.Context, charger charging.ID, set func(c *charging.Charger, to *charging.ChargerSettings) error) error {
	return s.fleet.Update(ctx, func(e *fleet.Estate, _ *fleet.IDs) (*charging.Change, error) {
		c := e.Charger(charger)
		if c == nil {
			return nil, charging.Errorf(charging.NotFound, "There is no charger with id %d.", charger)
		}
		settings := c.ChargerSettings
		if err := set(c, &settings); err != nil || settings == c.ChargerSettings {
			return nil, err
		}
		return &charging.Change{Actor: "charger password", At: time.Now().UTC().Truncate(time.Microsecond),
			Chargers: []charging.ChargerSettings{settings}}, nil
	})
}

// settle decides which passwords stay valid once the outcome is known.
func (s *Service) settle(c *charging.Command, r *rotation) {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), keepWithin)
	defer cancel()
	over := change{ended: time.Now()}
	switch outcome := passwordOutcome(c); {
	case outcome == charging.OutcomeAccepted:
		s.settled(ctx, r, true)
	case outcome == charging.OutcomeReboot:
		over.reboot = true
	case outcome != "" || c.SentAt.IsZero():
		s.settled(ctx, r, false)
	default:
		s.log.Warn("nobody knows whether a charger took its new password; both are valid", "charger", c.ChargerID, "command", c.ID)
	}
	s.endChange(r.charger, over)
}

// passwordOutcome is what came of the password; "" when nobody knows.
func passwordOutcome(c *charging.Command) string {
	var m struct{ SetVariableResult []variableItem }
	if c.Status == charging.CommandAnswered && json.Unmarshal(c.Response, &m) == nil {
		for _, d := range m.SetVariableResult {
			if d.isPassword() {
				return charging.OutcomeOf(d.AttributeStatus)
			}
		}
	}
	return result(c).Outcome
}

// settled makes the new password the only one, or forgets it.
func (s *Service) settled(ctx context.Context, r *rotation, taken bool) {
	err := s.edit(ctx, r.charger, func(c *charging.Charger, to *charging.ChargerSettings) error {
		switch {
		case taken && (c.PasswordHash == "" || c.NextPasswordHash == r.hash):
			to.PasswordHash, to.NextPasswordHash = r.hash, ""
		case c.NextPasswordHash == r.hash:
			to.NextPasswordHash = ""
		}
		return nil
	})
	if err != nil {
		s.log.Error("which password of a charger is valid could not be kept; both are", "charger", r.charger, "err", err)
	}
}

// dropRotation forgets a password that was not sent.
func (s *Service) dropRotation(ctx context.Context, r *rotation) {
	if r != nil {
		s.settled(ctx, r, false)
		s.endChange(r.charger, change{})
	}
}
