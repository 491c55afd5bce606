package httpapi

import (
	_ "embed"
	"net/http"
	"strconv"
)

//go:embed openapi.yaml
var openAPIYAML string

//go:embed openapi.json
var openAPIJSON string

// index shows a person the console, and tells a program what this is.
func (a *API) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if a.home != nil && wantsPage(r) {
		a.home.serve(w, r)
		return
	}
	url := a.cfg.PublicURL
	serveText("text/plain; charset=utf-8", `This is chargeyard, a charging station management server.

The API             `+url+`/api/sites
                    with a key: Authorization: Bearer cy_...
To read about it    `+url+`/api/docs
Its description     `+url+`/api/openapi.yaml
Chargers connect to `+url+`/ocpp/ followed by their identity, as WebSocket
Health              `+url+`/healthz, /readyz, /metrics
`)(w, r)
}

// serveText returns a handler that answers with a text.
func serveText(contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(http.StatusOK)
		if r.Method != http.MethodHead {
			_, _ = w.Write([]byte(text)) // an error means that the client went away
		}
	}
}
