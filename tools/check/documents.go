package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var markdownLink = regexp.MustCompile(`\]\(([^)\s#]+)(?:#[^)]*)?\)`)

// links fails when a document names a file of the repository that is not there.
func links(_ context.Context, b *bench) (tally, error) {
	var t tally
	err := filepath.WalkDir(b.root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range markdownLink.FindAllSubmatch(text, -1) {
			target := string(m[1])
			if strings.Contains(target, ":") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), target)); err != nil {
				fmt.Printf("%s links to %s, which is not there\n", path, target)
				t.failed++
				continue
			}
			t.passed++
		}
		return nil
	})
	return t, err
}

// A pin is a dependency and its version, as a file of the repository has them.
type pin struct{ name, version string }

// dependencies fails when docs/reference/dependencies.md does not list exactly
// what go.mod and package.json pin, each with its version and with the licence
// that comes with it.
func dependencies(ctx context.Context, b *bench) (tally, error) {
	pinned, err := b.pins(ctx)
	if err != nil {
		return tally{}, err
	}
	text, err := os.ReadFile(filepath.Join(b.root, "docs", "reference", "dependencies.md"))
	if err != nil {
		return tally{}, err
	}
	var t tally
	listed := tableRows(text)
	for p, licences := range pinned {
		switch named, known := listed[p]; {
		case !known:
			fmt.Printf("dependencies.md does not list %s %s, whose licence is %s\n", p.name, p.version, strings.Join(licences, " and "))
			t.failed++
		case len(licences) == 0 || !slices.Equal(named, licences):
			fmt.Printf("dependencies.md has %s %s under %s, and it comes with %s\n", p.name, p.version, strings.Join(named, " and "), strings.Join(licences, " and "))
			t.failed++
		default:
			t.passed++
		}
	}
	for p := range listed {
		if _, known := pinned[p]; !known {
			fmt.Printf("dependencies.md lists %s %s, which no file pins\n", p.name, p.version)
			t.failed++
		}
	}
	return t, nil
}

var dependencyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\S+) \\| ([^|]+) \\|")

// tableRows returns the licences of each dependency that a document lists.
func tableRows(text []byte) map[pin][]string {
	listed := map[pin][]string{}
	for _, m := range dependencyRow.FindAllSubmatch(text, -1) {
		listed[pin{string(m[1]), string(m[2])}] = licencesNamed(string(m[3]))
	}
	return listed
}

// pins are all dependencies, with the licences that come with them: the modules
// of both go.mod, and the packages that each package.json asks for itself.
func (b *bench) pins(ctx context.Context) (map[pin][]string, error) {
	pinned := map[pin][]string{}
	for _, folder := range []string{".", "tools"} {
		modules, err := b.goModules(ctx, folder)
		if err != nil {
			return nil, err
		}
		for _, m := range modules {
			if pinned[pin{m.Path, m.Version}], err = m.licences(); err != nil {
				return nil, err
			}
		}
	}
	for _, folder := range npmFolders {
		text, err := os.ReadFile(filepath.Join(b.root, folder, "package.json"))
		if err != nil {
			return nil, err
		}
		var file struct {
			DevDependencies map[string]string `json:"devDependencies"`
		}
		if err := json.Unmarshal(text, &file); err != nil {
			return nil, err
		}
		lock, err := b.npmLock(folder)
		if err != nil {
			return nil, err
		}
		for name, version := range file.DevDependencies {
			pinned[pin{name, version}] = licencesNamed(lock["node_modules/"+name].License)
		}
	}
	return pinned, nil
}

// generated fails when a page that the program writes is not up to date.
func generated(ctx context.Context, b *bench) (tally, error) {
	var t tally
	for _, page := range []string{"settings", "commands"} {
		fresh := filepath.Join(b.folder, page+".md")
		if err := b.command(ctx, ".", b.binary, "docs", page, "--out", fresh).Run(); err != nil {
			return t, err
		}
		want, err := os.ReadFile(fresh)
		if err != nil {
			return t, err
		}
		name := filepath.Join("docs", "reference", page+".md")
		have, err := os.ReadFile(filepath.Join(b.root, name))
		if err != nil {
			return t, err
		}
		if !bytes.Equal(have, want) {
			fmt.Printf("%s is not up to date; run: go run ./cmd/chargeyard docs %s --out %s\n", name, page, name)
			t.failed++
			continue
		}
		t.passed++
	}
	return t, nil
}
