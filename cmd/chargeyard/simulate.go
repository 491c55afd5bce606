package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// lives are the words of simulate --life. When it is idle only the server makes
// anything happen.
var lives = map[string]func() sim.Life{"idle": func() sim.Life { return sim.Life{} }, "steady": sim.SteadyLife, "demo": sim.DemoLife, "restless": sim.RestlessLife}

// simulation is the flags of simulate that are not settings of package sim.
type simulation struct {
	sim.Config
	chargers  int
	life      string
	addresses int
	duration  time.Duration

	faults, disconnects float64
	sample              time.Duration

	protocol                  string
	caFile, certFile, keyFile string
	list                      bool
}

func newSimulate(e *environment) *cobra.Command {
	var s simulation
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run virtual OCPP 1.6, 2.0.1 and 2.1 chargers against a server",
		Long: `Run virtual OCPP chargers against any server. Vehicles come, charge and go; energy follows power and registers
only rise. What is not answered is queued and sent again. Commands of the server are obeyed: chargers reset, unlock, charge
with less power, upload logs, download firmware, change their password and their certificate. Ctrl-C ends it with a summary.

The server must know the chargers, PREFIX1, PREFIX2 and so on, or take any: chargeyard serve --adopt any.

With --misbehave chargers break the rules in ways in which real ones do; --misbehaviours lists them.`,
		Example: `  chargeyard simulate --url ws://127.0.0.1:8080/ocpp --chargers 10
  chargeyard simulate --url ws://127.0.0.1:8080/ocpp --chargers 1 --prefix CP --life demo
  chargeyard simulate --url wss://ocpp.example.org/ocpp --protocol ocpp2.0.1,ocpp1.6 --cert charger.pem --key charger.key
  chargeyard simulate --protocol ocpp2.0.1 --misbehave seqno-gaps,no-pong --life restless`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.simulate(cmd, &s) },
	}
	f := cmd.Flags()
	f.StringVar(&s.URL, "url", "ws://127.0.0.1:8080/ocpp", "What the identity is appended to.")
	f.IntVar(&s.chargers, "chargers", 1, "How many chargers.")
	f.StringVar(&s.Prefix, "prefix", "SIM-", "What their identities begin with; a number follows.")
	f.StringVar(&s.Password, "password", "", "Their password for Basic authentication; empty sends none.")
	f.StringVar(&s.protocol, "protocol", sim.Protocol16, "What they speak: ocpp1.6, ocpp2.0.1, ocpp2.1, several in order of preference, or mixed.")
	f.StringVar(&s.caFile, "ca-file", "", "Authorities in PEM form whose servers they trust on wss; empty trusts the system's.")
	f.StringVar(&s.certFile, "cert", "", "Their client certificate in PEM form, for security profile 3.")
	f.StringVar(&s.keyFile, "key", "", "The key of --cert in PEM form.")
	f.BoolVar(&s.Compress, "compress", false, "Offer permessage-deflate on 2.x.")
	f.StringSliceVar(&s.Misbehave, "misbehave", nil, "Ways in which they break the rules; see --misbehaviours.")
	f.BoolVar(&s.list, "misbehaviours", false, "List the ways to misbehave, and do nothing else.")
	f.StringSliceVar(&s.IDTags, "id-tag", nil, "A card that people present; repeat for several.")
	f.StringVar(&s.life, "life", "steady", "How much happens by itself: idle, steady, demo or restless.")
	f.Float64Var(&s.faults, "faults", -1, "Faults an hour and charger, in place of what --life says.")
	f.Float64Var(&s.disconnects, "disconnects", -1, "Lost connections an hour and charger, likewise.")
	f.DurationVar(&s.sample, "sample", 0, "Time between meter values, likewise.")
	f.Float64Var(&s.Speed, "speed", 1, "How much faster than the clock vehicles charge and people live.")
	f.DurationVar(&s.Ramp, "ramp", 0, "Time over which the chargers start.")
	f.DurationVar(&s.duration, "duration", 0, "Time after which it ends by itself; 0 is never.")
	f.Uint64Var(&s.Seed, "seed", 1, "Decides about all that is left to chance.")
	f.IntVar(&s.addresses, "addresses", 0, "Dial from this many loopback addresses, 127.0.0.2 and on: one has room for 28,000 connections.")
	return cmd
}

func (e *environment) simulate(cmd *cobra.Command, s *simulation) error {
	if s.list {
		return listMisbehaviours(e.out)
	}
	life, known := lives[s.life]
	if !known {
		return app.Exit(app.ExitUsage, fmt.Errorf("--life: %q is none of idle, steady, demo, restless", s.life))
	}
	if s.chargers < 1 {
		return app.Exit(app.ExitUsage, fmt.Errorf("--chargers: must be 1 or more"))
	}
	cfg, err := s.config(life())
	if err != nil {
		return app.Exit(app.ExitUsage, err)
	}
	cfg.Log = e.newLogger(cmd, false)
	ctx := cmd.Context()
	if s.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.duration)
		defer cancel()
	}
	summary, err := sim.Run(ctx, cfg, e.err)
	if err != nil {
		return app.Exit(app.ExitUsage, err)
	}
	_, err = fmt.Fprint(e.out, summary)
	return err
}

// config makes the settings of package sim.
func (s *simulation) config(life sim.Life) (sim.Config, error) {
	cfg := s.Config
	cfg.Life = life
	if s.faults >= 0 {
		cfg.Life.FaultsPerHour = s.faults
	}
	if s.disconnects >= 0 {
		cfg.Life.DisconnectsPerHour = s.disconnects
	}
	if s.sample > 0 {
		cfg.Life.SampleInterval = s.sample
	}
	if cfg.Protocols = strings.Split(s.protocol, ","); s.protocol == "mixed" {
		cfg.Protocols, cfg.Mixed = []string{sim.Protocol16, sim.Protocol201, sim.Protocol21}, true
	}
	for i := range s.chargers {
		cfg.Chargers = append(cfg.Chargers, sim.ChargerConfig{
			Identity: cfg.Prefix + strconv.Itoa(i+1), Password: cfg.Password, Make: sim.Makes[i%len(sim.Makes)],
		})
	}
	cfg.LocalAddrs = sim.Loopbacks(s.addresses)
	return cfg, s.certificates(&cfg)
}

// certificates reads the files of --ca-file, --cert and --key.
func (s *simulation) certificates(cfg *sim.Config) error {
	if s.caFile != "" {
		text, err := os.ReadFile(s.caFile)
		if err != nil {
			return fmt.Errorf("--ca-file: %w", err)
		}
		cfg.Roots = x509.NewCertPool()
		if !cfg.Roots.AppendCertsFromPEM(text) {
			return fmt.Errorf("--ca-file: %s holds no certificate in PEM form", s.caFile)
		}
	}
	if (s.certFile == "") != (s.keyFile == "") {
		return errors.New("--cert and --key are only good together")
	}
	if s.certFile != "" {
		pair, err := tls.LoadX509KeyPair(s.certFile, s.keyFile)
		if err != nil {
			return fmt.Errorf("--cert, --key: %w", err)
		}
		cfg.Certificate = &pair
	}
	return nil
}

func listMisbehaviours(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range sim.Misbehaviours() {
		fmt.Fprintf(t, "%s\t%s\n", m.Name, m.What)
	}
	return t.Flush()
}
