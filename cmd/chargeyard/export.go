package main

import (
	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newExport(e *environment) *cobra.Command {
	var in app.Export
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print sites, chargers, cards and vehicles as an import file",
		Long: `Print the estate as JSON, in the form that "chargeyard import" reads: what GET /api/sites shows but for what
changes by itself, and access IDs, vehicles and customers. Importing it where it came from changes nothing.`,
		Example: `  chargeyard export > estate.json
  chargeyard export --secrets | ssh elsewhere chargeyard import -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var out app.Exported
			if err := e.do(cmd, app.OpExport, in, &out); err != nil {
				return err
			}
			_, err := e.out.Write(out.File)
			return err
		},
	}
	cmd.Flags().BoolVar(&in.Secrets, "secrets", false, "With the hashes of charger passwords, which only work beside the same key file.")
	return cmd
}
