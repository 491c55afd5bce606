package gateway_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/gateway"
)

// dialAs connects with a protocol; "" sends no password.
func (s *server) dialAs(protocol, identity, password string) (net.Conn, error) {
	s.t.Helper()
	d := ws.Dialer{Protocols: []string{protocol}}
	if password != "" {
		d.Header = ws.HandshakeHeaderHTTP{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(identity+":"+password))}}
	}
	conn, _, _, err := d.Dial(s.t.Context(), strings.Replace(s.http.URL, "http://", "ws://", 1)+"/ocpp/"+identity)
	if err == nil {
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		s.t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

func (s *server) tellPrefix(conn net.Conn, message, want string) {
	s.t.Helper()
	if got := s.tell(conn, message); !strings.HasPrefix(got, want) {
		s.t.Errorf("to %s\n got %s\nwant %s…", message, got, want)
	}
}

// A session of 2.0.1 from boot to end, with the boot answered as an operator
// wants it.
func TestSessionOf2xRunsFromBootToEnd(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), gateway.Config{BootRetry: 30 * time.Second})
	defer s.stop()
	s.provision("CP1", "depot-secret-0123")
	ctx := context.Background()
	if _, err := s.fleet.Handle(ctx, charging.Event{ChargerID: 1, Received: time.Now(),
		Body: charging.NextBootSet{Answer: charging.RegistrationPending, Actor: "test"}}); err != nil {
		t.Fatal(err)
	}
	conn, err := s.dialAs("ocpp2.0.1", "CP1", "depot-secret-0123")
	if err != nil {
		t.Fatal(err)
	}
	const boot = `[2,"b","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"One","vendorName":"Acme"}}]`
	const status = `[2,"s","StatusNotification",{"timestamp":"2026-03-01T12:00:00Z","connectorStatus":"Occupied","evseId":1,"connectorId":1}]`
	if got := s.tell(conn, boot); !strings.Contains(got, `"status":"Pending"`) || !strings.Contains(got, `"interval":30`) {
		t.Errorf("first boot answered %s", got)
	}
	if p := s.fleet.Estate().Charger(1).Profile; p != 0 {
		t.Errorf("the profile is %d before an accepted boot", p)
	}
	s.tellPrefix(conn, status, `[4,"s","SecurityError"`)
	if got := s.tell(conn, boot); !strings.Contains(got, `"status":"Accepted"`) {
		t.Errorf("second boot answered %s", got)
	}
	s.tellPrefix(conn, status, `[3,"s",{}]`)
	event := func(kind, seq, rest string) string {
		return `[2,"t` + seq + `","TransactionEvent",{"eventType":"` + kind + `","timestamp":"2026-03-01T12:0` + seq + `:00Z","triggerReason":"Authorized","seqNo":` +
			seq + `,"transactionInfo":{"transactionId":"tx-1","chargingState":"Charging"},"evse":{"id":1,"connectorId":1}` + rest + `}]`
	}
	meter := func(wh string) string {
		return `,"meterValue":[{"timestamp":"2026-03-01T12:00:00Z","sampledValue":[{"value":` + wh + `}]}]`
	}
	got := s.tell(conn, event("Started", "0", `,"idToken":{"idToken":"card1","type":"ISO14443"}`+meter("1000")))
	if !strings.Contains(got, `"idTokenInfo":{"status":"Accepted"`) {
		t.Errorf("start answered %s", got)
	}
	s.tellPrefix(conn, event("Updated", "1", meter("2500")), `[3,"t1",{`)
	session := s.fleet.Estate().Charger(1).Port(1).Session
	if session == nil || session.Transaction != "tx-1" {
		t.Fatalf("session %+v", session)
	}
	s.tellPrefix(conn, event("Ended", "2", meter("4000")), `[3,"t2",{`)
	if p := s.fleet.Estate().Charger(1).Port(1); p.Session != nil {
		t.Errorf("the session is still open: %+v", p.Session)
	}
	c := s.fleet.Estate().Charger(1)
	if c.Connection.Profile != 1 || c.Connection.Protocol != "ocpp2.0.1" || c.Profile != 1 {
		t.Errorf("connection %+v, profile %d", c.Connection, c.Profile)
	}
}

// The profile that a charger booted over is the lowest from then on.
func TestProfileRisesWithAnAcceptedBootOnly(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), gateway.Config{})
	defer s.stop()
	s.provision("CP1", "depot-secret-0123")
	conn, err := s.dialAs("ocpp1.6", "CP1", "depot-secret-0123")
	if err != nil {
		t.Fatal(err)
	}
	s.tell(conn, `[2,"1","BootNotification",{"chargePointVendor":"Acme","chargePointModel":"One"}]`)
	// Nobody may take the password away and come in without one.
	s.setPassword("")
	var refused ws.StatusError
	if _, err := s.dialAs("ocpp1.6", "CP1", ""); !errors.As(err, &refused) || refused != 403 {
		t.Errorf("below its profile: %v", err)
	}
	if _, err := s.fleet.Handle(t.Context(), charging.Event{ChargerID: 1, Received: time.Now(),
		Body: charging.ProfileSet{Profile: 0, Actor: "test"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.dialAs("ocpp1.6", "CP1", ""); err != nil {
		t.Errorf("after an operator lowered it: %v", err)
	}
}

func (s *server) setPassword(hash string) {
	s.t.Helper()
	settings := s.fleet.Estate().Charger(1).ChargerSettings
	settings.PasswordHash = hash
	err := s.fleet.Update(s.t.Context(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) {
		return &charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{settings}}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
