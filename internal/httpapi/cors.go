package httpapi

import (
	"net/http"
	"slices"
)

// crossOrigin tells a browser whether a page of another origin may read the
// answer, and answers preflights itself; answered then is true. Without
// configured origins nothing of it exists.
func (a *API) crossOrigin(w http.ResponseWriter, r *http.Request) (answered bool) {
	if len(a.cfg.CORSOrigins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	every := slices.Contains(a.cfg.CORSOrigins, "*")
	if origin == "" || !every && !slices.Contains(a.cfg.CORSOrigins, origin) {
		return false
	}
	if every {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		h.Set("Access-Control-Expose-Headers", "ETag, RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id")
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return true
}
