package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newUser(e *environment) *cobra.Command {
	return e.group(&cobra.Command{
		Use:     "user",
		Short:   "People who sign in to the console: create, list, link, remove",
		Example: "  chargeyard user create ada@example.org",
	}, newUserCreate(e), newUserList(e), newUserLink(e), newUserRemove(e))
}

func newUserCreate(e *environment) *cobra.Command {
	var in app.NewUser
	var passwordFile string
	cmd := &cobra.Command{
		Use:   "create EMAIL",
		Short: "Add a person, and print the link with which they set a password",
		Long: `Add a person who may sign in to the console, and print the link with which they set a password; it is good once,
for a day. An owner may do everything, a manager all but users, keys, organizations and webhooks, a viewer looks only.`,
		Example: `  chargeyard user create ada@example.org
  chargeyard user create bo@example.org --role viewer --site 12`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			in.Email = args[0]
			if passwordFile != "" {
				if in.Password, err = readSecret(cmd.InOrStdin(), passwordFile); err != nil {
					return err
				}
			}
			var made app.MadeUser
			err = e.with(cmd, true, func(ctx context.Context, c *app.Client) error { return c.Do(ctx, app.OpUserCreate, in, &made) })
			if err != nil {
				return err
			}
			if made.Link != "" {
				fmt.Fprintln(e.out, made.Link)
			}
			e.talk("Added user %d, %s.", made.ID, in.Email)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Name, "name", "", "How the person is called.")
	f.StringVar(&in.Role, "role", "owner", "What the person may do: owner, manager or viewer.")
	f.Int64Var(&in.Organization, "org", 0, "Id of the person's organization; the first one without it.")
	f.Int64SliceVar(&in.Sites, "site", nil, "Id of a site that the person is limited to; repeat for several.")
	f.StringVar(&passwordFile, "password-file", "", "File with the password, - for standard input; without it a link is printed.")
	return cmd
}

// readSecret reads the first line of a file.
func readSecret(in io.Reader, name string) (string, error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("--password-file: %w", err)
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, 4096))
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); err == nil && line == "" {
		err = errors.New("--password-file: there is no password in the first line")
	}
	return line, err
}

func newUserList(e *environment) *cobra.Command {
	return e.addJSON(&cobra.Command{
		Use:     "list",
		Short:   "List the people who may sign in",
		Example: "  chargeyard user list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var rows []app.UserRow
			if err := e.do(cmd, app.OpUserList, app.None{}, &rows); err != nil {
				return err
			}
			if e.json {
				return e.printJSON(rows)
			}
			w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tEMAIL\tNAME\tROLE\tORGANIZATION\tSTATE")
			for _, u := range rows {
				state := "may sign in"
				switch {
				case u.Disabled:
					state = "disabled"
				case !u.HasPassword:
					state = "has no password yet"
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\n", u.ID, u.Email, u.Name, u.Role, u.Organization, state)
			}
			return w.Flush()
		},
	})
}

func newUserLink(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:     "link EMAIL",
		Short:   "Print a link with which a person sets a new password",
		Example: "  chargeyard user link ada@example.org",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var made app.UserLink
			if err := e.do(cmd, app.OpUserLink, app.UserByEmail{Email: args[0]}, &made); err != nil {
				return err
			}
			fmt.Fprintln(e.out, made.Link)
			e.talk("It is good once, for a day, and until the server stops.")
			return nil
		},
	}
}

func newUserRemove(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:     "remove EMAIL",
		Short:   "Remove a person, who is signed out at once",
		Example: "  chargeyard user remove ada@example.org",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := e.do(cmd, app.OpUserRemove, app.UserByEmail{Email: args[0]}, &app.None{}); err != nil {
				return err
			}
			e.talk("Removed %s.", args[0])
			return nil
		},
	}
}
