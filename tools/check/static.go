package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func build(ctx context.Context, b *bench) (tally, error) {
	if err := b.command(ctx, ".", "go", "build", "-o", b.binary, "./cmd/chargeyard").Run(); err != nil {
		return tally{}, err
	}
	return tally{}, b.command(ctx, ".", "go", "build", "./...").Run()
}

// gofmt fails on files that gofmt would change.
func gofmt(ctx context.Context, b *bench) (tally, error) {
	var list bytes.Buffer
	cmd := b.command(ctx, ".", "gofmt", "-l", "cmd", "internal", "tools")
	cmd.Stdout = &list
	if err := cmd.Run(); err != nil {
		return tally{}, err
	}
	if list.Len() > 0 {
		return tally{}, fmt.Errorf("gofmt would change:\n%s", list.String())
	}
	return tally{}, nil
}

// tidy fails when go.mod or go.sum of a module is not what its code needs.
func tidy(ctx context.Context, b *bench) (tally, error) {
	for _, module := range []string{".", "tools"} {
		if err := b.command(ctx, module, "go", "mod", "tidy", "-diff").Run(); err != nil {
			return tally{}, fmt.Errorf("in %s: %w", module, err)
		}
	}
	return tally{}, nil
}

func vet(ctx context.Context, b *bench) (tally, error) {
	for _, module := range []string{".", "tools"} {
		if err := b.command(ctx, module, "go", "vet", "./...").Run(); err != nil {
			return tally{}, fmt.Errorf("in %s: %w", module, err)
		}
	}
	return tally{}, nil
}

// staticcheck runs the version that tools/go.mod pins.
func staticcheck(ctx context.Context, b *bench) (tally, error) {
	program := filepath.Join(b.folder, "staticcheck")
	if err := b.command(ctx, "tools", "go", "build", "-o", program, "honnef.co/go/tools/cmd/staticcheck").Run(); err != nil {
		return tally{}, err
	}
	for _, module := range []string{".", "tools"} {
		if err := b.command(ctx, module, program, "./...").Run(); err != nil {
			return tally{}, fmt.Errorf("in %s: %w", module, err)
		}
	}
	return tally{}, nil
}

// systemdUnit has systemd's own checker read the unit. It judges the unit and
// the machine together, so only complaints about the unit count.
func systemdUnit(ctx context.Context, b *bench) (tally, error) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		return tally{}, notChecked("systemd-analyze is not on this machine")
	}
	// The checker wants the program that the unit starts to exist.
	text, err := os.ReadFile(filepath.Join(b.root, "deploy", "chargeyard.service"))
	if err != nil {
		return tally{}, err
	}
	const installed = "/usr/local/bin/chargeyard"
	if !bytes.Contains(text, []byte(installed)) {
		return tally{}, errors.New("the unit does not start " + installed)
	}
	unit := filepath.Join(b.folder, "chargeyard.service")
	if err := os.WriteFile(unit, bytes.ReplaceAll(text, []byte(installed), []byte(b.binary)), 0o644); err != nil {
		return tally{}, err
	}
	var out bytes.Buffer
	cmd := b.command(ctx, ".", "systemd-analyze", "verify", "--man=no", unit)
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var complaints []string
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "chargeyard.service") {
			complaints = append(complaints, strings.TrimSpace(line))
		}
	}
	if len(complaints) > 0 {
		return tally{}, errors.New(strings.Join(complaints, "\n"))
	}
	if err != nil {
		return tally{}, fmt.Errorf("%w: %s", err, out.String())
	}
	return tally{}, nil
}
