package httpapi

import (
	"net/http"
	"net/url"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// MapTiles are pictures of a map that another server has.
type MapTiles struct {
	URL    string `json:"url"`    // with {z}, {x} and {y}; "" for none
	Credit string `json:"credit"` // what the map says of where they come from
}

// consoleSettingsRoutes are what the console has to know of this server, where
// people sign in.
func (a *API) consoleSettingsRoutes() []route {
	if a.cfg.SignIns == nil {
		return nil
	}
	return []route{{path: "/api/console", handle: a.permitted(charging.PermitRead, a.consoleSettings), cors: true}}
}

type consoleSettingsJSON struct {
	MapTiles *MapTiles `json:"mapTiles"`
}

// consoleSettings answers GET /api/console.
func (a *API) consoleSettings(w http.ResponseWriter, r *http.Request, _ *charging.APIKey) error {
	var s consoleSettingsJSON
	if a.cfg.Tiles.URL != "" {
		s.MapTiles = &a.cfg.Tiles
	}
	a.writeData(w, r, http.StatusOK, dataJSON[consoleSettingsJSON]{s})
	return nil
}

// pagePolicy is what the console may load: what this server has, and the tiles of
// the map where there are any. "" leaves it as every answer has it.
func (a *API) pagePolicy() string {
	u, err := url.Parse(a.cfg.Tiles.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	return "default-src 'self'; img-src 'self' " + u.Scheme + "://" + u.Host +
		"; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}
