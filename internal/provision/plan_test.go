package provision_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const oneSite = `{"data":[{"id":12,"name":"Harbor Depot","address":"77 Pier Rd","timezone":"America/Los_Angeles",
"organization":{"id":3,"name":"Northline"},"chargers":[{"id":41,"name":"Bay 4","manufacturer":"Voltix","model":null,
"serialNumber":null,"firmwareVersion":"3.2.0","latitude":47.6101,"longitude":-122.3344,"externalId":"NL-0041",
"ocppId":"voltix-0917","type":"DCFC","powerSharing":true,"numberOfPorts":2,"ports":[
{"id":81,"name":"Left","portNumber":1,"maximumPowerKw":160,"connectorType":"CCS1"},
{"id":82,"name":"Right","portNumber":2,"maximumPowerKw":160,"connectorType":"NACS"}]}]}]}`

func wantLines(t *testing.T, s *server, file, want string) {
	t.Helper()
	r, err := s.tryImport(file)
	if err != nil {
		t.Errorf("import of %s: %v", file, err)
		return
	}
	if got := lines(r); got != want {
		t.Errorf("import of %s\n got %s\nwant %s", file, got, want)
	}
}

func wantError(t *testing.T, s *server, file, want string) {
	t.Helper()
	version := s.fleet.Estate().Version()
	_, err := s.tryImport(file)
	if err == nil || err.Error() != want || charging.KindOf(err) != charging.Invalid {
		t.Errorf("import of %s\n got %v\nwant %s", file, err, want)
	}
	if s.fleet.Estate().Version() != version {
		t.Error("something was written")
	}
}

func TestTheEmptyFirstOrganizationTakesIdAndNameOfTheFilesOnlyOne(t *testing.T) {
	s := newServer(t, "here")
	wantLines(t, s, oneSite, `change organization Northline: name "My organization" -> "Northline", id 1 -> 3
new site Harbor Depot
new charger Bay 4
new port Bay 4 / Left
new port Bay 4 / Right
`)
	e := s.fleet.Estate()
	if e.Organization(1) != nil || e.Organization(3).Name != "Northline" || e.Keys()[0].OrganizationID != 3 {
		t.Errorf("organizations %v, key in %d", e.Organizations(), e.Keys()[0].OrganizationID)
	}
	if c := e.Charger(41); c == nil || c.SiteID != 12 || c.Port(2).ID != 82 || c.Port(1).MaxPower != 160_000_000 {
		t.Errorf("charger 41 is %+v", c)
	}
	wantLines(t, s, oneSite, "")
}

func TestTheEmptyFirstOrganizationBecomesTheParentOfSeveral(t *testing.T) {
	s := newServer(t, "here")
	file := `{"data":[{"name":"A1","timezone":"UTC","organization":{"id":1,"name":"A"}},{"name":"B1","timezone":"UTC","organization":{"id":2,"name":"B"}}]}`
	wantLines(t, s, file, `change organization My organization: id 1 -> 3
new organization A
new organization B
new site A1
new site B1
`)
	e := s.fleet.Estate()
	if e.Organization(1).ParentID != 3 || e.Organization(2).ParentID != 3 || e.Keys()[0].OrganizationID != 3 {
		t.Errorf("organizations %+v %+v, key in %d", e.Organization(1), e.Organization(2), e.Keys()[0].OrganizationID)
	}
	wantLines(t, s, file, "")
	wantLines(t, s, `{"data":[{"name":"C1","timezone":"UTC","organization":{"name":"C"}}]}`, "new organization C\nnew site C1\n")
	for _, o := range s.fleet.Estate().Organizations() {
		if o.Name == "C" && o.ParentID != 3 {
			t.Errorf("C stands in %d, not beside A and B", o.ParentID)
		}
	}
}

func TestAnOrganizationBesideAFilledOneIsToldToHaveNoKey(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(oneSite)
	r := s.importFile(`{"data":[{"name":"X","timezone":"UTC","organization":{"id":9,"name":"Other"}}]}`)
	if len(r.Notes) != 1 || r.Notes[0].Text != "is new beside the others, so that no API key sees it yet; make one with: chargeyard key create --name NAME --org 9" {
		t.Errorf("notes %v", r.Notes)
	}
	wantError(t, s, `{"data":[{"name":"Y"}]}`, `data[0].organization: is missing; there are several organizations, so write {"name": …}`)
}

