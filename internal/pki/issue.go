package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// serverValidity is how long the server's certificates are valid: as long
	// as browsers and telephones allow for a private authority.
	serverValidity = 825 * 24 * time.Hour
	// renewBefore is how long before their end they are renewed.
	renewBefore = 30 * 24 * time.Hour
)

// IssueServer makes the server's certificates, one ECDSA and one RSA, made out
// to host names and addresses; the first of them is the common name. Those that
// were there are replaced, with new keys. A running server notices by itself.
func (a *Authority) IssueServer(hosts ...string) error {
	if len(hosts) == 0 {
		return charging.Errorf(charging.Invalid, "a server certificate needs the name or address that chargers connect to")
	}
	for _, host := range hosts {
		if err := checkHost(host); err != nil {
			return err
		}
	}
	for name, root := range map[string]*signer{nameServerECDSA: a.ecdsa, nameServerRSA: a.rsa} {
		made, err := makeSigner(kindOf(root.cert), serverTemplate(a.Organization(), hosts, a.now()), root)
		if err != nil {
			return err
		}
		keyPEM, err := encodeKey(made.key)
		if err != nil {
			return err
		}
		if err := replaceFile(keyPath(a.folder, name), keyPEM, 0o600); err != nil {
			return err
		}
		if err := replaceFile(certPath(a.folder, name), encodePEM(made.cert), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func checkHost(host string) error {
	if net.ParseIP(host) != nil {
		return nil
	}
	if host == "" || len(host) > 64 || strings.ContainsAny(host, "/:@ \t") {
		return charging.Errorf(charging.Invalid, "%q is no host name or address; write it like charge.example.org or 192.0.2.7, without scheme and port", host)
	}
	return nil
}

func serverTemplate(organization string, hosts []string, now time.Time) *x509.Certificate {
	t := &x509.Certificate{
		Subject:               pkix.Name{CommonName: hosts[0], Organization: []string{organization}},
		NotBefore:             backdated(now),
		NotAfter:              now.Add(serverValidity - 24*time.Hour),
		BasicConstraintsValid: true,
		// RSA key exchange needs encipherment.
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, host)
		}
	}
	return t
}

// ServerCertificates returns the server's certificates; none before the first
// IssueServer.
func (a *Authority) ServerCertificates() ([]Root, error) {
	var list []Root
	for _, name := range []string{nameServerECDSA, nameServerRSA} {
		chain, err := readCertificates("certificate file", certPath(a.folder, name))
		if errors.Is(err, fs.ErrNotExist) || charging.KindOf(err) == charging.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, newRoot(name, chain[0]))
	}
	return list, nil
}

// serverFiles are the files of the server's certificates; none before the first
// IssueServer.
func (a *Authority) serverFiles() (certs, keys []string) {
	for _, name := range []string{nameServerECDSA, nameServerRSA} {
		if _, err := os.Stat(certPath(a.folder, name)); err != nil {
			return nil, nil
		}
		certs = append(certs, certPath(a.folder, name))
		keys = append(keys, keyPath(a.folder, name))
	}
	return certs, keys
}

// renewServer renews the server's certificates when they end soon, for the same
// names.
func (a *Authority) renewServer(now time.Time) (bool, error) {
	list, err := a.ServerCertificates()
	if err != nil || len(list) == 0 {
		return false, err
	}
	due := false
	for _, c := range list {
		due = due || now.Add(renewBefore).After(c.Certificate.NotAfter)
	}
	if !due {
		return false, nil
	}
	return true, a.IssueServer(Hosts(list[0].Certificate)...)
}

// Hosts are the names and addresses that a server certificate is made out to,
// the common name first.
func Hosts(cert *x509.Certificate) []string {
	hosts := []string{cert.Subject.CommonName}
	for _, name := range cert.DNSNames {
		if name != hosts[0] {
			hosts = append(hosts, name)
		}
	}
	for _, ip := range cert.IPAddresses {
		if text := ip.String(); text != hosts[0] {
			hosts = append(hosts, text)
		}
	}
	return hosts
}
