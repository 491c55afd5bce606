package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Check is one thing that must be well for the server to be ready.
type Check struct {
	Name string // one word: "disk"
	// Run returns nil or one plain sentence about what is wrong.
	Run func(context.Context) error
}

// checkTime is how long the checks of one /readyz may take together.
const checkTime = 5 * time.Second

// healthz says that the process lives; it asks nobody else.
func (a *API) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

// readyz says whether the server should be sent requests and chargers: 200, or
// 503 with the checks that failed.
func (a *API) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTime)
	defer cancel()
	checks := append([]Check{{"store", a.checkStore}, {"draining", a.checkDraining}}, a.cfg.Checks...)
	status, failed := http.StatusOK, ""
	list := []byte(`"checks":[`)
	for i, c := range checks {
		if i > 0 {
			list = append(list, ',')
		}
		list = appendString(append(list, `{"name":`...), c.Name)
		err := c.Run(ctx)
		list = appendBool(append(list, `,"ok":`...), err == nil)
		list = append(list, `,"error":`...)
		if err == nil {
			list = append(list, "null}"...)
			continue
		}
		status = http.StatusServiceUnavailable
		if failed == "" {
			failed = err.Error()
		}
		list = append(appendString(list, err.Error()), '}')
	}
	body := []byte(`{"status":"ready",`)
	if failed != "" {
		// The contract's error body is in it, so that clients find it as ever.
		body = append(appendString([]byte(`{"status":"not ready","error":`), failed), ',')
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, append(append(body, list...), `]}`...))
}

func (a *API) checkStore(context.Context) error {
	since := a.fleet.StalledSince()
	if since.IsZero() {
		return nil
	}
	return charging.Errorf(charging.Unavailable, "The database cannot be written since %s; the log says why.",
		charging.AppendTime(nil, since))
}

func (a *API) checkDraining(context.Context) error {
	if a.draining.Load() {
		return charging.Errorf(charging.Unavailable, "The server is stopping.")
	}
	return nil
}
