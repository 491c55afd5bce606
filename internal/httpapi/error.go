package httpapi

import (
	"log/slog"
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The texts of contract 1.2 and 1.4, which clients compare.
const (
	textNoKey     = "Invalid Authorization header"
	textWrongKey  = "Invalid API key"
	textSignedOut = "You are signed out; sign in again"
	textNotFound  = "Not found"
	textRateLimit = "Rate limit exceeded"
	textInternal  = "Internal server error"
	textUnready   = "The server cannot do that now; try again later."
)

// statusOf is the one place where a kind of error becomes an HTTP status. The
// contract knows no 405, 409 or 422: a conflict is a 400 (1.4).
func statusOf(kind charging.Kind) int {
	switch kind {
	case charging.Invalid, charging.Conflict:
		return http.StatusBadRequest
	case charging.NotFound:
		return http.StatusNotFound
	case charging.Refused:
		return http.StatusForbidden
	case charging.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// fail answers with an error. What is internal goes to the log and not out.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, text := statusOf(charging.KindOf(err)), charging.MessageOf(err)
	switch {
	case status == http.StatusInternalServerError:
		a.log.LogAttrs(r.Context(), slog.LevelError, "a request failed", slog.String("path", loggedPath(r.URL.Path)),
			slog.String("request_id", w.Header().Get(requestIDHeader)), slog.Any("err", err))
		text = textInternal
	case text == "" && status == http.StatusNotFound:
		text = textNotFound
	case text == "":
		text = textUnready
	}
	writeError(w, status, text)
}

// writeError answers with the contract's error body, {"error":"…"}.
func writeError(w http.ResponseWriter, status int, text string) {
	body := append(appendString([]byte(`{"error":`), text), '}')
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	writeJSON(w, status, body)
}

func notFound(w http.ResponseWriter) { writeError(w, http.StatusNotFound, textNotFound) }
