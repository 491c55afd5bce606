package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// liveRoutes are the estate as it is, as it changes and as it was. They stand
// before all other routes of chargers: the two literal segments are matched
// before an id (contract 4.2).
func (a *API) liveRoutes() []route {
	const read = charging.PermitRead
	list := []route{
		{path: "/api/sites", handle: a.sites, cors: true},
		{path: "/api/sites/stream", handle: a.permitted(charging.PermitScreen, a.stream), cors: true},
		{path: "/api/chargers/by-external-id/{id}", handle: a.permitted(read, a.chargerBy(byExternalID)), cors: true},
		{path: "/api/chargers/by-ocpp-id/{id}", handle: a.permitted(read, a.chargerBy(byOCPPID)), cors: true},
		{path: "/api/chargers/{id}", handle: a.permitted(read, a.chargerBy(byID)), cors: true},
	}
	if a.cfg.Records != nil {
		list = append(list, route{path: "/api/chargers/{id}/intervals", handle: a.ofCharger(read, a.intervals), cors: true})
	}
	return list
}

// finder returns the charger that a text names, or nil.
type finder func(e *fleet.Estate, of *sight, text string) *charging.Charger

// chargerBy makes the handler of the look-ups of one charger (contract section
// 4). One outside of the key's scope does not exist for it.
func (a *API) chargerBy(find finder) answerFunc {
	return func(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
		p := parametersOf(r)
		fresh := p.includes()
		if p.err != nil {
			return p.err
		}
		of := &sight{scope: auth.ScopeOf(key)}
		e := a.fleet.Estate()
		c := find(e, of, r.PathValue("id"))
		if c == nil {
			return errNotFound
		}
		body := []byte(`{"data":`)
		if fresh {
			body = appendChargerAs(body, e, c, a.live.origins.freshness(e, time.Now()))
		} else {
			body = append(body, a.views.pieces.get(e, c)...)
		}
		writeTagged(w, r, append(body, '}'))
		return nil
	}
}

func byID(e *fleet.Estate, of *sight, text string) *charging.Charger {
	id, err := parseID(text)
	if err != nil {
		return nil
	}
	return seenCharger(e, of, e.Charger(id))
}

func byOCPPID(e *fleet.Estate, of *sight, text string) *charging.Charger {
	return seenCharger(e, of, e.ChargerByIdentity(text))
}

// byExternalID returns the lowest id of those that several organizations may
// call the same.
func byExternalID(e *fleet.Estate, of *sight, text string) *charging.Charger {
	var found *charging.Charger
	for slot := range e.Len() {
		c := e.At(slot)
		if c.ExternalID == text && text != "" && (found == nil || c.ID < found.ID) && seenCharger(e, of, c) != nil {
			found = c
		}
	}
	return found
}

// seenCharger returns the charger if it is seen, else nil.
func seenCharger(e *fleet.Estate, of *sight, c *charging.Charger) *charging.Charger {
	if c == nil {
		return nil
	}
	if site := e.Site(c.SiteID); site == nil || !of.charger(e, site, c.ID) {
		return nil
	}
	return c
}

// writeTagged answers with JSON that is made for this answer, with the headers
// of /api/sites: an ETag that follows from the text and the coding, and 304 to
// who has it.
func writeTagged(w http.ResponseWriter, r *http.Request, body []byte) {
	coding := chooseCoding(r.Header.Values("Accept-Encoding"), len(body) < smallBody)
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16])
	if coding != identity {
		tag += "-" + coding.name()
	}
	tag += `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Authorization, Accept-Encoding")
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	writeCoded(w, r, body, coding)
}

// writeCoded answers 200 with JSON in a coding.
func writeCoded(w http.ResponseWriter, r *http.Request, body []byte, coding coding) {
	parts, length := newDocument([]segment{{content: newContent(body)}}).parts(coding)
	h := w.Header()
	h.Set("Content-Type", contentTypeJSON)
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	if coding != identity {
		h.Set("Content-Encoding", coding.name())
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		writeParts(w, parts)
	}
}
