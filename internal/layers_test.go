// Package internal holds no code, only the test of how the rooms below it may
// depend on each other (ARCHITECTURE.md).
package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/chargeyard/chargeyard"

// rule says what a room may do. Tests are free: they wire real parts together.
type rule struct {
	imports []string // rooms of ours
	io      bool     // may import what reaches files, sockets or databases
	pure    bool     // reads no clock and starts no goroutine
	why     string
	also    []string // of what reaches outside, for its types only
}

// everything stands for all rooms.
const everything = "*"

// versions are the rooms that know the wire and the meaning of each version.
var versions = []string{"ocpp", "ocpp/v16", "ocpp/v201", "ocpp/v21", "dialect/v16", "dialect/v201", "dialect/v21"}

var rules = map[string]rule{
	"internal/charging":        {pure: true, why: "the nouns and rules stand alone, so that they can be replayed and fuzzed"},
	"internal/ocpp":            {pure: true, why: "the wire has no meaning"},
	"internal/ocpp/v16":        {imports: []string{"ocpp"}, pure: true, why: "the wire has no meaning"},
	"internal/ocpp/v201":       {imports: []string{"ocpp"}, pure: true, why: "the wire has no meaning"},
	"internal/ocpp/v21":        {imports: []string{"ocpp", "ocpp/v201"}, pure: true, why: "2.1 is 2.0.1 and more; the wire has no meaning"},
	"internal/ocpp/schema":     {imports: []string{"ocpp"}, io: true, why: "it reads the official schemas"},
	"internal/ocpp/tablegen":   {imports: []string{"ocpp", "ocpp/schema"}, io: true, why: "it writes the message tables"},
	"internal/dialect/reading": {imports: []string{"charging", "ocpp"}, pure: true, why: "a dialect only translates"},
	"internal/dialect/v16":     {imports: []string{"charging", "ocpp", "ocpp/v16", "dialect/reading"}, pure: true, why: "a dialect only translates"},
	"internal/dialect/v201":    {imports: []string{"charging", "ocpp", "ocpp/v201", "dialect/reading"}, pure: true, why: "a dialect only translates"},
	"internal/dialect/v21": {imports: []string{"charging", "ocpp", "ocpp/v201", "ocpp/v21", "dialect/v201"}, pure: true,
		why: "a dialect only translates"},
	"internal/auth": {imports: []string{"charging"}, why: "who may, without knowing where it is kept",
		also: []string{"net/http"}}, // a request's header and address
	"internal/openid": {imports: []string{"auth"}, io: true, why: "it asks a provider who somebody is, and knows no users"},
	"internal/fleet":  {imports: []string{"charging"}, why: "the decider does I/O only through its interfaces"},
	"internal/store":  {imports: []string{"charging"}, io: true, why: "the store knows the nouns, not who decides about them"},
	"internal/command": {imports: slices.Concat([]string{"charging", "fleet", "auth"}, versions),
		why: "it knows every version's calls, and reaches chargers only through its interfaces"},
	"internal/upkeep": {imports: slices.Concat([]string{"charging", "fleet", "energy"}, versions),
		why: "it knows every version's calls, and reaches chargers only through its interfaces"},
	"internal/energy":            {imports: []string{"charging"}, pure: true, why: "planners are plain functions"},
	"internal/health":            {imports: []string{"charging"}, pure: true, why: "uptime is arithmetic over intervals"},
	"internal/digest":            {imports: []string{"charging"}, why: "what follows from the history is worked out, and kept by the store"},
	"internal/alert":             {imports: []string{"charging", "fleet", "digest"}, io: true, why: "it tells people and programs what they should know"},
	"internal/messagelog":        {imports: []string{"charging"}, io: true, why: "it keeps messages and knows nothing of them"},
	"internal/erase":             {imports: []string{"charging", "fleet"}, why: "it reaches what is kept only through its interfaces"},
	"internal/files":             {imports: []string{"charging"}, io: true, why: "it keeps files and knows nothing of them"},
	"internal/pki":               {imports: []string{"charging"}, io: true, why: "certificates, without knowing who connects"},
	"internal/gateway":           {imports: slices.Concat([]string{"charging", "fleet", "auth", "pki"}, versions), io: true, why: "the chargers' door"},
	"internal/httpapi/reference": {why: "it makes a page of a document that it is handed"},
	"internal/httpapi":           {imports: []string{"charging", "energy", "fleet", "auth", "httpapi/reference"}, io: true, why: "the people's door"},
	"internal/provision":         {imports: []string{"charging", "fleet", "auth"}, why: "an estate file is planned, not applied"},
	"internal/sim":               {imports: []string{"ocpp", "ocpp/v16", "ocpp/v201", "ocpp/v21"}, io: true, why: "virtual chargers know only the wire"},
	"internal/loopback":          {io: true, why: "it finds free addresses"},
	"internal/bench":             {imports: []string{"sim", "ocpp", "loopback"}, io: true, why: "it measures from outside, as chargers do"},
	"internal/config":            {why: "settings come from the environment that it is handed"},
	"internal/app":               {imports: []string{everything}, io: true, why: "it wires the rooms"},
	"internal/apptest":           {imports: []string{everything}, io: true, why: "it wires the rooms for tests"},
	"internal/conformance":       {imports: []string{everything}, io: true, why: "it plays stations against a whole server"},
	"internal/quirks":            {imports: []string{everything}, io: true, why: "it plays what real chargers did against a whole server"},
	"internal/soak":              {imports: []string{"loopback"}, io: true, why: "it drives the program from outside"},
	"internal/statefuzz":         {imports: []string{everything}, io: true, why: "it plays random messages against the rooms behind the socket"},
	"internal/securitytest":      {imports: []string{everything}, io: true, why: "it attacks a whole server"},
	"internal/crashtest":         {imports: []string{everything}, io: true, why: "it drives the program from outside"},
	"internal/nettest":           {imports: []string{everything}, io: true, why: "it drives the program from outside"},
	"cmd/chargeyard":             {imports: []string{"app", "bench", "config", "sim"}, io: true, why: "the command line holds no logic"},
}

