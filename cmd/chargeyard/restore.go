package main

import (
	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newRestore(e *environment) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup into the data folder of a stopped server",
		Long: `Put a backup into the data folder. The server must be stopped. A database that is there is only replaced with
--force, and kept in the folder's backups/. What happened after the backup is gone; ids go on with a large step.`,
		Example: `  chargeyard restore --data /var/lib/chargeyard /backups/chargeyard-2026-03-01.db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			info, err := app.Restore(cmd.Context(), e.cfg.Data, args[0], force, e.newLogger(cmd, false))
			if err != nil {
				return err
			}
			return e.tellBackup("Restored", &info)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "Replace the database that is in the folder.")
	return e.addJSON(cmd)
}
