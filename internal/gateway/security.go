package gateway

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// The security profiles (OCPP 2.0.1 A00, OCPP 1.6 security whitepaper §2).
const (
	profilePassword    = 1 // a password over a plain connection
	profileTLS         = 2 // a password under TLS
	profileCertificate = 3 // a client certificate
)

// requiredProfile is the lowest security profile that a charger may connect
// with.
func (g *Gateway) requiredProfile(c *charging.Charger) int { return max(c.Profile, g.cfg.MinProfile) }

// checkTransport refuses a connection whose kind is below what the charger
// needs, and a client certificate that is not the charger's.
func (g *Gateway) checkTransport(r *http.Request, a *admission) *refusal {
	need := g.requiredProfile(a.charger)
	proxied := g.viaProxy(r)
	a.secure = r.TLS != nil || proxied && forwardedSecure(r.Header)
	if need >= profileTLS && !a.secure {
		return belowProfile("the charger connects without TLS, and needs at least security profile "+strconv.Itoa(need),
			"Set the charger's server URL to begin with wss://. If a proxy does TLS, let it set X-Forwarded-Proto and name it in --trusted-proxies.")
	}
	cert, err := g.clientCertificate(r, proxied)
	switch {
	case err != nil:
		return wrongCertificate("the charger's client certificate cannot be used: "+err.Error(),
			"See that the proxy hands on the certificate of the charger, whole and in a known form.")
	case cert != nil:
		return g.admitCertificate(cert, a)
	case need >= profileCertificate:
		return belowProfile("the charger connects without a client certificate, and needs security profile 3",
			"Install a client certificate in the charger, or lower its profile here with \"chargeyard charger security-profile CHARGER N\".")
	}
	return nil
}

// admitCertificate lets a charger in with its client certificate; then it needs
// no password.
func (g *Gateway) admitCertificate(cert *x509.Certificate, a *admission) *refusal {
	c := a.charger
	serial := c.EffectiveSerialNumber()
	if err := pki.Match(cert, c.OCPPID, serial, c.Fingerprint, g.cfg.Organization); err != nil {
		return wrongCertificate("the client certificate is not the charger's: "+charging.MessageOf(err),
			"Give the charger a certificate whose common name is its identity or serial number, or bind the one that it has.")
	}
	a.profile = profileCertificate
	a.certificate = &charging.ClientCertificate{Subject: cert.Subject.String(), ExpiresAt: cert.NotAfter.UTC()}
	if name := cert.Subject.CommonName; c.Fingerprint == "" && strings.EqualFold(name, serial) && !strings.EqualFold(name, c.OCPPID) {
		a.serial = name
	}
	if pki.Expired(cert, time.Now()) {
		g.log.Warn("a charger came with an expired client certificate", "identity", c.OCPPID, "remote", a.remote,
			"expired", cert.NotAfter.UTC().Format(time.DateOnly), "fix", "Have the charger ask for a new one (TriggerMessage SignChargingStationCertificate).")
	}
	return nil
}

// clientCertificate returns the verified client certificate of a request; nil
// for none.
func (g *Gateway) clientCertificate(r *http.Request, proxied bool) (*x509.Certificate, error) {
	if g.cfg.ClientCertificate != nil {
		return g.cfg.ClientCertificate(r, proxied)
	}
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil, nil
	}
	return r.TLS.PeerCertificates[0], nil
}

// checkProfile refuses a connection below the charger's profile, once it is
// known what it proved.
func (g *Gateway) checkProfile(_ *http.Request, a *admission) *refusal {
	need := g.requiredProfile(a.charger)
	if a.profile >= need {
		return nil
	}
	return belowProfile("the charger connects with security profile "+strconv.Itoa(a.profile)+", and needs at least "+strconv.Itoa(need),
		"Set a password here with \"chargeyard charger password\" and the same one in the charger.")
}

func belowProfile(reason, fix string) *refusal {
	return &refusal{status: http.StatusForbidden, label: "profile", reason: reason, fix: fix}
}

func wrongCertificate(reason, fix string) *refusal {
	return &refusal{status: http.StatusForbidden, label: "certificate", reason: reason, fix: fix}
}

// viaProxy reports whether a request came from a proxy that is trusted.
func (g *Gateway) viaProxy(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, p := range g.cfg.TrustedProxies {
		if p.Contains(peer.Addr().Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// forwardedSecure reports whether a proxy says that its client came under TLS.
// The last value is that of the nearest proxy, which is the trusted one.
func forwardedSecure(h http.Header) bool {
	values := strings.Split(strings.Join(h.Values("X-Forwarded-Proto"), ","), ",")
	last := strings.TrimSpace(values[len(values)-1])
	return strings.EqualFold(last, "https") || strings.EqualFold(last, "wss")
}

// passwordUsed tells which of two passwords a charger came with.
func (g *Gateway) passwordUsed(ctx context.Context, a *admission) {
	if g.cfg.PasswordUsed == nil || a.password == noPassword || a.charger.NextPasswordHash == "" {
		return
	}
	used := a.charger.PasswordHash
	if a.password == nextPassword {
		used = a.charger.NextPasswordHash
	}
	g.cfg.PasswordUsed(ctx, a.charger.ID, used)
}

// checkSerial ends a connection whose boot names another serial number than the
// client certificate that let the charger in (OCPP 2.0.1 B01.FR.11, B01.FR.12).
// A boot that names none is of the charger that the certificate names: it must
// not lose the number by which its certificate is known.
func (d *dialog) checkSerial(ev *charging.Event) *breach {
	boot, ok := ev.Body.(charging.Booted)
	if !ok {
		return nil
	}
	switch {
	case d.serial == "" || strings.EqualFold(d.serial, boot.SerialNumber):
	case boot.SerialNumber == "":
		boot.SerialNumber = d.serial
		ev.Body = boot
		ev.Oddities = append(ev.Oddities, "serial-number-of-certificate")
	default:
		d.g.warn(d, "a client certificate is not that of the charger that boots",
			"the charger boots with the serial number "+quoted(boot.SerialNumber)+", and its client certificate is made out to "+quoted(d.serial),
			"Give the charger a certificate of its own, or bind the one that it has.")
		return &breach{ws.StatusPolicyViolation, "the serial number is not that of the client certificate"}
	}
	d.g.bootedAs(d, boot.SerialNumber)
	return nil
}