func TestRowsWithoutOrganizationGoToTheOnlyOne(t *testing.T) {
	s := newServer(t, "here")
	r := s.importFile(`{"data":[{"name":"Yard","chargers":[{"ocppId":"CP1","ports":[{"portNumber":1}]}]}]}`)
	if got := lines(r); got != "new site Yard\nnew charger CP1\nnew port CP1 / Port 1\n" {
		t.Errorf("got %s", got)
	}
	if site := s.fleet.Estate().Sites()[0]; site.OrganizationID != 1 || site.Timezone != "UTC" || r.Notes[0].Path != "data[0].timezone" {
		t.Errorf("got %+v, notes %v", site, r.Notes)
	}
}

func TestChargersMatchByOcppIdThenExternalIdThenIdOfThisServer(t *testing.T) {
	base := func(charger string) string {
		return `{"data":[{"name":"Harbor Depot","organization":{"name":"Northline"},"chargers":[` + charger + `]}]}`
	}
	f := func(file, want string) {
		t.Helper()
		s := newServer(t, "here")
		s.importFile(oneSite)
		wantLines(t, s, file, want)
		wantLines(t, s, file, "")
	}
	f(base(`{"ocppId":"voltix-0917","externalId":"new"}`), "change charger Bay 4: externalId \"NL-0041\" -> \"new\"\n")
	f(base(`{"ocppId":"other","externalId":"NL-0041"}`), "change charger Bay 4: ocppId \"voltix-0917\" -> \"other\"\n")
	f(base(`{"id":41,"ocppId":"other"}`), "new charger other\n")
	f(strings.Replace(base(`{"id":41,"ocppId":"other"}`), "{", `{"server":"elsewhere",`, 1), "new charger other\n")
	f(strings.Replace(base(`{"id":41,"ocppId":"other"}`), "{", `{"server":"here",`, 1), "change charger Bay 4: ocppId \"voltix-0917\" -> \"other\"\n")
	f(base(`{"ocppId":"Voltix-0917"}`), "new charger Voltix-0917\n")
	f(base(`{"name":"Spare"}`), "new charger Spare\n")
}

func TestARowNeverTakesTheChargerOfAnotherRowWithAStrongerKey(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(oneSite)
	wantError(t, s, `{"data":[{"name":"Harbor Depot","organization":{"name":"Northline"},"chargers":[
		{"ocppId":"other","externalId":"NL-0041"},{"ocppId":"voltix-0917"}]}]}`,
		`data[0].chargers[1].externalId: "NL-0041" is the externalId of charger 42 in the same organization already`)
}

func TestAChargerAtAnotherSiteIsAMoveAndWhatTheFileDoesNotNameStays(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(oneSite)
	wantLines(t, s, `{"data":[{"name":"North Yard","timezone":"UTC","organization":{"name":"Northline"},"chargers":[{"ocppId":"voltix-0917"}]}]}`,
		"new site North Yard\nmove charger Bay 4: site 12 -> 13\n")
	e := s.fleet.Estate()
	if c := e.Charger(41); c.SiteID != 13 || len(c.Ports) != 2 || c.Name != "Bay 4" || e.Site(12) == nil {
		t.Errorf("got %+v", c)
	}
}

func TestNullNeverRemoves(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(oneSite)
	wantLines(t, s, `{"data":[{"name":"Harbor Depot","address":null,"timezone":null,"organization":{"name":"Northline"},"chargers":[
		{"ocppId":"voltix-0917","name":null,"manufacturer":null,"latitude":null,"externalId":"","type":null,"ports":[{"portNumber":1,"name":"","maximumPowerKw":null,"connectorType":null}]}]}]}`, "")
}

