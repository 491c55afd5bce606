package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// crashed returns a folder as a killed server leaves it: the database, and a
// log with commits of records 2 to 6.
func crashed(t *testing.T) string {
	t.Helper()
	s := oneCharger(t)
	mustClose(t, s)
	s = openDir(t, s.Dir())
	for id := int64(2); id <= 6; id++ {
		mustCommit(t, s, record(id))
	}
	dir := t.TempDir()
	for _, name := range []string{DatabaseName, DatabaseName + "-wal", answeredName, secretName} {
		content, err := os.ReadFile(s.path(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// edit changes a file of the folder.
func edit(t *testing.T, dir, name string, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flipBit(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 0x10
		return b
	}
}

func shorten(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }

func wantDamage(t *testing.T, dir, part string) {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err == nil {
		mustClose(t, s)
		t.Fatal("it was opened")
	}
	way := "; the server does not start on it; restore the newest backup: chargeyard restore --data " + dir + " --force FILE"
	if !errors.Is(err, ErrDamaged) || charging.KindOf(err) != charging.Refused ||
		!strings.HasPrefix(err.Error(), "the database is damaged: "+filepath.Join(dir, DatabaseName)+": ") ||
		!strings.Contains(err.Error(), part) || !strings.HasSuffix(err.Error(), way) {
		t.Errorf("got  %v\nwant %s", err, part)
	}
}

func TestWhatAKilledServerLeftIsOpened(t *testing.T) {
	s := openDir(t, crashed(t))
	if stored, err := s.Load(t.Context()); err != nil || stored.LastRecord != 6 {
		t.Errorf("%+v, %v", stored, err)
	}
}

func TestADamagedLogIsRefused(t *testing.T) {
	const frame = frameHeaderSize + framePage
	middle := "is damaged in frame "
	end := "it ends at record 5, and chargers were answered up to record 6: it or its log was cut short, damaged, or replaced by an older one"
	for name, tt := range map[string]struct {
		edit func([]byte) []byte
		want string
	}{
		"its header":                        {flipBit(17), middle + "1, and commits follow that were answered"},
		"its mark":                          {flipBit(1), middle},
		"the first page":                    {flipBit(logHeaderSize + frameHeaderSize + 100), middle + "1,"},
		"the salt of a frame":               {flipBit(logHeaderSize + frame + 9), middle + "2,"},
		"the sum of a frame":                {flipBit(logHeaderSize + frame + 20), middle + "2,"},
		"the last commit":                   {flipBit(-50), end},
		"cut short by a byte":               {shorten(1), end},
		"cut short by some commits":         {func(b []byte) []byte { return b[:logHeaderSize+2*frame] }, "it ends at record"},
		"empty":                             {func([]byte) []byte { return nil }, "it ends at record 1, and chargers were answered up to record 6"},
		"the last commit, of an older form": {func(b []byte) []byte { return flipBit(len(b) - frame + 30)(b) }, end},
	} {
		t.Run(name, func(t *testing.T) {
			dir := crashed(t)
			edit(t, dir, DatabaseName+"-wal", tt.edit)
			wantDamage(t, dir, tt.want)
		})
	}
}

// TestACommitThatNeverEndedIsNoDamage: a kill leaves such ends.
func TestACommitThatNeverEndedIsNoDamage(t *testing.T) {
	for name, answered := range map[string]func([]byte) []byte{
		"noted before": func([]byte) []byte { return answeredLine(strings.Repeat("0", 32), 6) }, // of another epoch
		"not noted":    func([]byte) []byte { return nil },
		"half a note":  shorten(7),
	} {
		t.Run(name, func(t *testing.T) {
			dir := crashed(t)
			edit(t, dir, answeredName, answered)
			edit(t, dir, DatabaseName+"-wal", shorten(40))
			s := openDir(t, dir)
			if stored, err := s.Load(t.Context()); err != nil || stored.LastRecord != 5 {
				t.Errorf("%+v, %v", stored, err)
			}
		})
	}
}

func TestADatabaseThatIsGoneIsNotBegunAnew(t *testing.T) {
	for name, lose := range map[string]func(string) error{
		"emptied": func(file string) error { return os.Truncate(file, 0) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			dir := crashed(t)
			if err := os.Remove(filepath.Join(dir, DatabaseName+"-wal")); err != nil {
				t.Fatal(err)
			}
			if err := lose(filepath.Join(dir, DatabaseName)); err != nil {
				t.Fatal(err)
			}
			wantDamage(t, dir, "it is empty or missing, and chargers were answered up to record 6 (to begin anew, remove "+
				filepath.Join(dir, answeredName)+", too)")
			if err := os.Remove(filepath.Join(dir, answeredName)); err != nil {
				t.Fatal(err)
			}
			openDir(t, dir)
		})
	}
}

func TestADamagedDatabaseFileIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		edit func([]byte) []byte
		want string
	}{
		"its header":    {func(b []byte) []byte { return flipBit(3)(b) }, "file is not a database"},
		"cut short":     {func(b []byte) []byte { return b[:len(b)/2/framePage*framePage] }, "malformed"},
		"a page amidst": {func(b []byte) []byte { copy(b[len(b)/2/framePage*framePage:], "damage"); return b }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := oneCharger(t)
			mustClose(t, s)
			edit(t, s.Dir(), DatabaseName, tt.edit)
			wantDamage(t, s.Dir(), tt.want)
		})
	}
}

