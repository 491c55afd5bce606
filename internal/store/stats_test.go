package store

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestStatsCountWhatIsThere(t *testing.T) {
	s := oneCharger(t)
	mustCommit(t, s, &charging.Batch{Records: []charging.Record{metersRecord(2, 1, 1)}, Sessions: []*charging.Session{openSession(1, 1, 1)}})
	got, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Database == 0 || got.Log == 0 || got.Free == 0 || got.Disk < got.Free || got.Backups != 0 {
		t.Errorf("size %+v", got.Size)
	}
	got.Size = Size{}
	want := Stats{Schema: len(steps(t)), Version: "1.2.3", Sessions: 1, Records: 2, Oldest: start.Add(time.Second), Newest: start.Add(2 * time.Second), SecretMatches: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if empty, err := openTest(t).Stats(t.Context()); err != nil || !empty.Newest.IsZero() {
		t.Errorf("of an empty store: %+v, %v", empty, err)
	}
}

func TestIntegrityFindsDamage(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(200)})
	for _, deep := range []bool{false, true} {
		if problems, err := s.Integrity(t.Context(), deep); err != nil || problems != nil {
			t.Errorf("of a good database: %q, %v", problems, err)
		}
	}
	mustClose(t, s)
	s = openDir(t, s.Dir()) // damaged later, it would not open
	file, err := os.OpenFile(s.path(DatabaseName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	stat, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	// The last pages are of the history of the configuration, which nothing
	// reads when the database is opened.
	for at := stat.Size() - 16*4096; at < stat.Size(); at += 4096 {
		if _, err := file.WriteAt([]byte("damage"), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	problems, err := s.Integrity(t.Context(), false)
	if err == nil && len(problems) == 0 {
		t.Error("no damage was found")
	}
}

// configHistory lists the versions of a thing, oldest first.
func configHistory(t *testing.T, s *Store, kind charging.IDKind, id charging.ID) (actors []string, bodies []map[string]any) {
	t.Helper()
	rows, err := s.db.readers.QueryContext(t.Context(),
		"SELECT version, actor, body FROM config_history WHERE kind = $1 AND object_id = $2 ORDER BY version", string(kind), id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var version int
		var actor, text string
		if err := rows.Scan(&version, &actor, &text); err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "secret") {
			t.Errorf("%s %d: a secret is in %s", kind, id, text)
		}
		actors, bodies = append(actors, actor), append(bodies, body)
	}
	return actors, bodies
}

func TestConfigurationIsVersionedWithoutSecrets(t *testing.T) {
	s := openTest(t)
	change := estate(1)
	change.Chargers[0].PasswordHash, change.Chargers[0].NextPasswordHash = "secret hash", "next secret hash"
	change.Keys = []charging.APIKey{{ID: 1, OrganizationID: 1, Name: "Display", Hash: [32]byte{7}, Sites: []charging.ID{1}}}
	mustCommit(t, s, &charging.Batch{Change: change})
	change.Chargers[0].Name = "Renamed"
	mustCommit(t, s, &charging.Batch{Change: &charging.Change{Version: 2, At: start, Actor: "key Depot display", Chargers: change.Chargers}})
	mustCommit(t, s, &charging.Batch{Ports: []charging.PortSettings{{ID: 9, ChargerID: 1, Number: 3, Name: "Port 3"}}})
	mustCommit(t, s, &charging.Batch{Change: &charging.Change{Version: 3, Actor: "import",
		Organizations: []charging.Organization{{ID: 5, Name: "New"}}}})
	mustCommit(t, s, &charging.Batch{Change: &charging.Change{Version: 4, Actor: "import", RemovedOrganizations: []charging.ID{5}}})

	for _, tt := range []struct {
		kind   charging.IDKind
		id     charging.ID
		actors []string
		names  []any
	}{
		{charging.IDCharger, 1, []string{"test", "key Depot display"}, []any{"Charger 1", "Renamed"}},
		{charging.IDPort, 9, []string{"message"}, []any{"Port 3"}},
		{charging.IDOrganization, 5, []string{"import", "import"}, []any{"New", nil}},
		{charging.IDKey, 1, []string{"test"}, []any{"Display"}},
	} {
		actors, bodies := configHistory(t, s, tt.kind, tt.id)
		var names []any
		for _, body := range bodies {
			names = append(names, body["name"])
			if body["hash"] != nil || body["password_hash"] != nil {
				t.Errorf("%s %d: a secret is in %v", tt.kind, tt.id, body)
			}
		}
		if diff := cmp.Diff(tt.actors, actors); diff != "" {
			t.Errorf("%s actors (-want +got)\n%s", tt.kind, diff)
		}
		if diff := cmp.Diff(tt.names, names); diff != "" {
			t.Errorf("%s names (-want +got)\n%s", tt.kind, diff)
		}
	}
	if _, bodies := configHistory(t, s, charging.IDKey, 1); len(bodies[0]["sites"].([]any)) != 1 {
		t.Errorf("the key's limits are not in %v", bodies[0])
	}
}

func TestConflictsNameTheirReason(t *testing.T) {
	s := openTest(t)
	change := estate(2)
	change.AccessIDs = []charging.AccessID{{ID: 1, OrganizationID: 1, Tag: "A"}}
	change.Keys = []charging.APIKey{{ID: 1, OrganizationID: 1, Hash: [32]byte{1}}}
	mustCommit(t, s, &charging.Batch{Change: change, Records: []charging.Record{statusRecord(1, 1, 1)},
		Sessions: []*charging.Session{openSession(1, 1, 1)}, Uploads: []charging.Upload{{ID: 1}}, Firmware: []charging.Firmware{{ID: 1, Name: "fw"}}})
	other := openSession(2, 1, 1)
	other.AssignedID = 1
	for want, b := range map[string]*charging.Batch{
		"storing: another charger has this OCPP identity: ":   {Change: &charging.Change{Chargers: []charging.ChargerSettings{{ID: 9, SiteID: 1, OCPPID: "CP-00001"}}}},
		"storing: the charger has a port of this number: ":    {Ports: []charging.PortSettings{{ID: 9, ChargerID: 1, Number: 1}}},
		"storing: the organization has this id tag: ":         {Change: &charging.Change{AccessIDs: []charging.AccessID{{ID: 9, OrganizationID: 1, Tag: "a"}}}},
		"storing: this API key exists: ":                      {Change: &charging.Change{Keys: []charging.APIKey{{ID: 9, OrganizationID: 1, Hash: [32]byte{1}}}}},
		"storing: this transaction id was given out before: ": {Sessions: []*charging.Session{other}},
		"storing: there is a firmware file of this name: ":    {Firmware: []charging.Firmware{{ID: 9, Name: "fw"}}},
		"storing: this token was given out before: ":          {Uploads: []charging.Upload{{ID: 9}}},
		"storing: a record with this id is stored: ":          {Records: []charging.Record{statusRecord(1, 1, 1)}},
		"storing: something refers to a thing that does not exist, or that is to be removed: ": {Change: &charging.Change{
			Sites: []charging.Site{{ID: 9, OrganizationID: 77}}}},
		"the configuration was changed meanwhile: this change was made for version 4, and it is at 1": {Change: &charging.Change{Base: 4}},
		"the configuration is at version 1 already, so it cannot become 1":                            {Change: &charging.Change{Version: 1}},
	} {
		err := s.Commit(t.Context(), b)
		if charging.KindOf(err) != charging.Conflict || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