func TestSettingsOfAChargerChange(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(oneSite)
	file := `{"data":[{"name":"Harbor Depot","unknownIdTags":"accept","organization":{"name":"Northline"},"chargers":[
		{"ocppId":"voltix-0917","type":"Level 2","unknownIdTags":"reject","assumeOcpp16":true,"password":"correct horse","latitude":47.5,
		"ports":[{"portNumber":1,"name":"L","maximumPowerKw":11.5,"connectorType":"Type 2"},{"portNumber":3,"id":81}]}]}]}`
	wantLines(t, s, file, `change site Harbor Depot: unknownIdTags "" -> "accept"
change port Bay 4 / L: name "Left" -> "L", maximumPowerKw 160 -> 11.5, connectorType "CCS1" -> "Type 2"
new port Bay 4 / Port 3
change charger Bay 4: latitude "47.6101" -> "47.5", unknownIdTags "" -> "reject", assumeOcpp16 true, password, type "DCFC" -> "Level 2"
`)
	wantLines(t, s, file, "")
	wantLines(t, s, strings.Replace(file, "correct horse", "another", 1), "change charger Bay 4: password\n")
	wantLines(t, s, `{"data":[{"name":"Harbor Depot","unknownIdTags":"inherit","organization":{"name":"Northline"}}]}`,
		"change site Harbor Depot: unknownIdTags \"accept\" -> \"\"\n")
	if p := s.fleet.Estate().Charger(41).Port(3); p.ID == 81 {
		t.Error("port 3 took the id of port 1")
	}
}

func TestHowChargersAreSetUpIsImportedAndExported(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(oneSite)
	print := strings.Repeat("0A:", 31) + "0A"
	file := `{"data":[{"name":"Harbor Depot","measurands":"SoC, Voltage","sampleIntervalSeconds":30,"heartbeatSeconds":600,"offlineAuthorization":"yes",
		"organization":{"name":"Northline"},"chargers":[{"ocppId":"voltix-0917","handsOff":true,"callTimeoutSeconds":45,"certificateFingerprint":"` + print + `"}]}]}`
	wantLines(t, s, file, `change site Harbor Depot: measurands "" -> "SoC,Voltage", sampleIntervalSeconds 0 -> 30, heartbeatSeconds 0 -> 600, offlineAuthorization "" -> "yes"
change charger Bay 4: handsOff true, callTimeoutSeconds 0 -> 45, certificateFingerprint "" -> "`+strings.Repeat("0a", 32)+`"
`)
	wantLines(t, s, file, "")
	exported := s.export()
	for _, want := range []string{`"measurands": "SoC,Voltage"`, `"sampleIntervalSeconds": 30`, `"heartbeatSeconds": 600`, `"offlineAuthorization": "yes"`,
		`"handsOff": true`, `"callTimeoutSeconds": 45`, `"certificateFingerprint": "` + strings.Repeat("0a", 32) + `"`} {
		if !strings.Contains(exported, want) {
			t.Errorf("the export lacks %s", want)
		}
	}
	wantLines(t, s, exported, "")
	t.Run("what the file does not name stays", func(t *testing.T) {
		wantLines(t, s, `{"data":[{"name":"Harbor Depot","address":"1 Quay","organization":{"name":"Northline"},"chargers":[{"ocppId":"voltix-0917","externalId":"E"}]}]}`,
			"change site Harbor Depot: address \"77 Pier Rd\" -> \"1 Quay\"\nchange charger Bay 4: externalId \"NL-0041\" -> \"E\"\n")
		if after := s.export(); !strings.Contains(after, `"handsOff": true`) || !strings.Contains(after, `"heartbeatSeconds": 600`) {
			t.Errorf("got %s", after)
		}
	})
	t.Run("each can be taken back", func(t *testing.T) {
		s.importFile(`{"data":[{"name":"Harbor Depot","measurands":"inherit","sampleIntervalSeconds":0,"heartbeatSeconds":0,"offlineAuthorization":"inherit",
			"organization":{"name":"Northline"},"chargers":[{"ocppId":"voltix-0917","handsOff":false,"callTimeoutSeconds":0,"certificateFingerprint":"none"}]}]}`)
		c := s.fleet.Estate().Charger(41)
		if site := s.fleet.Estate().Site(c.SiteID); site.Wishes != (charging.Wishes{}) || c.HandsOff || c.CallTimeout != 0 || c.Fingerprint != "" {
			t.Errorf("%+v, %+v", site.Wishes, c.ChargerSettings)
		}
	})
}

