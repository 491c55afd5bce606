package app

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/erase"
)

// startErasures goes on with erasures of persons that an earlier run left, and
// takes new ones.
func (a *App) startErasures(context.Context) error {
	var messages erase.Messages
	if a.messages != nil {
		messages = a.messages
	}
	a.erasures = erase.New(erase.Config{}, a.admin.fleet, a.admin.store, messages, a.log)
	a.erasures.Start()
	a.undo.add("erasures", a.erasures.Stop)
	return nil
}
