package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"

	// The algorithms of crypto.Hash below.
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// HashData names a certificate as OCPP does (CertificateHashDataType,
// OCSPRequestDataType).
type HashData struct {
	// Algorithm is SHA256, SHA384 or SHA512.
	Algorithm string
	// IssuerNameHash and IssuerKeyHash are in hex.
	IssuerNameHash, IssuerKeyHash string
	// SerialNumber is in hex, without leading zeros.
	SerialNumber string
	// ResponderURL is where to ask whether the certificate is revoked; "" for
	// not known.
	ResponderURL string
}

var algorithms = map[string]crypto.Hash{"SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512}

func algorithm(name string) (crypto.Hash, error) {
	if h, known := algorithms[strings.ToUpper(strings.ReplaceAll(name, "-", ""))]; known {
		return h, nil
	}
	return 0, charging.Errorf(charging.Invalid, "%q is no hash algorithm of certificates; there are SHA256, SHA384 and SHA512", name)
}

// NewHashData names a certificate with its issuer, which is the certificate
// itself for a root.
func NewHashData(cert, issuer *x509.Certificate, alg string) (HashData, error) {
	h, err := algorithm(alg)
	if err != nil {
		return HashData{}, err
	}
	key, err := keyBits(issuer)
	if err != nil {
		return HashData{}, err
	}
	data := HashData{
		Algorithm:      strings.ReplaceAll(h.String(), "-", ""),
		IssuerNameHash: hex.EncodeToString(digest(h, issuer.RawSubject)),
		IssuerKeyHash:  hex.EncodeToString(digest(h, key)),
		SerialNumber:   cert.SerialNumber.Text(16),
	}
	if len(cert.OCSPServer) > 0 {
		data.ResponderURL = cert.OCSPServer[0]
	}
	return data, nil
}

func digest(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// keyBits is what the hash of an issuer's key is taken of: the content of the
// bit string, without its tag and length (RFC 6960 4.1.1).
func keyBits(cert *x509.Certificate) ([]byte, error) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(cert.RawSubjectPublicKeyInfo, &info); err != nil {
		return nil, charging.Errorf(charging.Invalid, "the key of %s cannot be read: %w", quoted(cert.Subject.CommonName), err)
	}
	return info.Key.RightAlign(), nil
}

// issuedBy reports whether a CA is the issuer that data names.
func (d HashData) issuedBy(ca *x509.Certificate) bool {
	of, err := NewHashData(ca, ca, d.Algorithm)
	return err == nil && strings.EqualFold(of.IssuerNameHash, d.IssuerNameHash) && strings.EqualFold(of.IssuerKeyHash, d.IssuerKeyHash)
}

// HashChain names each certificate of a chain, leaf first, whose issuer is in
// the chain or among the roots; a root itself is left out. complete is false
// when an issuer was not found: then there is nothing to ask about that one.
func HashChain(chain, roots []*x509.Certificate, alg string) (list []HashData, complete bool, err error) {
	complete = true
	for _, cert := range chain {
		if selfIssued(cert) {
			continue
		}
		issuer := findIssuer(cert, chain, roots)
		if issuer == nil {
			complete = false
			continue
		}
		data, err := NewHashData(cert, issuer, alg)
		if err != nil {
			return nil, false, err
		}
		list = append(list, data)
	}
	return list, complete, nil
}

func selfIssued(cert *x509.Certificate) bool { return slices.Equal(cert.RawIssuer, cert.RawSubject) }

// findIssuer returns the certificate that signed cert; nil for not known.
func findIssuer(cert *x509.Certificate, chain, roots []*x509.Certificate) *x509.Certificate {
	for _, list := range [][]*x509.Certificate{chain, roots} {
		for _, ca := range list {
			if ca != cert && slices.Equal(cert.RawIssuer, ca.RawSubject) && ca.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil {
				return ca
			}
		}
	}
	return nil
}

// serial is the serial number as a number.
func (d HashData) serial() (*big.Int, error) {
	n, ok := new(big.Int).SetString(strings.TrimPrefix(strings.ToLower(d.SerialNumber), "0x"), 16)
	if !ok || n.Sign() < 0 {
		return nil, charging.Errorf(charging.Invalid, "the serial number %q is not hexadecimal", d.SerialNumber)
	}
	return n, nil
}
