package schema_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/schema"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// editions are the message tables, with the names that the folders of the
// published schemas and the folders of typed-ocpp have.
var editions = []struct {
	name, module string
	table        *ocpp.Table
}{
	{"1.6", "ocpp16", v16.Table},
	{"2.0.1", "ocpp20", v201.Table},
	{"2.1", "ocpp21", v21.Table},
}

func TestTablesAreThePublishedSchemas(t *testing.T) {
	for _, e := range editions {
		t.Run(e.name+" of typed-ocpp", func(t *testing.T) {
			compare(t, e.table, readModule(t, e.module))
		})
		if folder := os.Getenv("CHARGEYARD_OCPP_SCHEMAS"); folder != "" {
			t.Run(e.name+" of the folder", func(t *testing.T) {
				set, err := schema.ReadFolder(os.DirFS(filepath.Join(folder, e.name)))
				if err != nil {
					t.Fatalf("CHARGEYARD_OCPP_SCHEMAS: %v", err)
				}
				compare(t, e.table, set)
			})
		}
	}
}

func compare(t *testing.T, table *ocpp.Table, set schema.Set) {
	t.Helper()
	for i := range table.Actions {
		a := &table.Actions[i]
		compareMessage(t, set, a.Name+"Request", a.Request)
		if a.Send {
			if a.Response != nil {
				t.Errorf("%s is a SEND and has a response", a.Name)
			}
			continue
		}
		compareMessage(t, set, a.Name+"Response", a.Response)
	}
	for name := range set {
		t.Errorf("the table has no %s", name)
	}
}

// compareMessage compares a message with its schema, and takes the schema out
// of the set.
func compareMessage(t *testing.T, set schema.Set, name string, members []ocpp.Member) {
	t.Helper()
	s := set[name]
	if s == nil {
		t.Errorf("there is no schema %s", name)
		return
	}
	delete(set, name)
	want, err := s.Members()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if diff := cmp.Diff(sorted(want), sorted(members)); diff != "" {
		t.Errorf("%s (-schema +table):\n%s", name, diff)
	}
}

// sorted returns members by name and their words in order, at every depth.
func sorted(members []ocpp.Member) []ocpp.Member {
	list := []ocpp.Member{}
	for _, m := range members {
		m.Enum = slices.Clone(m.Enum)
		slices.Sort(m.Enum)
		if m.Kind == ocpp.KindObject {
			m.Members = sorted(m.Members)
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b ocpp.Member) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// readModule returns the schemas that typed-ocpp ships.
func readModule(t *testing.T, folder string) schema.Set {
	t.Helper()
	module := filepath.Join("..", "..", "..", "interop", "node_modules", "typed-ocpp", "dist", folder, "schemas.js")
	text, err := os.ReadFile(module)
	if err != nil {
		t.Fatalf("the official schemas are not installed: run \"make test\", which installs them (%v)", err)
	}
	set, err := schema.ReadModule(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if folder == "ocpp16" {
		narrow(t, set["StatusNotificationRequest"].Properties.Get("info"), 100, 50)
		narrow(t, set["ChangeConfigurationRequest"].Properties.Get("value"), 2048, 500)
		keys := set["GetConfigurationResponse"].Properties.Get("configurationKey")
		narrow(t, keys.Items.Properties.Get("value"), 2048, 500)
	}
	return set
}

// narrow sets a length back to that of the published schema: typed-ocpp allows
// longer texts in a few places.
func narrow(t *testing.T, s *schema.Schema, from, to int) {
	t.Helper()
	if s.MaxLength != from && s.MaxLength != to {
		t.Fatalf("typed-ocpp has a length of %d where it had %d", s.MaxLength, from)
	}
	s.MaxLength = to
}

// TestDirectionsAreThoseOfTheSpecification holds the one thing that the schemas
// do not say against the number of actions in part 2 of each version.
func TestDirectionsAreThoseOfTheSpecification(t *testing.T) {
	f := func(table *ocpp.Table, fromCharger, toCharger int) {
		t.Helper()
		from, to := 0, 0
		for _, a := range table.Actions {
			if a.Direction&ocpp.FromCharger != 0 {
				from++
			}
			if a.Direction&ocpp.ToCharger != 0 {
				to++
			}
			if a.Direction == ocpp.FromCharger|ocpp.ToCharger && a.Name != "DataTransfer" {
				t.Errorf("%s goes both ways", a.Name)
			}
			if a.Send != (a.Name == "NotifyPeriodicEventStream") {
				t.Errorf("%s is a SEND: %v", a.Name, a.Send)
			}
		}
		if from != fromCharger || to != toCharger {
			t.Errorf("version %d: %d from chargers, %d to them; want %d and %d", table.Version, from, to, fromCharger, toCharger)
		}
	}
	f(v16.Table, 14, 26)
	f(v201.Table, 25, 40)
	f(v21.Table, 37, 55)
}

func TestReadFolderRefusesWhatItDoesNotUnderstand(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		set, err := schema.ReadFolder(fstest.MapFS{"Reset.json": {Data: []byte(text)}})
		if err == nil {
			_, err = set["ResetRequest"].Members()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	f(`{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string","pattern":"x"}}}`, `unknown field "pattern"`)
	f(`{"type":"object","additionalProperties":false,"properties":{"a":{"$ref":"#/definitions/B"}}}`, "a: #/definitions/B refers to nothing")
	f(`{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string","format":"date"}}}`, "a: string date")
	f(`{"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer","minimum":0.5}}}`, "a: the bound 0.5 is not a whole number")
	f(`{"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","items":{"type":"array","items":{"type":"string"}}}}}`, "a: a list of lists")
	f(`{"type":"object"}`, "not an object with fixed members")
	f(`{"type":`, "Reset.json: unexpected EOF")

	if _, err := schema.ReadFolder(fstest.MapFS{}); err == nil || err.Error() != "there are no schemas in the folder" {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := schema.ReadModule("export const x = 1;"); err == nil || err.Error() != "the module declares no schemas" {
		t.Errorf("an empty module: %v", err)
	}
}
