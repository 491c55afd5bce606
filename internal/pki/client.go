package pki

import (
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// verify checks a client certificate with its chain, leaf first.
func (s *Server) verify(roots *x509.CertPool, chain []*x509.Certificate) error {
	leaf := chain[0]
	if weak := weakness(leaf.PublicKey); weak != "" {
		return charging.Errorf(charging.Refused, "the client certificate of %s has %s", quoted(leaf.Subject.CommonName), weak)
	}
	options := x509.VerifyOptions{
		Roots:         roots,
		Intermediates: x509.NewCertPool(),
		CurrentTime:   s.now(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, cert := range chain[1:] {
		options.Intermediates.AddCert(cert)
	}
	_, err := leaf.Verify(options)
	if err != nil && s.cfg.AcceptExpired && Expired(leaf, options.CurrentTime) {
		options.CurrentTime = leaf.NotAfter.Add(-time.Second)
		_, err = leaf.Verify(options)
	}
	if err != nil {
		return verifyError(leaf, s.now(), err)
	}
	return nil
}

// verifyError tells in a sentence what is wrong with a client certificate.
func verifyError(leaf *x509.Certificate, now time.Time, err error) error {
	who := "the client certificate of " + quoted(leaf.Subject.CommonName)
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && Expired(leaf, now):
		return charging.Errorf(charging.Refused, "%s expired on %s", who, day(leaf.NotAfter))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && now.Before(leaf.NotBefore):
		return charging.Errorf(charging.Refused, "%s is valid only from %s on", who, day(leaf.NotBefore))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return charging.Errorf(charging.Refused, "%s has a chain of which a certificate is not valid now", who)
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return charging.Errorf(charging.Refused, "%s is not made for clients (its extended key usage lacks clientAuth)", who)
	case errors.As(err, &unknown):
		return charging.Errorf(charging.Refused, "%s comes from %s, which is not among the roots of --tls-client-ca or the built-in authority", who, quoted(leaf.Issuer.CommonName))
	}
	return charging.Errorf(charging.Refused, "%s is not valid: %w", who, err)
}

// ClientCertificate returns the verified client certificate of a request, nil
// for none: that of its TLS connection, else, when the caller says that the peer
// is a trusted proxy, the one that the proxy hands on. It may have expired when
// AcceptExpired is set; Expired tells. To which charger it belongs is not
// checked here; see Match.
func (s *Server) ClientCertificate(r *http.Request, trusted bool) (*x509.Certificate, error) {
	if trusted && len(s.cfg.ProxyHeaders) > 0 {
		return s.FromProxy(r.Header) // a certificate of the connection is the proxy's own
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil, nil
	}
	chain := r.TLS.PeerCertificates
	m := s.current.Load()
	if m.roots == nil {
		return nil, nil
	}
	// Once more, for a connection may live longer than a root.
	if err := s.verify(m.roots, chain); err != nil {
		return nil, err
	}
	return chain[0], nil
}
