package gateway

import (
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// givenPassword says which of its passwords a charger came with.
type givenPassword uint8

const (
	noPassword givenPassword = iota
	presentPassword
	nextPassword // the one that it is being given
)

// authenticate checks the Basic credentials of a request against the charger;
// nil means that they are right. A charger without a password may send any:
// some send an empty one unasked (server-rules 1.1). One that came with a
// client certificate needs none, and any that it sends is ignored.
func (g *Gateway) authenticate(r *http.Request, a *admission) *refusal {
	c := a.charger
	if c.PasswordHash == "" && c.NextPasswordHash == "" || a.profile >= profileCertificate {
		return nil
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return unauthorized("the charger sent no password",
			"Set the password in the charger (AuthorizationKey), or remove it here with \"chargeyard charger password\".")
	}
	credentials, ok := basicCredentials(header)
	if !ok {
		return unauthorized("the charger's Authorization header is not of the kind Basic, or unreadable",
			"Set the charger to Basic authentication (security profile 1 or 2).")
	}
	password, ok := passwordOf(credentials, c.OCPPID)
	if !ok {
		return unauthorized("the charger's user name is not its identity",
			"Set the user name in the charger to its identity, "+quoted(c.OCPPID)+".")
	}
	if a.password = g.whichPassword(password, a); a.password == noPassword {
		return unauthorized("the charger's password is wrong",
			"Set the same password in the charger (AuthorizationKey) and here, with \"chargeyard charger password\".")
	}
	a.profile = profilePassword
	if a.secure {
		a.profile = profileTLS
	}
	return nil
}

// whichPassword returns which of the charger's passwords the sent bytes are.
// In 1.6 they may be what a password's hexadecimal text stands for; in 2.x they
// are its text.
func (g *Gateway) whichPassword(sent string, a *admission) givenPassword {
	if a.protocol != nil && a.protocol.version != ocpp.V16 && !utf8.ValidString(sent) {
		return noPassword
	}
	// Both are compared, so that the time does not tell which it was.
	present := auth.CheckChargerPassword(g.cfg.ChargerSecret, a.charger.PasswordHash, []byte(sent))
	next := auth.CheckChargerPassword(g.cfg.ChargerSecret, a.charger.NextPasswordHash, []byte(sent))
	switch {
	case next:
		return nextPassword
	case present:
		return presentPassword
	default:
		return noPassword
	}
}

// basicCredentials returns what an Authorization header of the kind Basic
// encodes. It is a string of bytes: a 1.6 password need not be UTF-8.
func basicCredentials(header string) (string, bool) {
	scheme, encoded, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", false
	}
	encoded = strings.TrimRight(strings.TrimSpace(encoded), "=")
	b, err := base64.RawStdEncoding.DecodeString(encoded)
	return string(b), err == nil
}

// passwordOf splits credentials at the colon after the identity, which some
// chargers send in other letter case. Identities of 1.6 may contain colons, so
// the first colon is not always the right one.
func passwordOf(credentials, identity string) (string, bool) {
	n := len(identity)
	if len(credentials) <= n || credentials[n] != ':' || !strings.EqualFold(credentials[:n], identity) {
		return "", false
	}
	return credentials[n+1:], true
}

func unauthorized(reason, fix string) *refusal {
	return &refusal{
		status: http.StatusUnauthorized, label: "password", reason: reason, fix: fix,
		header: "WWW-Authenticate", value: `Basic realm="chargeyard", charset="UTF-8"`,
	}
}
