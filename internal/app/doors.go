package app

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chargeyard/chargeyard/internal/files"
	"github.com/chargeyard/chargeyard/internal/gateway"
)

// door answers the requests that are for it.
type door struct {
	name   string
	serves func(*http.Request) bool
	http.Handler
	routes []string // "GET /api/sites"
}

// doors are those of the main address, asked in order. Chargers come first,
// before any mux sees the path: a mux cleans paths by redirecting, which
// chargers do not follow (server-rules 1).
func (a *App) doors() []door {
	return []door{
		{"chargers", gateway.Serves, a.gateway, gateway.Routes()},
		{"files", files.Serves, a.files, files.Routes()},
		{"api", func(*http.Request) bool { return true }, a.api, a.api.Routes()},
	}
}

// entrance lets requests of the main address through its doors.
func (a *App) entrance() http.Handler {
	doors := a.doors()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range doors {
			if doors[i].serves(r) {
				doors[i].ServeHTTP(w, r)
				return
			}
		}
	})
}

// pages are what an address of its own serves, by path.
type pages map[string]http.HandlerFunc

func (a *App) metricsPages() pages {
	return pages{"/metrics": promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}).ServeHTTP}
}

// profilePages leave out the command line, which is nobody's business.
func profilePages() pages {
	return pages{"/debug/pprof/": pprof.Index, "/debug/pprof/profile": pprof.Profile, "/debug/pprof/trace": pprof.Trace}
}

func (p pages) mux() http.Handler {
	mux := http.NewServeMux()
	for path, answer := range p {
		mux.HandleFunc("GET "+path, answer)
	}
	return mux
}

// Routes lists everything that the server answers over HTTP: the door, the
// method and the path, such as "api: GET /api/sites". Separate addresses are
// listed whether they are in use or not.
func (a *App) Routes() []string {
	var list []string
	for _, d := range a.doors() {
		for _, route := range d.routes {
			list = append(list, d.name+": "+route)
		}
	}
	for name, pages := range map[string]pages{"metrics address": a.metricsPages(), "profiles": profilePages()} {
		for path := range maps.Keys(pages) {
			list = append(list, fmt.Sprintf("%s: GET %s", name, path))
		}
	}
	slices.Sort(list)
	return list
}

// The headers that every answer has, of which handlers change what they know
// better. Nothing may be kept by caches unless its handler says so; what a
// browser shows as a page may load only what this server has, and stands in no
// frame of another's page. The lists are shared, and full, so that adding to
// one copies it.
var everyHeader = map[string][]string{
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"}, // for browsers that know no frame-ancestors
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Cache-Control":                {"no-store"},
	"Content-Security-Policy":      {"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
}

// onlyTLS has browsers come over TLS for a year. It is said only over TLS, and
// only where the operator's --public-url begins with https: else a look at the
// TLS address would shut a browser out of the plain one.
var onlyTLS = []string{"max-age=31536000"}

// guarded has every answer carry what guards browsers.
func (a *App) guarded(next http.Handler) http.Handler {
	strict := strings.HasPrefix(a.cfg.PublicURL, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range everyHeader {
			h[name] = value
		}
		if strict && r.TLS != nil {
			h["Strict-Transport-Security"] = onlyTLS
		}
		next.ServeHTTP(w, r)
	})
}
