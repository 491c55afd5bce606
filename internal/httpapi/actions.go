package httpapi

import (
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// actions answers GET /api/ocpp/actions: the actions that a version of OCPP
// has from the server to a charger, with their members, for forms.
func (a *API) actions(w http.ResponseWriter, r *http.Request, _ *charging.APIKey) error {
	protocol := parametersOf(r).text("protocol")
	body, ok := a.cfg.Catalogue(protocol)
	if !ok {
		return charging.Errorf(charging.Invalid, "protocol: %q is none of ocpp1.6, ocpp2.0.1, ocpp2.1", protocol)
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}
