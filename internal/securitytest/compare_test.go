package securitytest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// secretWords are the words in a name that speak of a secret or of what is made
// of one.
var secretWords = []string{"password", "passwords", "passphrase", "secret", "secrets", "token", "tokens", "mac", "hmac", "hash", "hashes",
	"digest", "credential", "credentials", "bearer", "apikey"}

// playing are the rooms that play chargers: they hold nobody's secrets.
var playing = []string{"sim/", "bench/"}

// comparers are the functions that end at the first difference.
var comparers = []string{"bytes.Equal", "bytes.Compare", "bytes.HasPrefix", "bytes.HasSuffix", "strings.EqualFold", "strings.Compare",
	"strings.HasPrefix", "strings.HasSuffix", "slices.Equal", "slices.Contains", "reflect.DeepEqual", "maps.Equal"}

// innocent are the comparisons whose names sound like secrets, with why their
// time tells nobody anything. Write here only what compares no secret, or what
// nobody can try again and again.
var innocent = map[string]string{
	"app/commands.go passwordUsed: s.NextPasswordHash == hash":                                          "two of our own hashes, to see that nobody was faster",
	"command/password.go settled: c.NextPasswordHash == r.hash":                                         "two of our own hashes",
	"provision/plan_charger.go chargerDetails: r.PasswordHash != d.PasswordHash":                        "two hashes of an operator's file",
	"provision/plan_charger.go chargerDetails: d.PasswordHash != before":                                "two hashes of an operator's file",
	"store/restore.go installSecret: bytes.Equal(present, secret)":                                      "two key files of the operator, on his own machine",
	"store/restore.go report: secretID(secret) == known":                                                "fingerprints of key files",
	"store/store.go checkSecret: known == secretID(s.secret)":                                           "fingerprints of key files",
	"store/stats.go read: known == secret":                                                              "fingerprints of key files",
	"auth/password.go CheckPasswordPolicy: strings.EqualFold(password, email)":                          "two texts of one request",
	"httpapi/journal.go since: v.sight != hashOf(of)":                                                   "what a version was seen of, which is no secret",
	"auth/charger_password.go splitChargerHash: name != chargerHashName":                                "the name of the way of hashing",
	"gateway/password.go authenticate: a.password == noPassword":                                        "which password it was, not what",
	"gateway/security.go passwordUsed: a.password == noPassword":                                        "which password it was, not what",
	"gateway/security.go passwordUsed: a.password == nextPassword":                                      "which password it was, not what",
	"gateway/password.go passwordOf: strings.EqualFold(credentials[:n], identity)":                      "the user name, which is in the address too",
	"gateway/identity.go hasToken: strings.EqualFold(strings.TrimSpace(t), token)":                      "a word of a header",
	"dialect/v201/authorize.go isNoAuthorization: strings.EqualFold(t.Type, wire.TokenNoAuthorization)": "the kind of an id tag",
	"dialect/v21/certificates.go statusOf: sendable(known.HashData) == hash":                            "hashes of certificates, which are public",
	"pki/hash.go issuedBy: strings.EqualFold(of.IssuerNameHash, d.IssuerNameHash)":                      "hashes of certificates, which are public",
	"pki/hash.go issuedBy: strings.EqualFold(of.IssuerKeyHash, d.IssuerKeyHash)":                        "hashes of public keys",
}

// TestSecretsAreComparedInConstantTime reads the program for comparisons of
// values that are called like secrets. Those belong into hmac.Equal or
// subtle.ConstantTimeCompare, or are looked up by their hash.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, c := range comparisons(t, "../..") {
		if _, known := innocent[c.text]; known {
			used[c.text] = true
			continue
		}
		t.Errorf("%s: %q may end at the first difference", c.at, c.text)
	}
	for text := range innocent {
		if !used[text] {
			t.Errorf("%q is called innocent, and stands nowhere", text)
		}
	}
}

