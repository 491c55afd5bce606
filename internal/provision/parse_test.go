package provision_test

import (
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/provision"
)

// refuses parses a bad file, which must be refused with this text.
func refuses(t *testing.T) func(file, want string) {
	return func(file, want string) {
		t.Helper()
		_, err := provision.Parse([]byte(file))
		if err == nil || err.Error() != want || charging.KindOf(err) != charging.Invalid {
			t.Errorf("%s\n got %v\nwant %s", file, err, want)
		}
	}
}

// siteWith and chargerWith are files with a member in their site, or in its
// second charger.
func siteWith(rest string) string { return `{"data":[{"id":1,"name":"S",` + rest + `}]}` }
func chargerWith(rest string) string {
	return siteWith(`"chargers":[{"ocppId":"A"},{"name":"C",` + rest + `}]`)
}

func TestABadFileIsRefusedNamingThePlaceAndTheFix(t *testing.T) {
	f, site, charger := refuses(t), siteWith, chargerWith

	f(``, `the file is empty; it must hold one JSON object, {"data": [sites]}`)
	f("{\n \"data\": [,]}", `not JSON in line 2, column 11: invalid character ',' looking for beginning of value`)
	f(`{"data":[`, `the JSON ends too early in line 1, column 9; the file seems to be cut off`)
	f(`{"data":[]} {}`, `something follows the end of the JSON object in line 1, column 13; the file must hold one object`)
	f(`[]`, `the file must hold one JSON object, {"data": [sites]}, as GET /api/sites returns it`)
	f(`{}`, `data: is missing; the file must hold {"data": [sites]}, as GET /api/sites returns it`)
	f(`{"data":{}}`, `data: must be a list in square brackets`)
	f(`{"data":[7]}`, `data[0]: must be an object in braces`)
	f(`{"data":[{}]}`, `data[0].name: is missing; a site needs a name`)
	f(site(`"timezone":"Mars/Base"`), `data[0].timezone: "Mars/Base" is no time zone; write an IANA name like America/Los_Angeles or UTC`)
	f(site(`"timezone":"../../etc/passwd"`), `data[0].timezone: "../../etc/passwd" is no time zone; write an IANA name like America/Los_Angeles or UTC`)
	f(site(`"timezone":7`), `data[0].timezone: must be text in quotes, or null`)
	f(site(`"unknownIdTags":"maybe"`), `data[0].unknownIdTags: "maybe" is none of "reject", "accept", "inherit"`)
	f(site(`"organization":{}`), `data[0].organization.name: is missing; an organization needs a name`)
	f(site(`"organization":3`), `data[0].organization: must be an object in braces, or null`)
	f(site(`"address":"`+strings.Repeat("x", 501)+`"`), `data[0].address: has 501 characters; at most 500 are allowed`)
	f(`{"data":[{"id":0,"name":"S"}]}`, `data[0].id: must be a positive whole number`)
	f(`{"data":[{"id":9007199254740992,"name":"S"}]}`, `data[0].id: must be at most 9007199254740991`)
	f(charger(`"latitude":91`), `data[0].chargers[1].latitude: must be decimal degrees from -90 to 90`)
	f(charger(`"longitude":"7.5"`), `data[0].chargers[1].longitude: must be a number without quotes, or null`)
	f(charger(`"latitude":1e999`), `data[0].chargers[1].latitude: is a number too large to use`)
	f(charger(`"type":"level 2"`), `data[0].chargers[1].type: "level 2" is none of "DCFC", "Level 2"`)
	f(charger(`"ocppId":"a/b"`), `data[0].chargers[1].ocppId: must not contain a slash; it is the last part of the address that the charger connects to`)
	f(charger(`"ocppId":"A"`), `data[0].chargers[1].ocppId: "A" is also at data[0].chargers[0].ocppId; it may stand once`)
	f(charger(`"password":"x","passwordHash":"y"`), `data[0].chargers[1].passwordHash: stands beside "password"; keep one of the two`)
	f(charger(`"passwordHash":"y"`), `data[0].chargers[1].passwordHash: is not of the form that "chargeyard export --secrets" writes; write the password itself as "password"`)
	f(charger(`"assumeOcpp16":1`), `data[0].chargers[1].assumeOcpp16: must be true or false, without quotes`)
	f(charger(`"ports":[{"portNumber":1},{"portNumber":-1}]`), `data[0].chargers[1].ports[1].portNumber: must be a positive whole number`)
	f(charger(`"ports":[{"portNumber":1.5}]`), `data[0].chargers[1].ports[0].portNumber: must be a positive whole number`)
	f(charger(`"ports":[{}]`), `data[0].chargers[1].ports[0].portNumber: is missing; it must be a positive whole number`)
	f(charger(`"ports":[{"portNumber":1},{"portNumber":1}]`), `data[0].chargers[1].ports[1].portNumber: 1 is also at data[0].chargers[1].ports[0].portNumber; each port of a charger has a number of its own`)
	f(charger(`"ports":[{"portNumber":1,"maximumPowerKw":-1}]`), `data[0].chargers[1].ports[0].maximumPowerKw: must be a power in kW from 0 to 100000`)
	f(charger(`"ports":[{"id":5,"portNumber":1},{"id":5,"portNumber":2}]`), `data[0].chargers[1].ports[1].id: 5 is also at data[0].chargers[1].ports[0].id; it may stand once`)
	f(site(`"chargers":[{}]`), `data[0].chargers[0].name: is missing; a charger needs at least one of name, ocppId and externalId`)
	f(site(`"chargers":[{"externalId":"E"},{"externalId":"E"}]`), `data[0].chargers[1].externalId: "E" is also at data[0].chargers[0].externalId; it may stand once`)
	f(`{"data":[{"name":"S"},{"name":"S"}]}`, `data[1].name: "S" is also at data[0].name; it may stand once`)
	f(`{"data":[{"id":1,"name":"S"},{"id":1,"name":"T"}]}`, `data[1].id: 1 is also at data[0].id; it may stand once`)
	f(`{"data":[{"name":"S","organization":{"id":3,"name":"A"}},{"name":"T","organization":{"id":3,"name":"B"}}]}`,
		`data[1].organization.name: "B" differs from "A" at data[0].organization.name for the same id 3; an organization has one name`)
	f(`{"data":[{"name":"S","organization":{"id":3,"name":"A"}},{"name":"T","organization":{"id":4,"name":"A"}}]}`,
		`data[1].organization.name: "A" is also the name of the organization at data[0].organization; name them apart, or tell their parents in a list "organizations" with "id", "name", "parentId"`)
	f(`{"organizations":[{"id":1,"name":"A","parentId":9}]}`, `organizations[0].parentId: 9 is not the id of an organization in this list`)
	f(`{"organizations":[{"id":1,"name":"A","parentId":1}]}`, `organizations[0].parentId: puts the organization inside itself, or more than 8 deep`)
	f(`{"accessIds":[{"ocppIdTag":"ab"},{"ocppIdTag":"AB"}]}`, `accessIds[1].ocppIdTag: "AB" is also at accessIds[0].ocppIdTag; it may stand once`)
	f(`{"accessIds":[{"name":"Card"}]}`, `accessIds[0].ocppIdTag: is missing; it is what the charger sends, 1 to 36 characters`)
	f(`{"accessIds":[{"ocppIdTag":"A","expiresAt":"soon"}]}`, `accessIds[0].expiresAt: "soon" is no time; write it like 2026-03-02T06:01:40Z`)
	f(`{"accessIds":[{"ocppIdTag":"A","customer":{"name":null}}]}`, `accessIds[0].customer.name: is missing; write the customer's name, or null instead of the customer`)
	f(`{"vehicles":[{"make":"Ravn"}]}`, `vehicles[0].name: is missing; a vehicle needs at least one of name, vin and licensePlate`)
	f(`{"vehicles":[{"vin":"V1"},{"vin":"v1"}]}`, `vehicles[1].vin: "v1" is also at vehicles[0].vin; it may stand once`)
	f(`{"customers":[{"id":1}]}`, `customers[0].name: is missing; a customer needs a name`)
}

