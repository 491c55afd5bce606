package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newVersion(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  chargeyard version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(e.out, "chargeyard %s, %s, %s/%s\n", app.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}