func TestAPasswordOnItsWaySurvivesAnImport(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(oneSite)
	err := s.fleet.Update(t.Context(), func(e *fleet.Estate, _ *fleet.IDs) (*charging.Change, error) {
		c := e.Charger(41).ChargerSettings
		c.NextPasswordHash = "next"
		return &charging.Change{Chargers: []charging.ChargerSettings{c}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.export(), "next") {
		t.Error("it is exported")
	}
	change := func(rest string) string {
		return `{"data":[{"name":"Harbor Depot","organization":{"name":"Northline"},"chargers":[{"ocppId":"voltix-0917",` + rest + `}]}]}`
	}
	s.importFile(change(`"externalId":"E"`))
	if got := s.fleet.Estate().Charger(41).NextPasswordHash; got != "next" {
		t.Errorf("got %q", got)
	}
	s.importFile(change(`"password":"correct horse"`))
	if got := s.fleet.Estate().Charger(41).NextPasswordHash; got != "" {
		t.Errorf("beside a new password there is %q", got)
	}
}

// boot has the charger report itself, and a status of a port.
func boot(t *testing.T, s *server, charger charging.ID) {
	t.Helper()
	at := now.Add(time.Minute)
	generation, err := s.fleet.Connect(t.Context(), charger, charging.Connected{Protocol: "ocpp1.6", Remote: "10.0.0.9"}, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []charging.Body{
		charging.Booted{Boot: charging.Boot{At: at, Manufacturer: "Reported", Model: "R-1", SerialNumber: "SN", Firmware: "9"}},
		charging.PortStatusReported{Port: 2, Status: charging.Available},
	} {
		if _, err := s.fleet.Handle(t.Context(), charging.Event{ChargerID: charger, Generation: generation, Received: at, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestImportingAnExportLeavesReportedAndComputedValuesUnset(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(`{"data":[{"name":"Yard","timezone":"UTC","chargers":[{"ocppId":"CP1","ports":[{"portNumber":1,"maximumPowerKw":150}]}]}]}`)
	id := s.fleet.Estate().ChargerByIdentity("CP1").ID
	boot(t, s, id)
	file := s.export()
	for _, want := range []string{`"manufacturer": "Reported"`, `"firmwareVersion": "9"`, `"type": "DCFC"`, `"connectorType": "CCS1"`, `"name": "Port 2"`} {
		if !strings.Contains(file, want) {
			t.Errorf("the export lacks %s: %s", want, file)
		}
	}
	wantLines(t, s, file, "")
	if c := s.fleet.Estate().Charger(id); c.Manufacturer != "" || c.Type != "" || c.Port(1).ConnectorType != "" {
		t.Errorf("values became set ones: %+v", c.ChargerSettings)
	}
	wantLines(t, s, `{"data":[{"name":"Yard","chargers":[{"ocppId":"CP1","manufacturer":"Set","firmwareVersion":"8"}]}]}`,
		"change charger CP1: manufacturer \"\" -> \"Set\", firmwareVersion \"\" -> \"8\"\n")
	if c := s.fleet.Estate().Charger(id); c.EffectiveManufacturer() != "Set" || c.EffectiveFirmware() != "9" {
		t.Errorf("shown are %q and %q", c.EffectiveManufacturer(), c.EffectiveFirmware())
	}
}

func TestACardAVehicleAndACustomerAreImportedAndFoundAgain(t *testing.T) {
	s := newServer(t, "here")
	file := `{"data":[{"name":"Yard","timezone":"UTC","organization":{"id":3,"name":"Northline"}}],
	"customers":[{"id":5,"name":"Linehaul"}],
	"vehicles":[{"id":700,"name":"Van 12","make":"Ravn","vin":"RV12","customer":{"name":"linehaul"}}],
	"accessIds":[{"id":310,"ocppIdTag":"04a1b2","type":"RFID","name":"Card 12","authorizationStatus":"Revoked","authorizedAt":"2026-01-05T10:00:00.000Z",
	 "revokedAt":"2026-02-01T08:30:00+01:00","expiresAt":"2027-01-01","parentIdTag":"GROUP","vehicle":{"id":700,"name":"Van 12"},"customer":{"name":"Other"}},
	 {"ocppIdTag":"VID:1","type":"Vehicle","vehicle":{"id":900,"name":"Van 13","vin":null}},
	 {"ocppIdTag":"VID:2","type":"Vehicle","vehicleId":700}]}`
	wantLines(t, s, file, `change organization Northline: name "My organization" -> "Northline", id 1 -> 3
new site Yard
new customer Linehaul
new vehicle Van 12
new customer Other
new accessId Card 12
new vehicle Van 13
new accessId VID:1
new accessId VID:2
`)
	wantLines(t, s, file, "")
	e := s.fleet.Estate()
	want := &charging.AccessID{ID: 310, OrganizationID: 3, Tag: "04a1b2", Type: "RFID", Name: "Card 12", Revoked: true,
		AuthorizedAt: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC), RevokedAt: time.Date(2026, 2, 1, 7, 30, 0, 0, time.UTC),
		ExpiresAt: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), GroupTag: "GROUP", VehicleID: 700, CustomerID: e.Customers()[0].ID,
		CreatedAt: now.Truncate(time.Millisecond), UpdatedAt: now.Truncate(time.Millisecond)}
	if diff := cmp.Diff(want, e.AccessID(310)); diff != "" {
		t.Error(diff)
	}
	wantLines(t, s, `{"accessIds":[{"ocppIdTag":"04A1B2","authorizationStatus":"Authorized"}]}`,
		"change accessId Card 12: ocppIdTag \"04a1b2\" -> \"04A1B2\", authorized again\n")
	wantLines(t, s, `{"accessIds":[{"ocppIdTag":"04A1B2","authorizationStatus":"Revoked"}]}`, "change accessId Card 12: revoked\n")
	if a := s.fleet.Estate().AccessID(310); a.RevokedAt.IsZero() || a.VehicleID != 700 {
		t.Errorf("got %+v", a)
	}
	wantError(t, s, `{"accessIds":[{"ocppIdTag":"x","vehicleId":12345}]}`, `accessIds[0].vehicleId: vehicle 12345 is not in the file; add it to "vehicles"`)
	wantError(t, s, `{"organizations":[{"name":"Northline"}],"accessIds":[{"ocppIdTag":"y","organization":{"name":"Northline"}},{"ocppIdTag":"Y"}]}`,
		`accessIds[1].ocppIdTag: "Y" is also at accessIds[0].ocppIdTag; it may stand once in an organization`)
}

func TestVehiclesMatchByVinThenPlateThenName(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(`{"vehicles":[{"name":"Van","vin":"V1"},{"name":"Van","vin":"V2"},{"name":"Bus","licensePlate":"P1"}]}`)
	wantLines(t, s, `{"vehicles":[{"vin":"v1","name":"Van 1"}]}`, `change vehicle Van 1: name "Van" -> "Van 1", vin "V1" -> "v1"`+"\n")
	wantLines(t, s, `{"vehicles":[{"licensePlate":"p1","vin":"V3"}]}`, `change vehicle Bus: vin "" -> "V3", licensePlate "P1" -> "p1"`+"\n")
	wantLines(t, s, `{"vehicles":[{"name":"van","make":"Ravn"}]}`, `change vehicle van: name "Van" -> "van", make "" -> "Ravn"`+"\n")
	s.importFile(`{"vehicles":[{"name":"Van","vin":"V9"}]}`)
	wantError(t, s, `{"vehicles":[{"name":"Van"}]}`, fmt.Sprintf(`vehicles[0].name: "Van" is the name of several vehicles (%d and %d); tell which by "vin" or "licensePlate"`, 2, 4))
}

func TestAnAmbiguousOrganizationIsRefused(t *testing.T) {
	s := newServer(t, "here")
	s.importFile(`{"organizations":[{"id":1,"name":"Top"},{"id":2,"name":"A","parentId":1},{"id":3,"name":"B","parentId":1},{"id":4,"name":"X","parentId":2},{"id":5,"name":"X","parentId":3}]}`)
	wantError(t, s, `{"data":[{"name":"S","organization":{"name":"X"}}]}`,
		`data[0].organization.name: "X" is the name of organizations 4 and 5; tell which by a list "organizations" with "id", "name", "parentId", as "chargeyard export" writes it`)
	wantLines(t, s, s.export(), "")
}
