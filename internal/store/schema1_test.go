package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// schemaOneFolder makes a data folder as the program of schema 1 left it.
func schemaOneFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	db, err := openSQLite(t.Context(), filepath.Join(dir, DatabaseName), 1)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := os.ReadFile("testdata/schema-1.sql")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.apply(steps(t)[:1], "0.1.0"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.ExecContext(t.Context(), string(rows)); err != nil {
		t.Fatal(err)
	}
	if err := db.close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// schemaOne is what stands in testdata/schema-1.sql.
func schemaOne() *charging.Stored {
	c := estate(2)
	c.Chargers[0].PasswordHash = "$h$1"
	c.Sites[0].UnknownTags = charging.TagPolicyAccept
	present := &charging.Charger{
		ChargerSettings: c.Chargers[0], Version: 6,
		Boot: &charging.Boot{At: start, Manufacturer: "ABB", Model: "T54", SerialNumber: "S-1", Firmware: "2.0", ICCID: "i", IMSI: "j",
			MeterType: "m", MeterSerial: "n"},
		Connection: &charging.Connection{Connected: true, Since: start, Opened: start, Protocol: "ocpp1.6", Remote: "192.0.2.1:5"},
		Status: &charging.PortStatus{Status: charging.Faulted, At: start, ErrorCode: "GroundFailure", VendorErrorCode: "7", VendorID: "v",
			Info: "wet"},
		Ports: []*charging.Port{
			{PortSettings: c.Ports[0], Status: metersRecord(4, 1, 1).Port.Status, Session: metersRecord(4, 1, 1).Port.Session},
			{PortSettings: c.Ports[1], Status: statusRecord(3, 1, 2).Port.Status},
		},
	}
	absent := &charging.Charger{ChargerSettings: c.Chargers[1],
		Ports: []*charging.Port{{PortSettings: c.Ports[2]}, {PortSettings: c.Ports[3]}}}
	return &charging.Stored{
		Version: 1, LifeMark: start.Add(5 * time.Second), LastRecord: 6, Organizations: c.Organizations, Sites: c.Sites,
		Chargers:  []*charging.Charger{present, absent},
		Vehicles:  []charging.Vehicle{{ID: 7, OrganizationID: 1, Name: "Bus 7", CustomerID: 3}},
		Customers: []charging.Customer{{ID: 3, OrganizationID: 1, Name: "Buses"}},
		AccessIDs: []charging.AccessID{{ID: 12, OrganizationID: 1, Tag: "04A2b3C4D5", Type: charging.TypeRFID, Name: "Card", VehicleID: 7,
			CustomerID: 3}},
		Keys: []charging.APIKey{{ID: 1, OrganizationID: 1, Name: "Display", Prefix: "cy_ab", Hash: [32]byte{1, 31: 9},
			Sites: []charging.ID{1}, Permissions: charging.PermitRead}},
	}
}

func TestDatabaseOfSchemaOneIsBroughtUpToDate(t *testing.T) {
	dir := schemaOneFolder(t)
	s := openDir(t, dir)
	ctx := t.Context()
	stored, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(schemaOne(), stored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	ended := openSession(900, 1, 1)
	ended.State, ended.EndedAt, ended.EndReason, ended.HasStop, ended.MeterStop = charging.SessionClosed, start.Add(time.Hour),
		"EVDisconnected", true, 9_000_000
	ended.AssignedID, ended.Energy = 901, 4_000_000
	found, err := s.FindSession(ctx, 1, 900)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ended, found); diff != "" {
		t.Errorf("a session of then (-want +got)\n%s", diff)
	}
	notes, err := s.History(ctx, charging.HistoryQuery{ChargerID: 1, NoteKinds: []charging.NoteKind{charging.NoteSecurityEvent}})
	if err != nil || len(notes) != 1 || notes[0].ID != 6 || notes[0].Message != 0 {
		t.Errorf("notes of then: %+v, %v", notes, err)
	}
	if all, err := s.History(ctx, charging.HistoryQuery{ChargerID: 1}); err != nil || len(all) != 6 || len(all[2].Readings) != 8 {
		t.Errorf("records of then: %+v, %v", all, err)
	}
	if first, err := s.ReserveIDs(ctx, charging.IDRecord, 1, 0); err != nil || first != 1007 {
		t.Errorf("the next record id is %d, %v", first, err)
	}
	mustCommit(t, s, &charging.Batch{Records: []charging.Record{statusRecord(1008, 1, 1)}})
	checkCopyOfSchemaOne(ctx, t, s)
}

// checkCopyOfSchemaOne checks that what was there before is kept, and that it
// can be restored.
func checkCopyOfSchemaOne(ctx context.Context, t *testing.T, s *Store) {
	t.Helper()
	kept := s.newestCopy(1)
	info, err := Inspect(ctx, kept)
	if err != nil {
		t.Fatal(err)
	}
	if info.Schema != 1 || info.Version != "0.1.0" || info.Records != 6 || info.Sessions != 2 || info.Passwords != 1 {
		t.Errorf("the copy %q holds %+v", kept, info)
	}
	elsewhere := t.TempDir()
	if _, err := Restore(ctx, elsewhere, kept, RestoreOptions{Version: "1.2.3"}); err != nil {
		t.Fatal(err)
	}
	restored := openDir(t, elsewhere)
	stored, err := restored.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(schemaOne(), stored); diff != "" {
		t.Errorf("restored (-want +got)\n%s", diff)
	}
	for _, kind := range []charging.IDKind{charging.IDMessage, charging.IDRequest, charging.IDCommand} {
		if first, err := restored.ReserveIDs(ctx, kind, 1, 0); err != nil || first != restoreLead+1 {
			t.Errorf("the next id of %s is %d, %v", kind, first, err)
		}
	}
}
