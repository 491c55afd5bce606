package gateway

import (
	"net/http/httptest"
	"testing"
)

func TestIdentityIsTheLastSegmentOfTheEscapedPath(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		if got := pathIdentity(path); got != want {
			t.Errorf("%s: identity %q, want %q", path, got, want)
		}
	}
	f("/ocpp/CP1", "CP1")
	f("/ocpp/CP1/", "CP1")
	f("//ocpp//CP1", "CP1")
	f("/ocpp///CP1//", "CP1")
	f("/ocpp/CP1/CP1", "CP1")
	f("/ocpp1.6/CP1", "CP1")
	f("/ocpp/1.6/CP1", "CP1")
	f("/ocpp/ocpp2.0.1/CP1", "CP1")
	f("/ocpp/v16/CP1", "CP1")
	f("/ocpp/16", "16")
	f("/ocpp/ocpp", "ocpp")
	f("/GRS-17000000000", "GRS-17000000000")
	f("/ws://192.168.1.2:9000/CP_1/SERIAL_1234", "SERIAL_1234")
	f("/ocpp/a%2Fb", "a/b")
	f("/ocpp/a%20b", "a b")
	f("/ocpp/a+b", "a+b")
	f("/ocpp/a%23b", "a#b")
	f("/ocpp/a%25b", "a%b")
	f("/ocpp/a:b@c=d|e*f", "a:b@c=d|e*f")
	f("/ocpp/%C3%A4", "ä")
	f("/ocpp", "")
	f("/ocpp/", "")
	f("/OCPP//", "")
	f("/", "")
	f("", "")
	f("/ocpp1.6", "")
	f("/ocpp1.6j/", "")
	f("/ocpp/ocpp2.0.1", "")
	f("/ocpp/1.6/", "")
}

func TestIdentityFallsBackToQueryAndUserOnlyWhenConfigured(t *testing.T) {
	f := func(cfg Config, target, user, want string) {
		t.Helper()
		r := httptest.NewRequest("GET", target, nil)
		if user != "" {
			r.SetBasicAuth(user, "secret")
		}
		if got := cfg.identityOf(r); got != want {
			t.Errorf("%s, user %q: identity %q, want %q", target, user, got, want)
		}
	}
	both := Config{QueryIdentity: []string{"chargePointId"}, UserIdentity: true}
	f(Config{}, "/ocpp/?chargePointId=CP1", "CP1", "")
	f(both, "/ocpp/?chargePointId=CP1", "", "CP1")
	f(both, "/ocpp?chargepointid=CP%201", "", "CP 1")
	f(both, "/ocpp/CP2?chargePointId=CP1", "CP3", "CP2")
	f(both, "/ocpp/?chargePointId=", "CP3", "CP3")
	f(both, "/ocpp/?other=CP1", "CP3", "CP3")
	f(both, "/ocpp/", "", "")
	f(Config{UserIdentity: true}, "/", "CP3", "CP3")
}

func TestGatewayServesEveryPathThatAChargerMayUse(t *testing.T) {
	f := func(path string, upgrade, want bool) {
		t.Helper()
		r := httptest.NewRequest("GET", "http://csms.example"+path, nil)
		if upgrade {
			r.Header.Set("Upgrade", "WebSocket")
		}
		if got := Serves(r); got != want {
			t.Errorf("%s, upgrade %v: served %v, want %v", path, upgrade, got, want)
		}
	}
	f("/ocpp/CP1", true, true)
	f("/ocpp/CP1", false, true)
	f("//ocpp//CP1", true, true)
	f("/OCPP/CP1", true, true)
	f("/ocpp1.6/CP1", true, true)
	f("/ocppCP1", true, true)
	f("/CP1", true, true)
	f("/", true, true)
	f("/", false, false)
	f("/api/sites", false, false)
	f("/api/stream", true, false)
	f("/metrics", false, false)
}