// suites are packages that only tests import: what any implementation of an
// interface must pass.
var suites = []string{"internal/store/storetest", "internal/ocpp/ocpptest"}

// reaching are the packages through which a program reaches outside itself.
var reaching = []string{
	"net", "net/http", "net/smtp", "os", "os/exec", "os/signal", "syscall", "database/sql", "io/ioutil",
	"golang.org/x/sys/unix", "modernc.org/sqlite", "github.com/jackc/pgx", "github.com/gobwas/ws",
}

// clocks are the functions of package time that read the clock or wait for it.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}

// vague are names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "types", "helper", "helpers", "model", "models", "misc", "shared", "base"}

// room is one package's files, without tests.
type room struct {
	path  string // from the top of the repository
	files []*ast.File
	fset  *token.FileSet
}

func rooms(t *testing.T) []room {
	t.Helper()
	byPath := map[string]*room{}
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..") {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return nil
			}
			at := path.Clean(strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), "../"))
			if byPath[at] == nil {
				byPath[at] = &room{path: at, fset: token.NewFileSet()}
			}
			parsed, err := parser.ParseFile(byPath[at].fset, file, nil, parser.ParseComments)
			byPath[at].files = append(byPath[at].files, parsed)
			return err // only of the parser
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var all []room
	for _, r := range byPath {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b room) int { return strings.Compare(a.path, b.path) })
	return all
}

