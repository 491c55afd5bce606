package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// signInCookie holds the token of a sign-in.
const signInCookie = "chargeyard_sign_in"

// setCookie gives a browser its token, or takes it back with "". No script can
// read it, and no page of another site sends it along.
func (a *API) setCookie(w http.ResponseWriter, r *http.Request, token string) {
	c := &http.Cookie{Name: signInCookie, Value: token, Path: "/", MaxAge: int(auth.SignInLasts / time.Second), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: a.overTLS(r)}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// overTLS reports whether a browser comes over TLS, to a proxy at least.
func (a *API) overTLS(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(a.cfg.PublicURL, "https://")
}

// cookieOf returns the token of a request; "" for none.
func cookieOf(r *http.Request) string {
	c, err := r.Cookie(signInCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

var errCrossOrigin = charging.Errorf(charging.Refused, "A page of another site may not do that in your name. "+
	"If this is chargeyard's own page, the proxy before it must hand on the Host header as it came")

var crossOriginProtection = http.NewCrossOriginProtection()

// sameOrigin refuses what a page of another origin sends with somebody's cookie.
func sameOrigin(r *http.Request) error {
	if crossOriginProtection.Check(r) != nil {
		return errCrossOrigin
	}
	return nil
}

// findUser returns the user of a request's cookie as a key; nil when nobody is
// signed in.
func (a *API) findUser(r *http.Request, now time.Time) *charging.APIKey {
	token := cookieOf(r)
	if token == "" {
		return nil
	}
	hash := auth.HashKey(token)
	key := a.people.Find(hash, now)
	if key != nil {
		a.people.Note(hash, auth.ClientAddr(r, a.cfg.TrustedProxies).String(), now.UTC().Truncate(time.Microsecond))
	}
	return key
}

// keyOf returns the key with a hash, or the user who is signed in with a token of
// it, as they are now; nil for neither.
func (a *API) keyOf(hash [32]byte, now time.Time) *charging.APIKey {
	if key := a.fleet.Estate().Key(hash); key != nil {
		return key
	}
	return a.people.Find(hash, now)
}

// networkOf is what of an address is counted: an IPv6 client has a whole network
// of 64 bits to take addresses from.
func networkOf(client netip.Addr) netip.Prefix {
	bits := 32
	if client.Is6() {
		bits = 64
	}
	network, err := client.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // all that have no address count together
	}
	return network
}
