package app

import (
	"context"
	"os"
	"time"

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
