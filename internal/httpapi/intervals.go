package httpapi

import (
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func (a *API) intervals(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	return errNotFound
}
