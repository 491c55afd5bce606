package gateway

import (
	"net/http"
	"strings"

	"github.com/chargeyard/chargeyard/internal/auth"
)

// remoteOf returns the address of the charger behind r, without its port; what
// the server says of the peer when that has none.
func (g *Gateway) remoteOf(r *http.Request) string {
	if a := auth.ClientAddr(r, g.cfg.TrustedProxies); a.IsValid() {
		return a.String()
	}
	return strings.Clone(r.RemoteAddr)
}
