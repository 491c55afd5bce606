package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// console checks the types of the web page, runs its unit tests, and builds it
// anew: what is committed in web/dist must be that, byte for byte.
func console(ctx context.Context, b *bench) (tally, error) {
	if err := b.command(ctx, "web", "npm", "run", "--silent", "check").Run(); err != nil {
		return tally{}, fmt.Errorf("types of the console: %w", err)
	}
	t, err := b.unitTests(ctx)
	if err != nil {
		return t, err
	}
	fresh := filepath.Join(b.folder, "console")
	if err := b.command(ctx, "web", "npm", "run", "--silent", "build", "--", "--outDir", fresh, "--logLevel", "warn").Run(); err != nil {
		return t, fmt.Errorf("building the console: %w", err)
	}
	different, same, err := differences(filepath.Join(b.root, "web", "dist"), fresh)
	for _, name := range different {
		fmt.Printf("web/dist/%s is not what web/src makes; run: npm --prefix web run build\n", name)
	}
	t.passed += same
	t.failed += len(different)
	return t, err
}

// browserTests walk the console in Chromium: its pages on the demo, and an
// operator's first day on a server of its own.
// Pictures of its pages are kept in .build/pictures.
func browserTests(ctx context.Context, b *bench) (tally, error) {
	files, err := filepath.Glob(filepath.Join(b.root, "web", "test", "*.test.js"))
	if err != nil {
		return tally{}, err
	}
	return b.nodeTests(ctx, "web", append([]string{"--test-concurrency=2"}, files...), "CHARGEYARD_PICTURES="+filepath.Join(b.root, ".build", "pictures"))
}

// unitTests runs the tests beside the console's source.
func (b *bench) unitTests(ctx context.Context) (tally, error) {
	var t tally
	report := filepath.Join(b.folder, "vitest.json")
	runErr := b.command(ctx, "web", "npx", "vitest", "run", "--reporter=default", "--reporter=json", "--outputFile.json="+report).Run()
	text, err := os.ReadFile(report)
	if err != nil {
		return t, errors.Join(runErr, err)
	}
	var counts struct{ NumTotalTests, NumPassedTests int }
	if err := json.Unmarshal(text, &counts); err != nil {
		return t, err
	}
	t.passed, t.failed = counts.NumPassedTests, counts.NumTotalTests-counts.NumPassedTests
	if t.failed == 0 {
		err = runErr
	}
	return t, err
}

// differences compares the files of two folders.
func differences(a, b string) (different []string, same int, err error) {
	left, err := contents(a)
	if err != nil {
		return nil, 0, err
	}
	right, err := contents(b)
	if err != nil {
		return nil, 0, err
	}
	for name, text := range left {
		if other, there := right[name]; there && bytes.Equal(text, other) {
			same++
		} else {
			different = append(different, name)
		}
	}
	for name := range right {
		if _, there := left[name]; !there {
			different = append(different, name)
		}
	}
	slices.Sort(different)
	return different, same, nil
}

func contents(folder string) (map[string][]byte, error) {
	all := make(map[string][]byte)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		all[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	return all, err
}
