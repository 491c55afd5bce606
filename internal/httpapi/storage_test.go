package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// stored is httpapi.Storage as the server has it.
type stored struct{ *yard }

func (s stored) Storage(ctx context.Context) (httpapi.StorageUse, error) {
	size, err := s.store.Size(ctx)
	if err != nil {
		return httpapi.StorageUse{}, err
	}
	n, err := s.store.Numbers(ctx)
	m := s.parts.messages.Stats()
	return httpapi.StorageUse{Database: size.Database, Log: size.Log, Backups: size.Backups, Free: size.Free, Disk: size.Disk,
		Messages: &httpapi.MessagesUse{Bytes: m.Bytes, Files: m.Segments, Oldest: m.Oldest, Newest: m.Newest},
		Records:  n.Records, Sessions: n.Sessions, Alerts: n.Alerts, Oldest: n.Oldest,
		Retention: httpapi.Retention{History: "for ever", Readings: "90 days", Messages: "30 days"}}, err
}

func TestStorageSaysHowMuchIsKept(t *testing.T) {
	y := newFurnishedYard(t)
	number := func(of map[string]any, member string) int64 {
		t.Helper()
		n, err := of[member].(json.Number).Int64()
		if err != nil {
			t.Fatalf("%s: %v", member, of[member])
		}
		return n
	}
	before := y.get("/api/admin/storage", fullKey).data(t)
	for i := range 5 {
		transaction := y.starts(41, 1, "A0B1C2D3", 1000*i)
		y.stops(41, transaction, 1000*i+500)
	}
	y.parts.messages.Append(charging.Message{ID: 1, ChargerID: 41, At: y.now, Action: "Heartbeat", Payload: []byte("{}")})
	y.derives(&charging.Derived{Alerts: []charging.Alert{alertOf(501, 41, charging.AlertOfflineCharger, 0, `{}`)}})
	a := y.get("/api/admin/storage", fullKey).data(t)
	for _, member := range []string{"databaseBytes", "logBytes", "diskFreeBytes", "diskBytes"} {
		if number(a, member) <= 0 {
			t.Errorf("%s is %v", member, a[member])
		}
	}
	if number(a, "databaseBytes")+number(a, "logBytes") < number(before, "databaseBytes")+number(before, "logBytes") {
		t.Errorf("less than before: %v, %v", a, before)
	}
	rows, had := a["rows"].(map[string]any), before["rows"].(map[string]any)
	for member, least := range map[string]int64{"records": 10, "sessions": 5, "alerts": 1} {
		if grown := number(rows, member) - number(had, member); grown < least {
			t.Errorf("%d more %s, want at least %d", grown, member, least)
		}
		delete(rows, member)
	}
	compare(t, a, "rows", `{"sites":2,"chargers":2,"retiredChargers":0,"ports":3,"accessIds":5,"vehicles":4,"customers":2}`)
	compare(t, a, "retention", `{"history":"for ever","readings":"90 days","messages":"30 days"}`)
	compare(t, a, "messages.newest", `"`+y.now.Format(charging.TimeLayout)+`"`)
	compare(t, a, "messages.oldest", `"`+y.now.Format(charging.TimeLayout)+`"`)
	if a["oldestRecordAt"] == nil {
		t.Error("no oldest record")
	}
	c := y.settings(42)
	c.RetiredAt = y.now
	y.set(c)
	compare(t, y.get("/api/admin/storage", fullKey).data(t), "rows.retiredChargers", "1")
	y.get("/api/admin/storage", northlineKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.get("/api/admin/storage", siteKeyOf(y)).is(t, http.StatusForbidden, "This API key is limited to specific sites or chargers")
	y.get("/api/admin/storage", "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
}
