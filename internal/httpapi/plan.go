package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"image"
	_ "image/gif"  // its header
	_ "image/jpeg" // its header
	_ "image/png"  // its header
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Plans is where floor plans are kept; *store.Store is one.
type Plans interface {
	SitePlan(ctx context.Context, site charging.ID) (charging.SitePlan, error)
	PlanPicture(ctx context.Context, site charging.ID) (*charging.PlanPicture, []byte, error)
	SavePlanPicture(ctx context.Context, site charging.ID, p charging.PlanPicture, picture []byte, at time.Time, actor string) error
	SavePlanSpots(ctx context.Context, site charging.ID, spots []charging.PlanSpot, at time.Time, actor string) error
}

// What a picture may be at most: bytes, and px of its longer side.
const (
	maxPicture = 8 << 20
	maxSide    = 8000
)

// planRoutes are the floor plans of sites.
func (a *API) planRoutes() []route {
	if a.cfg.Plans == nil {
		return nil
	}
	const path = "/api/sites/{id}/plan"
	const admin = "/api/admin/sites/{id}/plan"
	return []route{
		{path: path, handle: a.permitted(charging.PermitScreen, a.plan), cors: true},
		{path: path + "/picture", handle: a.permitted(charging.PermitScreen, a.planPicture), cors: true},
		a.managed(http.MethodPut, admin, a.putSpots),
		a.managed(http.MethodPut, admin+"/picture", a.putPicture),
		a.managed(http.MethodDelete, admin+"/picture", a.removePicture),
	}
}

type planJSON struct {
	Picture  *planPictureJSON    `json:"picture"`
	Chargers []charging.PlanSpot `json:"chargers"`
}

