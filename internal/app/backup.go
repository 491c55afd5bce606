package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/store"
)

// Backup says where a backup was written, and when.
type Backup struct {
	At   time.Time `json:"at"`
	File string    `json:"file"`
}

// backupNote is the file in the data folder that tells the last backup.
const backupNote = "last-backup.json"

// outgoing begins the names of backups in the data folder that a command is
// about to take away.
const outgoing = "outgoing-"

// BackupOrder asks for a backup.
type BackupOrder struct {
	File   string `json:"file"`   // where it is to be in the end, absolute
	Secret bool   `json:"secret"` // with the key of the charger passwords beside it
	// Fetched says that the command takes it from the data folder to File
	// itself: a server may see other files than its operator, or not be
	// allowed to write there.
	Fetched bool `json:"fetched"`
}

func backup(ctx context.Context, a *Admin, in BackupOrder) (store.Info, error) {
	if !filepath.IsAbs(in.File) {
		return store.Info{}, charging.Errorf(charging.Invalid, "the backup file %q must be named with its whole path", in.File)
	}
	var options []store.BackupOption
	if in.Secret {
		options = append(options, store.WithSecret())
	}
	file := in.File
	if in.Fetched {
		file = filepath.Join(a.store.Dir(), outgoing+rand.Text())
	}
	info, err := a.store.Backup(ctx, file, options...)
	if err != nil {
		return info, err
	}
	note, err := json.Marshal(Backup{At: now(), File: in.File})
	if err != nil {
		return info, err
	}
	return info, os.WriteFile(filepath.Join(a.store.Dir(), backupNote), note, 0o600)
}

// lastBackup is nil when no backup is known.
func lastBackup(dir string) *Backup {
	note, err := os.ReadFile(filepath.Join(dir, backupNote))
	if err != nil {
		return nil
	}
	b := &Backup{}
	if json.Unmarshal(note, b) != nil || b.At.IsZero() {
		return nil
	}
	return b
}

// Backup writes a backup to a file, with the rights of this process.
func (c *Client) Backup(ctx context.Context, file string, secret bool) (BackupInfo, error) {
	info, err := c.backup(ctx, file, secret)
	return info, BadFile(err)
}

func (c *Client) backup(ctx context.Context, file string, secret bool) (info BackupInfo, err error) {
	if file, err = filepath.Abs(file); err != nil {
		return info, err
	}
	order := BackupOrder{File: file, Secret: secret, Fetched: c.Running()}
	if !order.Fetched {
		return info, c.Do(ctx, OpBackup, order, &info)
	}
	if _, err := os.Lstat(file); err == nil {
		return info, charging.Errorf(charging.Conflict, "%s exists; choose another name or remove it", file)
	}
	if err := c.Do(ctx, OpBackup, order, &info); err != nil {
		return info, err
	}
	made := info.File
	if info.SecretFile != "" {
		info.SecretFile = file + SecretSuffix
		info.SecretNote = strings.ReplaceAll(info.SecretNote, made+SecretSuffix, info.SecretFile)
		err = fetch(made+SecretSuffix, info.SecretFile)
	}
	info.File = file
	return info, errors.Join(err, fetch(made, file))
}

// fetch moves a file, to another disk too. What it was is gone in any case.
func fetch(from, to string) error {
	if err := os.Rename(from, to); err == nil {
		return nil
	}
	defer os.Remove(from)
	source, err := os.Open(from)
	if err != nil {
		return cannotWrite(to, err)
	}
	defer source.Close()
	partial := to + ".partial"
	target, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return cannotWrite(to, err)
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Sync(), target.Close()); err == nil {
		err = os.Rename(partial, to)
	}
	if err != nil {
		return errors.Join(cannotWrite(to, err), os.Remove(partial))
	}
	return nil
}

func cannotWrite(file string, err error) error {
	return charging.Errorf(charging.Invalid, "the backup %s cannot be written: %w", file, err)
}

// removeOutgoing removes backups that nobody took away.
func removeOutgoing(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, outgoing+"*"))
	for _, file := range left {
		if removed := os.Remove(file); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}
	return err
}
