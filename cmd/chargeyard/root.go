package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// environment is what every command works with.
type environment struct {
	streams
	cfg     *config.Config
	started bool   // the command line was understood
	command string // the path of the command that runs
	json    bool   // --json of the commands that list
}

func newEnvironment(s streams) *environment {
	s.out = &plainWriter{to: s.out}
	return &environment{streams: s, cfg: config.Default()}
}

// newRoot builds the tree of commands.
func newRoot(e *environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "chargeyard",
		Short: "A charging station management server: chargers in over OCPP, GET /api/sites out",
		Example: `  chargeyard demo                   a whole system with virtual chargers
  chargeyard serve                  the server
  chargeyard import estate.json     what it manages
  chargeyard charger refused        why a charger does not get in`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          e.noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return e.begin(cmd)
		},
	}
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SuggestionsMinimumDistance = 2
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		e.command = cmd.CommandPath()
		return app.Exit(app.ExitUsage, err)
	})
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	bind(e.cfg, root, true, config.OnAll)
	root.AddCommand(
		newServe(e), newDemo(e), newSimulate(e), newImport(e), newExport(e), newKey(e), newUser(e), newCharger(e),
		newBackup(e), newRestore(e), newCA(e), newDoctor(e), newBench(e), newBenchFloor(e), newVersion(e), newDocs(e),
	)
	return root
}

// group makes a command that only holds others together.
func (e *environment) group(cmd *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	cmd.Args, cmd.SuggestionsMinimumDistance = e.noSuchCommand, 2
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(commands...)
	return cmd
}

// noSuchCommand refuses arguments where a command is expected, and suggests
// the nearest.
func (e *environment) noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e.command = cmd.CommandPath()
	text := fmt.Sprintf("there is no command %q", cmd.CommandPath()+" "+args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += fmt.Sprintf("; did you mean %q?", cmd.CommandPath()+" "+near[0])
	}
	return app.Exit(app.ExitUsage, errors.New(text))
}

// bind gives a command the flags of the settings of a group.
func bind(cfg *config.Config, cmd *cobra.Command, persistent bool, group string) {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	cfg.Bind(flags, group)
	if persistent {
		cmd.PersistentFlags().AddGoFlagSet(flags)
	} else {
		cmd.Flags().AddGoFlagSet(flags)
	}
}

// begin takes the settings from the environment and checks them.
func (e *environment) begin(cmd *cobra.Command) error {
	e.command = cmd.CommandPath()
	given := func(name string) bool {
		f := cmd.Flags().Lookup(name)
		return f != nil && f.Changed
	}
	if err := e.cfg.FromEnvironment(os.LookupEnv, given); err != nil {
		return app.Exit(app.ExitUsage, err)
	}
	if err := e.cfg.Validate(); err != nil {
		return app.Exit(app.ExitUsage, err)
	}
	e.started = true
	return nil
}

// newLogger writes log lines to standard error: text on a terminal, JSON
// otherwise. Commands that are over at once only tell what went wrong.
func (e *environment) newLogger(cmd *cobra.Command, server bool) *slog.Logger {
	level := slog.LevelInfo
	// The settings allow only words that slog knows.
	_ = level.UnmarshalText([]byte(e.cfg.LogLevel))
	if !server && !cmd.Flags().Changed("log-level") {
		level = max(level, slog.LevelWarn)
	}
	options := &slog.HandlerOptions{Level: level}
	to := &plainWriter{to: e.err}
	if e.cfg.LogFormat == "text" || e.cfg.LogFormat == "auto" && sim.IsTerminal(e.err) {
		return slog.New(slog.NewTextHandler(to, options))
	}
	options.ReplaceAttr = durationInWords
	return slog.New(slog.NewJSONHandler(to, options))
}

// durationInWords writes durations as "1.5s" and not as nanoseconds, as text
// logs do.
func durationInWords(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().String())
	}
	return a
}

// connect opens the data folder, through its server if one runs.
func (e *environment) connect(cmd *cobra.Command, create bool) (*app.Client, error) {
	return app.Connect(cmd.Context(), e.cfg, e.newLogger(cmd, false), create)
}

// do runs one operation on the data folder.
func (e *environment) do(cmd *cobra.Command, op string, in, out any) (err error) {
	return e.with(cmd, false, func(ctx context.Context, c *app.Client) error { return c.Do(ctx, op, in, out) })
}

// with runs f with a connection to the data folder.
func (e *environment) with(cmd *cobra.Command, create bool, f func(context.Context, *app.Client) error) error {
	c, err := e.connect(cmd, create)
	if err != nil {
		return err
	}
	if err := f(cmd.Context(), c); err != nil {
		c.Close()
		return err
	}
	return c.Close()
}

// talk writes a line for people.
func (e *environment) talk(format string, args ...any) {
	fmt.Fprintf(&plainWriter{to: e.err}, format+"\n", args...)
}

// printJSON writes data as JSON.
func (e *environment) printJSON(data any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(data)
}

// addJSON gives a command that lists the flag --json.
func (e *environment) addJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&e.json, "json", false, "Print JSON.")
	return cmd
}

// fail tells an error on standard error and returns the exit code.
func (e *environment) fail(err error) int {
	code := app.ExitCode(err)
	if !e.started {
		code = app.ExitUsage // the command line was not understood
	}
	fmt.Fprintln(&plainWriter{to: e.err}, "chargeyard:", strings.TrimSpace(err.Error()))
	if code == app.ExitUsage && e.command != "" {
		fmt.Fprintf(e.err, "\"%s --help\" tells more.\n", e.command)
	}
	return code
}

func count(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, strings.TrimSuffix(noun, "s"))
}

// The help shows an example first: it is what people look for.
const helpTemplate = `{{if .HasExample}}{{.Example}}

{{end}}{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{if or .Runnable .HasSubCommands}}{{.UsageString}}{{end}}`

const usageTemplate = `Usage:{{if not .HasAvailableSubCommands}}
  {{.UseLine}}{{else}}
  {{.CommandPath}} <command>

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 110 | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsagesWrapped 110 | trimTrailingWhitespaces}}{{end}}
`
