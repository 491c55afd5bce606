package quirks

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// entry is one report of the corpus: a line of testdata/index.jsonl.
type entry struct {
	// ID is made of the source and the report's own words, of which no copy is
	// kept here; see idOf.
	ID     string `json:"id"`
	Source string `json:"source"` // where it was reported
	About  string `json:"about"`  // in our words
	// Frame names the dialect whose testdata/quirks.jsonl has the frame; "" for
	// none.
	Frame string `json:"frame,omitempty"`
	// Tests are room.TestName or room.TestName/name, where the name is a text in
	// the test or in the room's testdata.
	Tests []string `json:"tests,omitempty"`
	Plays []string `json:"plays,omitempty"` // of this package, by name
	// None says why there is nothing of a server's to test.
	None string `json:"none,omitempty"`
}

// idOf is the id of a report: the beginning of a hash.
func idOf(source, words string) string {
	sum := sha256.Sum256([]byte(source + "\n" + words))
	return hex.EncodeToString(sum[:6])
}

// lines decodes a file of JSON lines.
func lines[T any](t *testing.T, path string) []T {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	var all []T
	for scanner.Scan() {
		var v T
		if err := json.Unmarshal(scanner.Bytes(), &v); err != nil {
			t.Fatalf("%s, line %d: %v", path, len(all)+1, err)
		}
		all = append(all, v)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func index(t *testing.T) []entry {
	t.Helper()
	all := lines[entry](t, "testdata/index.jsonl")
	if len(all) == 0 {
		t.Fatal("the index is empty")
	}
	return all
}

func TestTheIndexHasEveryEntryOfTheCorpus(t *testing.T) {
	known := make(map[string]bool)
	for _, e := range index(t) {
		if e.ID == "" || e.Source == "" || e.About == "" {
			t.Errorf("%+v: id, source and about must be there", e)
		}
		if known[e.ID] {
			t.Errorf("%s (%s) is there twice", e.ID, e.Source)
		}
		known[e.ID] = true
	}
	path := os.Getenv("CHARGEYARD_OCPP_QUIRKS")
	if path == "" {
		t.Logf("%d entries; CHARGEYARD_OCPP_QUIRKS names no corpus to compare them with", len(known))
		return
	}
	corpus := lines[struct{ Source, Quirk string }](t, path)
	for i, r := range corpus {
		id := idOf(r.Source, r.Quirk)
		if !known[id] {
			t.Errorf("entry %d of the corpus is not in the index: %s, id %s", i+1, r.Source, id)
		}
		delete(known, id)
	}
	for id := range known {
		t.Errorf("the corpus has no entry %s", id)
	}
}

// row is a line of a dialect's testdata/quirks.jsonl.
type row struct{ Source, About, Frame string }

func TestEveryEntryIsCovered(t *testing.T) {
	c := coverage{T: t, frames: make(map[string][]row), rooms: make(map[string]*room), played: make(map[string]bool)}
	var byFrame, byTest, byPlay, none int
	count := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	for _, e := range index(t) {
		c.check(&e)
		count(&byFrame, e.Frame != "")
		count(&byTest, len(e.Tests) > 0)
		count(&byPlay, len(e.Plays) > 0)
		count(&none, e.None != "")
		if tested := e.Frame != "" || len(e.Tests)+len(e.Plays) > 0; tested == (e.None != "") {
			t.Errorf("%s %s: either it is tested, or says why not", e.ID, e.Source)
		}
	}
	for name := range plays {
		if !c.played[name] {
			t.Errorf("the play %q is of no entry", name)
		}
	}
	t.Logf("by a frame %d, by tests of rooms %d, by a play %d (some by several); nothing to test %d", byFrame, byTest, byPlay, none)
}

// coverage looks for what entries name.
type coverage struct {
	*testing.T
	frames map[string][]row // of each dialect
	rooms  map[string]*room
	played map[string]bool
}

func (c *coverage) check(e *entry) {
	c.Helper()
	if e.Frame != "" {
		if c.frames[e.Frame] == nil {
			c.frames[e.Frame] = lines[row](c.T, filepath.Join("..", filepath.FromSlash(e.Frame), "testdata", "quirks.jsonl"))
		}
		if !slices.ContainsFunc(c.frames[e.Frame], func(r row) bool { return r.Source == e.Source && r.About == e.About && r.Frame != "" }) {
			c.Errorf("%s %s: %s has no frame about %q", e.ID, e.Source, e.Frame, e.About)
		}
	}
	for _, name := range e.Tests {
		at, test, _ := strings.Cut(name, ".")
		if c.rooms[at] == nil {
			c.rooms[at] = readRoom(c.T, at)
		}
		if why := c.rooms[at].lacks(test); why != "" {
			c.Errorf("%s %s: %s: %s", e.ID, e.Source, name, why)
		}
	}
	for _, name := range e.Plays {
		if c.played[name] = true; plays[name] == nil {
			c.Errorf("%s %s: there is no play %q", e.ID, e.Source, name)
		}
	}
}

// room is the tests of a package: the text of each, and of their data.
type room struct {
	tests map[string][]byte
	data  []byte
}

func readRoom(t *testing.T, at string) *room {
	t.Helper()
	r := &room{tests: make(map[string][]byte)}
	folder := filepath.Join("..", filepath.FromSlash(at))
	files, _ := filepath.Glob(filepath.Join(folder, "*_test.go"))
	data, _ := filepath.Glob(filepath.Join(folder, "testdata", "*.jsonl"))
	for _, file := range append(files, data...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, ".go") {
			r.data = append(r.data, text...)
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				r.tests[f.Name.Name] = text[fset.Position(f.Pos()).Offset:fset.Position(f.End()).Offset]
			}
		}
	}
	return r
}

var testName = regexp.MustCompile(`^(Test|Fuzz)[A-Z0-9]`)

// lacks says what is missing of Test or Test/name; "" when all is there.
func (r *room) lacks(name string) string {
	test, part, _ := strings.Cut(name, "/")
	quoted := []byte(`"` + part + `"`)
	switch text := r.tests[test]; {
	case !testName.MatchString(test) || text == nil:
		return "there is no such test"
	case part != "" && !bytes.Contains(text, quoted) && !bytes.Contains(r.data, quoted):
		return "the test has no such part"
	}
	return ""
}
