package app

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// AuthorityOptions say what authority to make.
type AuthorityOptions struct {
	Organization string
	Years        int  // of the roots; 0 for the default
	V2G          bool // sign V2G certificates too
	Hosts        []string
}

// MakeAuthority makes the built-in authority, and with hosts the server's
// certificates. It returns its folder.
func MakeAuthority(cfg *config.Config, options AuthorityOptions) (string, error) {
	folder := caFolder(cfg)
	err := pki.Init(folder, pki.Options{Organization: options.Organization, Years: options.Years, V2G: options.V2G})
	if err != nil || len(options.Hosts) == 0 {
		return folder, err
	}
	_, err = IssueServer(cfg, options.Hosts)
	return folder, err
}

// IssueServer makes the server's certificates; none given takes the names of
// those that are there.
func IssueServer(cfg *config.Config, hosts []string) ([]CertificateRow, error) {
	authority, err := pki.Load(caFolder(cfg))
	if err != nil {
		return nil, err
	}
	before, err := authority.ServerCertificates()
	if err != nil {
		return nil, err
	}
	if len(hosts) == 0 && len(before) > 0 {
		hosts = pki.Hosts(before[0].Certificate)
	}
	if err := authority.IssueServer(hosts...); err != nil {
		return nil, err
	}
	list, err := authority.ServerCertificates()
	return certificateRows(list), err
}

// Signing asks for a charger's certificate.
type Signing struct {
	CSR              []byte
	Identity, Serial string
	Days             int // 0 for the default
	V2G              bool
}

// SignRequest signs a charger's certificate request; the chain is PEM.
func SignRequest(cfg *config.Config, s Signing) ([]byte, CertificateRow, error) {
	if s.Identity == "" && s.Serial == "" {
		return nil, CertificateRow{}, charging.Errorf(charging.Invalid, "name the charger with --identity, --serial or both; the request must name one of them")
	}
	authority, err := pki.Load(caFolder(cfg))
	if err != nil {
		return nil, CertificateRow{}, err
	}
	chain, cert, err := authority.SignCSR(s.CSR, pki.Applicant{
		Identity: s.Identity, Serial: s.Serial, V2G: s.V2G, Validity: time.Duration(s.Days) * 24 * time.Hour,
	})
	if err != nil {
		return nil, CertificateRow{}, err
	}
	return chain, certificateRows([]pki.Root{{Name: "charger", Certificate: cert}})[0], nil
}

// CertificateRow is a row of the list of certificates.
type CertificateRow struct {
	Name        string    `json:"name"`
	Subject     string    `json:"subject"`
	Hosts       []string  `json:"hosts"` // of a server certificate
	Key         string    `json:"key"`
	Serial      string    `json:"serialNumber"`
	NotAfter    time.Time `json:"expiresAt"`
	Fingerprint string    `json:"fingerprint"` // SHA-256, in hex
}

// ListCertificates lists the authority's certificates and the server's.
func ListCertificates(cfg *config.Config) ([]CertificateRow, error) {
	authority, err := pki.Load(caFolder(cfg))
	if err != nil {
		return nil, err
	}
	servers, err := authority.ServerCertificates()
	if err != nil {
		return nil, err
	}
	return certificateRows(append(authority.Roots(), servers...)), nil
}

func certificateRows(list []pki.Root) []CertificateRow {
	rows := make([]CertificateRow, 0, len(list))
	for _, c := range list {
		row := CertificateRow{
			Name: c.Name, Subject: c.Certificate.Subject.String(), Key: c.Certificate.PublicKeyAlgorithm.String(), Hosts: []string{},
			Serial: c.Certificate.SerialNumber.Text(16), NotAfter: c.Certificate.NotAfter.UTC(), Fingerprint: pki.Fingerprint(c.Certificate),
		}
		if len(c.Certificate.DNSNames)+len(c.Certificate.IPAddresses) > 0 {
			row.Hosts = pki.Hosts(c.Certificate)
		}
		rows = append(rows, row)
	}
	return rows
}

// ExportRoots returns certificates of the authority in PEM: that of a name, or
// both roots that chargers and people need.
func ExportRoots(cfg *config.Config, name string) ([]byte, error) {
	authority, err := pki.Load(caFolder(cfg))
	if err != nil {
		return nil, err
	}
	if name == "" {
		return authority.Bundle(), nil
	}
	for _, root := range authority.Roots() {
		if root.Name == name {
			return root.PEM, nil
		}
	}
	return nil, charging.Errorf(charging.NotFound, `the authority has no certificate %q; "chargeyard ca show" lists them`, name)
}
