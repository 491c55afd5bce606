package alert

import (
	"fmt"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// alertData is an alert as webhooks are told of it. Detail is the kind's own
// object, as the API has it.
type alertData struct {
	ID             charging.ID        `json:"id"`
	Kind           charging.AlertKind `json:"type"`
	StartTimestamp instant            `json:"startTimestamp"`
	Since          instant            `json:"since"`
	Text           string             `json:"text"`
	Fix            string             `json:"fix"`
	Detail         any                `json:"detail"`
	wherePart
	Session *sessionPart `json:"chargingSession"`
	Vehicle *named       `json:"vehicle"`
}

func (a *Alerts) dataOf(e *fleet.Estate, alert *charging.Alert, n *notice) alertData {
	data := alertData{ID: alert.ID, Kind: alert.Kind, StartTimestamp: instant(alert.At), Since: instant(n.began()),
		Text: sentence(e, n), Fix: fixes[alert.Kind], Detail: n.detail, wherePart: whereOf(e, n.place, n.port), Session: sessionOf(n.session)}
	if v := e.Vehicle(alert.VehicleID); v != nil {
		data.Vehicle = &named{v.ID, v.DisplayName()}
	}
	return data
}

func (n *notice) began() time.Time {
	if n.since.IsZero() {
		return n.at
	}
	return n.since
}

// Mail is what an e-mail says.
type Mail struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

func (a *Alerts) mailOf(e *fleet.Estate, alert *charging.Alert, n *notice) Mail {
	what := sentence(e, n)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", what)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-14s%s\n", name+":", value)
		}
	}
	if o := e.Organization(alert.OrganizationID); o != nil {
		line("Organization", o.Name)
	}
	zone := time.UTC
	if s := n.place.site; s != nil {
		line("Site", joined(s.Name, s.Address))
		if z, err := time.LoadLocation(s.Timezone); err == nil {
			zone = z
		}
	}
	if c := n.place.charger; c != nil {
		line("Charger", joined(c.Name, c.OCPPID))
		if p := c.Port(n.port); p != nil {
			line("Port", p.Name)
		}
	}
	if v := e.Vehicle(alert.VehicleID); v != nil {
		line("Vehicle", v.DisplayName())
	}
	line("Since", n.began().In(zone).Format("Mon 2 Jan 2006 15:04:05 MST"))
	if n.session != nil {
		line("Session", fmt.Sprint(n.session.ID))
	}
	line("Alert", fmt.Sprintf("%d (%s)", alert.ID, alert.Kind))
	fmt.Fprintf(&b, "\nWhat to do: %s\n", fixes[alert.Kind])
	return Mail{Subject: what, Text: b.String()}
}

func joined(name, more string) string {
	if more == "" || more == name {
		return name
	}
	return name + " (" + more + ")"
}

// sentence says in a line what happened and where.
func sentence(e *fleet.Estate, n *notice) string {
	where := ""
	if c := n.place.charger; c != nil {
		where = c.Name
		if p := c.Port(n.port); p != nil {
			where += ", " + p.Name
		}
	}
	if n.place.site != nil {
		where += " at " + n.place.site.Name
	}
	who := "The vehicle"
	if n.session != nil {
		if v := e.Vehicle(n.session.VehicleID); v != nil {
			who = v.DisplayName()
		}
	}
	switch d := n.detail.(type) {
	case offlineDetail:
		return fmt.Sprintf("%s has been offline for %d minutes", where, d.ThresholdMinutes)
	case socDetail:
		percent := charging.AppendThousandths(nil, int64(d.Percent))
		if n.kind == charging.AlertLowBattery {
			return fmt.Sprintf("%s has only %s %% charge, at %s", who, percent, where)
		}
		return fmt.Sprintf("%s is charged to %s %%, at %s", who, percent, where)
	case errorDetail:
		text := fmt.Sprintf("%s: %s", where, d.Context)
		for _, code := range []*string{d.Code, d.VendorCode, d.Info} {
			if code != nil {
				text += ", " + *code
			}
		}
		return text
	case lateDetail:
		return fmt.Sprintf("%s will be charged %d minutes after its departure, at %s", who,
			int(time.Time(d.CurrentETA).Sub(time.Time(d.CurrentDeparture)).Minutes()), where)
	case duplicateDetail:
		return fmt.Sprintf("Two chargers seem to connect as %s: %s", where, strings.Join(append(d.Addresses, d.Serials...), " and "))
	case skewDetail:
		return fmt.Sprintf("The clock of %s is wrong by %d s", where, d.Seconds)
	}
	return fmt.Sprintf("%s: %s", where, plainKinds[n.kind])
}

// plainKinds say what an alert is about, where its detail does not.
var plainKinds = map[charging.AlertKind]string{
	charging.AlertSecurityEvent:  "a security event was reported",
	charging.AlertFirmwareFailed: "a firmware update failed",
	charging.AlertRebooting:      "it restarts again and again",
}

// fixes say what to do about an alert.
var fixes = map[charging.AlertKind]string{
	charging.AlertLowBattery:        "Plan a charge for the vehicle before its next trip, or let this session go on.",
	charging.AlertChargingCompleted: "The vehicle can be unplugged, so that another one can charge.",
	charging.AlertSessionError:      "Look at the port's errors (GET /api/errors). Unplug and plug in again; if it comes back, reset the charger or call its service.",
	charging.AlertOfflineCharger:    "Check its power and its network. If other chargers of the site are offline too, look at the site's router first.",
	charging.AlertLateCharging:      "Give the vehicle more power or another port, or tell the people who planned its departure.",
	charging.AlertDuplicateIdentity: "Give each charger an identity of its own: look for the two addresses or serial numbers, and change the identity of one of them.",
	charging.AlertClockSkew:         "Check the charger's time settings. Sessions and statuses of it are shown with the time of receipt where its own cannot be right.",
	charging.AlertSecurityEvent:     "Look at the charger's history (notes of kind securityEvent), and at the charger itself.",
	charging.AlertFirmwareFailed:    "Look at the charger's history (notes of kind firmware), then give the update again or call the charger's service.",
	charging.AlertRebooting:         "Look at the reasons of its boots in its history; check its power supply and its firmware.",
}