type planPictureJSON struct {
	URL         string `json:"url"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	ContentType string `json:"contentType"`
	Bytes       int    `json:"bytes"`
}

// planSite returns the site of the path when the key sees a charger of it, or
// the whole of it.
func (a *API) planSite(r *http.Request, key *charging.APIKey) (*fleet.Estate, *charging.Site, error) {
	e := a.fleet.Estate()
	id, err := pathID(r, "id")
	if err != nil {
		return nil, nil, err
	}
	site, scope := e.Site(id), auth.ScopeOf(key)
	if site == nil {
		return nil, nil, errNotFound
	}
	if scope.WholeSite(e, site) {
		return e, site, nil
	}
	lo, hi := e.Slots(site.ID)
	for at := lo; at < hi; at++ {
		if scope.Charger(e, site, e.At(at).ID) {
			return e, site, nil
		}
	}
	return nil, nil, errNotFound
}

// plan answers GET /api/sites/{id}/plan.
func (a *API) plan(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e, site, err := a.planSite(r, key)
	if err != nil {
		return err
	}
	plan, err := a.cfg.Plans.SitePlan(r.Context(), site.ID)
	if err != nil {
		return err
	}
	a.writePlan(w, r, e, site, key, plan)
	return nil
}

// writePlan shows of the spots those of chargers that stand at the site still,
// and that the key sees.
func (a *API) writePlan(w http.ResponseWriter, r *http.Request, e *fleet.Estate, site *charging.Site, key *charging.APIKey, plan charging.SitePlan) {
	answer := planJSON{Chargers: []charging.PlanSpot{}}
	if p := plan.Picture; p != nil {
		answer.Picture = &planPictureJSON{fmt.Sprintf("/api/sites/%d/plan/picture?v=%s", site.ID, p.Mark), p.Width, p.Height, p.ContentType, p.Bytes}
	}
	scope := auth.ScopeOf(key)
	for _, s := range plan.Spots {
		if c := e.Charger(s.ChargerID); c != nil && c.SiteID == site.ID && scope.Charger(e, site, c.ID) {
			answer.Chargers = append(answer.Chargers, s)
		}
	}
	a.writeData(w, r, http.StatusOK, dataJSON[planJSON]{answer})
}

// planPicture answers GET /api/sites/{id}/plan/picture.
func (a *API) planPicture(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	_, site, err := a.planSite(r, key)
	if err != nil {
		return err
	}
	p, picture, err := a.cfg.Plans.PlanPicture(r.Context(), site.ID)
	if err != nil {
		return err
	}
	if p == nil {
		return errNotFound
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox") // should it be opened by itself
	h.Set("Cache-Control", "private, no-cache")
	if r.URL.Query().Get("v") == p.Mark {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	tag := `"` + p.Mark + `"`
	h.Set("ETag", tag)
	h.Add("Vary", "Authorization, Cookie")
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", p.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(picture)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(picture) // an error means that the client went away
	}
	return nil
}

// putPicture answers PUT /api/admin/sites/{id}/plan/picture, whose body is the
// picture itself.
func (a *API) putPicture(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := siteOf(a.fleet.Estate(), r, key); err != nil {
		return err
	}
	body, err := readBody(w, r, maxPicture)
	if err != nil {
		return err
	}
	p, err := examine(body)
	if err != nil {
		return err
	}
	return a.savePicture(w, r, key, p, body)
}

// removePicture answers DELETE /api/admin/sites/{id}/plan/picture. Where chargers
// stand stays, for the next picture.
func (a *API) removePicture(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	return a.savePicture(w, r, key, charging.PlanPicture{}, nil)
}

func (a *API) savePicture(w http.ResponseWriter, r *http.Request, key *charging.APIKey, p charging.PlanPicture, picture []byte) error {
	e := a.fleet.Estate()
	site, err := siteOf(e, r, key)
	if err != nil {
		return err
	}
	if err := a.cfg.Plans.SavePlanPicture(r.Context(), site.ID, p, picture, time.Now().UTC(), actorOf(key)); err != nil {
		return err
	}
	plan, err := a.cfg.Plans.SitePlan(r.Context(), site.ID)
	if err == nil {
		a.writePlan(w, r, e, site, key, plan)
	}
	return err
}

// examine tells what picture a body is, by its own bytes: what the client says of
// it does not count, and what is none of these kinds could run in a browser.
func examine(body []byte) (charging.PlanPicture, error) {
	const kinds = "The picture must be PNG, JPEG, WebP or GIF"
	p := charging.PlanPicture{Bytes: len(body)}
	switch kind := http.DetectContentType(body); kind {
	case "image/webp":
		p.ContentType = kind
		p.Width, p.Height = webpSize(body)
	case "image/png", "image/jpeg", "image/gif":
		p.ContentType = kind
		if size, _, err := image.DecodeConfig(bytes.NewReader(body)); err == nil {
			p.Width, p.Height = size.Width, size.Height
		}
	default:
		if len(body) == 0 {
			return p, charging.Errorf(charging.Invalid, "%s; the body is empty", kinds)
		}
		if bytes.Contains(body[:min(len(body), 1000)], []byte("<svg")) {
			return p, charging.Errorf(charging.Invalid, "%s; an SVG can hold programs, so export it as PNG", kinds)
		}
		return p, charging.Errorf(charging.Invalid, "%s; this is %s", kinds, strings.TrimSuffix(kind, "; charset=utf-8"))
	}
	switch {
	case p.Width < 1 || p.Height < 1:
		return p, charging.Errorf(charging.Invalid, "The picture is damaged: its size cannot be read")
	case max(p.Width, p.Height) > maxSide:
		return p, charging.Errorf(charging.Invalid, "The picture is %d by %d px; make it at most %d px on its longer side", p.Width, p.Height, maxSide)
	}
	sum := sha256.Sum256(body)
	p.Mark = base64.RawURLEncoding.EncodeToString(sum[:12])
	return p, nil
}

// webpSize reads the size of a WebP picture out of its first chunk; 0 for what is
// damaged (RFC 9649 section 2).
func webpSize(body []byte) (width, height int) {
	if len(body) < 30 {
		return 0, 0
	}
	switch chunk := body[20:]; string(body[12:16]) {
	case "VP8X":
		return 1 + int(chunk[4]) + int(chunk[5])<<8 + int(chunk[6])<<16, 1 + int(chunk[7]) + int(chunk[8])<<8 + int(chunk[9])<<16
	case "VP8L":
		bits := uint32(chunk[1]) | uint32(chunk[2])<<8 | uint32(chunk[3])<<16 | uint32(chunk[4])<<24
		return 1 + int(bits&0x3fff), 1 + int(bits>>14&0x3fff)
	case "VP8 ":
		return int(chunk[6]) + int(chunk[7]&0x3f)<<8, int(chunk[8]) + int(chunk[9]&0x3f)<<8
	}
	return 0, 0
}

// putSpots answers PUT /api/admin/sites/{id}/plan: all spots are replaced.
func (a *API) putSpots(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e := a.fleet.Estate()
	site, err := siteOf(e, r, key)
	if err != nil {
		return err
	}
	var body struct {
		Chargers *[]charging.PlanSpot `json:"chargers"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Chargers == nil {
		return charging.Errorf(charging.Invalid, "chargers: is missing; an empty list takes all off the plan")
	}
	spots := *body.Chargers
	slices.SortStableFunc(spots, func(a, b charging.PlanSpot) int { return int(a.ChargerID - b.ChargerID) })
	for i, s := range spots {
		switch c := e.Charger(s.ChargerID); {
		case c == nil || c.SiteID != site.ID:
			return charging.Errorf(charging.Invalid, "chargers: %d does not stand at this site", s.ChargerID)
		case i > 0 && spots[i-1].ChargerID == s.ChargerID:
			return charging.Errorf(charging.Invalid, "chargers: %d is there twice", s.ChargerID)
		case !(s.X >= 0 && s.X <= 1 && s.Y >= 0 && s.Y <= 1):
			return charging.Errorf(charging.Invalid, "chargers: x and y of %d must be from 0 to 1, shares of the picture's width and height", s.ChargerID)
		}
	}
	if err := a.cfg.Plans.SavePlanSpots(r.Context(), site.ID, spots, time.Now().UTC(), actorOf(key)); err != nil {
		return err
	}
	plan, err := a.cfg.Plans.SitePlan(r.Context(), site.ID)
	if err == nil {
		a.writePlan(w, r, e, site, key, plan)
	}
	return err
}
