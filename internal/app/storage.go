package app

import (
	"context"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// storage is httpapi.Storage: the sizes of the data folder, and the settings that
// say how long what is kept.
type storage struct{ app *App }

// Storage implements httpapi.Storage.
func (s storage) Storage(ctx context.Context) (httpapi.StorageUse, error) {
	size, err := s.app.admin.store.Size(ctx)
	if err != nil {
		return httpapi.StorageUse{}, err
	}
	n, err := s.app.admin.store.Numbers(ctx)
	if err != nil {
		return httpapi.StorageUse{}, err
	}
	use := httpapi.StorageUse{Database: size.Database, Log: size.Log, Backups: size.Backups, Free: size.Free, Disk: size.Disk,
		Records: n.Records, Sessions: n.Sessions, Alerts: n.Alerts, Oldest: n.Oldest, Retention: retentionOf(s.app.cfg)}
	if s.app.messages != nil {
		m := s.app.messages.Stats()
		use.Messages = &httpapi.MessagesUse{Bytes: m.Bytes, Files: m.Segments, Oldest: m.Oldest, Newest: m.Newest}
	}
	return use, nil
}

// retentionOf says how long what is kept, as the settings have it.
func retentionOf(cfg *config.Config) httpapi.Retention {
	r := httpapi.Retention{History: "for ever", Readings: "for ever", Messages: "not kept"}
	if cfg.KeepReadings > 0 {
		r.Readings = days(cfg.KeepReadings) + ", then a value every 15 minutes"
	}
	if cfg.KeepMessages > 0 {
		r.Messages = days(cfg.KeepMessages)
	}
	if cfg.KeepMessages > 0 && cfg.MaxMessages > 0 {
		r.Messages += fmt.Sprintf(", at most %d MiB", cfg.MaxMessages)
	}
	return r
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