func TestAllBadRowsAreToldAtOnceUpToFifty(t *testing.T) {
	row := `{"name":"C","ports":[{"portNumber":0}]}`
	_, err := provision.Parse([]byte(`{"data":[{"name":"S","chargers":[` + strings.Repeat(row+",", 59) + row + `]}]}`))
	if err == nil {
		t.Fatal("want an error")
	}
	told := strings.Split(err.Error(), "\n")
	if len(told) != 51 || told[49] != "data[0].chargers[49].ports[0].portNumber: must be a positive whole number" || told[50] != "and 10 more" {
		t.Errorf("got %d lines, the last ones %q", len(told), told[len(told)-2:])
	}
}

func TestWhatTheContractLeavesOpenIsTolerated(t *testing.T) {
	doc, err := provision.Parse([]byte("\xef\xbb\xbf" + `{"extra":1,"data":[{"name":"S","address":"1 Road\nTown","organization":null,"timezone":null,
		"chargers":[{"ocppId":"A","name":"  ","powerSharing":true,"numberOfPorts":5,"latitude":4.70e1,"longitude":-0.0,
		"connectionStatus":{"status":"Connected","timestamp":"x"},"mystery":[1],
		"ports":[{"portNumber":1,"maximumPowerKw":7.68,"ocppStatus":{"status":7},"currentChargingSession":{"vehicle":{"id":1}}}]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	c := doc.Sites[0].Chargers[0]
	if doc.Sites[0].Address != "1 Road Town" || c.Name != "" || c.Latitude != "47" || c.Longitude != "0" || c.Ports[0].MaxPower != 7_680_000 {
		t.Errorf("got %+v", doc.Sites[0])
	}
	if len(doc.Vehicles) != 0 {
		t.Error("the vehicle of a running session was taken over")
	}
	if len(doc.Notes) != 2 || doc.Notes[0].Path != "data[0].chargers[0].powerSharing" || doc.Notes[1].Path != "data[0].chargers[0].numberOfPorts" {
		t.Errorf("notes %v", doc.Notes)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"data":[{"id":1,"name":"S","timezone":"UTC","organization":{"id":3,"name":"A"},"chargers":[{"ocppId":"A","latitude":1.5,"ports":[{"portNumber":1,"maximumPowerKw":50}]}]}]}`))
	f.Add([]byte(`{"server":"s","organizations":[{"id":1,"name":"A"},{"id":2,"name":"B","parentId":1}],"accessIds":[{"ocppIdTag":"x","vehicle":{"vin":"v"}}],"vehicles":[{"name":"V","customer":{"name":"c"}}],"customers":[{"name":"c"}]}`))
	f.Add([]byte(`{"data":[{"name":"S","chargers":[{"name":"C","ports":[{"portNumber":0}]}]}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		s := newServer(t, "here")
		first, err := s.tryImport(string(file))
		if err != nil {
			if charging.KindOf(err) != charging.Invalid || charging.MessageOf(err) == "" {
				t.Fatalf("not told as a bad file: %v", err)
			}
			return
		}
		_ = first
		if r := s.importFile(s.export()); len(r.Lines) != 0 {
			t.Fatalf("import of the export changes\n%s", lines(r))
		}
	})
}

func TestABadSettingOfHowChargersAreSetUpIsRefused(t *testing.T) {
	f, site, charger := refuses(t), siteWith, chargerWith
	f(charger(`"handsOff":"yes"`), `data[0].chargers[1].handsOff: must be true or false, without quotes`)
	f(charger(`"callTimeoutSeconds":601`), `data[0].chargers[1].callTimeoutSeconds: must be whole seconds from 0 to 600; 0 takes the server's setting`)
	f(charger(`"callTimeoutSeconds":"30"`), `data[0].chargers[1].callTimeoutSeconds: must be whole seconds from 0 to 600; 0 takes the server's setting`)
	f(charger(`"certificateFingerprint":"ab:cd"`), `data[0].chargers[1].certificateFingerprint: must be the SHA-256 of the certificate as 64 hex digits, or "none"`)
	f(site(`"measurands":"SoC,,Voltage"`), `data[0].measurands: has an empty place between commas; write it like Energy.Active.Import.Register,Power.Active.Import,SoC`)
	f(site(`"sampleIntervalSeconds":-1`), `data[0].sampleIntervalSeconds: must be whole seconds from 0 to 86400; 0 takes the server's setting`)
	f(site(`"heartbeatSeconds":1.5`), `data[0].heartbeatSeconds: must be whole seconds from 0 to 86400; 0 takes the server's setting`)
	f(site(`"offlineAuthorization":"perhaps"`), `data[0].offlineAuthorization: "perhaps" is none of "yes", "no", "inherit"`)
}
