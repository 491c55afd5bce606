package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A need is a program that the tests use and how Debian brings it.
type need struct {
	what     string
	packages []string
	there    func() bool
}

// oldestNode is the oldest major version of Node that builds the console;
// Debian 13 has it, Debian 12 does not.
const oldestNode = 20

var needs = []need{
	{"a C compiler, for the race detector", []string{"gcc", "libc6-dev"}, inPath("gcc")},
	{"Node 20 or newer, for the console and the foreign OCPP clients", []string{"nodejs"}, newEnoughNode},
	{"npm", []string{"npm"}, inPath("npm")},
	{"strace, mkfs.ext4 and mount, for the faults of the crash test", []string{"strace", "e2fsprogs", "mount"}, inPath("strace", "mkfs.ext4", "mount")},
	{"Chromium, for the tests of the console", []string{"chromium"}, inPath("chromium")},
	{"PostgreSQL's server programs, to keep the SQL portable", []string{"postgresql"}, hasPostgres},
}

// machine sees that the needed programs are there. As root on Debian it
// installs what is missing; otherwise it names it and stops.
func machine(ctx context.Context, b *bench) (tally, error) {
	var missing, packages []string
	for _, n := range needs {
		if !n.there() {
			missing = append(missing, n.what)
			packages = append(packages, n.packages...)
		}
	}
	if len(missing) == 0 {
		return tally{}, nil
	}
	fmt.Println("missing:", strings.Join(missing, "; "))
	install := "apt-get install -y --no-install-recommends " + strings.Join(packages, " ")
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return tally{}, fmt.Errorf("missing: %s. On Debian, as root: %s", strings.Join(missing, "; "), install)
	}
	for _, line := range []string{"apt-get update -q", install} {
		args := strings.Fields(line)
		cmd := b.command(ctx, ".", args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if err := cmd.Run(); err != nil {
			return tally{}, fmt.Errorf("%s: %w", line, err)
		}
	}
	for _, n := range needs {
		if !n.there() {
			return tally{}, fmt.Errorf("%s is still missing after the installation of %s", n.what, strings.Join(n.packages, " "))
		}
	}
	return tally{}, nil
}

func inPath(names ...string) func() bool {
	return func() bool {
		for _, name := range names {
			if _, err := exec.LookPath(name); err != nil {
				return false
			}
		}
		return true
	}
}

var majorVersion = regexp.MustCompile(`^v(\d+)\.`)

func newEnoughNode() bool {
	out, err := exec.Command("node", "--version").Output()
	if err != nil {
		return false
	}
	m := majorVersion.FindSubmatch(out)
	if m == nil {
		return false
	}
	major, err := strconv.Atoi(string(m[1]))
	return err == nil && major >= oldestNode
}

// hasPostgres looks where Debian puts the server programs, too: they are not
// in the path there.
func hasPostgres() bool {
	if inPath("initdb")() && inPath("postgres")() {
		return true
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	return err == nil && len(found) > 0
}

// npmFolders are the folders with a package-lock.json.
var npmFolders = []string{"interop", "web"}

// npmPackages installs exactly what the lock files name. The official schemas
// come with those of interop, which Go tests read, too.
func npmPackages(ctx context.Context, b *bench) (tally, error) {
	for _, folder := range npmFolders {
		upToDate, err := npmUpToDate(b, folder)
		if err != nil {
			return tally{}, err
		}
		if upToDate {
			continue
		}
		if err := b.command(ctx, folder, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error").Run(); err != nil {
			return tally{}, fmt.Errorf("in %s: %w", folder, err)
		}
	}
	return tally{}, nil
}

// npmUpToDate reports whether npm installed from the present lock file: npm
// writes its own copy of it after everything else.
func npmUpToDate(b *bench, folder string) (bool, error) {
	lock, err := os.Stat(filepath.Join(b.root, folder, "package-lock.json"))
	if err != nil {
		return false, err
	}
	installed, err := os.Stat(filepath.Join(b.root, folder, "node_modules", ".package-lock.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && !installed.ModTime().Before(lock.ModTime()), err
}
