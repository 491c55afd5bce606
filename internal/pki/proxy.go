package pki

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The headers in which proxies hand on client certificates.
const (
	headerClientCert = "Client-Cert"                 // RFC 9440: base64 of DER between colons
	headerEnvoy      = "X-Forwarded-Client-Cert"     // Envoy: Cert="…" or Chain="…", PEM, percent-encoded
	headerTraefik    = "X-Forwarded-Tls-Client-Cert" // Traefik: base64 of DER, percent-encoded
	headerNginx      = "X-Ssl-Client-Cert"           // nginx, HAProxy: PEM, percent-encoded, or base64 of DER
)

// ProxyHeaderNames are the headers that Config.ProxyHeaders may name.
var ProxyHeaderNames = []string{headerClientCert, headerEnvoy, headerTraefik, headerNginx}

func checkHeaders(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(ProxyHeaderNames, fold(name)) {
			return charging.Errorf(charging.Invalid, "%q is no header with a client certificate; there are %s", name, strings.Join(ProxyHeaderNames, ", "))
		}
	}
	return nil
}

// FromProxy returns the client certificate that a proxy hands on in one of the
// configured headers, verified against the same roots as those of the listener;
// nil for none. Call it only when the peer is a trusted proxy: a header proves
// nothing, for certificates are public. So when more than one of the headers is
// there, one of them may come from the client, and none is believed.
func (s *Server) FromProxy(header http.Header) (*x509.Certificate, error) {
	var name, value string
	for _, known := range s.cfg.ProxyHeaders {
		values := header.Values(known)
		if len(values) == 0 || strings.TrimSpace(strings.Join(values, "")) == "" {
			continue
		}
		if name != "" || len(values) > 1 {
			return nil, charging.Errorf(charging.Refused, "the request has more than one header with a client certificate; let the proxy remove those that it does not set itself")
		}
		name, value = known, values[0]
	}
	if name == "" {
		return nil, nil
	}
	chain, err := parseProxied(name, value)
	if err != nil {
		return nil, charging.Errorf(charging.Refused, "the header %s %w", name, err)
	}
	m := s.current.Load()
	if m.roots == nil {
		return nil, charging.Errorf(charging.Refused, "there is no root for client certificates; name one with --tls-client-ca")
	}
	if err := s.verify(m.roots, chain); err != nil {
		return nil, err
	}
	return chain[0], nil
}

// parseProxied reads the certificates of a header, leaf first.
func parseProxied(name, value string) ([]*x509.Certificate, error) {
	var err error
	switch http.CanonicalHeaderKey(name) {
	case headerClientCert:
		inner := strings.TrimSpace(value)
		if len(inner) < 2 || inner[0] != ':' || inner[len(inner)-1] != ':' {
			return nil, errors.New("holds no base64 between colons (RFC 9440)")
		}
		value = inner[1 : len(inner)-1]
	case headerEnvoy:
		if value = envoyField(value); value == "" {
			return nil, errors.New(`has neither Cert="…" nor Chain="…"; let the proxy forward the certificate itself`)
		}
	case headerTraefik:
		// Its chain is a list; only the leaf counts.
		value, _, _ = strings.Cut(value, ",")
	}
	// Not the form of queries, in which a plus is a space.
	if value, err = url.PathUnescape(value); err != nil {
		return nil, errors.New("is not percent-encoded as it should be")
	}
	blocks, err := looseBlocks(value, labelCertificate)
	if err != nil {
		return nil, err
	}
	chain := make([]*x509.Certificate, 0, len(blocks))
	for _, der := range blocks {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, errors.New("holds what is no certificate")
		}
		chain = append(chain, cert)
	}
	return chain, nil
}

// envoyField returns the certificate of the last element of the list, which is
// the one that the nearest proxy wrote: with its chain if that is there.
func envoyField(value string) string {
	var cert, chain string
	for _, pair := range splitQuoted(lastElement(value), ';') {
		key, text, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch strings.ToLower(key) {
		case "cert":
			cert = strings.Trim(text, `"`)
		case "chain":
			chain = strings.Trim(text, `"`)
		}
	}
	if chain != "" {
		return chain
	}
	return cert
}

func lastElement(value string) string {
	elements := splitQuoted(value, ',')
	return elements[len(elements)-1]
}

// splitQuoted splits at a separator that is not between quotes.
func splitQuoted(value string, separator byte) []string {
	var list []string
	begin, quoted := 0, false
	for i := range len(value) {
		switch {
		case value[i] == '\\' && quoted:
			// Envoy escapes quotes so; the certificate itself has none.
		case value[i] == '"' && (i == 0 || value[i-1] != '\\'):
			quoted = !quoted
		case value[i] == separator && !quoted:
			list = append(list, value[begin:i])
			begin = i + 1
		}
	}
	return append(list, value[begin:])
}
