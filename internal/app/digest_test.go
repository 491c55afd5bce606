package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// TestAWebhookIsToldOfAChargerByAWholeServer follows an event from the charger's
// socket to the receiver.
func TestAWebhookIsToldOfAChargerByAWholeServer(t *testing.T) {
	var mu sync.Mutex
	var secret []byte
	var told []string
	ids := make(map[string]bool)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		mac := hmac.New(sha256.New, secret)
		io.WriteString(mac, r.Header.Get("webhook-id")+"."+r.Header.Get("webhook-timestamp")+"."+string(body))
		var event struct {
			Type string
			Data struct{ Charger struct{ OCPPID string } }
		}
		if err := json.Unmarshal(body, &event); err != nil ||
			r.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		ids[r.Header.Get("webhook-id")] = true
		told = append(told, event.Type+" "+event.Data.Charger.OCPPID)
	}))
	defer receiver.Close()
	s := apptest.Start(t, apptest.Options{
		Estate:   `{"data":[{"name":"Yard","timezone":"UTC","chargers":[{"id":41,"ocppId":"BAY"}]}]}`,
		Settings: func(c *config.Config) { c.WebhookPrivate = true },
	})
	made := send(t, s, http.MethodPost, "/api/admin/webhooks", strings.NewReader(
		fmt.Sprintf(`{"name":"Planning","url":%q,"events":["charger.connected","port.status"]}`, receiver.URL)))
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made["secret"].(string), "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	secret = key
	mu.Unlock()
	send(t, s, http.MethodPost, fmt.Sprintf("/api/admin/webhooks/%v/test", made["id"]), nil)
	hears := func(event string) {
		t.Helper()
		s.Eventually("the receiver was told of "+event, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.Contains(told, event)
		})
	}
	hears("webhook.test ")
	s.Simulate(sim.Config{Protocols: []string{sim.Protocol16}, Chargers: []sim.ChargerConfig{{Identity: "BAY", Make: sim.Makes[0]}}})
	hears("charger.connected BAY")
	hears("port.status BAY")
	mu.Lock()
	defer mu.Unlock()
	if len(ids) != len(told) {
		t.Errorf("%d events under %d ids: %v", len(told), len(ids), told)
	}
}
