package storetest

import (
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func testLocalList(t *testing.T, e Engine) {
	read := func() *charging.LocalList {
		t.Helper()
		list, err := e.LocalList(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	equal(t, (*charging.LocalList)(nil), read())
	for _, list := range []charging.LocalList{
		{ChargerID: 3, Version: 4, Entries: []byte(`[{"idTag":"A"}]`), Entitled: []byte{1, 2}, UpdatedAt: begun, Problem: "it is full"},
		{ChargerID: 3, Version: -1},
	} {
		commit(t, e, &charging.Batch{Lists: []charging.LocalList{list, {ChargerID: 4, Version: 9}}})
		equal(t, &list, read())
	}
}

func uploadIDs(t *testing.T, uploads []*charging.Upload, err error) []charging.ID {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	ids := []charging.ID{}
	for _, u := range uploads {
		ids = append(ids, u.ID)
	}
	return ids
}

func testUploads(t *testing.T, e Engine) {
	ctx := t.Context()
	asked := func(id charging.ID) charging.Upload {
		return charging.Upload{ID: id, ChargerID: 3, CommandID: 5, Kind: "diagnostics", TokenHash: [32]byte{byte(id), 31: 7}, CreatedAt: begun,
			ExpiresAt: after(3600)}
	}
	elsewhere := asked(3)
	elsewhere.ChargerID = 4
	commit(t, e, &charging.Batch{Uploads: []charging.Upload{asked(1), asked(2), elsewhere, asked(4)}})
	came := asked(1)
	came.Name, came.Size, came.File, came.ReceivedAt = "log ä.zip", 1<<33, "1", after(60)
	commit(t, e, &charging.Batch{Uploads: []charging.Upload{came}})

	for id, want := range map[charging.ID]*charging.Upload{1: &came, 3: &elsewhere, 9: nil} {
		got, err := e.Upload(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, want, got)
		if got, err = e.UploadByToken(ctx, [32]byte{byte(id), 31: 7}); err != nil {
			t.Fatal(err)
		}
		equal(t, want, got)
	}
	list, err := e.Uploads(ctx, 3, 0, 10)
	equal(t, []charging.ID{4, 2, 1}, uploadIDs(t, list, err))
	list, err = e.Uploads(ctx, 3, 4, 1)
	equal(t, []charging.ID{2}, uploadIDs(t, list, err))

	again := asked(5)
	again.TokenHash = came.TokenHash
	err = e.Commit(ctx, &charging.Batch{Uploads: []charging.Upload{again}})
	wantKind(t, e, err, charging.Conflict, load(t, e))
}

func testFirmware(t *testing.T, e Engine) {
	ctx := t.Context()
	whole := charging.Firmware{ID: 1, Name: "fw 1.bin", Size: 1 << 33, SHA256: "ab", Signature: "c2ln", Certificate: "-----BEGIN", CreatedAt: begun,
		Actor: "key Depot display", OrganizationID: 3}
	other := charging.Firmware{ID: 2, Name: "fw 2.bin", CreatedAt: after(1)}
	commit(t, e, &charging.Batch{Firmware: []charging.Firmware{whole, other}})
	check := func(want ...*charging.Firmware) {
		t.Helper()
		all, err := e.Firmwares(ctx)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, want, all)
		for _, fw := range want {
			found, err := e.Firmware(ctx, fw.ID)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, fw, found)
		}
	}
	named := func(name string, want *charging.Firmware) {
		t.Helper()
		found, err := e.FirmwareByName(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, want, found)
	}
	check(&whole, &other)
	named("fw 1.bin", &whole)
	named("FW 1.bin", nil)

	second := charging.Firmware{ID: 3, Name: "fw 1.bin"}
	err := e.Commit(ctx, &charging.Batch{Firmware: []charging.Firmware{second}})
	if charging.KindOf(err) != charging.Conflict {
		t.Fatalf("got error %v, want a conflict", err)
	}
	// Once it is removed its name is free.
	whole.RemovedAt = after(5)
	commit(t, e, &charging.Batch{Firmware: []charging.Firmware{whole}})
	named("fw 1.bin", nil)
	commit(t, e, &charging.Batch{Firmware: []charging.Firmware{second}})
	named("fw 1.bin", &second)
	check(&whole, &other, &second)
}

// kept is a batch of everything that is kept without deciding anything.
func kept() *charging.Batch {
	return &charging.Batch{
		Commands:  []*charging.Command{command(1)},
		Variables: []charging.ChargerVariables{{ChargerID: 3, Variables: []charging.Variable{{Name: "Key", Attribute: "Actual"}}}},
		Lists:     []charging.LocalList{{ChargerID: 3, Version: 1}},
		Uploads:   []charging.Upload{{ID: 1, ChargerID: 3}},
		Firmware:  []charging.Firmware{{ID: 1, Name: "fw.bin"}},
	}
}

// wantKept checks whether all of kept is there, or nothing.
func wantKept(t *testing.T, e Engine, want bool) {
	t.Helper()
	ctx := t.Context()
	command, commandErr := e.Command(ctx, 1)
	variables, _, variableErr := e.Variables(ctx, charging.VariableQuery{ChargerID: 3})
	list, listErr := e.LocalList(ctx, 3)
	upload, uploadErr := e.Upload(ctx, 1)
	firmware, firmwareErr := e.Firmware(ctx, 1)
	for _, err := range []error{commandErr, variableErr, listErr, uploadErr, firmwareErr} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := []bool{command != nil, len(variables) == 1, list != nil, upload != nil, firmware != nil}
	equal(t, []bool{want, want, want, want, want}, got)
}

func testKeptAtomic(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot(), Records: []charging.Record{portRecord(1, 1, new(charging.PortState))}})
	b := kept()
	b.Firmware = append(b.Firmware, charging.Firmware{ID: 2, Name: "fw.bin"}) // the name is taken
	wantKind(t, e, e.Commit(t.Context(), b), charging.Conflict, load(t, e))
	wantKept(t, e, false)
	commit(t, e, kept())
	wantKept(t, e, true)
}

func testKeptAgain(t *testing.T, e Engine) {
	commit(t, e, kept())
	if _, err := e.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	commit(t, e, kept())
	wantKept(t, e, true)
	list, err := e.Commands(t.Context(), charging.CommandQuery{ChargerID: 3})
	equal(t, []charging.ID{1}, commandIDs(t, list, err))
}
