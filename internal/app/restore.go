package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"github.com/chargeyard/chargeyard/internal/provision"
	"github.com/chargeyard/chargeyard/internal/store"
)

// BackupInfo says what is in a backup.
type BackupInfo = store.Info

// ImportReport says what an import changes.
type ImportReport = provision.Report

// SecretSuffix makes the name of the key file beside a backup.
const SecretSuffix = store.SecretSuffix

// Restore puts a backup into a data folder whose server is stopped. Without
// force it refuses a folder that holds a database.
func Restore(ctx context.Context, dir, file string, force bool, log *slog.Logger) (BackupInfo, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return BackupInfo{}, err
	}
	info, err := store.Restore(ctx, dir, file, store.RestoreOptions{Force: force, Version: Version(), Log: log})
	switch {
	case errors.Is(err, store.ErrLocked):
		return info, Exit(ExitRefused, err)
	case err != nil:
		return info, BadFile(err)
	}
	return info, nil
}
