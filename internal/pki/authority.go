package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Names of the authority's certificates: files, metrics and output use them.
const (
	NameRootECDSA   = "root-ecdsa"
	NameRootRSA     = "root-rsa"
	NameV2GRoot     = "v2g-root"
	NameV2GSub      = "v2g-sub"
	nameServerECDSA = "server-ecdsa"
	nameServerRSA   = "server-rsa"
	bundleFile      = "roots.pem"
)

// Options say what authority Init makes.
type Options struct {
	// Organization is the O of every certificate; needed.
	Organization string
	// Years are those of the roots; 0 means 20.
	Years int
	// V2G makes an authority for chargers' V2G certificates (ISO 15118) too.
	V2G bool
}

// Authority is the built-in certificate authority. Its methods may be called
// from any goroutine.
type Authority struct {
	folder  string
	now     func() time.Time
	ecdsa   *signer
	rsa     *signer
	v2gRoot *x509.Certificate // nil without V2G
	v2gSub  *signer           // nil without V2G
}

// signer is a certificate that signs others.
type signer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// Root is a certificate of the authority.
type Root struct {
	Name        string
	Certificate *x509.Certificate
	PEM         []byte
}

// Init makes an authority in a folder, which it makes when it is not there. An
// authority that is there already is refused: chargers trust it, and what it
// signed would be worthless.
func Init(folder string, options Options) error { return initAt(folder, options, time.Now()) }

func initAt(folder string, options Options, now time.Time) error {
	if options.Organization == "" {
		return charging.Errorf(charging.Invalid, "an authority needs the name of its organization; chargers' certificates carry it")
	}
	if options.Years == 0 {
		options.Years = 20
	}
	if options.Years < 1 || options.Years > 50 {
		return charging.Errorf(charging.Invalid, "the roots can be valid for 1 to 50 years, and not for %d", options.Years)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return charging.Errorf(charging.Invalid, "the folder %s cannot be made: %w", folder, err)
	}
	for _, name := range []string{NameRootECDSA, NameRootRSA, NameV2GRoot} {
		if _, err := os.Lstat(keyPath(folder, name)); !errors.Is(err, fs.ErrNotExist) {
			return charging.Errorf(charging.Conflict, "there is an authority in %s already; chargers trust it, so it is never overwritten. Choose another folder with --ca-folder", folder)
		}
	}
	return makeRoots(folder, options, now)
}

// makeRoots makes the roots; the bundle comes last.
func makeRoots(folder string, options Options, now time.Time) error {
	until := now.AddDate(options.Years, 0, 0)
	var roots []*x509.Certificate
	for _, root := range []struct{ name, kind, title string }{
		{NameRootECDSA, kindECDSA, " Root ECDSA"}, {NameRootRSA, kindRSA, " Root RSA"},
	} {
		made, err := makeSigner(root.kind, rootTemplate(options.Organization, root.title, now, until), nil)
		if err != nil {
			return err
		}
		if err := saveSigner(folder, root.name, made); err != nil {
			return err
		}
		roots = append(roots, made.cert)
	}
	if options.V2G {
		if err := makeV2G(folder, options, now, until); err != nil {
			return err
		}
	}
	return replaceFile(filepath.Join(folder, bundleFile), encodePEM(roots...), 0o644)
}

func makeV2G(folder string, options Options, now, until time.Time) error {
	root, err := makeSigner(kindECDSA, rootTemplate(options.Organization, " V2G Root", now, until), nil)
	if err != nil {
		return err
	}
	template := rootTemplate(options.Organization, " V2G Sub CA", now, now.AddDate(min(options.Years, 10), 0, 0))
	template.MaxPathLen, template.MaxPathLenZero = 0, true
	sub, err := makeSigner(kindECDSA, template, root)
	if err != nil {
		return err
	}
	if err := saveSigner(folder, NameV2GSub, sub); err != nil {
		return err
	}
	return saveSigner(folder, NameV2GRoot, root)
}

