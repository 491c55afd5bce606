package httpapi

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// OpenID asks another service who somebody is; *openid.Service is one. Its errors
// are *auth.OpenIDError.
type OpenID interface {
	// Begin returns the address at which the service asks, and the secrets of this
	// trip there.
	Begin(ctx context.Context) (address string, trip auth.Trip, err error)
	// Finish fetches who came back from a trip with a code.
	Finish(ctx context.Context, trip auth.Trip, code string) (auth.OpenIDPerson, error)
}

// OpenIDRules say who may come in by another service.
type OpenIDRules struct {
	// Name is the service's, as people know it.
	Name string
	// Viewers says that who is unknown becomes a viewer of Organization, which is
	// the oldest one when 0.
	Viewers      bool
	Organization charging.ID
}

const (
	openIDPath = signInPath + "/openid"
	// tripCookie holds the token of a trip. No other path needs it.
	tripCookie = "chargeyard_openid"
)

type openIDNamed struct {
	Name string `json:"name"`
}

// openIDRoutes are how people sign in by another service. Browsers come here, so
// that each answer is an address to go to, errors included.
func (a *API) openIDRoutes() []route {
	if a.cfg.OpenID == nil || a.cfg.SignIns == nil || a.cfg.Administration == nil {
		return nil
	}
	return []route{{path: openIDPath, handle: a.beginTrip}, {path: openIDPath + "/callback", handle: a.endTrip}}
}

// beginTrip answers GET /api/sign-in/openid.
func (a *API) beginTrip(w http.ResponseWriter, r *http.Request) {
	next := nextPath(r.URL.Query().Get("next"))
	if !a.mayTravel(r) {
		a.tripFailed(w, r, next, &auth.OpenIDError{Problem: auth.OpenIDTooMany})
		return
	}
	address, trip, err := a.cfg.OpenID.Begin(r.Context())
	if err != nil {
		a.tripFailed(w, r, next, err)
		return
	}
	trip.Next = next
	a.setTripCookie(w, r, a.trips.Begin(trip, time.Now()))
	redirect(w, address)
}

// endTrip answers GET /api/sign-in/openid/callback.
func (a *API) endTrip(w http.ResponseWriter, r *http.Request) {
	next := "/"
	if !a.mayTravel(r) {
		a.tripFailed(w, r, next, &auth.OpenIDError{Problem: auth.OpenIDTooMany})
		return
	}
	query := r.URL.Query()
	cookie, err := r.Cookie(tripCookie)
	if err != nil {
		a.tripFailed(w, r, next, &auth.OpenIDError{Problem: auth.OpenIDExpired})
		return
	}
	trip, ok := a.trips.End(cookie.Value, time.Now())
	a.setTripCookie(w, r, "")
	if !ok || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(trip.State)) != 1 {
		a.tripFailed(w, r, next, &auth.OpenIDError{Problem: auth.OpenIDExpired})
		return
	}
	if err := a.arrive(w, r, trip); err != nil {
		a.tripFailed(w, r, trip.Next, err)
		return
	}
	redirect(w, trip.Next)
}

// arrive signs in who came back from a trip.
func (a *API) arrive(w http.ResponseWriter, r *http.Request, trip auth.Trip) error {
	query := r.URL.Query()
	if said := query.Get("error"); said != "" {
		return &auth.OpenIDError{Problem: auth.OpenIDRefused, Err: errors.New("the provider said " + printable(said))}
	}
	if query.Get("code") == "" {
		return &auth.OpenIDError{Problem: auth.OpenIDRefused, Err: errors.New("the provider sent neither a code nor an error")}
	}
	person, err := a.cfg.OpenID.Finish(r.Context(), trip, query.Get("code"))
	if err != nil {
		return err
	}
	user, err := a.userAt(r.Context(), &person)
	if err != nil {
		return err
	}
	_, err = a.enter(w, r, user)
	return err
}

// mayTravel counts requests of one address, which cost the other service some.
func (a *API) mayTravel(r *http.Request) bool {
	from := networkOf(auth.ClientAddr(r, a.cfg.TrustedProxies))
	return a.guesses.take(guess{from: from}, guessesOfAddress, time.Now()).ok
}

// tripFailed sends a browser to the page on which people sign in, which says what
// was wrong.
func (a *API) tripFailed(w http.ResponseWriter, r *http.Request, next string, err error) {
	var known *auth.OpenIDError
	if !errors.As(err, &known) {
		known = &auth.OpenIDError{Problem: auth.OpenIDServer, Err: err}
	}
	switch {
	case r.Context().Err() != nil: // nobody waits for it any more
	case known.Problem == auth.OpenIDServer:
		a.log.Error("a sign-in by OpenID Connect failed", "problem", string(known.Problem), "err", known.Err,
			"request_id", w.Header().Get(requestIDHeader))
	case known.Err != nil:
		a.log.Warn("a sign-in by OpenID Connect failed", "problem", string(known.Problem), "err", known.Err,
			"remote", auth.ClientAddr(r, a.cfg.TrustedProxies).String())
	}
	query := url.Values{"problem": {string(known.Problem)}}
	if next != "/" {
		query.Set("next", next)
	}
	redirect(w, "/sign-in?"+query.Encode())
}

// redirect sends a browser on. Nobody keeps where, nor is told from where: the
// address of a callback holds a code.
func redirect(w http.ResponseWriter, address string) {
	h := w.Header()
	h.Set("Location", address)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
}

// setTripCookie gives a browser the token of its trip, or takes it back with "".
// It comes along when the other service sends the browser back, which is why it
// is not SameSite=Strict.
func (a *API) setTripCookie(w http.ResponseWriter, r *http.Request, token string) {
	c := &http.Cookie{Name: tripCookie, Value: token, Path: openIDPath, MaxAge: int(auth.TripLasts / time.Second), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: a.overTLS(r)}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// maxNext bounds a path to which people go after signing in.
const maxNext = 2000

// nextPath returns a path of this server with its query, as it was asked for; "/"
// for what may be another's: browsers take "//host", and "/\host" too, for a
// server.
func nextPath(next string) string {
	const home = "/"
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) || printable(next) != next {
		return home
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") ||
		u.Path == "/sign-in" || strings.HasPrefix(u.Path, "/api/") {
		return home
	}
	return u.String()
}

// printable is a text without what is no letter, digit or sign of ASCII, in at
// most 2,000 bytes.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f {
			return -1
		}
		return r
	}, text)
	return cutText(text, maxNext)
}
