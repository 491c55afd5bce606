package store

import (
	"testing"
)

func TestFirmwareFromBeforeItHadAnOwnerBelongsToTheOldestOrganization(t *testing.T) {
	f := func(organizations string, want int64) {
		t.Helper()
		all := steps(t)
		dir := t.TempDir()
		db, err := openSQLite(t.Context(), dir+"/"+DatabaseName, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.apply(all[:3], "0.1.0"); err != nil {
			t.Fatal(err)
		}
		_, err = db.writer.ExecContext(t.Context(), organizations+`INSERT INTO firmware (id, name, size, sha256, signature, certificate, actor)
			VALUES (1, 'fw', 1, '', '', '', '')`)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.close(); err != nil {
			t.Fatal(err)
		}
		fw, err := openDir(t, dir).Firmware(t.Context(), 1)
		if err != nil || fw.OrganizationID != want {
			t.Errorf("%+v, %v; want it to be of organization %d", fw, err, want)
		}
	}
	f("INSERT INTO organizations (id, parent_id, name) VALUES (2, 5, 'inside'), (5, NULL, 'oldest'), (6, NULL, 'other');"+
		`INSERT INTO config_history (version, kind, object_id, actor, body) VALUES (1, 'organization', 2, '', '{}'),
		(1, 'organization', 5, '', '{}'), (1, 'organization', 6, '', '{}');`, 5)
	f("", 0)
}
