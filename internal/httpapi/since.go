package httpapi

import (
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// sitesSince answers GET /api/sites?since=: what changed since a version that an
// earlier answer, or the id of a stream's event, told; everything when that is
// not known any more. Without a version it answers everything, to begin with.
func (a *API) sitesSince(w http.ResponseWriter, r *http.Request, key *charging.APIKey, p *parameters) error {
	of := sight{scope: auth.ScopeOf(key)}
	render := a.views.pieces.get
	if p.includes() {
		a.live.origins.learnAll(a.fleet.Estate(), &of)
		render = a.live.origins.piece
	}
	if p.err != nil {
		return p.err
	}
	e, now, d, known := a.live.since(p.text("since"), &of)
	body := append(appendString([]byte(`{"data":{"version":`), now), `,"full":`...)
	body = appendBool(body, !known)
	if known {
		body = d.appendJSON(body, e, render)
	} else {
		body = append(body, `,"sites":`...)
		body = appendList(body, joined(e, &of, render))
		body = append(body, `,"removed":{"chargers":[],"sites":[]}`...)
	}
	body = append(body, "}}"...)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Encoding")
	writeCoded(w, r, body, chooseCoding(r.Header.Values("Accept-Encoding"), len(body) < smallBody))
	return nil
}

// piece renders a charger with freshness.
func (o *origins) piece(e *fleet.Estate, c *charging.Charger) []byte {
	return appendChargerAs(nil, e, c, o.freshness(e, time.Now()))
}

// since returns the present estate with its version, and what changed since
// another; known is false when nobody can tell.
func (l *live) since(text string, of *sight) (e *fleet.Estate, now string, d delta, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick(time.Now())
	if v, ok := parseVersion(text); ok {
		d, known = l.journal.since(v, of)
	}
	return l.journal.estate, l.journal.now(of).String(), d, known
}

func (d *delta) appendJSON(dst []byte, e *fleet.Estate, render func(*fleet.Estate, *charging.Charger) []byte) []byte {
	dst = append(dst, `,"sites":[`...)
	for i, s := range d.sites {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendSiteHead(dst, e, s.Site)
		for i, c := range s.chargers {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, render(e, c)...)
		}
		dst = append(dst, siteTail...)
	}
	dst = appendIDs(append(dst, `],"removed":{"chargers":`...), d.chargers)
	dst = appendIDs(append(dst, `,"sites":`...), d.leftSites)
	return append(dst, '}')
}

func appendIDs(dst []byte, ids []charging.ID) []byte {
	dst = append(dst, '[')
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendInt(dst, id)
	}
	return append(dst, ']')
}

// appendList appends the list that is the data of a document.
func appendList(dst []byte, parts [][]byte) []byte {
	begin := len(dst)
	for _, part := range parts {
		dst = append(dst, part...)
	}
	const name = len(documentHead) - 1
	n := copy(dst[begin:], dst[begin+name:len(dst)-1]) // without {"data": and its }
	return dst[:begin+n]
}
