package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Ask asks for a command to a charger: an order in plain words with its Body,
// or any Action of the charger's version with its Payload.
type Ask struct {
	Charger string          `json:"charger"` // identity or id
	Order   string          `json:"order,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
	Action  string          `json:"action,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// CommandRow is a command and what became of it.
type CommandRow struct {
	ID        charging.ID     `json:"id"`
	ChargerID charging.ID     `json:"chargerId"`
	Order     string          `json:"order,omitempty"`
	Action    string          `json:"action"` // "" of an order that was not translated
	Status    string          `json:"status"`
	Outcome   string          `json:"outcome,omitempty"`
	Response  json.RawMessage `json:"response,omitempty"`
	Error     string          `json:"error,omitempty"`
	CreatedAt time.Time       `json:"createdAt"`
	Actor     string          `json:"actor"`
}

func commandRow(c *charging.CommandResult) CommandRow {
	row := CommandRow{ID: c.ID, ChargerID: c.ChargerID, Order: c.Order, Action: c.Action, Status: string(c.Status), Outcome: c.Outcome,
		Response: c.Response, CreatedAt: c.CreatedAt, Actor: c.Actor}
	if e := c.Error; e != nil {
		if row.Error = e.Description; e.Code != "" {
			row.Error = e.Code + " " + e.Description
		}
	}
	return row
}

// cliActor is who gives commands through the control socket, in the audit.
const cliActor = "command line"

// serving returns the running server, without which no charger is connected.
func (a *Admin) serving() (*App, error) {
	if a.server == nil || a.server.commands == nil {
		return nil, charging.Errorf(charging.Unavailable, "no server runs on this data folder, so no charger is connected; start one with \"chargeyard serve\"")
	}
	return a.server, nil
}

func askCharger(ctx context.Context, a *Admin, in Ask) ([]CommandRow, error) {
	server, err := a.serving()
	if err != nil {
		return nil, err
	}
	c, err := findCharger(a.fleet.Estate(), in.Charger)
	if err != nil {
		return nil, err
	}
	given, err := server.commands.Ask(ctx, charging.CommandRequest{ChargerID: c.ID, Order: in.Order, Body: in.Body,
		Action: in.Action, Payload: in.Payload, Actor: cliActor})
	if err != nil {
		return nil, err
	}
	rows := make([]CommandRow, len(given))
	for i := range given {
		if given[i], err = server.commands.Wait(ctx, given[i].ID); err != nil {
			return nil, err
		}
		rows[i] = commandRow(&given[i])
	}
	return rows, nil
}

// CommandsOf asks for the newest commands of a charger.
type CommandsOf struct {
	Charger string `json:"charger"`
	Limit   int    `json:"limit"`
}

func listCommands(ctx context.Context, a *Admin, in CommandsOf) ([]CommandRow, error) {
	server, err := a.serving()
	if err != nil {
		return nil, err
	}
	c, err := findCharger(a.fleet.Estate(), in.Charger)
	if err != nil {
		return nil, err
	}
	list, err := server.commands.List(ctx, charging.CommandQuery{ChargerID: c.ID, Limit: max(1, min(in.Limit, 1000))})
	if err != nil {
		return nil, err
	}
	rows := make([]CommandRow, len(list))
	for i := range list {
		rows[i] = commandRow(&list[i])
	}
	return rows, nil
}

// Treatment says how a charger is treated from now on; nil members stay.
type Treatment struct {
	Charger  string `json:"charger"`
	NextBoot string `json:"nextBoot,omitempty"` // Accepted, Pending or Rejected
	Profile  *int   `json:"profile,omitempty"`  // lowest security profile, 0 to 3
	HandsOff *bool  `json:"handsOff,omitempty"`
}

func treatCharger(ctx context.Context, a *Admin, in Treatment) (ChangedPassword, error) {
	c, err := findCharger(a.fleet.Estate(), in.Charger)
	if err != nil {
		return ChangedPassword{}, err
	}
	treat := treatment{a.fleet}
	switch {
	case in.NextBoot != "":
		err = treat.SetNextBoot(ctx, c.ID, in.NextBoot, cliActor)
	case in.Profile != nil:
		err = treat.SetProfile(ctx, c.ID, *in.Profile, cliActor)
	case in.HandsOff != nil:
		err = treat.setHandsOff(ctx, c.ID, *in.HandsOff, cliActor)
	}
	return ChangedPassword{ID: c.ID, Name: c.Name, OCPPID: c.OCPPID}, err
}

// treatment changes how single chargers are treated.
type treatment struct{ fleet *fleet.Fleet }

// SetNextBoot implements httpapi.ChargerSettings.
func (t treatment) SetNextBoot(ctx context.Context, charger charging.ID, answer, actor string) error {
	switch answer {
	case charging.RegistrationAccepted, charging.RegistrationPending, charging.RegistrationRejected:
	default:
		return charging.Errorf(charging.Invalid, "%q is no answer to a boot; write Accepted, Pending or Rejected", answer)
	}
	return t.handle(ctx, charger, charging.NextBootSet{Answer: answer, Actor: actor})
}

// SetProfile implements httpapi.ChargerSettings.
func (t treatment) SetProfile(ctx context.Context, charger charging.ID, profile int, actor string) error {
	if profile < 0 || profile > 3 {
		return charging.Errorf(charging.Invalid, "the security profile must be from 0 to 3")
	}
	return t.handle(ctx, charger, charging.ProfileSet{Profile: profile, Actor: actor})
}

func (t treatment) handle(ctx context.Context, charger charging.ID, body charging.Body) error {
	_, err := t.fleet.Handle(ctx, charging.Event{ChargerID: charger, Received: now(), Body: body})
	return err
}

func (t treatment) setHandsOff(ctx context.Context, charger charging.ID, off bool, actor string) error {
	return t.change(ctx, charger, actor, func(s *charging.ChargerSettings) { s.HandsOff = off })
}

// change changes the settings of one charger.
func (t treatment) change(ctx context.Context, charger charging.ID, actor string, set func(*charging.ChargerSettings)) error {
	return t.fleet.Update(ctx, func(e *fleet.Estate, _ *fleet.IDs) (*charging.Change, error) {
		c := e.Charger(charger)
		if c == nil {
			return nil, charging.Errorf(charging.NotFound, "charger %d is gone", charger)
		}
		settings := c.ChargerSettings
		set(&settings)
		if settings == c.ChargerSettings {
			return nil, nil
		}
		return &charging.Change{Actor: actor, At: now(), Chargers: []charging.ChargerSettings{settings}}, nil
	})
}

// settings implements httpapi.ChargerSettings.
type settings struct {
	treatment
	commands *command.Service
}

// RotatePassword implements httpapi.ChargerSettings.
func (s settings) RotatePassword(ctx context.Context, charger charging.ID, actor string) (charging.CommandResult, error) {
	return s.commands.RotatePassword(ctx, charger, actor)
}

// passwordUsed makes a charger's next password the only one as soon as it was
// used: then the charger has it, whatever became of the answer that said so.
// Of the one before it says nothing: the charger may take over the next one at
// any time. hash tells a password that was replaced meanwhile.
func (a *App) passwordUsed(ctx context.Context, charger charging.ID, hash string) {
	err := treatment{a.admin.fleet}.change(ctx, charger, "gateway", func(s *charging.ChargerSettings) {
		if s.NextPasswordHash == hash {
			s.PasswordHash, s.NextPasswordHash = hash, ""
		}
	})
	if err != nil {
		a.log.Warn("a charger's new password is not the only one yet", "charger", charger, "err", err)
	}
}
