package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Labels of PEM blocks.
const (
	labelCertificate = "CERTIFICATE"
	labelKey         = "PRIVATE KEY"
	labelRequest     = "CERTIFICATE REQUEST"
	labelOldRequest  = "NEW CERTIFICATE REQUEST"
)

// readFile reads a file that the error calls by what it is.
func readFile(what, name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, charging.Errorf(charging.NotFound, "the %s %s does not exist", what, name)
	case errors.Is(err, fs.ErrPermission):
		return nil, charging.Errorf(charging.Refused, "the %s %s may not be read; let the user that runs chargeyard read it", what, name)
	case err != nil:
		return nil, charging.Errorf(charging.Invalid, "the %s %s cannot be read: %w", what, name, err)
	}
	return data, nil
}

// readCertificates reads the certificates of a PEM file, which must hold one at
// least.
func readCertificates(what, name string) ([]*x509.Certificate, error) {
	data, err := readFile(what, name)
	if err != nil {
		return nil, err
	}
	list, err := parseCertificates(data)
	if err != nil {
		return nil, charging.Errorf(charging.Invalid, "the %s %s %w", what, name, err)
	}
	return list, nil
}

// errNoCertificate continues a sentence about what was parsed.
var errNoCertificate = errors.New(`holds no PEM certificate; one begins with "-----BEGIN CERTIFICATE-----"`)

// parseCertificates returns the certificates of PEM text, in its order. Other
// blocks are left out.
func parseCertificates(data []byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != labelCertificate {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("holds a certificate that cannot be read: " + err.Error())
		}
		list = append(list, cert)
	}
	if list == nil {
		return nil, errNoCertificate
	}
	return list, nil
}

// ParseChain reads the certificates of a text as chargers send it: PEM whose
// line breaks may be missing, doubled or written as "\n", or bare base64.
func ParseChain(text string) ([]*x509.Certificate, error) {
	blocks, err := looseBlocks(text, labelCertificate)
	if err != nil {
		return nil, charging.Errorf(charging.Invalid, "the certificate chain %w", err)
	}
	list := make([]*x509.Certificate, 0, len(blocks))
	for _, der := range blocks {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, charging.Errorf(charging.Invalid, "the certificate chain holds a certificate that cannot be read: %w", err)
		}
		list = append(list, cert)
	}
	return list, nil
}

var lineBreaks = strings.NewReplacer(`\r`, "\n", `\n`, "\n")

// looseBlocks returns the contents of all PEM blocks with one of the labels, or
// of a bare base64 text, however their lines are broken.
func looseBlocks(text string, labels ...string) ([][]byte, error) {
	if text = strings.TrimSpace(lineBreaks.Replace(text)); text == "" {
		return nil, errors.New("is empty")
	}
	if !strings.Contains(text, "-----BEGIN") {
		der, err := looseBase64(text)
		if err != nil {
			return nil, errors.New("is neither PEM nor base64")
		}
		return [][]byte{der}, nil
	}
	var list [][]byte
	for {
		_, rest, found := strings.Cut(text, "-----BEGIN ")
		if !found {
			break
		}
		label, rest, _ := strings.Cut(rest, "-----")
		body, rest, ended := strings.Cut(rest, "-----END "+label+"-----")
		if !ended {
			return nil, errors.New(`has no line "-----END ` + label + `-----": it was cut off`)
		}
		text = rest
		if !slices.Contains(labels, label) {
			continue
		}
		der, err := looseBase64(body)
		if err != nil {
			return nil, errors.New("holds what is not base64")
		}
		list = append(list, der)
	}
	if list == nil {
		return nil, errors.New("holds no block of " + labels[0])
	}
	return list, nil
}

// looseBase64 decodes base64 with white space anywhere and with or without
// padding.
func looseBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	if text == "" {
		return nil, errors.New("empty")
	}
	return base64.RawStdEncoding.DecodeString(text)
}

// encodePEM writes certificates as PEM, in their order.
func encodePEM(certs ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, cert := range certs {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: labelCertificate, Bytes: cert.Raw}))
	}
	return b.Bytes()
}
