package gateway_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/gateway"
	"github.com/chargeyard/chargeyard/internal/store"
)

// failingStore is a real store whose disk can be taken away.
type failingStore struct {
	*store.Store
	broken atomic.Bool
}

func (s *failingStore) Commit(ctx context.Context, b *charging.Batch) error {
	if s.broken.Load() {
		return errors.New("no space left on device")
	}
	return s.Store.Commit(ctx, b)
}

// server is a gateway over a real fleet and a real store.
type server struct {
	t     *testing.T
	store *failingStore
	fleet *fleet.Fleet
	gate  *gateway.Gateway
	http  *httptest.Server
	reg   *prometheus.Registry
}

func startServer(t *testing.T, dir string, cfg gateway.Config) *server {
	t.Helper()
	ctx := t.Context()
	log := slog.New(slog.DiscardHandler)
	s := &server{t: t, store: &failingStore{}, reg: prometheus.NewRegistry()}
	var err error
	if s.store.Store, err = store.Open(ctx, store.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	s.fleet = fleet.New(fleet.Config{}, s.store, log, s.reg)
	if err := s.fleet.Start(ctx); err != nil {
		t.Fatal(err)
	}
	cfg.ChargerSecret = auth.ChargerSecret(s.store.Secret())
	s.gate = gateway.New(cfg, s.fleet, s.store, log, s.reg)
	s.http = httptest.NewServer(s.gate)
	return s
}

func (s *server) stop() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.gate.Shutdown(ctx); err != nil {
		s.t.Errorf("stopping the gateway: %v", err)
	}
	s.http.Close()
	if err := s.fleet.Stop(ctx); err != nil {
		s.t.Errorf("stopping the fleet: %v", err)
	}
	if err := s.store.Close(); err != nil {
		s.t.Errorf("closing the store: %v", err)
	}
}

