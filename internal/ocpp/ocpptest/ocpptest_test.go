package ocpptest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
	"github.com/chargeyard/chargeyard/internal/ocpp/schema"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// edition is a version with the error codes that its specification spells, and
// the folder that typed-ocpp has for it.
type edition struct {
	name, module string
	table        *ocpp.Table
	codes        map[ocpp.Problem]string
}

var codes2x = map[ocpp.Problem]string{
	ocpp.ProblemFormation: "FormatViolation", ocpp.ProblemProperty: "PropertyConstraintViolation",
	ocpp.ProblemOccurrence: "OccurrenceConstraintViolation", ocpp.ProblemType: "TypeConstraintViolation"}

var editions = []edition{
	{"1.6", "ocpp16", v16.Table, map[ocpp.Problem]string{
		ocpp.ProblemFormation: "FormationViolation", ocpp.ProblemProperty: "PropertyConstraintViolation",
		ocpp.ProblemOccurrence: "OccurenceConstraintViolation", ocpp.ProblemType: "TypeConstraintViolation"}},
	{"2.0.1", "ocpp20", v201.Table, codes2x},
	{"2.1", "ocpp21", v21.Table, codes2x},
}

// message is a request or response of an action.
type message struct {
	name    string // such as "ResetRequest"
	members []ocpp.Member
}

func messages(table *ocpp.Table) []message {
	var list []message
	for _, a := range table.Actions {
		list = append(list, message{a.Name + "Request", a.Request})
		if !a.Send {
			list = append(list, message{a.Name + "Response", a.Response})
		}
	}
	return list
}

func TestCheckAcceptsWhatIsValid(t *testing.T) {
	for _, e := range editions {
		t.Run(e.name, func(t *testing.T) {
			w := newWitness(t, e.module)
			for _, m := range messages(e.table) {
				accept := func(name, path string, payload []byte) {
					if fault := ocpp.Check(e.table.Version, m.members, payload); fault != nil {
						t.Errorf("%s: %s %s is refused: %v: %s", m.name, path, name, fault, payload)
					}
					if err := w.judge(t, m.name, payload); err != nil {
						t.Errorf("%s: %s %s: the schema refuses %s: %v", m.name, path, name, payload, err)
					}
				}
				accept("full", "", ocpptest.Full(m.members))
				accept("minimal", "", ocpptest.Minimal(m.members))
				for edge := range ocpptest.Edges(m.members) {
					accept(edge.Name, edge.Path, edge.Payload)
				}
			}
		})
	}
}

func TestCheckNamesEverySingleFaultAsTheVersionSpellsIt(t *testing.T) {
	for _, e := range editions {
		t.Run(e.name, func(t *testing.T) {
			w := newWitness(t, e.module)
			count := 0
			for _, m := range messages(e.table) {
				for f := range ocpptest.Faults(m.members) {
					count++
					got := ocpp.Check(e.table.Version, m.members, f.Payload)
					if got == nil || got.Problem != f.Problem || string(got.Code) != e.codes[f.Problem] ||
						f.Path != "" && !strings.HasPrefix(got.Description, f.Path+" ") {
						t.Errorf("%s: %s %s: %v, want %s about %s: %s", m.name, f.Path, f.Name, got, e.codes[f.Problem], f.Path, f.Payload)
					}
					if f.Name != "twice" && !laxer[m.name+"."+f.Path+" "+f.Name] && w.judge(t, m.name, f.Payload) == nil {
						t.Errorf("%s: %s %s: the schema allows %s", m.name, f.Path, f.Name, f.Payload)
					}
				}
			}
			if count < 10*len(messages(e.table)) {
				t.Errorf("only %d faults were tried", count)
			}
		})
	}
}

// laxer are the faults that typed-ocpp's schemas let pass: a text that is too
// long by the published ones. For JSON Schema a member that stands twice is
// none at all.
var laxer = map[string]bool{
	"StatusNotificationRequest.info too long":                     true,
	"ChangeConfigurationRequest.value too long":                   true,
	"GetConfigurationResponse.configurationKey[0].value too long": true,
}

func TestFaultsAndEdgesStopWhenNoMoreAreWanted(t *testing.T) {
	members := v21.Table.Action(v21.ActionTransactionEvent).Request
	all := slices.Collect(ocpptest.Faults(members))
	for n := 1; n < len(all); n += 37 {
		got := 0
		for range ocpptest.Faults(members) {
			if got++; got == n {
				break
			}
		}
	}
	for range ocpptest.Edges(members) {
		break
	}
}

// FuzzCheck holds Check against a JSON schema validator of other authors.
func FuzzCheck(f *testing.F) {
	var all []message
	var of []edition
	for _, e := range editions {
		for _, m := range messages(e.table) {
			f.Add(uint16(len(all)), ocpptest.Minimal(m.members))
			f.Add(uint16(len(all)), ocpptest.Full(m.members))
			all, of = append(all, m), append(of, e)
		}
	}
	witnesses := make(map[string]*witness)
	for _, e := range editions {
		witnesses[e.name] = newWitness(f, e.module)
	}
	f.Fuzz(func(t *testing.T, n uint16, payload []byte) {
		m, e := all[int(n)%len(all)], of[int(n)%len(all)]
		in := string(payload)
		fault := ocpp.Check(e.table.Version, m.members, payload)
		if string(payload) != in {
			t.Fatal("the payload was changed")
		}
		if fault == nil {
			if err := witnesses[e.name].judge(t, m.name, payload); err != nil {
				t.Errorf("%s: %s passes, but: %v", m.name, payload, err)
			}
			return
		}
		if want := e.codes[fault.Problem]; want == "" || string(fault.Code) != want || fault.Description == "" {
			t.Errorf("%s: %v", m.name, fault)
		}
	})
}

// witness judges payloads by the official schemas with a validator of other
// authors.
type witness struct {
	compiler *jsonschema.Compiler
	mu       sync.Mutex
	compiled map[string]*jsonschema.Schema
}

func newWitness(t testing.TB, folder string) *witness {
	t.Helper()
	file := filepath.Join("..", "..", "..", "interop", "node_modules", "typed-ocpp", "dist", folder, "schemas.js")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("the official schemas are not installed: run \"make test\", which installs them (%v)", err)
	}
	documents, err := schema.Documents(string(text))
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{compiler: jsonschema.NewCompiler(), compiled: make(map[string]*jsonschema.Schema)}
	w.compiler.DefaultDraft(jsonschema.Draft6)
	w.compiler.AssertFormat()
	for name, document := range documents {
		if name == schema.Shared {
			document = slices.Concat([]byte(`{"definitions":`), document, []byte("}"))
		} else {
			document = bytes.ReplaceAll(document, []byte(`"#/definitions/`), []byte(`"`+address(schema.Shared)+`#/definitions/`))
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
		if err == nil {
			err = w.compiler.AddResource(address(name), value)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return w
}

func address(name string) string { return "https://schemas.example/" + name }

// judge returns why the schema of a message refuses a payload, or nil.
func (w *witness) judge(t testing.TB, name string, payload []byte) error {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.compiled[name] == nil {
		s, err := w.compiler.Compile(address(name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.compiled[name] = s
	}
	if !json.Valid(payload) {
		return &json.SyntaxError{}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return err
	}
	return w.compiled[name].Validate(value)
}
