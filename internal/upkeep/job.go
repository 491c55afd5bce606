package upkeep

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// memory is what is remembered of a charger between visits, for as long as the
// server runs.
type memory struct {
	firmware string // that it holds for
	// refused are settings that the charger would not take, with the value.
	refused map[string]string
	// noList says that the charger has no local list.
	noList bool
	// noTrigger says that the charger cannot be asked for messages.
	noTrigger bool
	// reported says that the charger was asked for its whole device model.
	reported bool
}

// forget starts anew when the firmware changed.
func (m *memory) forget(firmware string) {
	if m.firmware != firmware || m.refused == nil {
		*m = memory{firmware: firmware, refused: make(map[string]string)}
	}
}

// job is one visit to one charger over one connection.
type job struct {
	u        *Upkeep
	charger  charging.ID
	identity string
	version  ocpp.Version
	table    *ocpp.Table
	// generation is that of the connection: another one ends the visit.
	generation uint64
	wishes     charging.Wishes
	known      *memory
}

// newJob begins a visit; ok is false when there is nothing to do there.
func (u *Upkeep) newJob(charger charging.ID, known *memory) (*job, bool) {
	e := u.fleet.Estate()
	c := e.Charger(charger)
	_, version, connected := u.link.Protocol(charger)
	if c == nil || c.HandsOff || !connected || !accepted(c) {
		return nil, false
	}
	known.forget(c.EffectiveFirmware())
	j := &job{u: u, charger: charger, identity: c.OCPPID, version: version, generation: c.ConnectedAs, known: known,
		wishes: u.cfg.Wishes}
	switch version {
	case ocpp.V16:
		j.table = v16.Table
	case ocpp.V201:
		j.table = v201.Table
	default:
		j.table = v21.Table
	}
	if site := e.Site(c.SiteID); site != nil {
		j.wishes = orElse(site.Wishes, u.cfg.Wishes)
	}
	return j, true
}

// accepted reports whether the charger's last boot was accepted; one that
// never booted is served too.
func accepted(c *charging.Charger) bool {
	return c.Boot == nil || c.Boot.Registration == "" || c.Boot.Registration == charging.RegistrationAccepted
}

// orElse fills what a site does not say.
func orElse(site, server charging.Wishes) charging.Wishes {
	if site.Measurands == "" {
		site.Measurands = server.Measurands
	}
	if site.SampleInterval == 0 {
		site.SampleInterval = server.SampleInterval
	}
	if site.Heartbeat == 0 {
		site.Heartbeat = server.Heartbeat
	}
	if site.Offline == "" {
		site.Offline = server.Offline
	}
	return site
}

// callTimeout is how long a charger may take: it is busy after a boot.
const callTimeout = 90 * time.Second

// errConnectionGone ends a visit: the charger will come again.
var errConnectionGone = errors.New("the connection ended meanwhile")

func errGone(err error) bool { return errors.Is(err, errConnectionGone) }

// failure is a call that had no response.
type failure struct {
	action string
	answer charging.Answer
}

func (f *failure) Error() string {
	text := f.action + " was not answered"
	if f.answer.Status == charging.CommandRefused {
		text = f.action + " was refused"
	}
	if e := f.answer.Error; e != nil {
		text += ": " + e.Code + " " + e.Description
	}
	return text
}

// unsupported reports whether the charger does not know the action at all.
func unsupported(err error) bool {
	var f *failure
	if !errors.As(err, &f) || f.answer.Status != charging.CommandRefused || f.answer.Error == nil {
		return false
	}
	problem, _ := ocpp.ParseErrorCode(f.answer.Error.Code)
	return problem == ocpp.ProblemNotImplemented || problem == ocpp.ProblemNotSupported
}

// unanswered reports whether a call got no answer in its time.
func unanswered(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.answer.Status == charging.CommandTimedOut
}

// call sends a request and reads the response into answer, whose members that
// the charger wrote otherwise stay zero.
func (j *job) call(action string, request, answer any) error {
	payload, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if fault := ocpp.Check(j.version, j.table.Action(action).Request, payload); fault != nil {
		return fmt.Errorf("%s would not be legal: %w", action, fault)
	}
	if c := j.u.fleet.Estate().Charger(j.charger); c == nil || c.ConnectedAs != j.generation {
		return errConnectionGone
	}
	a := j.u.link.Call(j.u.ctx, charging.Call{ChargerID: j.charger, Action: action, Payload: payload, Timeout: callTimeout, Background: true})
	switch a.Status {
	case charging.CommandAnswered:
		// What does not fit is left out: real chargers write numbers as texts.
		var kind *json.UnmarshalTypeError
		if err := json.Unmarshal(a.Response, answer); err != nil && !errors.As(err, &kind) {
			return fmt.Errorf("the answer to %s cannot be read: %w", action, err)
		}
		return nil
	case charging.CommandNotConnected, charging.CommandConnectionLost:
		return errConnectionGone
	}
	return &failure{action, a}
}

func (j *job) now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// tell stores what the charger told of its configuration.
func (j *job) tell(variables []charging.Variable) error {
	if len(variables) == 0 {
		return nil
	}
	for i := range variables {
		v := &variables[i]
		if ocpp.NamesSecret(v.Name) && v.Value != "" {
			v.Value = ocpp.Redacted
		}
		v.Value = ocpp.RedactText(v.Value)
	}
	_, err := j.u.fleet.Handle(j.u.ctx, charging.Event{ChargerID: j.charger, Generation: j.generation, Received: j.now(),
		Body: charging.VariablesReported{Variables: variables}})
	return err
}

// setUp reads the configuration and sets what differs from the wishes.
func (j *job) setUp() error {
	if j.version == ocpp.V16 {
		return j.setUp16()
	}
	return j.setUp2x()
}
