package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

// marks stand before findings; the word beside them tells the same.
var marks = map[app.FindingState]string{app.FindingGood: "✓", app.FindingWarning: "!", app.FindingBad: "✗"}

func newDoctor(e *environment) *cobra.Command {
	var quick bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check this machine and the data folder",
		Long: `Check the data folder, the database, the disk, the address, backups, limits and the clock: ✓ is well, ! should be
looked at, ✗ is wrong; each with what to do. Ends with 1 when something is wrong.`,
		Example: `  chargeyard doctor
  chargeyard doctor --quick     whether the server is well, for health checks`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := app.Examine(cmd.Context(), e.cfg, e.newLogger(cmd, false), quick)
			if err := e.printFindings(findings); err != nil {
				return err
			}
			for _, f := range findings {
				if f.State == app.FindingBad {
					return app.Exit(app.ExitFailed, errors.New("something is wrong; see the lines with ✗"))
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "Only what takes no time: whether a server runs and is ready.")
	cmd.Flags().StringVar(&e.cfg.Listen, "listen", e.cfg.Listen, "The address that serve is to have; CHARGEYARD_LISTEN tells it too.")
	return e.addJSON(cmd)
}

func (e *environment) printFindings(findings []app.Finding) error {
	if e.json {
		return e.printJSON(findings)
	}
	for _, f := range findings {
		fmt.Fprintf(e.out, "%s %-12s %s\n", marks[f.State], f.What, f.Text)
		if f.Fix != "" {
			fmt.Fprintf(e.out, "  %-12s %s\n", "", f.Fix)
		}
	}
	return nil
}
