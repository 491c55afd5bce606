package app

import (
	"context"
	_ "embed" // for the estate of the demo
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/provision"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// demoEstate is two organizations under one parent, three sites and twelve
// chargers. Nothing in it exists.
//
//go:embed demo.json
var demoEstate []byte

// Demo is a server with an estate and virtual chargers, in a folder of its own
// that Stop removes.
type Demo struct {
	*App
	Key      string // of the API
	Link     string // signs a browser in as the owner, once
	chargers *sim.Fleet
	undo     cleanups
}

// StartDemo starts a demo on an address. The chargers connect at once; see
// WaitLive.
func StartDemo(ctx context.Context, listen string, log *slog.Logger) (*Demo, error) {
	d := &Demo{}
	if err := d.start(ctx, listen, log); err != nil {
		return nil, errors.Join(err, d.Stop(context.WithoutCancel(ctx)))
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context, listen string, log *slog.Logger) error {
	folder, err := os.MkdirTemp("", "chargeyard-demo-")
	if err != nil {
		return err
	}
	d.undo.add("folder", func(context.Context) error { return os.RemoveAll(folder) })
	cfg := config.Default()
	cfg.Data, cfg.Listen = folder, listen
	cfg.ShutdownTimeout = 5 * time.Second
	d.App = New(cfg, log)
	if err := d.App.Start(ctx); err != nil {
		return err
	}
	d.undo.add("server", d.App.Stop)
	d.Key = d.App.FirstKey().Key
	if err := d.Do(ctx, OpImport, Import{File: demoEstate}, &provision.Report{}); err != nil {
		return fmt.Errorf("importing the estate: %w", err)
	}
	if d.Link, err = d.ownerSignsIn(ctx); err != nil {
		return fmt.Errorf("making the owner: %w", err)
	}
	if d.chargers, err = demoChargers(d.Addr().String()); err != nil {
		return err
	}
	d.chargers.Start()
	d.undo.add("chargers", func(context.Context) error {
		d.chargers.Stop()
		return nil
	})
	return nil
}

// ownerSignsIn makes an owner without a password, and the link that signs in.
func (d *Demo) ownerSignsIn(ctx context.Context) (string, error) {
	var made MadeUser
	if err := d.Do(ctx, OpUserCreate, NewUser{Email: "demo@example.org", Name: "Demo"}, &made); err != nil {
		return "", err
	}
	path, err := d.App.api.UserLink(auth.LinkSignIn, made.ID)
	web, _ := Addresses(d.App.cfg, d.Addr())
	return web + path, err
}

// Stop ends the chargers and the server and removes the folder.
func (d *Demo) Stop(ctx context.Context) error { return d.undo.run(ctx) }

// demoChargers makes a virtual charger for each of the estate, with the cards
// and vehicles of its organization.
func demoChargers(address string) (*sim.Fleet, error) {
	doc, err := provision.Parse(demoEstate)
	if err != nil {
		return nil, err
	}
	cfg := sim.Config{URL: "ws://" + address + "/ocpp", Seed: uint64(time.Now().UnixNano()), Ramp: time.Second, Life: sim.DemoLife(),
		Protocols: []string{sim.Protocol16, sim.Protocol201, sim.Protocol21}, Mixed: true}
	for _, s := range doc.Sites {
		var tags []string
		for _, a := range doc.AccessIDs {
			if a.Organization == s.Organization || doc.Organizations[a.Organization].Parent < 0 {
				tags = append(tags, a.Tag)
			}
		}
		for _, c := range s.Chargers {
			cfg.Chargers = append(cfg.Chargers, sim.ChargerConfig{Identity: c.OCPPID, Make: makeOf(c.Model), IDTags: tags})
		}
	}
	return sim.New(cfg)
}

func makeOf(model string) sim.Make {
	for _, m := range sim.Makes {
		if m.Model == model {
			return m
		}
	}
	return sim.Make{}
}

// WaitLive waits until the first session shows in the estate, and returns the
// charger that has it; nil when ctx ends first.
func (d *Demo) WaitLive(ctx context.Context) *charging.Charger {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if c := firstLive(d.Fleet().Estate()); c != nil {
			return c
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func firstLive(e *fleet.Estate) *charging.Charger {
	for slot := range e.Len() {
		c := e.At(slot)
		for _, p := range c.Ports {
			if p.Session != nil && p.Session.Shown() {
				return c
			}
		}
	}
	return nil
}
