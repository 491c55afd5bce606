package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func certPath(folder, name string) string { return filepath.Join(folder, name+".pem") }
func keyPath(folder, name string) string  { return filepath.Join(folder, name+".key") }

// newKey makes a key that every charger knows: ECDSA on P-256, or RSA with 2048
// bits, for some chargers fail with more.
func newKey(kind string) (crypto.Signer, error) {
	if kind == kindRSA {
		return rsa.GenerateKey(rand.Reader, minRSA)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, charging.Errorf(charging.Internal, "encoding a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: labelKey, Bytes: der}), nil
}

// saveSigner writes a new certificate with its key, and overwrites no key.
func saveSigner(folder, name string, s *signer) error {
	keyPEM, err := encodeKey(s.key)
	if err != nil {
		return err
	}
	if err := writeNew(keyPath(folder, name), keyPEM); err != nil {
		return err
	}
	return replaceFile(certPath(folder, name), encodePEM(s.cert), 0o644)
}

// writeNew writes a secret file that does not exist yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return charging.Errorf(charging.Invalid, "the file %s cannot be made: %w", name, err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return charging.Errorf(charging.Invalid, "the file %s cannot be written: %w", name, err)
	}
	return nil
}

// replaceFile puts a file in place at once, so that no reader sees half of it.
func replaceFile(name string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return charging.Errorf(charging.Invalid, "the file %s cannot be written: %w", name, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return charging.Errorf(charging.Invalid, "the file %s cannot be written: %w", name, err)
	}
	return nil
}
