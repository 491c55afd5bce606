package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A licence is known by a phrase that stands in its text alone.
var licencePhrases = []struct{ name, phrase string }{
	{"Apache-2.0", "apache license version 2.0"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MIT", "permission is hereby granted, free of charge"},
	{"ISC", "permission to use, copy, modify, and/or distribute"},
	{"BSD-3-Clause", "neither the name"},
	{"BSD-2-Clause", "redistribution and use in source and binary forms"},
}

// licencesIn returns the licences that a text holds, sorted; none when it is
// unknown.
func licencesIn(text string) []string {
	text = strings.Join(strings.Fields(strings.NewReplacer(`"`, "", ",", ", ").Replace(strings.ToLower(text))), " ")
	text = strings.ReplaceAll(text, "apache license, version 2.0", "apache license version 2.0")
	text = strings.ReplaceAll(text, "mozilla public license, version 2.0", "mozilla public license version 2.0")
	var found []string
	for _, l := range licencePhrases {
		known := strings.Contains(text, l.phrase)
		if l.name == "BSD-2-Clause" && slices.Contains(found, "BSD-3-Clause") {
			known = false // the longer form of the same
		}
		if known {
			found = append(found, l.name)
		}
	}
	slices.Sort(found)
	return found
}

var licenceName = regexp.MustCompile(`0?[A-Z][A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*`)

// licencesNamed returns the licences that a cell of a table names, sorted.
func licencesNamed(cell string) []string {
	named := licenceName.FindAllString(cell, -1)
	slices.Sort(named)
	return named
}

// A goModule is a module that go.mod requires.
type goModule struct {
	Path, Version, Dir string
}

// goModules lists all that a module requires, directly or not, with where it is.
func (b *bench) goModules(ctx context.Context, folder string) ([]goModule, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "edit", "-json")
	cmd.Dir = filepath.Join(b.root, folder)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go mod edit in %s: %w", folder, err)
	}
	var file struct{ Require []struct{ Path string } }
	if err := json.Unmarshal(out, &file); err != nil {
		return nil, err
	}
	args := []string{"mod", "download", "-json"}
	for _, r := range file.Require {
		args = append(args, r.Path)
	}
	cmd = exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(b.root, folder)
	if out, err = cmd.Output(); err != nil {
		return nil, fmt.Errorf("go mod download in %s: %w", folder, err)
	}
	var all []goModule
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var m goModule
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
}

// licences returns those that a module's own licence file holds.
func (m *goModule) licences() ([]string, error) {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name, _, _ := strings.Cut(strings.ToLower(e.Name()), ".")
		if name != "license" && name != "licence" && name != "copying" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		return licencesIn(string(text)), err
	}
	return nil, nil
}

// npmPackage is a row of a lock file.
type npmPackage struct {
	Version, Resolved, Integrity, License string
	Link                                  bool
}

func (b *bench) npmLock(folder string) (map[string]npmPackage, error) {
	text, err := os.ReadFile(filepath.Join(b.root, folder, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var file struct{ Packages map[string]npmPackage }
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	delete(file.Packages, "") // ourselves
	return file.Packages, nil
}
