package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Bounds of chargers' certificates.
const (
	defaultValidity = 365 * 24 * time.Hour
	maxValidity     = 5 * 365 * 24 * time.Hour
	// maxChain is CertificateSigned's limit in every version of OCPP.
	maxChain = 10000
)

// Applicant is the charger that asks for a certificate, and what it may get.
type Applicant struct {
	// Identity is its OCPP identity, Serial the serial number it is known by; ""
	// for not known. The request must name one of them.
	Identity, Serial string
	// Organization is the O of the certificate; "" takes the authority's.
	Organization string
	// V2G asks for a V2G certificate (certificateType V2GCertificate), with which
	// the charger proves itself to vehicles.
	V2G bool
	// Validity is how long the certificate is valid; 0 means a year, more than 5
	// years is refused.
	Validity time.Duration
	// MaxSize is the longest chain that the charger takes, in bytes of PEM; 0
	// means 10,000.
	MaxSize int
}

// oidDomainComponent marks the certificates of ISO 15118 (its table of
// profiles: DC is CPO in those of chargers).
var oidDomainComponent = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}

// ParseCSR reads a certificate request as chargers send it: PEM whose line
// breaks may be missing, doubled or written as "\n", or bare base64. It checks
// that the charger has the key, and that the key is strong enough.
func ParseCSR(text []byte) (*x509.CertificateRequest, error) {
	blocks, err := looseBlocks(string(text), labelRequest, labelOldRequest)
	if err != nil {
		return nil, charging.Errorf(charging.Invalid, "the certificate request %w", err)
	}
	request, err := x509.ParseCertificateRequest(blocks[0])
	if err != nil {
		return nil, charging.Errorf(charging.Invalid, "the certificate request is not well formed: %w", err)
	}
	if err := request.CheckSignature(); err != nil {
		return nil, charging.Errorf(charging.Invalid, "the signature of the certificate request is wrong, so it does not prove that the charger has the key: %w", err)
	}
	if weak := weakness(request.PublicKey); weak != "" {
		return nil, charging.Errorf(charging.Refused, "the certificate request has %s", weak)
	}
	return request, nil
}

// SignCSR signs a charger's certificate request. The chain is PEM, leaf first,
// without the root. A malformed request is charging.Invalid; one that names
// another charger, a weak key, or a chain that is too long for the charger is
// charging.Refused.
func (a *Authority) SignCSR(csr []byte, want Applicant) (chain []byte, cert *x509.Certificate, err error) {
	request, err := ParseCSR(csr)
	if err != nil {
		return nil, nil, err
	}
	name := request.Subject.CommonName
	if !namesApplicant(name, want) {
		return nil, nil, refuseName(name, want)
	}
	if want.Validity == 0 {
		want.Validity = defaultValidity
	}
	if want.Validity < time.Hour || want.Validity > maxValidity {
		return nil, nil, charging.Errorf(charging.Invalid, "a charger's certificate can be valid for an hour to 5 years, and not for %s", want.Validity)
	}
	if want.Organization == "" {
		want.Organization = a.Organization()
	}
	issuer, others, err := a.issuer(request, want.V2G)
	if err != nil {
		return nil, nil, err
	}
	cert, err = issuer.sign(chargerTemplate(name, want, a.now(), issuer.cert.NotAfter), request.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	chain = encodePEM(append([]*x509.Certificate{cert}, others...)...)
	limit := want.MaxSize
	if limit == 0 {
		limit = maxChain
	}
	if len(chain) > limit {
		return nil, nil, charging.Errorf(charging.Refused, "the certificate chain has %d bytes, and the charger takes at most %d", len(chain), limit)
	}
	return chain, cert, nil
}

// issuer returns what signs a request, and the certificates that follow the
// leaf in the chain. An RSA key is signed by the RSA root, so that a charger
// that knows no other can verify its own certificate.
func (a *Authority) issuer(request *x509.CertificateRequest, v2g bool) (*signer, []*x509.Certificate, error) {
	switch {
	case v2g && a.v2gSub == nil:
		return nil, nil, charging.Errorf(charging.Refused, `the authority signs no V2G certificates; make one that does with "chargeyard ca init --v2g"`)
	case v2g && request.PublicKeyAlgorithm != x509.ECDSA:
		return nil, nil, charging.Errorf(charging.Refused, "a V2G certificate needs an EC key (ISO 15118), and the request has another one")
	case v2g:
		return a.v2gSub, []*x509.Certificate{a.v2gSub.cert}, nil
	case request.PublicKeyAlgorithm == x509.RSA:
		return a.rsa, nil, nil
	}
	return a.ecdsa, nil, nil
}

func namesApplicant(name string, want Applicant) bool {
	return name != "" && (want.Identity != "" && strings.EqualFold(name, want.Identity) || want.Serial != "" && strings.EqualFold(name, want.Serial))
}

func refuseName(name string, want Applicant) error {
	if want.Serial == "" {
		return charging.Errorf(charging.Refused, "the certificate request is made out to %s; it must name the charger's identity %q, for its serial number is not known", quoted(name), want.Identity)
	}
	return charging.Errorf(charging.Refused, "the certificate request is made out to %s; it must name the charger's identity %q or its serial number %q", quoted(name), want.Identity, want.Serial)
}

// chargerTemplate takes nothing but the name from the request: what else it
// asks for is not the charger's to decide.
func chargerTemplate(name string, want Applicant, now, end time.Time) *x509.Certificate {
	t := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name, Organization: []string{clip(want.Organization, 64)}},
		NotBefore:             backdated(now),
		NotAfter:              now.Add(want.Validity),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if t.NotAfter.After(end) {
		t.NotAfter = end
	}
	if want.V2G {
		// To the vehicle the charger is the server.
		t.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: oidDomainComponent, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("CPO")}}}
		t.KeyUsage |= x509.KeyUsageKeyAgreement
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	return t
}
