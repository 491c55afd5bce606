// Command check runs everything that "make test" promises: it sees that the
// machine has what the tests need, runs each part, and ends with a table of the
// parts and one line "N passed, N failed". It fails when a part fails, and also
// when a test was skipped: nothing is left out silently.
//
// It lives in the tools module, imports the standard library alone, and may be
// started from anywhere in the repository:
//
//	go run -C tools ./check          everything
//	go run -C tools ./check fuzz     the parts with that in their name
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A part is one line of the summary.
type part struct {
	name string
	// vital stops the run when it fails: the parts after it could only repeat it.
	vital bool
	// budget is how long the part may take on two processors with a warm build
	// cache; all together stay under wholeBudget. The summary shows what took
	// longer, and nothing fails for it: time says more about the machine.
	budget time.Duration
	run    func(context.Context, *bench) (tally, error)
}

// wholeBudget bounds the budgets of all parts together.
const wholeBudget = 15 * time.Minute

// A tally counts what a part tried. A part that only succeeds or fails leaves
// it empty and counts as one.
type tally struct{ passed, failed int }

// A bench is what the parts share.
type bench struct {
	root   string // of the repository
	folder string // temporary, removed at the end
	binary string // the built chargeyard
}

var parts = []part{
	{name: "machine: programs that tests need", vital: true, budget: 2 * time.Second, run: machine},
	{name: "machine: npm packages", vital: true, budget: 20 * time.Second, run: npmPackages},
	{name: "build", vital: true, budget: 18 * time.Second, run: build},
	{name: "gofmt", budget: 2 * time.Second, run: gofmt},
	{name: "go mod tidy", budget: 2 * time.Second, run: tidy},
	{name: "go vet", budget: 20 * time.Second, run: vet},
	{name: "staticcheck", budget: 40 * time.Second, run: staticcheck},
	{name: "documents: links", budget: 2 * time.Second, run: links},
	{name: "documents: dependencies", budget: 2 * time.Second, run: dependencies},
	{name: "dependencies: as they were published", budget: 12 * time.Second, run: supply},
	{name: "dependencies: known vulnerabilities", budget: 3 * time.Second, run: vulnerabilities},
	{name: "documents: generated pages", budget: 2 * time.Second, run: generated},
	{name: "deploy: systemd unit", budget: 2 * time.Second, run: systemdUnit},
	{name: "console: types, unit tests, build", budget: 25 * time.Second, run: console},
	{name: "console: in a browser", budget: 75 * time.Second, run: browserTests},
	{name: "go test: what computes, and the program as a process", budget: 85 * time.Second, run: plainTests},
	{name: "conformance: official test cases", budget: 3 * time.Second, run: conformance},
	{name: "go test: all rooms under the race detector", budget: 270 * time.Second, run: raceTests},
	{name: "benchmarks, once each", budget: 35 * time.Second, run: benchmarks},
	{name: "fuzz, all targets in a minute", budget: 105 * time.Second, run: fuzz},
	{name: "interoperability: foreign OCPP clients", budget: 35 * time.Second, run: interop},
	{name: "network test", budget: 45 * time.Second, run: netTest},
	{name: "crash test", budget: 75 * time.Second, run: crash},
	{name: "secrets: all that was written", budget: 15 * time.Second, run: whatWasSaid},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := runAll(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
	}
	if err != nil || !ok {
		stop()
		os.Exit(1)
	}
}

// runAll runs the parts whose names contain one of the words, all without any,
// and reports whether they passed.
func runAll(ctx context.Context, words []string) (bool, error) {
	root, err := repository()
	if err != nil {
		return false, err
	}
	folder, err := os.MkdirTemp("", "chargeyard-check-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(folder)
	b := &bench{root: root, folder: folder, binary: filepath.Join(folder, "chargeyard")}
	s := &summary{began: time.Now()}
	for _, p := range parts {
		if !wanted(p, words) {
			continue
		}
		if !s.run(ctx, b, p) && p.vital {
			break
		}
		if ctx.Err() != nil {
			break
		}
	}
	s.print(os.Stdout)
	return s.total.failed == 0 && ctx.Err() == nil && s.total.passed > 0, ctx.Err()
}

func wanted(p part, words []string) bool {
	for _, w := range words {
		if strings.Contains(p.name, w) {
			return true
		}
	}
	// A part picked by name still needs the program that it tries.
	return len(words) == 0 || p.name == "build"
}

// repository returns the folder above tools, wherever check was started.
func repository() (string, error) {
	module, err := goEnv("GOMOD")
	if err != nil {
		return "", err
	}
	root := filepath.Dir(module)
	if filepath.Base(root) == "tools" {
		root = filepath.Dir(root)
	}
	if _, err := os.Stat(filepath.Join(root, "cmd", "chargeyard")); err != nil {
		return "", fmt.Errorf("%s is not the chargeyard repository: %w", root, err)
	}
	return root, nil
}

// goEnv returns a setting of the go command.
func goEnv(name string) (string, error) {
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		return "", fmt.Errorf("go env %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// command prepares a program to run in a folder of the repository, with its
// output shown.
func (b *bench) command(ctx context.Context, folder, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Join(b.root, folder)
	cmd.Stdout = os.Stdout
	cmd.Stderr = os.Stderr
	// Its children end with it: a server that a test started, for one.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