// provision makes one charger with a password.
func (s *server) provision(identity, password string) {
	s.t.Helper()
	err := s.fleet.Update(s.t.Context(), func(_ *fleet.Estate, ids *fleet.IDs) (*charging.Change, error) {
		return &charging.Change{
			Actor:         "test",
			Organizations: []charging.Organization{{ID: 1, Name: "Depot"}},
			Sites:         []charging.Site{{ID: 1, OrganizationID: 1, Name: "Yard", Timezone: "UTC"}},
			AccessIDs:     []charging.AccessID{{ID: 1, OrganizationID: 1, Tag: "CARD1", Type: charging.TypeRFID}},
			Chargers: []charging.ChargerSettings{{ID: 1, SiteID: 1, Name: identity, OCPPID: identity,
				PasswordHash: auth.HashChargerPassword(auth.ChargerSecret(s.store.Secret()), password)}},
		}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) dial(identity, password string) (net.Conn, error) {
	url := strings.Replace(s.http.URL, "http://", "ws://", 1) + "/ocpp/" + identity
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(identity+":"+password))
	d := ws.Dialer{Protocols: []string{"ocpp1.6"}, Header: ws.HandshakeHeaderHTTP{"Authorization": {basic}}}
	conn, _, _, err := d.Dial(s.t.Context(), url)
	if err == nil {
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		s.t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

func (s *server) tell(conn net.Conn, message string) string {
	s.t.Helper()
	if err := wsutil.WriteClientText(conn, []byte(message)); err != nil {
		s.t.Fatal(err)
	}
	answer, err := wsutil.ReadServerText(conn)
	if err != nil {
		s.t.Fatalf("no answer to %s: %v", message, err)
	}
	return string(answer)
}

func TestChargerIsLiveAndStaysSoAcrossARestart(t *testing.T) {
	dir := t.TempDir()
	s := startServer(t, dir, gateway.Config{})
	s.provision("CP1", "depot-secret")
	conn := s.beginSession()
	session := s.fleet.Estate().Charger(1).Port(1).Session.ID
	for name, want := range map[string]float64{
		"chargeyard_gateway_connections": 1, "chargeyard_gateway_refused_total": 1,
		"chargeyard_gateway_messages_total": 4,
	} {
		if got := s.metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	closed := make(chan ws.StatusCode)
	go func() { closed <- closeCode(conn) }()
	s.stop()
	if code := <-closed; code != ws.StatusGoingAway {
		t.Errorf("closed with %d", code)
	}

	s = startServer(t, dir, gateway.Config{Strict: true})
	defer s.stop()
	c := s.fleet.Estate().Charger(1)
	if c.Connection.Connected || c.Port(1).Session == nil || c.Port(1).Session.ID != session {
		t.Errorf("after the restart: %+v, session %+v", c.Connection, c.Port(1).Session)
	}
	conn, err := s.dial("cp1", "depot-secret")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// It booted in an earlier life of the server, and is served without a boot.
	if got := s.tell(conn, `[2,"5","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"SuspendedEV"}]`); got != `[3,"5",{}]` {
		t.Errorf("status answered %s", got)
	}
	refusals, err := s.store.Refusals(t.Context(), 10)
	if err != nil || len(refusals) != 1 || refusals[0].Reason != "the charger's password is wrong" || refusals[0].Identity != "CP1" {
		t.Errorf("refusals %+v, %v", refusals, err)
	}
}

// beginSession tries a wrong password, then connects, boots and charges.
func (s *server) beginSession() net.Conn {
	t := s.t
	t.Helper()
	var refused ws.StatusError
	if _, err := s.dial("CP1", "wrong"); !errors.As(err, &refused) || refused != 401 {
		t.Fatalf("a wrong password is answered %v", err)
	}
	conn, err := s.dial("CP1", "depot-secret")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.tell(conn, `[2,"1","BootNotification",{"chargePointVendor":"Acme","chargePointModel":"One"}]`); !strings.Contains(got, `"status":"Accepted"`) {
		t.Errorf("boot answered %s", got)
	}
	s.tell(conn, `[2,"2","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging"}]`)
	started := s.tell(conn, `[2,"3","StartTransaction",{"connectorId":1,"idTag":"card1","meterStart":100,"timestamp":"2026-03-01T12:00:00Z"}]`)
	if !strings.Contains(started, `"status":"Accepted"`) || strings.Contains(started, `"transactionId":0`) {
		t.Errorf("start answered %s", started)
	}
	again := s.tell(conn, `[2,"4","StartTransaction",{"connectorId":1,"idTag":"card1","meterStart":100,"timestamp":"2026-03-01T12:00:00Z"}]`)
	if again[len(`[3,"4",`):] != started[len(`[3,"3",`):] {
		t.Errorf("the same start again is answered %s, not %s", again, started)
	}
	c := s.fleet.Estate().Charger(1)
	if c.Connection == nil || !c.Connection.Connected || c.Connection.Remote != "127.0.0.1" || c.Connection.Protocol != "ocpp1.6" {
		t.Errorf("connection %+v", c.Connection)
	}
	if c.Boot == nil || c.Boot.Manufacturer != "Acme" || c.Port(1) == nil || c.Port(1).Session == nil {
		t.Fatalf("charger %+v", c)
	}
	return conn
}

// metric sums a metric over its labels.
func (s *server) metric(name string) (sum float64) {
	s.t.Helper()
	families, err := s.reg.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

// closeCode reads to the end of a connection and closes it. The library's own
// reader does not know the code 1013.
func closeCode(conn net.Conn) ws.StatusCode {
	defer conn.Close()
	for {
		h, err := ws.ReadHeader(conn)
		if err != nil {
			return 0
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(conn, payload); err != nil {
			return 0
		}
		if h.OpCode == ws.OpClose {
			code, _ := ws.ParseCloseFrameData(payload)
			return code
		}
	}
}

func TestNothingIsAnsweredThatIsNotStored(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), gateway.Config{})
	defer s.stop()
	s.provision("CP1", "depot-secret")
	conn, err := s.dial("CP1", "depot-secret")
	if err != nil {
		t.Fatal(err)
	}
	s.tell(conn, `[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]`)

	s.store.broken.Store(true)
	broke := time.Now()
	if err := wsutil.WriteClientText(conn, []byte(`[2,"2","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging"}]`)); err != nil {
		t.Fatal(err)
	}
	if got := s.tell(conn, `[2,"3","Heartbeat",{}]`); !strings.HasPrefix(got, `[3,"3",`) {
		t.Errorf("while the store is gone comes %s", got)
	}
	if code := closeCode(conn); code != 1013 {
		t.Errorf("closed with %d", code)
	}
	if after := time.Since(broke); after < 10*time.Second || after > 15*time.Second {
		t.Errorf("sent away after %s", after)
	}
	var refused ws.StatusError
	if _, err := s.dial("CP1", "depot-secret"); !errors.As(err, &refused) || refused != 503 {
		t.Errorf("while the store is gone a handshake is answered %v", err)
	}
	s.store.broken.Store(false)
	deadline := time.Now().Add(10 * time.Second)
	for {
		if conn, err = s.dial("CP1", "depot-secret"); err == nil || time.Now().After(deadline) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("after the store came back: %v", err)
	}
	s.tell(conn, `[2,"4","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging"}]`)
	if got := s.fleet.Estate().Charger(1).Port(1).Status.Status; got != charging.Charging {
		t.Errorf("status %s", got)
	}
}
