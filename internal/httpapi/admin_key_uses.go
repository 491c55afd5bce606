package httpapi

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// keyUses are when keys were last used. A request only notes it in memory; it
// is written down now and then, all at once.
type keyUses struct {
	mu   sync.Mutex
	at   map[charging.ID]time.Time
	news map[charging.ID]time.Time // not written down yet
}

func (u *keyUses) note(key charging.ID, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.at == nil {
		u.at = make(map[charging.ID]time.Time)
	}
	if u.news == nil {
		u.news = make(map[charging.ID]time.Time)
	}
	u.at[key], u.news[key] = at, at
}

func (u *keyUses) last(key charging.ID) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.at[key]
}

// take returns what is to be written down; back returns it when that failed.
func (u *keyUses) take() map[charging.ID]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	news := u.news
	u.news = nil
	return news
}

func (u *keyUses) back(failed map[charging.ID]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(failed, u.news)
	u.news = failed
}

// add takes over what was written down by an earlier start.
func (u *keyUses) add(stored map[charging.ID]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(stored, u.at)
	u.at = stored
}

// LoadKeyUses reads when keys were last used before this start.
func (a *API) LoadKeyUses(ctx context.Context) error {
	if a.cfg.Administration == nil {
		return nil
	}
	stored, err := a.cfg.Administration.KeyUses(ctx)
	if err == nil {
		a.keyUses.add(stored)
	}
	return err
}

// SaveKeyUses writes down when keys were last used, in one transaction; nothing
// when none was. It is to be called once a minute, and when the server stops.
func (a *API) SaveKeyUses(ctx context.Context) error {
	if a.cfg.Administration == nil {
		return nil
	}
	news := a.keyUses.take()
	if len(news) == 0 {
		return nil
	}
	for key, at := range news {
		news[key] = at.UTC().Truncate(time.Microsecond)
	}
	err := a.cfg.Administration.SaveKeyUses(ctx, news)
	if err != nil {
		a.keyUses.back(news)
	}
	return err
}
