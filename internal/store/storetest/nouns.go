package storetest

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func testEmpty(t *testing.T, e Engine) {
	equal(t, &charging.Stored{Chargers: []*charging.Charger{}}, load(t, e))
	found, err := e.FindSession(t.Context(), 1, 1)
	if found != nil || err != nil {
		t.Errorf("a session was found: %v, %v", found, err)
	}
	recalled, err := e.Recall(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, new(charging.Recalled), recalled)
}

// everything is a change with every field of every noun set, and, for each
// noun, a thing with hardly any.
func everything() *charging.Change {
	return &charging.Change{
		Version: 7, At: begun, Actor: "import",
		Organizations: []charging.Organization{{ID: 1, Name: "Parent"}, {ID: 2, ParentID: 1, Name: "Børn & Söhne"}},
		Sites: []charging.Site{
			{ID: 3, OrganizationID: 2, Name: "Depot", Address: "1 Main St", Timezone: "Europe/Oslo", LocationID: "L-1",
				UnknownTags: charging.TagPolicyAccept, Wishes: charging.Wishes{Measurands: "SoC,Voltage", SampleInterval: 30 * time.Second,
					Heartbeat: 5 * time.Minute, Offline: "yes"}},
			{ID: 4, OrganizationID: 1, Timezone: "UTC"},
		},
		Customers: []charging.Customer{{ID: 5, OrganizationID: 2, Name: "Buses"}},
		Vehicles: []charging.Vehicle{
			{ID: 6, OrganizationID: 2, Name: "Bus 6", Make: "MAN", Model: "Lion", VIN: "WMA1", LicensePlate: "EL 1", CustomerID: 5},
			{ID: 7, OrganizationID: 1},
		},
		AccessIDs: []charging.AccessID{
			{ID: 8, OrganizationID: 2, Tag: "aB-1", Type: charging.TypeRFID, Name: "Card", Revoked: true, AuthorizedAt: begun,
				RevokedAt: after(1), ExpiresAt: after(2), GroupTag: "G", VehicleID: 6, CustomerID: 5, CreatedAt: after(3), UpdatedAt: after(4)},
			{ID: 9, OrganizationID: 1, Tag: "aB-1", Type: charging.TypeVehicle},
		},
		Chargers: []charging.ChargerSettings{
			{ID: 10, SiteID: 3, Name: "North", OCPPID: "CP 1/ä", ExternalID: "x", Manufacturer: "ABB", Model: "T54", SerialNumber: "S",
				Firmware: "1.0", Latitude: "59.91", Longitude: "-10.75", Type: charging.DCFC, UnknownTags: charging.TagPolicyReject,
				PasswordHash: "$h$", AssumeOCPP16: true, NextPasswordHash: "$n$", Fingerprint: "ab12", CallTimeout: 90 * time.Second,
				HandsOff: true},
			{ID: 11, SiteID: 4},
			{ID: 12, SiteID: 4}, // a second one without identity
		},
		Ports: []charging.PortSettings{
			{ID: 13, ChargerID: 10, Number: 2, Name: "Right", MaxPower: 150_000_000, ConnectorType: "CCS2"},
			{ID: 14, ChargerID: 10, Number: 1, Name: "Left"},
		},
		Keys: []charging.APIKey{
			{ID: 15, OrganizationID: 2, Name: "Display", Prefix: "cy_ab", Hash: [32]byte{1, 31: 9}, Sites: []charging.ID{4, 3},
				Chargers: []charging.ID{10}, Permissions: charging.PermitRead | charging.PermitManage, PerMinute: 30, CreatedAt: begun,
				RevokedAt: after(1), ExpiresAt: after(2)},
			{ID: 16, OrganizationID: 1, Hash: [32]byte{2}},
		},
	}
}

func testNouns(t *testing.T, e Engine) {
	change := everything()
	commit(t, e, &charging.Batch{Change: change})
	got := load(t, e)
	equal(t, &charging.Stored{
		Version: 7, Organizations: change.Organizations, Sites: change.Sites, AccessIDs: change.AccessIDs,
		Vehicles: change.Vehicles, Customers: change.Customers, Keys: change.Keys,
		Chargers: []*charging.Charger{
			{ChargerSettings: change.Chargers[0], Ports: []*charging.Port{
				{PortSettings: change.Ports[1]}, {PortSettings: change.Ports[0]}, // by number
			}},
			{ChargerSettings: change.Chargers[1]},
			{ChargerSettings: change.Chargers[2]},
		},
	}, got)
}

func testReplacing(t *testing.T, e Engine) {
	change := everything()
	commit(t, e, &charging.Batch{Change: change})
	key := change.Keys[0]
	key.Sites, key.Chargers, key.Name = []charging.ID{3}, nil, "Smaller"
	moved := change.Chargers[0]
	moved.SiteID = 4
	commit(t, e, &charging.Batch{Change: &charging.Change{
		Base: 7, Version: 8, Keys: []charging.APIKey{key}, Chargers: []charging.ChargerSettings{moved},
		Organizations: []charging.Organization{{ID: 2, Name: "Top now"}},
	}})
	got := load(t, e)
	equal(t, []charging.APIKey{key, change.Keys[1]}, got.Keys)
	equal(t, moved, got.Chargers[0].ChargerSettings)
	equal(t, []charging.Organization{change.Organizations[0], {ID: 2, Name: "Top now"}}, got.Organizations)
	equal(t, int64(8), got.Version)
}

