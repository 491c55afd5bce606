package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

type commissioningJSON struct {
	ChargerID       charging.ID `json:"chargerId"`
	Steps           []stepJSON  `json:"steps"`
	Done            bool        `json:"done"`
	URL             string      `json:"url"`
	SecurityProfile int         `json:"securityProfile"`
}

// stepJSON is one step of a new charger into service.
type stepJSON struct {
	Step string      `json:"step"`
	Done bool        `json:"done"`
	At   instantJSON `json:"at"` // null while it is not done, and where no time is known
	Text string      `json:"text"`
}

// commissioning answers GET /api/chargers/{id}/commissioning: what a new charger
// has done of what it takes to be in service, and what to do about the rest.
func (a *API) commissioning(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	newest, err := a.newestSession(r, c)
	if err != nil {
		return err
	}
	answer := commissioningJSON{ChargerID: c.ID, Done: true, URL: a.chargerURL(r, c), SecurityProfile: c.Profile,
		Steps: []stepJSON{connectedStep(c, a.chargerURL(r, c)), bootedStep(c), statusStep(c), identifiedStep(c), sessionStep(newest)}}
	for _, s := range answer.Steps {
		answer.Done = answer.Done && s.Done
	}
	a.writeData(w, r, http.StatusOK, dataJSON[commissioningJSON]{answer})
	return nil
}

// newestSession returns the newest session of a charger, one that runs included;
// nil for none.
func (a *API) newestSession(r *http.Request, c *charging.Charger) (*charging.Session, error) {
	list, err := a.cfg.Sessions.Sessions(r.Context(), charging.SessionQuery{Chargers: []charging.ID{c.ID}, Running: true, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// chargerURL is where a charger has to connect, as this request or the settings
// know the server's name.
func (a *API) chargerURL(r *http.Request, c *charging.Charger) string {
	base := strings.TrimRight(a.cfg.PublicURL, "/")
	if base == "" {
		base = "http://" + r.Host
		if r.TLS != nil {
			base = "https://" + r.Host
		}
	}
	return "ws" + strings.TrimPrefix(base, "http") + "/ocpp/" + url.PathEscape(c.OCPPID)
}

func connectedStep(c *charging.Charger, address string) stepJSON {
	s := stepJSON{Step: "connected"}
	switch n := c.Connection; {
	case n == nil:
		s.Text = "It has never connected. Set " + address + " as the address of the central system in the charger, and its password if it has one; " +
			"if it knocks and is refused, the list of refused chargers says why."
	case !n.Connected:
		s.Done, s.At = true, instantJSON(n.Opened)
		s.Text = "It connected, and is away since " + n.Since.UTC().Format(time.RFC3339) + "."
	default:
		s.Done, s.At = true, instantJSON(n.Opened)
		s.Text = fmt.Sprintf("It is connected from %s with %s, security profile %d.", n.Remote, n.Protocol, n.Profile)
	}
	return s
}

func bootedStep(c *charging.Charger) stepJSON {
	s := stepJSON{Step: "booted"}
	switch {
	case c.Boot == nil && c.Connection == nil:
		s.Text = "It tells what it is when it has connected."
	case c.Boot == nil:
		s.Text = "It has sent no BootNotification yet. Ask it for one (TriggerMessage), or restart it."
	default:
		s.Done, s.At = true, instantJSON(c.Boot.At)
		s.Text = "It said what it is, and was let in."
		if r := c.Boot.Registration; r != "" && r != charging.RegistrationAccepted {
			s.Done, s.Text = false, "It was answered "+r+" when it booted; let its next boot be accepted."
		}
	}
	return s
}

func statusStep(c *charging.Charger) stepJSON {
	s := stepJSON{Step: "status"}
	var last time.Time
	silent := 0
	for _, p := range c.Ports {
		if p.Status == nil {
			silent++
		} else if p.Status.At.After(last) {
			last = p.Status.At
		}
	}
	switch {
	case len(c.Ports) == 0:
		s.Text = "No port is known yet: they appear with the first status that it sends for each."
	case silent > 0:
		s.Text = fmt.Sprintf("%d of %d ports told no status yet. Ask it for them (TriggerMessage StatusNotification); a port that does not exist can be removed.", silent, len(c.Ports))
	default:
		s.Done, s.At, s.Text = true, instantJSON(last), fmt.Sprintf("All %d ports told their status.", len(c.Ports))
		if len(c.Ports) == 1 {
			s.Text = "Its port told its status."
		}
	}
	return s
}

func identifiedStep(c *charging.Charger) stepJSON {
	s := stepJSON{Step: "identified"}
	var missing []string
	for _, of := range []struct{ name, value string }{
		{"maker", c.EffectiveManufacturer()}, {"model", c.EffectiveModel()}, {"serial number", c.EffectiveSerialNumber()},
	} {
		if of.value == "" {
			missing = append(missing, of.name)
		}
	}
	if len(missing) > 0 {
		s.Text = "Not known: " + strings.Join(missing, ", ") + ". The charger tells them when it boots; what it leaves out can be written here."
		return s
	}
	s.Done, s.Text = true, c.EffectiveManufacturer()+" "+c.EffectiveModel()+", serial number "+c.EffectiveSerialNumber()+"."
	if c.Boot != nil {
		s.At = instantJSON(c.Boot.At)
	}
	return s
}

func sessionStep(newest *charging.Session) stepJSON {
	s := stepJSON{Step: "session"}
	if newest == nil {
		s.Text = "Nobody charged yet. Plug in a vehicle and present a card, or start a session from here."
		return s
	}
	s.Done, s.At, s.Text = true, instantJSON(newest.StartedAt), "A vehicle has charged here; the last session began then."
	return s
}
