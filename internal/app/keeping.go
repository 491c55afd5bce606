package app

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/files"
	"github.com/chargeyard/chargeyard/internal/messagelog"
	"github.com/chargeyard/chargeyard/internal/upkeep"
)

// startMessages opens the raw messages, unless none are kept.
func (a *App) startMessages(context.Context) (err error) {
	if a.cfg.KeepMessages == 0 {
		return nil
	}
	a.messages, err = messagelog.Open(messagelog.Config{Folder: filepath.Join(a.admin.store.Dir(), "messages"), Days: a.cfg.KeepMessages,
		MaxBytes: int64(a.cfg.MaxMessages) << 20}, a.log, a.registry)
	if err == nil {
		a.undo.add("raw messages", a.messages.Close)
	}
	return err
}

// startFiles opens what chargers upload and fetch.
func (a *App) startFiles(context.Context) (err error) {
	// Without a public URL, chargers are told the address that they are on
	// their side of the network.
	_, chargers := Addresses(a.cfg, a.listener.Addr())
	a.files, err = files.Open(files.Config{Folder: filepath.Join(a.admin.store.Dir(), "files"), URL: "http" + strings.TrimPrefix(chargers, "ws"),
		MaxUpload: int64(a.cfg.MaxUpload) << 20}, a.admin.fleet, a.admin.store, a.log.With("room", "files"))
	return err
}

// startCommands takes commands from now on.
func (a *App) startCommands(ctx context.Context) error {
	a.commands = command.New(command.Config{Secret: a.admin.secret(), Files: a.files}, a.gateway, a.admin.fleet, a.admin.store, a.log, a.registry)
	a.undo.add("commands", a.commands.Stop)
	return a.commands.Start(ctx)
}

// startUpkeep begins to see to chargers, unless it is off.
func (a *App) startUpkeep(context.Context) error {
	if a.cfg.Upkeep == "off" {
		return nil
	}
	u := upkeep.New(upkeep.Config{Wishes: charging.Wishes{
		Measurands: strings.ReplaceAll(a.cfg.Measurands, " ", ""), SampleInterval: a.cfg.SampleEvery.Truncate(time.Second),
		Heartbeat: a.cfg.Heartbeat.Truncate(time.Second), Offline: a.cfg.Offline,
	}}, a.gateway, a.admin.fleet, a.admin.store, a.log, a.registry)
	u.Start()
	a.undo.add("upkeep", u.Stop)
	return nil
}
