package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/bench"
)

func newBench(e *environment) *cobra.Command {
	o := bench.Options{Version: app.Version()}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure a server: messages a CPU second, latency, memory a connection, reconnect storms",
		Long: `Measure a server with OCPP 1.6 chargers that send from this process. Without --url it starts a server of its own with the
default settings and an empty data folder, and removes it at the end. A server that stores nothing and answers from a canned
text is measured in the same run: figures as a share of that floor hold on other machines too.

With --url any CSMS is measured. It must know the chargers and id tags BENCH-1, BENCH-2 and so on (or take any), and
--pid tells its processes, databases and brokers included, so that messages a CPU second count the whole of it.

Measured are ` + strings.Join(bench.Names(), ", ") + `; docs/explanation/performance.md tells how.`,
		Example: `  chargeyard bench
  chargeyard bench --only session,open --time 30s
  chargeyard bench --url ws://127.0.0.1:9000/ocpp --pid 4711,4712 --only heartbeat`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Program, err = os.Executable(); err != nil {
				return err
			}
			o.Progress = e.err
			report, err := bench.Run(cmd.Context(), o)
			if err != nil {
				return app.Exit(app.ExitFailed, err)
			}
			if asJSON {
				return report.WriteJSON(e.out)
			}
			fmt.Fprintln(e.err)
			return report.WriteText(e.out)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.URL, "url", "", "What the identity is appended to; empty starts a server.")
	f.IntSliceVar(&o.PIDs, "pid", nil, "Processes of the server of --url, separated by commas.")
	f.StringVar(&o.Prefix, "prefix", "BENCH-", "What identities and id tags begin with; a number follows.")
	f.StringVar(&o.Password, "password", "", "The chargers' password for Basic authentication; empty sends none.")
	f.StringSliceVar(&o.Only, "only", nil, "Measure only these; empty is everything.")
	f.IntVar(&o.Chargers, "chargers", 1000, "How many chargers send.")
	f.IntVar(&o.Storm, "storm", 19_500, "How many chargers connect at once, and then are idle. Each takes an open file on both sides.")
	f.DurationVar(&o.Time, "time", 10*time.Second, "How long each load is measured.")
	f.DurationVar(&o.WarmUp, "warm-up", 3*time.Second, "How long each load runs before.")
	f.DurationVar(&o.Settle, "settle", 30*time.Second, "How long chargers are idle before memory is read.")
	f.IntVar(&o.Rate, "rate", 5000, "Messages a second of the open loop.")
	f.StringVar(&o.Profiles, "profiles", "", "Folder for processor profiles of the server; empty takes none.")
	f.BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

// newBenchFloor is the server of canned answers, which bench starts.
func newBenchFloor(*environment) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:    bench.FloorCommand,
		Short:  "Serve canned answers, for bench",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			return bench.ServeFloor(cmd.Context(), listener)
		},
	}
	cmd.Flags().StringVar(&address, "listen", "127.0.0.1:0", "Address and port.")
	return cmd
}
