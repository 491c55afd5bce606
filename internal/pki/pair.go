package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The weakest keys that are taken (OCPP 2.0.1 A00.FR.509, A00.FR.512).
const (
	minRSA = 2048
	minEC  = 224
)

// Kinds of keys, as they stand in names.
const (
	kindECDSA = "ecdsa"
	kindRSA   = "rsa"
)

// loadPair reads a server certificate with its chain and its key.
func loadPair(certFile, keyFile string, now time.Time) (*tls.Certificate, error) {
	chain, err := readCertificates("certificate file", certFile)
	if err != nil {
		return nil, err
	}
	leaf := chain[0]
	certPEM, err := readFile("certificate file", certFile)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readFile("key file", keyFile)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, pairError(certFile, keyFile, keyPEM, err)
	}
	if weak := weakness(leaf.PublicKey); weak != "" {
		return nil, charging.Errorf(charging.Invalid, "the certificate in %s has %s; chargers refuse it, so make one with a stronger key", certFile, weak)
	}
	if now.After(leaf.NotAfter) {
		return nil, charging.Errorf(charging.Invalid, "the certificate in %s expired on %s; renew it", certFile, day(leaf.NotAfter))
	}
	pair.Leaf = leaf
	return &pair, nil
}

// pairError tells in words what tls.X509KeyPair found; the text never holds
// anything of the key.
func pairError(certFile, keyFile string, keyPEM []byte, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "does not match"):
		return charging.Errorf(charging.Invalid, "the key in %s does not belong to the certificate in %s; each certificate needs its own key, and the file its own certificate first", keyFile, certFile)
	case strings.Contains(string(keyPEM), "ENCRYPTED"):
		return charging.Errorf(charging.Invalid, "the key in %s is encrypted with a passphrase; store it without one, readable by its owner only", keyFile)
	case !strings.Contains(string(keyPEM), "PRIVATE KEY-----"):
		return charging.Errorf(charging.Invalid, `the key file %s holds no PEM key; one begins with "-----BEGIN PRIVATE KEY-----"`, keyFile)
	}
	return charging.Errorf(charging.Invalid, "the key in %s cannot be used", keyFile)
}

// weakness says what is too weak about a public key; "" for nothing.
func weakness(key any) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSA {
			return "an RSA key of " + number(bits) + " bits, and needs at least 2048"
		}
	case *ecdsa.PublicKey:
		if bits := k.Curve.Params().BitSize; bits < minEC {
			return "an EC key of " + number(bits) + " bits, and needs at least 224"
		}
	case ed25519.PublicKey:
	default:
		return "a key of an unknown kind; use ECDSA P-256 or RSA 2048"
	}
	return ""
}

// kindOf is the kind of a certificate's key, as it stands in names.
func kindOf(cert *x509.Certificate) string {
	switch cert.PublicKeyAlgorithm {
	case x509.RSA:
		return kindRSA
	case x509.ECDSA:
		return kindECDSA
	}
	return strings.ToLower(cert.PublicKeyAlgorithm.String())
}

// nameDoubt says why chargers that connect to a host might refuse a server
// certificate; "" for no doubt. Old chargers read the common name, new ones the
// alternative names (TC_A_04 wants the common name).
func nameDoubt(leaf *x509.Certificate, host string) string {
	if host == "" {
		return ""
	}
	if leaf.VerifyHostname(host) != nil {
		return "the certificate is not made out to " + host + ", so chargers and browsers refuse it"
	}
	if !strings.EqualFold(leaf.Subject.CommonName, host) {
		return "the common name of the certificate is not " + host + ", so some chargers refuse it"
	}
	return ""
}