func TestAComparisonOfASecretIsSeen(t *testing.T) {
	t.Parallel()
	f := func(body string, want ...string) {
		t.Helper()
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "a.go", "package a\nfunc f() {\n"+body+"\n}", 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range comparisonsIn(fset, file, "a.go") {
			got = append(got, c.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", body, got, want)
		}
	}
	f("_ = given == c.Password", "a.go f: given == c.Password")
	f("if sent != passwordOf(c) {}", "a.go f: sent != passwordOf(c)")
	f("_ = bytes.Equal(a, tokenHash[:])", "a.go f: bytes.Equal(a, tokenHash[:])")
	f("_ = string(mac) == x", "a.go f: string(mac) == x")
	f("switch apiKey { case x: }", "a.go f: switch apiKey")
	f("_ = strings.EqualFold(user.secret, x)", "a.go f: strings.EqualFold(user.secret, x)")
	f(`_ = password == ""; _ = secret == nil; _ = len(token) == 3; _ = hash[0] == 'x'; _ = NoPassword == x.Kind`, "a.go f: NoPassword == x.Kind")
	f("_ = name == other; _ = hmac.Equal(mac, sum); _ = machine == x; _ = monkey == x")
}

type comparison struct {
	at   token.Position
	text string // "file function: expression"
}

// comparisons are those of a module's own files, without tests.
func comparisons(t *testing.T, root string) (all []comparison) {
	t.Helper()
	fset, files := token.NewFileSet(), 0
	for _, top := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			files++
			if short := strings.TrimPrefix(filepath.ToSlash(name), "internal/"); slices.ContainsFunc(playing, func(room string) bool { return strings.HasPrefix(short, room) }) {
				return err
			}
			all = append(all, comparisonsIn(fset, file, strings.TrimPrefix(filepath.ToSlash(name), "internal/"))...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 200 {
		t.Fatalf("only %d files were read", files)
	}
	return all
}

func comparisonsIn(fset *token.FileSet, file *ast.File, name string) (all []comparison) {
	for _, d := range file.Decls {
		function := "var"
		if f, ok := d.(*ast.FuncDecl); ok {
			function = f.Name.Name
		}
		add := func(n ast.Node, text string) {
			all = append(all, comparison{fset.Position(n.Pos()), fmt.Sprintf("%s %s: %s", name, function, text)})
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if (n.Op == token.EQL || n.Op == token.NEQ) && (secret(n.X) || secret(n.Y)) && !fixed(n.X) && !fixed(n.Y) {
					add(n, types.ExprString(n))
				}
			case *ast.CallExpr:
				if slices.Contains(comparers, types.ExprString(n.Fun)) && slices.ContainsFunc(n.Args, secret) && !slices.ContainsFunc(n.Args, fixed) {
					add(n, types.ExprString(n))
				}
			case *ast.SwitchStmt:
				if n.Tag != nil && secret(n.Tag) && !onlyFixed(n.Body) {
					add(n, "switch "+types.ExprString(n.Tag))
				}
			}
			return true
		})
	}
	return all
}

// secret reports whether an expression is called like a secret.
func secret(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		list := words(e.Name)
		for i, w := range list {
			if slices.Contains(secretWords, w) || w == "key" && i > 0 && list[i-1] == "api" {
				return true
			}
		}
		return false
	case *ast.SelectorExpr:
		return secret(e.Sel)
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.Ident); ok && f.Name == "len" {
			return false
		}
		return secret(e.Fun) || len(e.Args) == 1 && secret(e.Args[0])
	case *ast.SliceExpr:
		return secret(e.X)
	case *ast.IndexExpr:
		return secret(e.X)
	case *ast.ParenExpr:
		return secret(e.X)
	case *ast.StarExpr:
		return secret(e.X)
	case *ast.UnaryExpr:
		return secret(e.X)
	}
	return false
}

// fixed reports whether an expression stands in the source, where everybody can
// read it.
func fixed(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "nil" || e.Name == "true" || e.Name == "false"
	case *ast.CallExpr:
		f, ok := e.Fun.(*ast.Ident)
		return ok && f.Name == "len"
	case *ast.UnaryExpr:
		return fixed(e.X)
	}
	return false
}

func onlyFixed(body *ast.BlockStmt) bool {
	for _, s := range body.List {
		for _, e := range s.(*ast.CaseClause).List {
			if !fixed(e) {
				return false
			}
		}
	}
	return true
}

// words are those of a name, in small letters: PasswordHash is password, hash.
func words(name string) (list []string) {
	begin := 0
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			list, begin = append(list, strings.ToLower(name[begin:i])), i
		}
	}
	return append(list, strings.ToLower(name[begin:]))
}
