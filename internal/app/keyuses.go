package app

import (
	"context"
	"errors"
	"time"
)

// saveUsesEvery is how often it is written down when API keys were last used.
const saveUsesEvery = time.Minute

// startKeyUses reads when API keys were last used, and writes it down now and
// then, and at the end; likewise for browsers in which people are signed in.
func (a *App) startKeyUses(ctx context.Context) error {
	if err := a.api.LoadKeyUses(ctx); err != nil {
		return err
	}
	until, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(saveUsesEvery)
		defer tick.Stop()
		for {
			select {
			case <-until.Done():
				return
			case <-tick.C:
				if err := a.saveUses(until); err != nil && until.Err() == nil {
					a.log.Warn("could not write down when API keys and sign-ins were last used; it is tried again", "err", err)
				}
			}
		}
	}()
	a.undo.add("uses of keys", func(ctx context.Context) error {
		cancel()
		<-ended
		return a.saveUses(ctx)
	})
	return nil
}

func (a *App) saveUses(ctx context.Context) error {
	return errors.Join(a.api.SaveKeyUses(ctx), a.api.SaveSignInUses(ctx))
}
