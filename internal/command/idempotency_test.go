package command_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestIdempotencyKey(t *testing.T) {
	withKey := func(r charging.CommandRequest, key charging.ID, text string) charging.CommandRequest {
		r.KeyID, r.IdempotencyKey = key, text
		return r
	}
	const refusal = "Idempotency-Key: was used for another request in the last 24 hours; choose a new one"
	t.Run("a repeat is the same command", func(t *testing.T) {
		y := newYard(t)
		first := y.do(withKey(y.raw("ClearCache", `{}`), 7, "k1"))
		again := y.ask(withKey(y.raw("ClearCache", `{ }`), 7, "k1"))
		if again.ID != first.ID || again.Status != charging.CommandAnswered || len(y.link.actions()) != 1 {
			t.Errorf("%+v, %v", again.Command, y.link.actions())
		}
		for name, r := range map[string]charging.CommandRequest{
			"another action": y.raw("GetLocalListVersion", `{}`), "an order": y.order("clear-cache", `{}`),
		} {
			if err := y.refused(withKey(r, 7, "k1")); charging.KindOf(err) != charging.Invalid || charging.MessageOf(err) != refusal {
				t.Errorf("%s: %v", name, err)
			}
		}
		if other := y.ask(withKey(y.raw("ClearCache", `{}`), 8, "k1")); other.ID == first.ID {
			t.Error("of another API key")
		}
	})
	t.Run("another payload is another request", func(t *testing.T) {
		y := newYard(t)
		y.do(withKey(y.raw("Reset", `{"type":"Soft"}`), 7, "k1"))
		if err := y.refused(withKey(y.raw("Reset", `{"type":"Hard"}`), 7, "k1")); charging.MessageOf(err) != refusal {
			t.Error(err)
		}
	})
	t.Run("an order of several calls comes back whole", func(t *testing.T) {
		y := newYard(t)
		given, err := y.Ask(context.Background(), withKey(y.order("certificates", `{}`), 7, "k1"))
		if err != nil || len(given) != 2 {
			t.Fatalf("%v, %v", given, err)
		}
		again, err := y.Ask(context.Background(), withKey(y.order("certificates", `{}`), 7, "k1"))
		if err != nil || len(again) != 2 || again[0].ID != given[0].ID || again[1].ID != given[1].ID {
			t.Errorf("%v, %v", again, err)
		}
	})
	t.Run("of many at once one is sent", func(t *testing.T) {
		y := newYard(t)
		ids := make(chan charging.ID)
		for range 10 {
			go func() {
				given, err := y.Ask(context.Background(), withKey(y.raw("ClearCache", `{}`), 7, "k1"))
				if err != nil {
					t.Error(err)
					ids <- 0
					return
				}
				ids <- given[0].ID
			}()
		}
		first := <-ids
		for range 9 {
			if id := <-ids; id != first {
				t.Errorf("%d and %d", id, first)
			}
		}
		y.wait(charging.CommandResult{Command: &charging.Command{ID: first}})
		if len(y.link.actions()) != 1 {
			t.Error(y.link.actions())
		}
	})
	t.Run("holds over a restart", func(t *testing.T) {
		y := newYard(t)
		first := y.do(withKey(y.raw("ClearCache", `{}`), 7, "k1"))
		y.crash()
		if again := y.ask(withKey(y.raw("ClearCache", `{}`), 7, "k1")); again.ID != first.ID {
			t.Errorf("%+v", again.Command)
		}
		if err := y.refused(withKey(y.raw("Reset", `{"type":"Soft"}`), 7, "k1")); charging.MessageOf(err) != refusal {
			t.Error(err)
		}
	})
	t.Run("ends after a day", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			y := newYard(t)
			first := y.do(withKey(y.raw("ClearCache", `{}`), 7, "k1"))
			time.Sleep(24*time.Hour - time.Minute)
			if again := y.ask(withKey(y.raw("ClearCache", `{}`), 7, "k1")); again.ID != first.ID {
				t.Errorf("%+v", again.Command)
			}
			time.Sleep(2 * time.Minute)
			if again := y.do(withKey(y.raw("ClearCache", `{}`), 7, "k1")); again.ID == first.ID {
				t.Errorf("%+v", again.Command)
			}
		})
	})
}
