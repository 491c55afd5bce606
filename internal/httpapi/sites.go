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
	key := a.authenticate(w, r, charging.PermitRead)
	if key == nil {
		return
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
