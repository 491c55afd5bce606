package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/config"
)

// liveWithin is how long the demo waits for its first session.
const liveWithin = 10 * time.Second

func newDemo(e *environment) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a whole system with virtual chargers, to look at",
		Long: `Run a server with two organizations, three sites and twelve virtual chargers that charge, fail, disconnect and come
back. Everything is in a temporary folder: Ctrl-C ends the demo and leaves nothing behind.`,
		Example: `  chargeyard demo
  chargeyard demo --listen 127.0.0.1:8081`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("data") {
				return app.Exit(app.ExitUsage, errors.New("the demo has a temporary folder of its own; leave out --data, or take \"chargeyard serve\""))
			}
			return e.demo(cmd, listen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "Address and port; port 0 takes any free one.")
	return cmd
}

func (e *environment) demo(cmd *cobra.Command, listen string) error {
	if !cmd.Flags().Changed("log-level") {
		e.cfg.LogLevel = "warn" // the demo is to be looked at
	}
	demo, err := app.StartDemo(cmd.Context(), listen, e.newLogger(cmd, true))
	if err != nil {
		return err
	}
	web, _ := app.Addresses(config.Default(), demo.Addr())
	fmt.Fprintf(e.out, `chargeyard demo: 12 virtual chargers at 3 sites

  Console  %s
           signs you in, once
  API      %s/api/sites
  API key  %s

  curl -s -H "Authorization: Bearer %s" %s/api/sites

`, demo.Link, web, demo.Key, demo.Key, web)
	e.tellLive(cmd.Context(), demo)
	e.talk("Ctrl-C ends the demo and leaves nothing behind.")
	var failed error
	select {
	case <-cmd.Context().Done():
	case failed = <-demo.Failed():
	}
	return errors.Join(failed, demo.Stop(context.WithoutCancel(cmd.Context())))
}

func (e *environment) tellLive(ctx context.Context, demo *app.Demo) {
	wait, cancel := context.WithTimeout(ctx, liveWithin)
	defer cancel()
	if c := demo.WaitLive(wait); c != nil {
		e.talk("The first session is live, at charger %s (%s).", c.OCPPID, c.Name)
	} else if ctx.Err() == nil {
		e.talk("No session yet; a vehicle comes soon.")
	}
}
