package app

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/alert"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
)

// startDigest follows the history, and sends what somebody is to be told. It ends
// before the fleet and the store do.
func (a *App) startDigest(context.Context) error {
	desk := alert.NewDesk(a.admin.fleet, a.admin.store)
	alerts := alert.NewAlerts(desk, a.admin.store)
	follower := digest.New(a.admin.store, a.log,
		digest.NewIntervals(), &digest.Faults{Muted: desk.Muted, Classified: alerts.SessionError}, alerts, alert.NewEvents(desk))
	sender := alert.NewSender(alert.SenderConfig{
		Mail: alert.MailServer{Address: a.cfg.SMTPServer, From: a.cfg.SMTPFrom, User: a.cfg.SMTPUser, Password: a.cfg.SMTPPassword,
			Security: a.cfg.SMTPSecurity},
		PrivateTargets: a.cfg.WebhookPrivate,
	}, a.admin.store, a.log, a.registry)
	unwatch := a.admin.fleet.Watch(func(*charging.Batch) { follower.Wake() })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			sender.Run(ctx)
		}()
		follower.Run(ctx)
		<-sent
	}()
	a.undo.add("digest", func(ctx context.Context) error {
		unwatch()
		cancel()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return nil
}
