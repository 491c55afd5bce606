package sim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256" // for the hashes of certificates
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
)

// keys are the certificates that a charger has got.
type keys struct {
	roots []root
	// requested is the key of the last CSR, own what was made of it.
	requested *ecdsa.PrivateKey
	own       *tls.Certificate
	requestID int64
}

// root is an installed certificate.
type root struct {
	use  string
	cert *x509.Certificate
}

// maxRoots is how many certificates the charger stores.
const maxRoots = 10

// hashData names a certificate (OCPP 2.0.1 CertificateHashDataType).
type hashData struct {
	Algorithm  string `json:"hashAlgorithm"`
	NameHash   string `json:"issuerNameHash"`
	KeyHash    string `json:"issuerKeyHash"`
	SerialText string `json:"serialNumber"`
}

var hashes = map[string]crypto.Hash{"SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512}

// hash names a certificate as OCSP does: by its issuer's name and key. An
// installed one is its own issuer, unless it is an intermediate one, for which
// its own key stands in.
func hash(cert *x509.Certificate, algorithm string) hashData {
	sum := func(b []byte) string {
		h := hashes[algorithm].New()
		h.Write(b)
		return hex.EncodeToString(h.Sum(nil))
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	// A certificate that was parsed has a key that can be.
	_, _ = asn1.Unmarshal(cert.RawSubjectPublicKeyInfo, &info)
	return hashData{algorithm, sum(cert.RawIssuer), sum(info.Key.RightAlign()), fmt.Sprintf("%x", cert.SerialNumber)}
}

// parsePEM returns the first certificate of a PEM text.
func parsePEM(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("the certificate is not in PEM form")
	}
	return x509.ParseCertificate(block.Bytes)
}

func installCertificate(c *Charger, m *struct {
	Use  string `json:"certificateType"`
	Text string `json:"certificate"`
}, now instant) any {
	cert, err := parsePEM(m.Text)
	if err != nil || c.fleet.timeOf(now).After(cert.NotAfter) {
		return status("Rejected")
	}
	k := &c.memory().keys
	k.roots = slices.DeleteFunc(k.roots, func(r root) bool { return r.use == m.Use && r.cert.Equal(cert) })
	if len(k.roots) >= maxRoots {
		return status("Failed")
	}
	k.roots = append(k.roots, root{m.Use, cert})
	return status("Accepted")
}

func installedCertificates16(c *Charger, m *struct {
	Use string `json:"certificateType"`
}, _ instant) any {
	var list []hashData
	for _, r := range c.memory().keys.roots {
		if r.use == m.Use {
			list = append(list, hash(r.cert, "SHA256"))
		}
	}
	if len(list) == 0 {
		return status("NotFound")
	}
	return object{"status": "Accepted", "certificateHashData": list}
}

func installedCertificates2x(c *Charger, m *struct {
	Uses []string `json:"certificateType"`
}, _ instant) any {
	var list []object
	for _, r := range c.memory().keys.roots {
		if len(m.Uses) == 0 || slices.Contains(m.Uses, r.use) {
			list = append(list, object{"certificateType": r.use, "certificateHashData": hash(r.cert, "SHA256")})
		}
	}
	if len(list) == 0 {
		return status("NotFound")
	}
	return object{"status": "Accepted", "certificateHashDataChain": list}
}

func deleteCertificate(c *Charger, m *struct {
	Data hashData `json:"certificateHashData"`
}, _ instant) any {
	k := &c.memory().keys
	n := len(k.roots)
	k.roots = slices.DeleteFunc(k.roots, func(r root) bool { return hash(r.cert, m.Data.Algorithm) == m.Data })
	if len(k.roots) == n {
		return status("NotFound")
	}
	return status("Accepted")
}

// signCertificate makes a key and asks the server to have it certified.
func (c *Charger) signCertificate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.fleet.stats.fault("no key could be made: " + err.Error())
		return
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{
		CommonName: c.cfg.Serial, Organization: []string{c.get(settingNamed("CpoName"))}}}, key)
	if err != nil {
		c.fleet.stats.fault("no CSR could be made: " + err.Error())
		return
	}
	k := &c.memory().keys
	k.requested = key
	k.requestID++
	v := object{"csr": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))}
	if use := c.talk.certificateType(); use != "" {
		v["certificateType"] = use
	}
	c.says(signCertificate, v)
}

// settingNamed returns the setting of a key that there is.
func settingNamed(key string) *setting {
	s := findKey(key)
	if s == nil {
		panic("sim: no setting " + key)
	}
	return s
}

func certificateSigned(c *Charger, m *struct {
	Chain string `json:"certificateChain"`
}, now instant) any {
	k := &c.memory().keys
	own, err := k.accept(m.Chain)
	if err != nil {
		event := "InvalidChargePointCertificate"
		if c.talk.certificateType() != "" {
			event = "InvalidChargingStationCertificate"
		}
		c.security(event, err.Error())
		return status("Rejected")
	}
	k.own = own
	c.reconnect(now)
	return status("Accepted")
}

// accept holds a chain against the key for which it was asked.
func (k *keys) accept(chain string) (*tls.Certificate, error) {
	if k.requested == nil {
		return nil, fmt.Errorf("no certificate was asked for")
	}
	own := &tls.Certificate{PrivateKey: k.requested}
	for rest := []byte(chain); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		own.Certificate = append(own.Certificate, block.Bytes)
	}
	if len(own.Certificate) == 0 {
		return nil, fmt.Errorf("there is no certificate in it")
	}
	leaf, err := x509.ParseCertificate(own.Certificate[0])
	if err != nil {
		return nil, err
	}
	if !k.requested.PublicKey.Equal(leaf.PublicKey) {
		return nil, fmt.Errorf("it is for another key")
	}
	own.Leaf = leaf
	return own, nil
}
