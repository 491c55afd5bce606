package app

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/upkeep"
)

// startReservations takes reservations from now on.
func (a *App) startReservations(ctx context.Context) error {
	a.reservations = command.NewReservations(a.commands, a.admin.store, a.log)
	if err := a.reservations.Start(ctx); err != nil {
		return err
	}
	a.undo.add("reservations", a.reservations.Stop)
	return nil
}

// startPowerLimits begins to keep the power limits of sites.
func (a *App) startPowerLimits(ctx context.Context) error {
	a.powerLimits = upkeep.NewLimits(upkeep.LimitsConfig{}, a.gateway, a.commands, a.admin.fleet, a.admin.store, a.log, a.registry)
	if err := a.powerLimits.Start(ctx); err != nil {
		return err
	}
	a.undo.add("power limits", a.powerLimits.Stop)
	return nil
}
