package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newCharger(e *environment) *cobra.Command {
	own := []*cobra.Command{newChargerList(e), newChargerAdd(e), newChargerPassword(e), newChargerAdopt(e), newChargerRefused(e)}
	return e.group(&cobra.Command{
		Use:     "charger",
		Short:   "Chargers: list, add, adopt, start, stop, reset, and more",
		Example: "  chargeyard charger list",
	}, append(own, e.orders()...)...)
}

func newChargerList(e *environment) *cobra.Command {
	return e.addJSON(&cobra.Command{
		Use:     "list",
		Short:   "List the chargers and how they are",
		Example: "  chargeyard charger list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var rows []app.ChargerRow
			if err := e.do(cmd, app.OpChargerList, app.None{}, &rows); err != nil {
				return err
			}
			if e.json {
				return e.printJSON(rows)
			}
			w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tIDENTITY\tNAME\tSITE\tCONNECTION\tPORTS")
			for _, c := range rows {
				identity := "-"
				if c.OCPPID != nil {
					identity = *c.OCPPID
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%d %s\t%s\t%s\n", c.ID, identity, c.Name, c.Site, c.SiteName, connection(c), portStates(c))
			}
			return w.Flush()
		},
	})
}

func connection(c app.ChargerRow) string {
	if c.Connected == nil {
		return "never connected"
	}
	state := "disconnected"
	if *c.Connected {
		state = "connected"
	}
	if c.Since != nil {
		state += " since " + stamp(*c.Since)
	}
	return state
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func portStates(c app.ChargerRow) string {
	states := make([]string, len(c.PortStates))
	for i, s := range c.PortStates {
		states[i] = s
		if s == "" {
			states[i] = "-"
		}
	}
	return strings.Join(states, ", ")
}

func newChargerAdd(e *environment) *cobra.Command {
	var in app.NewCharger
	var stdin bool
	cmd := &cobra.Command{
		Use:   "add IDENTITY",
		Short: "Enter a charger before it connects",
		Long: `Enter a charger. IDENTITY is the last part of the address that it connects to. Ports that are not entered appear
when the charger reports them. With --generate its password is printed alone on standard output.`,
		Example: `  chargeyard charger add --site 12 --name "Bay 5" --ports 2 CP5
  chargeyard charger add --site "Harbor Depot" --generate CP6`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Identity = args[0]
			if err := e.passwordFromInput(stdin, &in.Password); err != nil {
				return err
			}
			var made app.MadeCharger
			if err := e.do(cmd, app.OpChargerAdd, in, &made); err != nil {
				return err
			}
			return e.madeCharger(&made, in.Identity, in.Generate)
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Site, "site", "", "Id or name of its site; not needed with one site.")
	f.StringVar(&in.Name, "name", "", "How people call it; the identity without it.")
	f.IntVar(&in.Ports, "ports", 0, "How many ports it has.")
	f.BoolVar(&in.Generate, "generate", false, "Make up a password and print it.")
	f.BoolVar(&stdin, "password-stdin", false, "Read its password from standard input.")
	cmd.MarkFlagsMutuallyExclusive("generate", "password-stdin")
	return e.addJSON(cmd)
}

func (e *environment) madeCharger(made *app.MadeCharger, identity string, generated bool) error {
	if e.json {
		return e.printJSON(made)
	}
	if generated {
		fmt.Fprintln(e.out, made.Password)
	}
	e.talk("Charger %d, %q, is known at site %d.", made.ID, identity, made.Site)
	return nil
}

// passwordFromInput reads a password from standard input, where it shows in no
// list of processes.
func (e *environment) passwordFromInput(wanted bool, to *string) error {
	if !wanted {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(e.in, 4096))
	if err != nil {
		return err
	}
	if *to = strings.TrimRight(string(text), "\r\n"); *to == "" {
		return app.Exit(app.ExitUsage, errors.New("standard input holds no password"))
	}
	return nil
}

func newChargerPassword(e *environment) *cobra.Command {
	var in app.ChargerPassword
	var stdin bool
	cmd := &cobra.Command{
		Use:   "password CHARGER",
		Short: "Give a charger a new password",
		Long: `Give a charger (identity or id) a new password for Basic authentication. Without --password-stdin one is made up
and printed alone on standard output: 40 hexadecimal digits, as OCPP 1.6 chargers take them for AuthorizationKey.
The charger needs it from its next connection on.`,
		Example: `  chargeyard charger password CP5
  chargeyard charger password CP5 --password-stdin < password.txt`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Charger = args[0]
			if err := e.passwordFromInput(stdin, &in.Password); err != nil {
				return err
			}
			in.Generate = in.Generate || in.Password == "" && !in.Remove
			var changed app.ChangedPassword
			if err := e.do(cmd, app.OpChargerPassword, in, &changed); err != nil {
				return err
			}
			if in.Generate {
				fmt.Fprintln(e.out, changed.Password)
			}
			what := "has a new password"
			if in.Remove {
				what = "needs no password any more"
			}
			e.talk("Charger %d, %s, %s.", changed.ID, changed.Name, what)
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&in.Generate, "generate", false, "Make up a password and print it; that is also what happens without any flag.")
	f.BoolVar(&stdin, "password-stdin", false, "Read the password from standard input.")
	f.BoolVar(&in.Remove, "remove", false, "Let the charger in without a password.")
	cmd.MarkFlagsMutuallyExclusive("generate", "password-stdin", "remove")
	return cmd
}

func newChargerAdopt(e *environment) *cobra.Command {
	var in app.Adoption
	cmd := &cobra.Command{
		Use:   "adopt IDENTITY",
		Short: "Enter a charger that was refused as unknown",
		Long:  `Enter a charger that knocked and was refused because nobody knew it. It tries again by itself and gets in.`,
		Example: `  chargeyard charger refused
  chargeyard charger adopt CP7 --site "Harbor Depot"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Identity = args[0]
			var made app.MadeCharger
			if err := e.do(cmd, app.OpChargerAdopt, in, &made); err != nil {
				return err
			}
			return e.madeCharger(&made, in.Identity, in.Generate)
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Site, "site", "", "Id or name of its site; not needed with one site.")
	f.StringVar(&in.Name, "name", "", "How people call it; the identity without it.")
	f.BoolVar(&in.Generate, "generate", false, "Make up a password and print it.")
	return e.addJSON(cmd)
}

func newChargerRefused(e *environment) *cobra.Command {
	var in app.Refused
	cmd := &cobra.Command{
		Use:     "refused",
		Short:   "List the connections that were refused, why, and what to do",
		Example: "  chargeyard charger refused",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var rows []app.RefusedRow
			if err := e.do(cmd, app.OpChargerRefused, in, &rows); err != nil {
				return err
			}
			if e.json {
				return e.printJSON(rows)
			}
			for _, r := range rows {
				identity := r.Identity
				if identity == "" {
					identity = "(no identity)"
				}
				times := ""
				if r.Count > 1 {
					times = fmt.Sprintf(" (%d times since %s)", r.Count, stamp(r.FirstAt))
				}
				fmt.Fprintf(e.out, "%s  %s from %s%s\n  %s\n  %d: %s\n  Fix: %s\n", stamp(r.At), identity, r.Remote, times, r.Request, r.Status, r.Reason, r.Fix)
			}
			if len(rows) == 0 {
				e.talk("No connection was refused.")
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&in.Limit, "limit", 50, "How many at most, the newest first.")
	return e.addJSON(cmd)
}
