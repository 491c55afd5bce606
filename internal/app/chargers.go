package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// ChargerRow is a row of the list of chargers.
type ChargerRow struct {
	ID         charging.ID `json:"id"`
	Name       string      `json:"name"`
	OCPPID     *string     `json:"ocppId"`
	Site       charging.ID `json:"siteId"`
	SiteName   string      `json:"siteName"`
	Connected  *bool       `json:"connected"` // null when it never was
	Since      *time.Time  `json:"since"`
	Password   bool        `json:"hasPassword"`
	PortStates []string    `json:"ports"` // status of each port, "" for none yet
}

func listChargers(_ context.Context, a *Admin, _ None) ([]ChargerRow, error) {
	rows := []ChargerRow{}
	e := a.fleet.Estate()
	for slot := range e.Len() {
		c := e.At(slot)
		row := ChargerRow{ID: c.ID, Name: c.Name, Site: c.SiteID, SiteName: e.Site(c.SiteID).Name,
			Password: c.PasswordHash != "", PortStates: []string{}}
		if c.OCPPID != "" {
			row.OCPPID = &c.OCPPID
		}
		if c.Connection != nil {
			connected := c.Connection.Connected
			row.Connected, row.Since = &connected, timeOrNil(c.Connection.Since)
		}
		for _, p := range c.Ports {
			state := ""
			if p.Status != nil {
				state = string(p.Status.Status)
			}
			row.PortStates = append(row.PortStates, state)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// NewCharger asks for a charger.
type NewCharger struct {
	Identity string `json:"identity"`
	Site     string `json:"site"` // id or name; "" when there is only one
	Name     string `json:"name"` // "" for the identity
	Ports    int    `json:"ports"`
	Password string `json:"password"`
	Generate bool   `json:"generate"` // make up a password
}

// MadeCharger is a new charger. The password is told here and never again.
type MadeCharger struct {
	ID       charging.ID `json:"id"`
	Site     charging.ID `json:"siteId"`
	Password string      `json:"password,omitempty"`
}

const maxPortsByHand = 32

func addCharger(ctx context.Context, a *Admin, in NewCharger) (MadeCharger, error) {
	if err := charging.CheckIdentity(in.Identity); err != nil {
		return MadeCharger{}, err
	}
	if in.Ports < 0 || in.Ports > maxPortsByHand {
		return MadeCharger{}, charging.Errorf(charging.Invalid, "ports: must be from 0 to %d; an import can make more", maxPortsByHand)
	}
	made := MadeCharger{Password: in.Password}
	if in.Generate {
		made.Password = auth.NewChargerPassword()
	}
	err := a.fleet.Update(ctx, func(e *fleet.Estate, fleets *fleet.IDs) (*charging.Change, error) {
		site, err := findSite(e, in.Site)
		if err != nil {
			return nil, err
		}
		settings := charging.ChargerSettings{SiteID: site.ID, Name: in.Name, OCPPID: in.Identity}
		if made.Password != "" {
			settings.PasswordHash = auth.HashChargerPassword(a.secret(), made.Password)
		}
		if _, err := e.CheckCharger(&settings); err != nil {
			return nil, err
		}
		ch, err := fleet.NewCharger(a.ids(fleets), settings, in.Ports)
		if err != nil {
			return nil, err
		}
		ch.Actor, ch.At = "charger add", now()
		made.ID, made.Site = ch.Chargers[0].ID, site.ID
		return ch, nil
	})
	if err != nil {
		return MadeCharger{}, err
	}
	return made, nil
}

// findSite finds a site by id or name; "" stands for the only one.
func findSite(e *fleet.Estate, text string) (*charging.Site, error) {
	sites := e.Sites()
	if text == "" {
		switch len(sites) {
		case 0:
			return nil, charging.Errorf(charging.NotFound, "there is no site yet; enter one with: chargeyard import FILE")
		case 1:
			return sites[0], nil
		}
		return nil, charging.Errorf(charging.Invalid, "there are %d sites; say which with --site ID or --site NAME", len(sites))
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && e.Site(id) != nil {
		return e.Site(id), nil
	}
	var found *charging.Site
	for _, s := range sites {
		if !strings.EqualFold(s.Name, text) {
			continue
		}
		if found != nil {
			return nil, charging.Errorf(charging.Invalid, "sites %d and %d are both called %q; say which with --site ID", found.ID, s.ID, text)
		}
		found = s
	}
	if found == nil {
		return nil, charging.Errorf(charging.NotFound, "there is no site %q; \"chargeyard charger list\" and \"chargeyard export\" show the sites", text)
	}
	return found, nil
}

// findCharger finds a charger by id, identity or name.
func findCharger(e *fleet.Estate, text string) (*charging.Charger, error) {
	if c := e.ChargerByIdentity(text); c != nil {
		return c, nil
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && e.Charger(id) != nil {
		return e.Charger(id), nil
	}
	return nil, charging.Errorf(charging.NotFound, "there is no charger %q; \"chargeyard charger list\" shows identities and ids", text)
}

// ChargerPassword asks for a new password of a charger.
type ChargerPassword struct {
	Charger  string `json:"charger"` // identity or id
	Password string `json:"password"`
	Generate bool   `json:"generate"`
	Remove   bool   `json:"remove"`
}

// ChangedPassword is a charger whose password changed.
type ChangedPassword struct {
	ID       charging.ID `json:"id"`
	Name     string      `json:"name"`
	OCPPID   string      `json:"ocppId"`
	Password string      `json:"password,omitempty"` // when it was made up
}

func setChargerPassword(ctx context.Context, a *Admin, in ChargerPassword) (ChangedPassword, error) {
	var changed ChangedPassword
	bare := false
	password := in.Password
	if in.Generate {
		password = auth.NewChargerPassword()
	}
	if password == "" && !in.Remove {
		return changed, charging.Errorf(charging.Invalid, "the password is empty; --remove takes it away")
	}
	err := a.fleet.Update(ctx, func(e *fleet.Estate, _ *fleet.IDs) (*charging.Change, error) {
		c, err := findCharger(e, in.Charger)
		if err != nil {
			return nil, err
		}
		settings := c.ChargerSettings
		// One that it was being given is none any more.
		settings.PasswordHash, settings.NextPasswordHash = "", ""
		if !in.Remove {
			settings.PasswordHash = auth.HashChargerPassword(a.secret(), password)
		}
		bare = in.Remove && c.Profile > 0 && c.Profile < certificateProfile
		changed = ChangedPassword{ID: c.ID, Name: c.Name, OCPPID: c.OCPPID}
		if in.Generate {
			changed.Password = password
		}
		return &charging.Change{Actor: "charger password", At: now(), Chargers: []charging.ChargerSettings{settings}}, nil
	})
	if err == nil && bare {
		// A profile that wants a password would keep the charger out.
		err = treatment{a.fleet}.SetProfile(ctx, changed.ID, 0, cliActor)
	}
	if err != nil {
		return ChangedPassword{}, err
	}
	return changed, nil
}

// certificateProfile is the security profile that needs no password.
const certificateProfile = 3
