package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// supply fails when something that is not ours could change without a change
// here: a module that is not what was published, an npm package without a
// checksum, an image or an action that is named by a moving tag.
func supply(ctx context.Context, b *bench) (tally, error) {
	var t tally
	for _, folder := range []string{".", "tools"} {
		if err := b.command(ctx, folder, "go", "mod", "verify").Run(); err != nil {
			return t, fmt.Errorf("in %s: %w", folder, err)
		}
		t.passed++
	}
	var problems []string
	for _, folder := range npmFolders {
		lock, err := b.npmLock(folder)
		if err != nil {
			return t, err
		}
		for name, p := range lock {
			problems = append(problems, npmProblems(folder+"/package-lock.json: "+name, p)...)
			t.passed++
		}
	}
	moving, seen, err := movingTags(b.root)
	if err != nil {
		return t, err
	}
	for _, p := range append(problems, moving...) {
		fmt.Println(p)
	}
	t.passed += seen
	t.failed = len(problems) + len(moving)
	return t, nil
}

// alsoFree are words of npm licences besides those known by their text: licences
// as free as they are, of packages that only tests use, and "OR" and "AND".
var alsoFree = []string{"0BSD", "AND", "CC0-1.0", "OR", "Python-2.0"}

func npmProblems(name string, p npmPackage) (list []string) {
	if !strings.HasPrefix(p.Integrity, "sha512-") || p.Link {
		list = append(list, name+" has no checksum")
	}
	if p.Resolved != "" && !strings.HasPrefix(p.Resolved, "https://registry.npmjs.org/") {
		list = append(list, name+" comes from "+p.Resolved)
	}
	for _, licence := range licencesNamed(p.License) {
		known := slices.ContainsFunc(licencePhrases, func(l struct{ name, phrase string }) bool { return l.name == licence })
		if !known && !slices.Contains(alsoFree, licence) {
			list = append(list, fmt.Sprintf("%s has the licence %q", name, p.License))
		}
	}
	return list
}

var (
	imageLine  = regexp.MustCompile(`(?m)^\s*(?:FROM|image:|COPY --from=)\s*(\S+)(?:\s+(?i:as)\s+(\S+))?`)
	actionLine = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(\S+)`)
	fixedImage = regexp.MustCompile(`:\d+\.\d+\.\d+[^:@]*$|@sha256:[0-9a-f]{64}$`)
	fixedUse   = regexp.MustCompile(`^\./|@[0-9a-f]{40}$`)
)

// movingTags looks for images and actions whose names say no exact version. It
// returns how many it looked at.
func movingTags(root string) (problems []string, seen int, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		}
		name := d.Name()
		if d.IsDir() || !strings.HasPrefix(name, "Dockerfile") && !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, p := range movingIn(text, &seen) {
			problems = append(problems, fmt.Sprintf("%s: %s may be another one tomorrow; name an exact version", path, p))
		}
		return nil
	})
	return problems, seen, err
}

// ownNames are images that are built here, and the empty one.
var ownNames = []string{"chargeyard", "scratch"}

func movingIn(text []byte, seen *int) (list []string) {
	stages := slices.Clone(ownNames)
	for _, m := range imageLine.FindAllSubmatch(text, -1) {
		*seen++
		image := string(m[1])
		if !slices.Contains(stages, image) && !fixedImage.MatchString(image) {
			list = append(list, image)
		}
		stages = append(stages, string(m[2]))
	}
	for _, m := range actionLine.FindAllSubmatch(text, -1) {
		*seen++
		if !fixedUse.Match(m[1]) {
			list = append(list, string(m[1]))
		}
	}
	return list
}

// vulnerabilityVariable names a copy of the database of vulnerabilities, for
// machines that do not reach vuln.go.dev: file:///path.
const vulnerabilityVariable = "CHARGEYARD_VULNDB"

// vulnerabilities has govulncheck look into the built program. First it must
// find a vulnerability that testdata makes up of a function that the program
// has, or its silence would prove nothing. Without the real database the part is
// not checked, and says so.
func vulnerabilities(ctx context.Context, b *bench) (tally, error) {
	program := filepath.Join(b.folder, "govulncheck")
	if err := b.command(ctx, "tools", "go", "build", "-o", program, "golang.org/x/vuln/cmd/govulncheck").Run(); err != nil {
		return tally{}, err
	}
	scan := func(database string) (string, error) {
		args := []string{"-mode=binary"}
		if database != "" {
			args = append(args, "-db", database)
		}
		var out bytes.Buffer
		cmd := b.command(ctx, ".", program, append(args, b.binary)...)
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		return out.String(), err
	}
	said, err := scan("file://" + filepath.Join(b.root, "tools", "check", "testdata", "vulndb"))
	if !foundSome(err) || !strings.Contains(said, "GO-2000-0001") {
		return tally{}, fmt.Errorf("govulncheck did not find what was made up: %v\n%s", err, said)
	}
	said, err = scan(os.Getenv(vulnerabilityVariable))
	switch {
	case err == nil:
		return tally{passed: 2}, nil
	case foundSome(err):
		return tally{}, errors.New("the program has known vulnerabilities\n" + said)
	case strings.Contains(said, "fetching vulnerabilities"):
		return tally{}, notChecked("the database of vulnerabilities cannot be reached; a copy is named by " + vulnerabilityVariable)
	}
	return tally{}, fmt.Errorf("govulncheck: %w\n%s", err, said)
}

// foundSome reports whether govulncheck ended because it found something.
func foundSome(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == 3
}
