package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
// the direct dependencies, each with its version.
func dependencies(ctx context.Context, b *bench) (tally, error) {
	pinned := map[pin]bool{}
	for _, module := range []string{".", "tools"} {
		if err := b.goModule(ctx, module, pinned); err != nil {
			return tally{}, err
		}
	}
	if err := b.npmPins(pinned); err != nil {
		return tally{}, err
	}
	text, err := os.ReadFile(filepath.Join(b.root, "docs", "reference", "dependencies.md"))
	if err != nil {
		return tally{}, err
	}
	var t tally
	listed := tableRows(text)
	for p := range pinned {
		if !listed[p] {
			fmt.Printf("dependencies.md does not list %s %s\n", p.name, p.version)
			t.failed++
			continue
		}
		t.passed++
	}
	for p := range listed {
		if !pinned[p] {
			fmt.Printf("dependencies.md lists %s %s, which no file pins\n", p.name, p.version)
			t.failed++
		}
	}
	return t, nil
}

var dependencyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\S+) \\|")

func tableRows(text []byte) map[pin]bool {
	listed := map[pin]bool{}
	for _, m := range dependencyRow.FindAllSubmatch(text, -1) {
		listed[pin{string(m[1]), string(m[2])}] = true
	}
	return listed
}

// goModule adds the modules that go.mod requires itself. The tools module has
// programs instead: what it requires are the modules that hold them.
func (b *bench) goModule(ctx context.Context, module string, pinned map[pin]bool) error {
	cmd := exec.CommandContext(ctx, "go", "mod", "edit", "-json")
	cmd.Dir = filepath.Join(b.root, module)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go mod edit in %s: %w", module, err)
	}
	var file struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(out, &file); err != nil {
		return err
	}
	for _, r := range file.Require {
		direct := !r.Indirect
		for _, tool := range file.Tool {
			direct = direct || strings.HasPrefix(tool.Path, r.Path+"/")
		}
		if direct {
			pinned[pin{r.Path, r.Version}] = true
		}
	}
	return nil
}

func (b *bench) npmPins(pinned map[pin]bool) error {
	text, err := os.ReadFile(filepath.Join(b.root, "interop", "package.json"))
	if err != nil {
		return err
	}
	var file struct {
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	for name, version := range file.DevDependencies {
		pinned[pin{name, version}] = true
	}
	return nil
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
