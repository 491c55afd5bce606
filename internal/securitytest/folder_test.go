package securitytest

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
)

// TestTheDataFolderIsForItsUserAlone looks at everything that a server makes:
// the database and its log, the key file, the control socket, raw messages,
// uploads, firmware, a backup.
func TestTheDataFolderIsForItsUserAlone(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "made", "data")
	s := apptest.Start(t, apptest.Options{Data: folder, Estate: estate, Settings: func(c *config.Config) { c.PublicURL = "http://charge.example.org" }})
	y := &yard{Server: s, t: t, chargers: map[int]*obedient{bay: obeying(t, s.OCPP(), "identity-bay")}}
	y.bearers = []*bearer{{name: "full", headers: []string{"Bearer " + s.Key}}}
	y.furnish(bay)
	s.MustDo(app.OpBackup, app.BackupOrder{File: filepath.Join(folder, "backup.db")}, &app.BackupInfo{})
	seen := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		seen[filepath.ToSlash(name)] = true
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"chargeyard.db", "chargeyard.db-wal", "secret.key", "control.sock", "messages/tail", "files/uploads/1", "files/firmware/1", "backup.db"} {
		if !seen[name] {
			t.Errorf("there is no %s", name)
		}
	}
}
