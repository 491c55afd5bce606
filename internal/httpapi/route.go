package httpapi

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one method on one path.
type route struct {
	method string // by default GET, which answers HEAD too
	// path has its parameters in braces, as openapi.yaml writes them:
	// /api/chargers/{id}/commands.
	path   string
	handle http.HandlerFunc
	// cors says that pages of other origins may call it.
	cors bool
	// page is set for what belongs to the console and not to the API.
	page bool
	// parts are the path's segments when it has parameters.
	parts []string
}

// routes finds the route of a request. A path without parameters costs one
// look-up.
type routes struct {
	fixed map[string][]*route // by path
	loose []*route            // those with parameters
}

func newRoutes(table []route) routes {
	rs := routes{fixed: make(map[string][]*route)}
	for i := range table {
		r := &table[i]
		if r.method == "" {
			r.method = http.MethodGet
		}
		if strings.Contains(r.path, "{") {
			r.parts = strings.Split(r.path, "/")
			rs.loose = append(rs.loose, r)
			continue
		}
		rs.fixed[r.path] = append(rs.fixed[r.path], r)
	}
	return rs
}

// find returns the route of a request, with its parameters set, or nil. With
// or without a slash at its end a path is the same resource, not a redirect
// (contract 3.4 no. 1). A preflight finds any route that pages of other
// origins may call.
func (rs *routes) find(r *http.Request) *route {
	path := r.URL.Path
	if known, ok := rs.fixed[path]; ok {
		return pick(known, r.Method)
	}
	if bare := strings.TrimSuffix(path, "/"); bare != path && bare != "" {
		if known, ok := rs.fixed[bare]; ok {
			return pick(known, r.Method)
		}
		path = bare
	}
	parts := segments(r.URL, path)
	for _, known := range rs.loose {
		if known.answers(r.Method) && known.matches(parts) {
			known.name(r, parts)
			return known
		}
	}
	return nil
}

// segments splits a path. A slash that was escaped stands within a segment, such
// as an identity (contract 4.2).
func segments(u *url.URL, path string) []string {
	if u.RawPath == "" {
		return strings.Split(path, "/")
	}
	parts := strings.Split(strings.TrimSuffix(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = plain
		}
	}
	return parts
}

func pick(known []*route, method string) *route {
	for _, r := range known {
		if r.answers(method) {
			return r
		}
	}
	return nil
}

func (r *route) answers(method string) bool {
	return method == r.method || r.method == http.MethodGet && method == http.MethodHead || r.cors && method == http.MethodOptions
}

func (r *route) matches(parts []string) bool {
	if len(parts) != len(r.parts) {
		return false
	}
	for i, part := range r.parts {
		if part != parts[i] && (parts[i] == "" || !strings.HasPrefix(part, "{")) {
			return false
		}
	}
	return true
}

// name sets the values of the path's parameters; Request.PathValue returns
// them.
func (r *route) name(to *http.Request, parts []string) {
	for i, part := range r.parts {
		if strings.HasPrefix(part, "{") {
			to.SetPathValue(strings.Trim(part, "{}"), parts[i])
		}
	}
}
