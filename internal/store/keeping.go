package store

import (
	"context"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	localListColumns = []string{"charger_id", "version", "entries", "entitled", "updated_at", "problem"}
	uploadColumns    = []string{"id", "charger_id", "command_id", "kind", "token_hash", "name", "size", "file", "created_at",
		"expires_at", "received_at"}
	firmwareColumns = []string{"id", "name", "size", "sha256", "signature", "certificate", "created_at", "removed_at", "actor",
		"organization_id"}
)

func (db *sqlite) writeLocalLists(lists []charging.LocalList) error {
	for i := range lists {
		l := &lists[i]
		_, err := db.exec(upsertLocalList, l.ChargerID, l.Version, bytesOrNull(l.Entries), bytesOrNull(l.Entitled),
			timeOrNull(l.UpdatedAt), l.Problem)
		if err != nil {
			return fmt.Errorf("local list of charger %d: %w", l.ChargerID, err)
		}
	}
	return nil
}

func scanLocalList(row scanner) (*charging.LocalList, error) {
	l := new(charging.LocalList)
	err := row.Scan(&l.ChargerID, &l.Version, &l.Entries, &l.Entitled, timeIn{&l.UpdatedAt}, &l.Problem)
	return l, err
}

// LocalList returns what is known of a charger's local list; nil for nothing.
func (s *Store) LocalList(ctx context.Context, charger charging.ID) (*charging.LocalList, error) {
	return readOne(ctx, s, "reading a local list", scanLocalList, readLocalList, charger)
}

func (s *Store) writeUploads(db *sqlite, uploads []charging.Upload) error {
	for i := range uploads {
		u := &uploads[i]
		_, err := db.exec(upsertUpload, u.ID, u.ChargerID, u.CommandID, u.Kind, u.TokenHash[:], u.Name, u.Size, u.File,
			timeOrNull(u.CreatedAt), timeOrNull(u.ExpiresAt), timeOrNull(u.ReceivedAt))
		if err != nil {
			return fmt.Errorf("upload %d: %w", u.ID, err)
		}
		if err := s.raise(db, charging.IDUpload, u.ID); err != nil {
			return err
		}
	}
	return nil
}

func scanUpload(row scanner) (*charging.Upload, error) {
	u := new(charging.Upload)
	err := row.Scan(&u.ID, &u.ChargerID, &u.CommandID, &u.Kind, hashIn{&u.TokenHash}, &u.Name, &u.Size, &u.File,
		timeIn{&u.CreatedAt}, timeIn{&u.ExpiresAt}, timeIn{&u.ReceivedAt})
	return u, err
}

// Upload returns an upload; nil for none.
func (s *Store) Upload(ctx context.Context, id charging.ID) (*charging.Upload, error) {
	return readOne(ctx, s, "reading an upload", scanUpload, readUpload, id)
}

// UploadByToken returns the upload whose token has this SHA-256; nil for none.
func (s *Store) UploadByToken(ctx context.Context, hash [32]byte) (*charging.Upload, error) {
	return readOne(ctx, s, "looking for an upload", scanUpload, findUpload, hash[:])
}

// Uploads returns a page of at most 1,000 uploads of a charger, newest first:
// those with ids below before, or the newest for 0.
func (s *Store) Uploads(ctx context.Context, charger charging.ID, before int64, limit int) ([]*charging.Upload, error) {
	return readList(ctx, s, "reading uploads", scanUpload, pageUploads, charger, before, pageLimit(limit))
}

func (s *Store) writeFirmware(db *sqlite, all []charging.Firmware) error {
	for i := range all {
		f := &all[i]
		_, err := db.exec(upsertFirmware, f.ID, f.Name, f.Size, f.SHA256, f.Signature, f.Certificate, timeOrNull(f.CreatedAt),
			timeOrNull(f.RemovedAt), f.Actor, f.OrganizationID)
		if err != nil {
			return fmt.Errorf("firmware %d: %w", f.ID, err)
		}
		if err := s.raise(db, charging.IDFirmware, f.ID); err != nil {
			return err
		}
	}
	return nil
}

func scanFirmware(row scanner) (*charging.Firmware, error) {
	f := new(charging.Firmware)
	err := row.Scan(&f.ID, &f.Name, &f.Size, &f.SHA256, &f.Signature, &f.Certificate, timeIn{&f.CreatedAt},
		timeIn{&f.RemovedAt}, &f.Actor, &f.OrganizationID)
	return f, err
}

// Firmware returns a firmware file, removed or not; nil for none.
func (s *Store) Firmware(ctx context.Context, id charging.ID) (*charging.Firmware, error) {
	return readOne(ctx, s, "reading a firmware file", scanFirmware, readFirmware, id)
}

// FirmwareByName returns the firmware file of this name that is there, not a
// removed one; nil for none.
func (s *Store) FirmwareByName(ctx context.Context, name string) (*charging.Firmware, error) {
	return readOne(ctx, s, "looking for a firmware file", scanFirmware, findFirmware, name)
}

// Firmwares returns all firmware files, removed ones too, oldest first.
func (s *Store) Firmwares(ctx context.Context) ([]*charging.Firmware, error) {
	var all []*charging.Firmware
	for after := charging.ID(0); ; after = all[len(all)-1].ID {
		page, err := readList(ctx, s, "reading the firmware files", scanFirmware, pageFirmware, after, pageSize)
		all = append(all, page...)
		if err != nil || len(page) < pageSize {
			return all, err
		}
	}
}
