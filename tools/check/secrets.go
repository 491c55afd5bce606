package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// logsVariable names a folder into which test servers write their logs, with
// everything that they say at level debug.
const logsVariable = "CHARGEYARD_TEST_LOGS"

// recordingTo is the environment for tests whose servers are listened to.
func (b *bench) recordingTo() ([]string, error) {
	return []string{logsVariable + "=" + b.logs(), "CHARGEYARD_LOG_LEVEL=debug"}, os.MkdirAll(b.logs(), 0o700)
}

func (b *bench) logs() string { return filepath.Join(b.folder, "logs") }

// record returns where the output of a part is kept, to be searched at the end.
func (b *bench) record() (*os.File, error) {
	if err := os.MkdirAll(b.logs(), 0o700); err != nil {
		return nil, err
	}
	return os.CreateTemp(b.logs(), "output-*.txt")
}

// A leak is a form of secret, and the lines on which it may stand.
type leak struct {
	what    string
	form    *regexp.Regexp
	allowed *regexp.Regexp // nil for nowhere
}

// canary begins the secrets of tests that want to be searched for everywhere.
const canary = "5ec7e7"

var leaks = []leak{
	// A new key is printed once, on standard output: alone, or for the first
	// start in its welcome.
	{"an API key", regexp.MustCompile(`cy_[0-9A-Za-z]{43}`), regexp.MustCompile(`^\s*(cy_\w{43}|curl -H "Authorization: Bearer cy_\w{43}" http\S+)\s*$`)},
	{"an upload token", regexp.MustCompile(`/uploads/[A-Z2-7]{26}`), nil},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`), nil},
	// "export --secrets" prints the hashes.
	{"the hash of a password", regexp.MustCompile(`hmac-sha256\$[-_0-9A-Za-z]{22}`), regexp.MustCompile(`^\s*"passwordHash": "hmac-sha256\$[^"]+",?\s*$`)},
	{"Basic credentials", regexp.MustCompile(`Basic [0-9A-Za-z+/]{12,}`), regexp.MustCompile(`Basic authentication`)},
	{"a test's secret", regexp.MustCompile(strings.Join(canaryForms(), "|")), nil},
}

// canaryForms are the beginnings of a secret as it is, in hexadecimal, and at
// each place in base64.
func canaryForms() []string {
	forms := []string{`(?i:` + canary + `[0-9a-f]{4})`, hex.EncodeToString([]byte(canary))}
	for offset := range 3 {
		padded := append(make([]byte, offset), canary...)
		text := base64.RawStdEncoding.EncodeToString(padded[:len(padded)/3*3])
		forms = append(forms, regexp.QuoteMeta(text[(offset*8+5)/6:]))
	}
	return forms
}

// whatWasSaid searches all that the parts before it wrote, and the logs of the
// servers in their tests, for secrets: those whose form tells them, and each
// password that stands in the source of a test.
func whatWasSaid(_ context.Context, b *bench) (tally, error) {
	files, err := filepath.Glob(filepath.Join(b.logs(), "*"))
	if err != nil {
		return tally{}, err
	}
	if len(files) == 0 {
		return tally{}, notChecked("no test ran before this part")
	}
	passwords, err := passwordsOf(b.root)
	if err != nil {
		return tally{}, err
	}
	if len(passwords) < 3 {
		return tally{}, fmt.Errorf("only %d passwords were found in the tests", len(passwords))
	}
	search := append(slices.Clone(leaks), leak{what: "a test's password", form: anyOf(passwords)})
	var t tally
	servers := 0
	for _, file := range files {
		found, debug, err := searchFile(file, search)
		if err != nil {
			return t, err
		}
		for _, f := range found {
			fmt.Println(f)
		}
		if t.failed += len(found); len(found) == 0 {
			t.passed++
		}
		if debug {
			servers++
		}
	}
	if servers == 0 {
		return t, fmt.Errorf("none of %d logs is one of a server at level debug", len(files))
	}
	fmt.Printf("%d files searched, %d of them logs of servers, for %d passwords and %d forms of secrets\n", len(files), servers, len(passwords), len(leaks))
	return t, nil
}

// searchFile returns what was found in a file, and whether a server spoke there
// at level debug.
func searchFile(name string, search []leak) (found []string, debug bool, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	for r := bufio.NewReaderSize(file, 1<<20); ; {
		line, err := r.ReadString('\n')
		if line != "" {
			found = append(found, searchLine(line, search)...)
			debug = debug || strings.Contains(line, "level=DEBUG") || strings.Contains(line, `"level":"DEBUG"`)
		}
		if err == io.EOF {
			return found, debug, nil
		}
		if err != nil {
			return found, debug, err
		}
	}
}

func searchLine(line string, search []leak) (found []string) {
	for _, l := range search {
		at := l.form.FindStringIndex(line)
		if at == nil || l.allowed != nil && l.allowed.MatchString(line) {
			continue
		}
		found = append(found, fmt.Sprintf("%s was written: %q", l.what, line[max(0, at[0]-150):min(len(line), at[1]+20)]))
	}
	return found
}

// sourcePassword is a password in the source of a test: a member or a variable
// of that name with a text that is long enough to be no other word.
var sourcePassword = regexp.MustCompile(`(?i)password(?:"|\\")?\s*[:=]+\s*(?:"|\\"|'|` + "`" + `)([0-9A-Za-z][^"'\\` + "`" + `\n]{9,60})["'\\` + "`" + `]`)

// passwordsOf collects the passwords in the sources of tests.
func passwordsOf(root string) ([]string, error) {
	var all []string
	for _, top := range []string{"internal", "cmd", "interop"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "node_modules":
				return filepath.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, ".txtar") && !strings.HasSuffix(path, ".js"):
				return nil
			}
			text, err := os.ReadFile(path)
			for _, m := range sourcePassword.FindAllSubmatch(text, -1) {
				all = append(all, string(m[1]))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// anyOf matches each of the texts, as it is and as base64 has it behind a colon.
func anyOf(texts []string) *regexp.Regexp {
	var forms []string
	for _, text := range texts {
		forms = append(forms, regexp.QuoteMeta(text))
		for offset := range 3 {
			padded := append(make([]byte, offset), text...)
			coded := base64.RawStdEncoding.EncodeToString(padded[:len(padded)/3*3])
			forms = append(forms, regexp.QuoteMeta(coded[(offset*8+5)/6:]))
		}
	}
	return regexp.MustCompile(strings.Join(forms, "|"))
}
