package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/store"
)

// Status is how a server and its data folder are.
type Status struct {
	Running   bool        `json:"running"`
	Version   string      `json:"version"`
	PID       int         `json:"pid"`
	Listen    string      `json:"listen,omitempty"`
	StartedAt *time.Time  `json:"startedAt"`
	Chargers  int         `json:"chargers"`
	Connected int         `json:"connected"`
	Ports     int         `json:"ports"`
	Store     store.Stats `json:"store"`
	// Stalled is since when the database cannot be written; null while it can.
	Stalled *time.Time `json:"stalledSince"`
	// Problems are what the check of the database found; empty is good.
	Problems   []string `json:"problems"`
	FileLimit  uint64   `json:"fileLimit"`
	LastBackup *Backup  `json:"lastBackup"`
}

// StatusQuery says how much to look at.
type StatusQuery struct {
	Check bool `json:"check"` // the database for damage
}

func status(ctx context.Context, a *Admin, in StatusQuery) (*Status, error) {
	s := &Status{Version: Version(), PID: os.Getpid(), Problems: []string{}, FileLimit: fileLimit()}
	e := a.fleet.Estate()
	s.Chargers = e.Len()
	for slot := range e.Len() {
		c := e.At(slot)
		s.Ports += len(c.Ports)
		if c.Connection != nil && c.Connection.Connected {
			s.Connected++
		}
	}
	if since := a.fleet.StalledSince(); !since.IsZero() {
		s.Stalled = &since
	}
	if a.server != nil {
		s.Running = true
		s.Listen = a.server.Addr().String()
		started := a.server.started
		s.StartedAt = &started
	}
	var err error
	if s.Store, err = a.store.Stats(ctx); err != nil {
		return nil, err
	}
	if in.Check {
		problems, err := a.store.Integrity(ctx, false)
		if err != nil {
			return nil, err
		}
		s.Problems = append(s.Problems, problems...)
	}
	s.LastBackup = lastBackup(a.store.Dir())
	return s, nil
}

// Backup says where a backup was written, and when.
type Backup struct {
	At   time.Time `json:"at"`
	File string    `json:"file"`
}

// backupNote is the file in the data folder that tells the last backup.
const backupNote = "last-backup.json"

// BackupOrder asks for a backup.
type BackupOrder struct {
	File   string `json:"file"` // absolute
	Secret bool   `json:"secret"`
}

func backup(ctx context.Context, a *Admin, in BackupOrder) (store.Info, error) {
	if !filepath.IsAbs(in.File) {
		return store.Info{}, charging.Errorf(charging.Invalid, "the backup file %q must be named with its whole path", in.File)
	}
	var options []store.BackupOption
	if in.Secret {
		options = append(options, store.WithSecret())
	}
	info, err := a.store.Backup(ctx, in.File, options...)
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