func testExchanging(t *testing.T, e Engine) {
	change := depot()
	change.Chargers = append(change.Chargers, charging.ChargerSettings{ID: 6, SiteID: 2, OCPPID: "CP-6"})
	change.AccessIDs = []charging.AccessID{{ID: 1, OrganizationID: 1, Tag: "A"}, {ID: 2, OrganizationID: 1, Tag: "B"}}
	commit(t, e, &charging.Batch{Change: change})

	change.Version = 2
	change.Chargers[0].OCPPID, change.Chargers[1].OCPPID = change.Chargers[1].OCPPID, change.Chargers[0].OCPPID
	change.AccessIDs[0].Tag, change.AccessIDs[1].Tag = change.AccessIDs[1].Tag, change.AccessIDs[0].Tag
	change.Ports[0].Number, change.Ports[1].Number = change.Ports[1].Number, change.Ports[0].Number
	commit(t, e, &charging.Batch{Change: change})
	got := load(t, e)
	equal(t, "CP-6", got.Chargers[0].OCPPID)
	equal(t, change.AccessIDs, got.AccessIDs)
	equal(t, charging.ID(5), got.Chargers[0].Ports[0].ID)
}

func testBase(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	before := load(t, e)
	site := []charging.Site{{ID: 9, OrganizationID: 1, Timezone: "UTC"}}
	for _, change := range []*charging.Change{
		{Base: 2, Version: 3, Sites: site},
		{Base: 1, Version: 1, Sites: site},
	} {
		wantKind(t, e, e.Commit(t.Context(), &charging.Batch{Change: change}), charging.Conflict, before)
	}
	commit(t, e, &charging.Batch{Change: &charging.Change{Base: 1, Version: 2, Sites: site}})
}

func testContradictions(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{
		Change:   withTag(depot()),
		Records:  []charging.Record{portRecord(1, 1, new(charging.PortState))},
		Sessions: []*charging.Session{session(1, 1, 77)},
	})
	before := load(t, e)
	stolen := session(2, 2, 77)
	for name, b := range map[string]*charging.Batch{
		"an identity twice": {Change: &charging.Change{Version: 2,
			Chargers: []charging.ChargerSettings{{ID: 8, SiteID: 2, OCPPID: "CP-3"}}}},
		"a port number twice": {Ports: []charging.PortSettings{{ID: 8, ChargerID: 3, Number: 1}}},
		"a tag twice, but for case": {Change: &charging.Change{Version: 2,
			AccessIDs: []charging.AccessID{{ID: 8, OrganizationID: 1, Tag: "abc"}}}},
		"a site of nobody":       {Change: &charging.Change{Version: 2, Sites: []charging.Site{{ID: 8, OrganizationID: 99}}}},
		"a record twice":         {Records: []charging.Record{portRecord(1, 2, new(charging.PortState))}},
		"a transaction id again": {Sessions: []*charging.Session{stolen}},
	} {
		t.Run(name, func(t *testing.T) {
			b.LifeMark = after(99)
			wantKind(t, e, e.Commit(t.Context(), b), charging.Conflict, before)
		})
	}
	commit(t, e, &charging.Batch{LifeMark: after(100)}) // and the store goes on
}

func withTag(c *charging.Change) *charging.Change {
	c.AccessIDs = []charging.AccessID{{ID: 1, OrganizationID: 1, Tag: "ABC"}}
	return c
}

func testRemoving(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	before := load(t, e)
	err := e.Commit(t.Context(), &charging.Batch{Change: &charging.Change{Version: 2, RemovedOrganizations: []charging.ID{1}}})
	wantKind(t, e, err, charging.Conflict, before)

	change := depot()
	change.Version = 2
	change.Organizations = []charging.Organization{{ID: 50, Name: "Fleet"}}
	change.Sites[0].OrganizationID = 50
	change.RemovedOrganizations = []charging.ID{1}
	commit(t, e, &charging.Batch{Change: change})
	equal(t, change.Organizations, load(t, e).Organizations)
}

func testMessagePorts(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	made := charging.PortSettings{ID: 20, ChargerID: 3, Number: 3, Name: charging.DefaultPortName(3)}
	state := &charging.PortState{Status: status(charging.Available, 1)}
	commit(t, e, &charging.Batch{Ports: []charging.PortSettings{made}, Records: []charging.Record{portRecord(1, 3, state)}})
	got := load(t, e)
	equal(t, &charging.Port{PortSettings: made, Status: state.Status}, got.Chargers[0].Port(3))
	equal(t, int64(1), got.Version)
}
