package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/config"
)

// newDocs makes the pages of docs/reference that come from the program.
func newDocs(e *environment) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:       "docs settings|commands",
		Short:     "Write a page of the reference",
		Example:   "  chargeyard docs settings --out docs/reference/settings.md",
		Hidden:    true,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"settings", "commands"},
		RunE: func(cmd *cobra.Command, args []string) error {
			page := config.Reference()
			if args[0] == "commands" {
				page = commandReference(cmd.Root())
			}
			if out == "" {
				_, err := e.out.Write(page)
				return err
			}
			return os.WriteFile(out, page, 0o644)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "File to write; standard output without it.")
	return cmd
}

// commandReference returns docs/reference/commands.md.
func commandReference(root *cobra.Command) []byte {
	var b bytes.Buffer
	b.WriteString(`# Commands

This page is made from the program itself (` + "`go generate ./cmd/chargeyard`" + `); ` + "`--help`" + ` on a command shows the same.

Data goes to standard output, talk to standard error. Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused.
Commands that need the data folder go through the server while one works on it, and open the folder themselves while
none does; the result is the same. [Settings](settings.md) tells the flags of every command and of ` + "`serve`" + `.
`)
	writeCommands(&b, root)
	return b.Bytes()
}

func writeCommands(b *bytes.Buffer, parent *cobra.Command) {
	for _, cmd := range parent.Commands() {
		if !cmd.IsAvailableCommand() || cmd.Name() == "completion" {
			continue
		}
		if !cmd.HasSubCommands() {
			writeCommand(b, cmd)
		}
		writeCommands(b, cmd)
	}
}

func writeCommand(b *bytes.Buffer, cmd *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n%s.\n\n```\n%s\n```\n", strings.TrimSpace(cmd.CommandPath()), cmd.Short, unindent(cmd.Example))
	if cmd.Long != "" {
		fmt.Fprintf(b, "\n%s\n", cmd.Long)
	}
	if cmd.Name() != "serve" && cmd.HasAvailableLocalFlags() {
		fmt.Fprintf(b, "\n```\n%s```\n", cmd.LocalNonPersistentFlags().FlagUsagesWrapped(110))
	}
}

func unindent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}
