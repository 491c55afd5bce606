package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newKey(e *environment) *cobra.Command {
	return e.group(&cobra.Command{
		Use:     "key",
		Short:   "API keys: create, list, revoke",
		Example: "  chargeyard key create --name \"Depot display\" --permissions read",
	}, newKeyCreate(e), newKeyList(e), newKeyRevoke(e))
}

func newKeyCreate(e *environment) *cobra.Command {
	var in app.NewKey
	var days int
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make an API key and print it, once",
		Long: `Make an API key and print it alone on standard output; it is not kept and never shown again. It sees its
organization and those inside it, with --site and --charger only those. "chargeyard export" shows the ids.`,
		Example: `  KEY=$(chargeyard key create --name "Fleet software")
  chargeyard key create --name "Depot display" --site 12 --permissions read`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days > 0 {
				in.ExpiresAt = time.Now().UTC().AddDate(0, 0, days).Truncate(time.Second)
			}
			var made app.CreatedKey
			err := e.with(cmd, true, func(ctx context.Context, c *app.Client) error {
				return c.Do(ctx, app.OpKeyCreate, in, &made)
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(e.out, made.Key)
			e.talk("Made key %d, %q. This is the only time that it is shown.", made.ID, in.Name)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Name, "name", "", "What people recognise the key by (needed).")
	f.Int64Var(&in.Organization, "org", 0, "Id of its organization; the first one without it.")
	f.Int64SliceVar(&in.Sites, "site", nil, "Id of a site that it is limited to; repeat for several.")
	f.Int64SliceVar(&in.Chargers, "charger", nil, "Id of a charger that it is limited to; repeat for several.")
	f.StringVar(&in.Permissions, "permissions", "", "What it may do: some of read, control and manage, with commas between. (default read,control)")
	f.IntVar(&in.PerMinute, "per-minute", 0, "Requests a minute that it may make; 0 takes the server's --rate-limit.")
	f.IntVar(&days, "days", 0, "Days until it expires; 0 is never.")
	return cmd
}

func newKeyList(e *environment) *cobra.Command {
	return e.addJSON(&cobra.Command{
		Use:     "list",
		Short:   "List the API keys",
		Example: "  chargeyard key list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var rows []app.KeyRow
			if err := e.do(cmd, app.OpKeyList, app.None{}, &rows); err != nil {
				return err
			}
			if e.json {
				return e.printJSON(rows)
			}
			w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tNAME\tKEY\tORGANIZATION\tLIMITED TO\tPERMISSIONS\tSTATE")
			for _, k := range rows {
				fmt.Fprintf(w, "%d\t%s\t%s…\t%d\t%s\t%s\t%s\n", k.ID, k.Name, k.Prefix, k.Organization, keyLimits(k), k.Permissions, keyState(k))
			}
			return w.Flush()
		},
	})
}

func keyLimits(k app.KeyRow) string {
	var limits []string
	for _, id := range k.Sites {
		limits = append(limits, "site "+strconv.FormatInt(id, 10))
	}
	for _, id := range k.Chargers {
		limits = append(limits, "charger "+strconv.FormatInt(id, 10))
	}
	if limits == nil {
		return "-"
	}
	return strings.Join(limits, ", ")
}

func keyState(k app.KeyRow) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked " + k.RevokedAt.Format(time.DateOnly)
	case k.ExpiresAt != nil && k.ExpiresAt.Before(time.Now()):
		return "expired " + k.ExpiresAt.Format(time.DateOnly)
	case k.ExpiresAt != nil:
		return "valid until " + k.ExpiresAt.Format(time.DateOnly)
	}
	return "valid"
}

func newKeyRevoke(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "End an API key at once",
		Example: "  chargeyard key revoke 3",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return app.Exit(app.ExitUsage, fmt.Errorf("%q is no id of a key; \"chargeyard key list\" shows them", args[0]))
			}
			if err := e.do(cmd, app.OpKeyRevoke, app.ByID{ID: id}, &app.None{}); err != nil {
				return err
			}
			e.talk("Key %d is revoked.", id)
			return nil
		},
	}
}