func rootTemplate(organization, title string, now, until time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: clip(organization, 64-len(title)) + title, Organization: []string{clip(organization, 64)}},
		NotBefore:             backdated(now),
		NotAfter:              until,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// backdated is when a certificate begins: clocks of chargers are behind.
func backdated(now time.Time) time.Time { return now.Add(-24 * time.Hour) }

// clip shortens a name to what X.520 allows, 64 characters.
func clip(name string, limit int) string {
	if runes := []rune(name); len(runes) > limit {
		return string(runes[:limit])
	}
	return name
}

// makeSigner makes a key and its certificate, signed by a parent or by itself.
func makeSigner(kind string, template *x509.Certificate, parent *signer) (*signer, error) {
	key, err := newKey(kind)
	if err != nil {
		return nil, err
	}
	made := &signer{key: key}
	if parent == nil {
		parent = &signer{cert: template, key: key}
	}
	made.cert, err = parent.sign(template, key.Public())
	return made, err
}

// sign makes a certificate with a serial number of its own.
func (s *signer) sign(template *x509.Certificate, public any) (*x509.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, s.cert, public, s.key)
	if err != nil {
		return nil, charging.Errorf(charging.Internal, "signing a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// newSerial is a random number of 127 bits: positive, and short enough for the
// 20 bytes that RFC 5280 allows and the 40 characters of OCPP.
func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return serial.Add(serial, big.NewInt(1)), nil
}

// Load opens the authority of a folder.
func Load(folder string) (*Authority, error) {
	if _, err := os.Stat(keyPath(folder, NameRootECDSA)); errors.Is(err, fs.ErrNotExist) {
		return nil, charging.Errorf(charging.NotFound, `there is no authority in %s; make one with "chargeyard ca init"`, folder)
	}
	a := &Authority{folder: folder, now: time.Now}
	var err error
	if a.ecdsa, err = loadSigner(folder, NameRootECDSA); err != nil {
		return nil, err
	}
	if a.rsa, err = loadSigner(folder, NameRootRSA); err != nil {
		return nil, err
	}
	if _, err := os.Stat(keyPath(folder, NameV2GSub)); errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if a.v2gSub, err = loadSigner(folder, NameV2GSub); err != nil {
		return nil, err
	}
	list, err := readCertificates("certificate file", certPath(folder, NameV2GRoot))
	if err != nil {
		return nil, err
	}
	a.v2gRoot = list[0]
	return a, nil
}

func loadSigner(folder, name string) (*signer, error) {
	certFile, keyFile := certPath(folder, name), keyPath(folder, name)
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
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok || !pair.Leaf.IsCA {
		return nil, charging.Errorf(charging.Invalid, "the certificate in %s is not one of an authority", certFile)
	}
	return &signer{pair.Leaf, key}, nil
}

// Roots lists the authority's certificates, those that chargers and people
// trust first.
func (a *Authority) Roots() []Root {
	list := []Root{newRoot(NameRootECDSA, a.ecdsa.cert), newRoot(NameRootRSA, a.rsa.cert)}
	if a.v2gSub != nil {
		list = append(list, newRoot(NameV2GRoot, a.v2gRoot), newRoot(NameV2GSub, a.v2gSub.cert))
	}
	return list
}

func newRoot(name string, cert *x509.Certificate) Root { return Root{name, cert, encodePEM(cert)} }

// Bundle is both roots of the server's and the chargers' certificates in PEM,
// for download. A charger takes one a time by InstallCertificate; see Roots.
func (a *Authority) Bundle() []byte { return encodePEM(a.clientRoots()...) }

// Folder is where the authority is.
func (a *Authority) Folder() string { return a.folder }

// Organization is the O of its certificates.
func (a *Authority) Organization() string {
	if names := a.ecdsa.cert.Subject.Organization; len(names) > 0 {
		return names[0]
	}
	return ""
}

// HasV2G reports whether the authority signs V2G certificates.
func (a *Authority) HasV2G() bool { return a.v2gSub != nil }

// clientRoots are what chargers' client certificates are verified against.
func (a *Authority) clientRoots() []*x509.Certificate {
	return []*x509.Certificate{a.ecdsa.cert, a.rsa.cert}
}
