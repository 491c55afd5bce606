package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/config"
)

func newServe(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server: chargers connect to ws://HOST:PORT/ocpp/{identity}, programs read http://HOST:PORT/api/sites.

The first start makes the data folder, an organization and an API key, which is printed once. Ctrl-C or SIGTERM
ends the server in order. Every flag is also a variable: --listen is CHARGEYARD_LISTEN.`,
		Example: `  chargeyard serve
  chargeyard serve --listen 127.0.0.1:8080 --trusted-proxies 127.0.0.1 --public-url https://charge.example.org`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.serve(cmd) },
	}
	bind(e.cfg, cmd, false, config.OnServe)
	return cmd
}

func (e *environment) serve(cmd *cobra.Command) error {
	server := app.New(e.cfg, e.newLogger(cmd, true))
	if err := server.Start(cmd.Context()); err != nil {
		return err
	}
	e.welcome(server)
	var failed error
	select {
	case <-cmd.Context().Done():
		e.talk("Stopping; a second Ctrl-C ends at once.")
	case failed = <-server.Failed():
	}
	if err := server.Stop(context.WithoutCancel(cmd.Context())); err != nil {
		return err
	}
	return failed
}

// welcome tells where the server is, and the first API key: the only data of
// this command, so it goes to standard output.
func (e *environment) welcome(server *app.App) {
	web, chargers := app.Addresses(e.cfg, server.Addr())
	fmt.Fprintf(e.out, "chargeyard %s on %s\n  API       %s/api/sites\n  chargers  %s/ocpp/{identity}\n", app.Version(), e.cfg.Data, web, chargers)
	if secure := server.TLSAddr(); secure != nil && e.cfg.PublicURL == "" {
		_, chargers = app.Addresses(e.cfg, secure)
		fmt.Fprintf(e.out, "  with TLS  wss%s/ocpp/{identity}\n", strings.TrimPrefix(chargers, "ws"))
	}
	owner, err := server.OwnerLink()
	if err != nil {
		e.talk("No link for the first owner could be made: %v", err)
	}
	if owner != "" {
		fmt.Fprintf(e.out, `
Open this link within 30 minutes to make the owner's account; a restart makes a new one:

  %s

`, owner)
	}
	first := server.FirstKey()
	if first == nil {
		return
	}
	fmt.Fprintf(e.out, `
This API key sees everything in %q. It is shown only now:

  %s

  curl -H "Authorization: Bearer %s" %s/api/sites

`, first.Organization, first.Key, first.Key, web)
}