func (r *room) imports() []string {
	var all []string
	for _, f := range r.files {
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestRoomsImportOnlyWhatTheTableAllows(t *testing.T) {
	for _, r := range rooms(t) {
		rule, known := rules[r.path]
		if slices.Contains(suites, r.path) {
			continue
		}
		if !known {
			t.Errorf("%s is in no row of the table: say here and in ARCHITECTURE.md what it may import", r.path)
			continue
		}
		for _, imported := range r.imports() {
			ours, isOurs := strings.CutPrefix(imported, module+"/internal/")
			switch {
			case isOurs && slices.Contains(suites, "internal/"+ours):
				t.Errorf("%s imports %s, which is for tests", r.path, ours)
			case isOurs && !slices.Contains(rule.imports, ours) && !slices.Contains(rule.imports, everything):
				t.Errorf("%s imports %s and must not: %s", r.path, ours, rule.why)
			case !isOurs && !rule.io && reaches(imported) && !slices.Contains(rule.also, imported):
				t.Errorf("%s imports %s and must not reach outside: %s", r.path, imported, rule.why)
			}
		}
	}
}

func reaches(imported string) bool {
	for _, out := range reaching {
		if imported == out || strings.Contains(out, ".") && strings.HasPrefix(imported, out+"/") {
			return true
		}
	}
	return false
}

func TestPureRoomsReadNoClockAndStartNoGoroutine(t *testing.T) {
	for _, r := range rooms(t) {
		if !rules[r.path].pure {
			continue
		}
		for _, f := range r.files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine: %s", r.fset.Position(n.Pos()), rules[r.path].why)
				case *ast.SelectorExpr:
					if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
						t.Errorf("%s uses time.%s: time comes in as a value; %s", r.fset.Position(n.Pos()), n.Sel.Name, rules[r.path].why)
					}
				}
				return true
			})
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, r := range rooms(t) {
		comments := 0
		for _, f := range r.files {
			if f.Doc != nil && len(strings.Fields(f.Doc.Text())) >= 5 {
				comments++
			}
		}
		if comments != 1 {
			t.Errorf("%s has %d package comments; it needs one that says what lives there, what not, and what it may import", r.path, comments)
		}
	}
}

func TestNoRoomHasAVagueName(t *testing.T) {
	for _, r := range rooms(t) {
		if slices.Contains(vague, path.Base(r.path)) {
			t.Errorf("%s: the name says nothing; let the code live with its user, or name the thing", r.path)
		}
	}
}

func TestNoFileOutgrowsAScreenfulOfScreens(t *testing.T) {
	for _, r := range rooms(t) {
		for _, f := range r.files {
			if lines := r.fset.Position(f.End()).Line; lines > 500 {
				t.Errorf("%s has %d lines; above 500 it holds more than one thing", r.fset.Position(f.Pos()).Filename, lines)
			}
		}
	}
}

// documented returns what the table in ARCHITECTURE.md lets each room import.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| room | may import (of ours) | may do I/O |\n| --- | --- | --- |\n")
	if !found {
		t.Fatal("ARCHITECTURE.md has no table of rooms")
	}
	rows := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			break
		}
		allowed, _, _ := strings.Cut(cells[2], ";")
		var rooms []string
		for word := range strings.SplitSeq(allowed, ",") {
			switch word = strings.TrimSpace(word); word {
			case "nothing":
			case "all":
				rooms = append(rooms, everything)
			default:
				rooms = append(rooms, word)
			}
		}
		for name := range strings.SplitSeq(cells[1], ",") {
			rows[strings.TrimSpace(name)] = rooms
		}
	}
	return rows
}

func TestTheTableIsThatOfTheArchitecture(t *testing.T) {
	rows := documented(t)
	// A room in the document stands for those below it too.
	covers := func(list []string, name string) bool {
		return slices.ContainsFunc(list, func(word string) bool { return word == name || strings.HasPrefix(name, word+"/") })
	}
	for at, rule := range rules {
		name := strings.TrimPrefix(at, "internal/")
		allowed, known := rows[name]
		if !known {
			t.Errorf("ARCHITECTURE.md has no row for %s", name)
			continue
		}
		for _, imported := range rule.imports {
			if !covers(allowed, imported) {
				t.Errorf("%s may import %s here, but not in ARCHITECTURE.md", name, imported)
			}
		}
		for _, word := range allowed {
			if !slices.ContainsFunc(rule.imports, func(imported string) bool { return covers([]string{word}, imported) }) {
				t.Errorf("%s may import %s in ARCHITECTURE.md, but not here", name, word)
			}
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("ARCHITECTURE.md has a row for %s, which is not here", name)
	}
}
