package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// secretName is the file with the key behind charger passwords. It stands
// outside the database so that a copy of the database alone does not help to
// guess passwords.
const (
	secretName = "secret.key"
	secretSize = 32
)

// readSecret reads the key of a data folder, or makes one; made tells which.
func readSecret(dir string) (secret []byte, made bool, err error) {
	path := filepath.Join(dir, secretName)
	secret, err = os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		secret = make([]byte, secretSize)
		rand.Read(secret) // never fails
		return secret, true, writeDurably(path, secret, 0o600)
	case err != nil:
		return nil, false, folderError(dir, err)
	case len(secret) != secretSize:
		return nil, false, charging.Errorf(charging.Invalid,
			"%s holds %d bytes instead of %d; put the right file back, or remove it and set every charger password anew",
			path, len(secret), secretSize)
	}
	return secret, false, nil
}

// secretID tells keys apart without giving them away.
func secretID(secret []byte) string {
	sum := sha256.Sum256(append([]byte("chargeyard secret id\x00"), secret...))
	return hex.EncodeToString(sum[:8])
}

// writeDurably writes a file so that after a crash it is there whole or not at
// all.
func writeDurably(path string, content []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(path+".partial", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(path+".partial", path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes new names in a folder durable.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
