package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newBackup(e *environment) *cobra.Command {
	var withKey bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a consistent copy of the database, while everything runs",
		Long: `Write a consistent copy of the database to a file that does not exist yet; a running server goes on meanwhile. The
key of the charger passwords is not in it: --with-key puts it beside.`,
		Example: `  chargeyard backup /backups/chargeyard-$(date +%F).db
  chargeyard backup --with-key /backups/all.db`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.with(cmd, false, func(ctx context.Context, c *app.Client) error {
				info, err := c.Backup(ctx, args[0], withKey)
				if err != nil {
					return err
				}
				return e.tellBackup("Backed up", &info)
			})
		},
	}
	cmd.Flags().BoolVar(&withKey, "with-key", false, "Put the key of the charger passwords beside it, as FILE"+app.SecretSuffix+".")
	return e.addJSON(cmd)
}

// tellBackup says what is in a backup.
func (e *environment) tellBackup(verb string, info *app.BackupInfo) error {
	if e.json {
		return e.printJSON(info)
	}
	newest := "no history yet"
	if !info.Newest.IsZero() {
		newest = "newest record of " + info.Newest.UTC().Format(time.RFC3339)
	}
	e.talk("%s: %s, %s, %s, %s, %s, %s; schema %d, %s.", verb,
		count(int(info.Organizations), "organization"), count(int(info.Sites), "site"), count(int(info.Chargers), "charger"),
		count(int(info.Ports), "port"), count(int(info.Sessions), "session"), count(int(info.Records), "record"), info.Schema, newest)
	e.talk("Charger passwords: %s.", info.SecretNote)
	fmt.Fprintln(e.out, info.File)
	return nil
}
