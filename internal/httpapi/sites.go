package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// smallBody is the size under which compressing a body gains nothing: it fits
// a network packet as it is.
const smallBody = 1024

// sites answers GET and HEAD /api/sites (contract section 3).
func (a *API) sites(w http.ResponseWriter, r *http.Request) {
	key := a.authenticate(w, r, charging.PermitScreen)
	if key == nil {
		return
	}
	if r.URL.RawQuery != "" {
		if asked, err := a.sitesExtended(w, r, key); asked || err != nil {
			if err != nil {
				a.fail(w, r, err)
			}
			return
		}
	}
	view := a.views.get(auth.ScopeOf(key))
	document := view.current(a.fleet.Estate)
	coding := chooseCoding(r.Header.Values("Accept-Encoding"), document.size < smallBody)
	tag := document.etag(coding)

	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Authorization, Accept-Encoding")
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		a.views.count(view, document.memory())
		return
	}
	parts, length := document.parts(coding)
	a.views.count(view, document.memory())
	h.Set("Content-Type", contentTypeJSON)
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	if coding != identity {
		h.Set("Content-Encoding", coding.name())
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	writeParts(w, parts)
}

// errViewOfNothing is told to who asks for a view of the past without a moment.
var errViewOfNothing = charging.Errorf(charging.Invalid, "view: says how the moment of the parameter at is meant, which is missing")

// sitesExtended answers what the contract does not know: the past, what changed,
// how fresh values are. Each is told only to who names it; asked is false when
// the request is for the plain document (contract 3.4 no. 3).
func (a *API) sitesExtended(w http.ResponseWriter, r *http.Request, key *charging.APIKey) (asked bool, err error) {
	p := parametersOf(r)
	if p.text("at") != "" || p.text("view") != "" || p.values.Has("since") || p.includes() {
		if err := auth.Permits(key, charging.PermitRead); err != nil {
			return true, err
		}
	}
	switch {
	case p.text("at") != "" && a.cfg.Past != nil:
		return true, a.sitesAt(w, r, key, p)
	case p.text("view") != "" && a.cfg.Past != nil:
		return true, errViewOfNothing
	case p.values.Has("since"):
		return true, a.sitesSince(w, r, key, p)
	case !p.includes() || p.err != nil:
		return false, p.err
	}
	return true, a.sitesFresh(w, r, key)
}

// sitesFresh answers GET /api/sites?include=freshness.
func (a *API) sitesFresh(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body []byte
	for _, part := range joined(a.fleet.Estate(), &sight{scope: auth.ScopeOf(key)}, a.live.origins.piece) {
		body = append(body, part...)
	}
	writeTagged(w, r, body)
	return nil
}

// matches reports whether If-None-Match names the tag. As RFC 9110 section
// 13.1.2 has it, the comparison is weak: a cache on the way may have weakened
// the tag.
func matches(header []string, tag string) bool {
	for item := range strings.SplitSeq(strings.Join(header, ","), ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == tag {
			return true
		}
	}
	return false
}
