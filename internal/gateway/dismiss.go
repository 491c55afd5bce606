package gateway

import (
	"net/http"
	"strconv"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Dismiss closes the connection of a charger, if it has one, and tells it why.
// It may connect again when it is known then. It does not wait.
func (g *Gateway) Dismiss(charger charging.ID, why string) {
	if l := g.links.current(charger); l != nil {
		l.close(ws.StatusNormalClosure, why)
	}
}

// retired is why a charger is refused that was taken out of service for good.
func retired(c *charging.Charger) *refusal {
	id := strconv.FormatInt(c.ID, 10)
	return &refusal{status: http.StatusNotFound, label: "retired",
		reason: "the charger " + quoted(c.OCPPID) + " was retired",
		fix: "Take it off the server's address. If it serves again, POST /api/admin/chargers/" + id +
			"/restore; if it is another box with this identity, adopt it."}
}