// TestAFlippedBitInWhatIsShownIsFound changes a state that every other check
// takes for good.
func TestAFlippedBitInWhatIsShownIsFound(t *testing.T) {
	s := oneCharger(t)
	if _, err := s.db.writer.ExecContext(t.Context(),
		"UPDATE history SET state = CAST(substr(state, 1, 20) || x'ff' || substr(state, 22) AS BLOB)"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load(t.Context())
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "charger 1, record 1: state of a port: its checksum is wrong") {
		t.Errorf("got %v", err)
	}
}

func TestTheCheckOfALargeDatabaseFindsDamageInTheEstate(t *testing.T) {
	s := oneCharger(t)
	if problems, err := s.checkSmallTables(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("of a good one: %q, %v", problems, err)
	}
	var page int64
	if err := s.db.writer.QueryRowContext(t.Context(), "SELECT rootpage FROM sqlite_master WHERE name = 'chargers'").Scan(&page); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	edit(t, s.Dir(), DatabaseName, func(b []byte) []byte { return flipBit(int(page-1)*framePage + 4)(b) }) // the number of its rows
	db, err := openSQLite(t.Context(), s.path(DatabaseName), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	s.db = db
	if problems, err := s.checkSmallTables(t.Context()); err == nil && len(problems) == 0 {
		t.Error("no damage was found")
	}
	s.db = nil
}

// TestARestoredBackupIsNoLoss although it knows less than was answered.
func TestARestoredBackupIsNoLoss(t *testing.T) {
	s := oneCharger(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, record(2))
	mustClose(t, s)
	if err := os.Truncate(s.path(DatabaseName), 8192); err != nil {
		t.Fatal(err)
	}
	wantDamage(t, s.Dir(), "malformed")
	if _, err := Restore(t.Context(), s.Dir(), backup, RestoreOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	again := openDir(t, s.Dir())
	if stored, err := again.Load(t.Context()); err != nil || stored.LastRecord != 1 {
		t.Errorf("%+v, %v", stored, err)
	}
}

// TestAFlippedBitThatFitsIsFound: SQLite takes any text and number for good.
func TestAFlippedBitThatFitsIsFound(t *testing.T) {
	for statement, want := range map[string]string{
		"UPDATE chargers SET name = name || 'x' WHERE id = 1":                    "charger 1 has another name than its newest version",
		"UPDATE ports SET number = 7 WHERE id = (SELECT min(id) FROM ports)":     " has another number than its newest version",
		"UPDATE sites SET timezone = 'Europe/Paris'":                             "site 1 has another timezone than its newest version",
		"UPDATE history_ports SET id = id + 1":                                   "1 records are not filed under their ports",
		"ALTER TABLE commands RENAME COLUMN protocol TO protocom":                "its tables are not as they were made",
		"DELETE FROM config_history WHERE kind = 'charger'":                      "charger 1 is in no version of the configuration",
		"UPDATE config_history SET body = 'null' WHERE kind = 'charger'":         "charger 1 is in no version of the configuration",
		"UPDATE config_history SET body = '{' || body WHERE kind = 'charger'":    "charger 1 has a version that cannot be read",
		"UPDATE config_history SET body = '{\"name\":1}' WHERE kind = 'charger'": "charger 1 has another name than its newest version",
	} {
		s := oneCharger(t)
		if err := s.fileAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.writer.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		mustClose(t, s)
		wantDamage(t, s.Dir(), want)
	}
}

// TestAVersionOfAnOlderSchemaIsNoDamage: it has fewer columns.
func TestAVersionOfAnOlderSchemaIsNoDamage(t *testing.T) {
	s := oneCharger(t)
	if _, err := s.db.writer.ExecContext(t.Context(),
		"UPDATE config_history SET body = '{\"id\":1}' WHERE kind = 'charger'"); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	openDir(t, s.Dir())
}
