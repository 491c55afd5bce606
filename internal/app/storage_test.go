package app

import (
	"testing"

	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

func TestRetentionIsToldAsItIsSet(t *testing.T) {
	for want, cfg := range map[httpapi.Retention]config.Config{
		{History: "for ever", Readings: "for ever", Messages: "not kept"}:                                             {MaxMessages: 5},
		{History: "for ever", Readings: "90 days, then a value every 15 minutes", Messages: "30 days"}:                {KeepReadings: 90, KeepMessages: 30},
		{History: "for ever", Readings: "1 day, then a value every 15 minutes", Messages: "7 days, at most 2048 MiB"}: {KeepReadings: 1, KeepMessages: 7, MaxMessages: 2048},
	} {
		if got := retentionOf(&cfg); got != want {
			t.Errorf("%+v: %+v", cfg, got)
		}
	}
}
