package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// connectionRoutes are how a charger is connected, and what a new one still
// lacks.
func (a *API) connectionRoutes() []route {
	var list []route
	if a.cfg.Messages != nil && a.cfg.Connections != nil {
		list = append(list, route{path: "/api/chargers/{id}/connection", handle: a.ofCharger(charging.PermitRead, a.connection), cors: true})
	}
	if a.cfg.Sessions != nil {
		list = append(list, route{path: "/api/chargers/{id}/commissioning", handle: a.ofCharger(charging.PermitRead, a.commissioning), cors: true})
	}
	return list
}

type connectionJSON struct {
	Connected       bool             `json:"connected"`
	Since           instantJSON      `json:"since"`
	RemoteAddress   *string          `json:"remoteAddress"`
	Protocol        *string          `json:"protocol"`
	SecurityProfile *int             `json:"securityProfile"`
	Certificate     *certificateJSON `json:"certificate"`
	ClockSkew       *float64         `json:"clockSkewSeconds"`
	LastMessageAt   instantJSON      `json:"lastMessageAt"`
}

type certificateJSON struct {
	Subject   string      `json:"subject"`
	ExpiresAt instantJSON `json:"expiresAt"`
}

// skewMessages is how many of a charger's newest messages its clock is read from.
const skewMessages = 50

// connection answers GET /api/chargers/{id}/connection.
func (a *API) connection(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	var answer connectionJSON
	if n := c.Connection; n != nil {
		answer.Connected, answer.Since = n.Connected, instantJSON(n.Since)
		answer.RemoteAddress, answer.Protocol, answer.SecurityProfile = orNull(n.Remote), orNull(n.Protocol), &n.Profile
	}
	if cert := a.cfg.Connections.ClientCertificate(c.ID); cert != nil {
		answer.Certificate = &certificateJSON{cert.Subject, instantJSON(cert.ExpiresAt)}
	}
	newest, err := a.cfg.Messages.Read(r.Context(), charging.MessageQuery{ChargerID: c.ID, Limit: skewMessages})
	if err != nil {
		return err
	}
	for i := range newest {
		if m := &newest[i]; m.FromCharger {
			answer.LastMessageAt = instantJSON(m.At)
			break
		}
	}
	if skew, ok := clockSkew(newest); ok {
		seconds := skew.Round(100 * time.Millisecond).Seconds()
		answer.ClockSkew = &seconds
	}
	a.writeData(w, r, http.StatusOK, dataJSON[connectionJSON]{answer})
	return nil
}

// clockSkew is how far a charger's clock is ahead of ours, by the times that its
// messages tell; false when none tells one. A message that waited in the charger's
// queue tells an old time, so the one that waited least counts.
func clockSkew(messages []charging.Message) (most time.Duration, ok bool) {
	for i := range messages {
		m := &messages[i]
		var said struct {
			Timestamp string `json:"timestamp"`
		}
		if !m.FromCharger || json.Unmarshal(m.Payload, &said) != nil {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, said.Timestamp)
		if err != nil {
			continue
		}
		if skew := at.Sub(m.At); !ok || skew > most {
			most, ok = skew, true
		}
	}
	return most, ok
}
