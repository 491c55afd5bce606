package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newImport(e *environment) *cobra.Command {
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring in sites, chargers, cards and vehicles from a file",
		Long: `Bring in what a file describes: the very JSON that GET /api/sites returns, with more where wanted
(docs/reference/import-file.md). FILE can be - for standard input. All of it is written or nothing.`,
		Example: `  chargeyard import --dry-run estate.json
  chargeyard import estate.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := e.readFile(args[0])
			if err != nil {
				return err
			}
			var report app.ImportReport
			err = e.with(cmd, true, func(ctx context.Context, c *app.Client) error {
				return c.Do(ctx, app.OpImport, app.Import{File: file, DryRun: dryRun}, &report)
			})
			if app.IsInvalid(err) {
				text := strings.ReplaceAll(err.Error(), "\n", "\n  ")
				return app.Exit(app.ExitFailed, fmt.Errorf("nothing was imported from %s:\n  %s", args[0], text))
			}
			if err != nil {
				return err
			}
			return e.reportImport(&report, dryRun, asJSON)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "Print what would change, and change nothing.")
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print the changes as JSON.")
	return cmd
}

// readFile reads a file, or standard input for "-".
func (e *environment) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(e.in)
	}
	file, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, app.Exit(app.ExitNotFound, fmt.Errorf("there is no file %s", name))
	}
	return file, err
}

func (e *environment) reportImport(report *app.ImportReport, dryRun, asJSON bool) error {
	for _, n := range report.Notes {
		e.talk("note: %s %s", n.Path, n.Text)
	}
	switch {
	case asJSON:
		if err := e.printJSON(report); err != nil {
			return err
		}
	case dryRun:
		for _, l := range report.Lines {
			fmt.Fprintln(e.out, l)
		}
	}
	if dryRun {
		e.talk("Would import: %s. Nothing was written.", report.Summary())
	} else {
		e.talk("Imported: %s.", report.Summary())
	}
	return nil
}
