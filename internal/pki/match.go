package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Fingerprint is the SHA-256 of a certificate in lower-case hex, as
// charging.Charger keeps it.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// Match says why a client certificate, whose chain is verified, is not that of
// a charger; nil when it is. A fingerprint binds the charger to one certificate
// and nothing else counts. Else the common name or an alternative name (DNS or
// URI) is the charger's identity, or the common name its serial number (OCPP
// 2.0.1 A00.FR.427), and, when an organization is given, the certificate names
// it (A00.FR.404). Letter case does not matter. The error is charging.Refused;
// its text names what differs.
func Match(cert *x509.Certificate, identity, serial, fingerprint, organization string) error {
	if fingerprint != "" {
		return matchFingerprint(cert, fingerprint)
	}
	if !isNamed(cert, identity, serial) {
		return notNamed(cert, identity, serial)
	}
	if organization == "" || slices.ContainsFunc(cert.Subject.Organization, fold(organization)) {
		return nil
	}
	return charging.Errorf(charging.Refused, "the certificate names %s as organization (O), and needs %q",
		quoted(strings.Join(cert.Subject.Organization, ", ")), organization)
}

func matchFingerprint(cert *x509.Certificate, want string) error {
	want = strings.ReplaceAll(want, ":", "")
	if got := Fingerprint(cert); !strings.EqualFold(got, want) {
		return charging.Errorf(charging.Refused, "the charger is bound to the certificate with the SHA-256 %s…, and this one has %s…",
			strings.ToLower(want[:min(len(want), 16)]), got[:16])
	}
	return nil
}

func isNamed(cert *x509.Certificate, identity, serial string) bool {
	cn := cert.Subject.CommonName
	if identity != "" {
		if strings.EqualFold(cn, identity) || slices.ContainsFunc(cert.DNSNames, fold(identity)) {
			return true
		}
		for _, uri := range cert.URIs {
			if strings.EqualFold(uri.String(), identity) {
				return true
			}
		}
	}
	return serial != "" && strings.EqualFold(cn, serial)
}

func notNamed(cert *x509.Certificate, identity, serial string) error {
	name := quoted(cert.Subject.CommonName)
	if serial == "" {
		return charging.Errorf(charging.Refused, "the certificate is made out to %s, the charger's identity is %q and its serial number is not known", name, identity)
	}
	return charging.Errorf(charging.Refused, "the certificate is made out to %s, the charger's identity is %q and its serial number %q", name, identity, serial)
}

func fold(want string) func(string) bool {
	return func(got string) bool { return strings.EqualFold(strings.TrimSpace(got), want) }
}

// Expired reports whether a certificate's time is over.
func Expired(cert *x509.Certificate, now time.Time) bool { return now.After(cert.NotAfter) }
