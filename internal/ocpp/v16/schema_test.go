package v16

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// schema is the part of a JSON schema that the official ones of OCPP use.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"`
	Format      string             `json:"format"`
	MaxLength   int                `json:"maxLength"`
	MinItems    int                `json:"minItems"`
	MaxItems    int                `json:"maxItems"`
	MultipleOf  float64            `json:"multipleOf"`
	Enum        []string           `json:"enum"`
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Items       *schema            `json:"items"`
	Definitions map[string]*schema `json:"definitions"`
}

func TestTableIsTheOfficialSchemas(t *testing.T) {
	schemas := loadSchemas(t)
	for i := range Table.Actions {
		a := &Table.Actions[i]
		for name, members := range map[string][]ocpp.Member{
			a.Name + "Request": a.Request, a.Name + "Response": a.Response} {
			s := schemas[name]
			if s == nil {
				t.Errorf("there is no schema %s", name)
				continue
			}
			delete(schemas, name)
			if diff := cmp.Diff(membersOf(s, s.Definitions), sorted(members)); diff != "" {
				t.Errorf("%s (-schema +table):\n%s", name, diff)
			}
		}
	}
	for name := range schemas {
		t.Errorf("the table has no %s", name)
	}
}

// membersOf turns a schema into rows of a message table, sorted by name.
func membersOf(s *schema, definitions map[string]*schema) []ocpp.Member {
	members := []ocpp.Member{}
	for name, p := range s.Properties {
		m := memberOf(p, definitions)
		m.Name, m.Required = name, slices.Contains(s.Required, name)
		members = append(members, m)
	}
	return sorted(members)
}

func memberOf(s *schema, definitions map[string]*schema) ocpp.Member {
	if name, ok := strings.CutPrefix(s.Ref, "#/definitions/"); ok {
		s = definitions[name]
	}
	switch s.Type {
	case "array":
		m := memberOf(s.Items, definitions)
		m.List, m.MinItems, m.MaxItems = true, s.MinItems, s.MaxItems
		return m
	case "object":
		return ocpp.Member{Kind: ocpp.KindObject, Members: membersOf(s, definitions)}
	case "integer":
		return ocpp.Member{Kind: ocpp.KindInteger}
	case "number":
		return ocpp.Member{Kind: ocpp.KindNumber, Tenths: s.MultipleOf == 0.1}
	case "boolean":
		return ocpp.Member{Kind: ocpp.KindBoolean}
	}
	kinds := map[string]ocpp.Kind{"": ocpp.KindText, "date-time": ocpp.KindTime, "uri": ocpp.KindURI}
	words := slices.Clone(s.Enum)
	slices.Sort(words)
	return ocpp.Member{Kind: kinds[s.Format], MaxLength: s.MaxLength, Enum: words}
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

// loadSchemas returns the official schemas by action and "Request" or
// "Response".
func loadSchemas(t *testing.T) map[string]*schema {
	t.Helper()
	if folder := os.Getenv("CHARGEYARD_OCPP_SCHEMAS"); folder != "" {
		return loadSchemaFolder(t, folder)
	}
	module := filepath.Join("..", "..", "..", "interop", "node_modules", "typed-ocpp", "dist", "ocpp16", "schemas.js")
	text, err := os.ReadFile(module)
	if err != nil {
		t.Fatalf("the official schemas are not installed: run \"make test\", which installs them, or set "+
			"CHARGEYARD_OCPP_SCHEMAS to a folder that holds them (%v)", err)
	}
	return parseSchemaModule(t, string(text))
}

// loadSchemaFolder reads a folder with one file a schema: Authorize.json and
// AuthorizeResponse.json, or those in a folder 1.6 inside it.
func loadSchemaFolder(t *testing.T, folder string) map[string]*schema {
	t.Helper()
	if inner := filepath.Join(folder, "1.6"); isFolder(inner) {
		folder = inner
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.json"))
	if len(files) == 0 {
		t.Fatalf("CHARGEYARD_OCPP_SCHEMAS: there are no schemas in %s", folder)
	}
	schemas := make(map[string]*schema)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := new(schema)
		if err := json.Unmarshal(text, s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if !strings.HasSuffix(name, "Response") {
			name = strings.TrimSuffix(name, "Request") + "Request"
		}
		schemas[name] = s
	}
	return schemas
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

var declaration = regexp.MustCompile(`(?m)^(?:export )?const (\w+) = \{`)

// parseSchemaModule reads the schemas from a JavaScript module that declares
// each as a constant; all share the constant named definitions.
func parseSchemaModule(t *testing.T, text string) map[string]*schema {
	t.Helper()
	text = strings.ReplaceAll(text, "    definitions,\n", "")
	schemas := make(map[string]*schema)
	definitions := make(map[string]*schema)
	for _, at := range declaration.FindAllStringSubmatchIndex(text, -1) {
		name, body := text[at[2]:at[3]], json.NewDecoder(strings.NewReader(text[at[1]-1:]))
		if name == "definitions" {
			if err := body.Decode(&definitions); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			continue
		}
		s := new(schema)
		if err := body.Decode(s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		schemas[name] = s
	}
	for _, s := range schemas {
		s.Definitions = definitions
	}
	narrow(t, schemas["StatusNotificationRequest"].Properties["info"], 100, 50)
	narrow(t, schemas["ChangeConfigurationRequest"].Properties["value"], 2048, 500)
	narrow(t, schemas["GetConfigurationResponse"].Properties["configurationKey"].Items.Properties["value"], 2048, 500)
	return schemas
}

// narrow sets a length back to that of the official schema: the module allows
// longer texts in a few places.
func narrow(t *testing.T, s *schema, from, to int) {
	t.Helper()
	if s.MaxLength != from && s.MaxLength != to {
		t.Fatalf("the module has a length of %d where it had %d", s.MaxLength, from)
	}
	s.MaxLength = to
}
