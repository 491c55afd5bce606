package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Storage knows how much the server keeps, and for how long.
type Storage interface {
	// Storage is cheap.
	Storage(ctx context.Context) (StorageUse, error)
}

// StorageUse is how much the server keeps. Sizes are bytes.
type StorageUse struct {
	Database, Log, Backups int64
	Free, Disk             int64        // of the disk; 0 when that is not known
	Messages               *MessagesUse // nil when raw messages are not kept
	// Records, Sessions and Alerts are about how many there are, never less.
	Records, Sessions, Alerts int64
	Oldest                    time.Time // when the oldest record was received; zero for none
	Retention                 Retention
}

// MessagesUse is how much is kept of raw messages.
type MessagesUse struct {
	Bytes          int64
	Files          int
	Oldest, Newest time.Time // zero for none
}

// Retention is how long what is kept, in words.
type Retention struct {
	History  string `json:"history"`
	Readings string `json:"readings"`
	Messages string `json:"messages"`
}

func (a *API) storageRoutes() []route {
	if a.cfg.Storage == nil {
		return nil
	}
	return []route{a.managed(http.MethodGet, "/api/admin/storage", unlimited(a.storage))}
}

type storageJSON struct {
	Database  int64           `json:"databaseBytes"`
	Log       int64           `json:"logBytes"`
	Backups   int64           `json:"backupsBytes"`
	MessageB  int64           `json:"messagesBytes"`
	Messages  messagesUseJSON `json:"messages"`
	Free      *int64          `json:"diskFreeBytes"`
	Disk      *int64          `json:"diskBytes"`
	Rows      storageRowsJSON `json:"rows"`
	Oldest    instantJSON     `json:"oldestRecordAt"`
	Retention Retention       `json:"retention"`
}

type messagesUseJSON struct {
	Files  int         `json:"files"`
	Oldest instantJSON `json:"oldest"`
	Newest instantJSON `json:"newest"`
}

// storageRowsJSON counts what the organization has, and about how much of the past
// the server keeps.
type storageRowsJSON struct {
	Sites     int   `json:"sites"`
	Chargers  int   `json:"chargers"`
	Retired   int   `json:"retiredChargers"`
	Ports     int   `json:"ports"`
	AccessIDs int   `json:"accessIds"`
	Vehicles  int   `json:"vehicles"`
	Customers int   `json:"customers"`
	Records   int64 `json:"records"`
	Sessions  int64 `json:"sessions"`
	Alerts    int64 `json:"alerts"`
}

// storage answers GET /api/admin/storage.
func (a *API) storage(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	use, err := a.cfg.Storage.Storage(r.Context())
	if err != nil {
		return err
	}
	answer := storageJSON{Database: use.Database, Log: use.Log, Backups: use.Backups, Free: idOrNull(use.Free), Disk: idOrNull(use.Disk),
		Rows: rowsInside(a.fleet.Estate(), key.OrganizationID), Oldest: instantJSON(use.Oldest), Retention: use.Retention}
	answer.Rows.Records, answer.Rows.Sessions, answer.Rows.Alerts = use.Records, use.Sessions, use.Alerts
	if m := use.Messages; m != nil {
		answer.MessageB, answer.Messages = m.Bytes, messagesUseJSON{m.Files, instantJSON(m.Oldest), instantJSON(m.Newest)}
	}
	a.writeData(w, r, http.StatusOK, dataJSON[storageJSON]{answer})
	return nil
}

// rowsInside counts what an organization and those inside it have.
func rowsInside(e *fleet.Estate, organization charging.ID) (n storageRowsJSON) {
	inside := make(map[charging.ID]bool)
	for _, o := range e.Organizations() {
		inside[o.ID] = e.Inside(o.ID, organization)
	}
	for _, s := range e.Sites() {
		if !inside[s.OrganizationID] {
			continue
		}
		n.Sites++
		for c := range e.Chargers(s.ID) {
			n.Chargers++
			n.Ports += len(c.Ports)
		}
	}
	for _, c := range e.Retired() {
		if s := e.Site(c.SiteID); s != nil && inside[s.OrganizationID] {
			n.Retired++
		}
	}
	for _, v := range e.AccessIDs() {
		n.AccessIDs += bit(inside[v.OrganizationID])
	}
	for _, v := range e.Vehicles() {
		n.Vehicles += bit(inside[v.OrganizationID])
	}
	for _, v := range e.Customers() {
		n.Customers += bit(inside[v.OrganizationID])
	}
	return n
}
