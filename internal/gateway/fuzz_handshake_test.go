package gateway

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// FuzzHandshake opens a connection with an arbitrary path, query and headers.
// Nobody comes in but a charger that exists, under the password that it has; a
// version is chosen only when the charger offered it; every refusal is a
// status with a reason, and never a redirect.
func FuzzHandshake(f *testing.F) {
	const password = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	f.Add("/ocpp/CP1", "", "ocpp1.6", "", "Upgrade", "x3JJHMbDL1EzLkh9GBhXDw==")
	f.Add("//ocpp//CP2/CP2/", "", ",ocpp2.0.1 , OCPP1.6", basic("CP2", password), "keep-alive, upgrade", "x")
	f.Add("/ocpp/CP2", "", "ocpp2.1", basic("CP2", strings.ToLower(password)), "Upgrade", "x")
	f.Add("/ocpp/CP2", "", "ocpp2.1", basic("CP1", password), "Upgrade", "x")
	f.Add("/ocpp/CP2", "", "ocpp2.1", "Basic :", "Upgrade", "x")
	f.Add("/ocpp/", "chargePointId=CP1&x=%zz", "ocpp0.1, ocpp2.0.1", "", "Upgrade", "x")
	f.Add("/ocpp/C%50%31", "", "", "", "Upgrade", "x")
	f.Add("/ocpp1.6/a%2Fb", "", "ocpp1.6", "Bearer x", "close", "")
	f.Add("/ocpp/\xff%", "", "ocpp1.6\x00", "Basic \xff", "Upgrade", "x")

	secret := auth.ChargerSecret{1}
	y := newYard(f, Config{PingEvery: -1, QueryIdentity: []string{"chargePointId"}, ChargerSecret: secret})
	f.Cleanup(y.stop)
	y.add(charging.ChargerSettings{OCPPID: "CP2", PasswordHash: auth.HashChargerPassword(secret, password)})
	y.add(charging.ChargerSettings{OCPPID: "a/b"})
	f.Fuzz(func(t *testing.T, path, query, offers, authorization, connection, key string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, path, query
		if !strings.HasPrefix(path, "/") {
			return
		}
		r.Header = http.Header{"Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Connection": {connection},
			"Sec-Websocket-Protocol": {offers}, "Authorization": {authorization}, "Sec-Websocket-Key": {key}}
		a := admission{identity: y.g.cfg.identityOf(r), remote: y.g.remoteOf(r), offers: offeredProtocols(r.Header.Values("Sec-WebSocket-Protocol"))}
		a.protocol = negotiate(a.offers)
		why := admit(y.g, r, &a)
		if why == nil {
			wantAdmitted(t, r, &a, password)
			return
		}
		w := httptest.NewRecorder()
		y.g.refuse(w, r, a.identity, why)
		y.log.reset()
		if w.Code < 400 || w.Code >= 500 || w.Body.Len() == 0 {
			t.Errorf("refused with %d %q", w.Code, w.Body)
		}
		if authorization != "" && len(authorization) > 12 && strings.Contains(w.Body.String(), authorization) {
			t.Errorf("the refusal shows the credentials: %q", w.Body)
		}
	})
}

// admit is what ServeHTTP asks before it opens a connection, without counting
// wrong passwords, which slows down those who guess.
func admit(g *Gateway, r *http.Request, a *admission) *refusal {
	for _, check := range []func(*http.Request, *admission) *refusal{
		g.checkUpgrade, g.checkOpen, g.checkIdentity, g.checkTransport, g.authenticate, g.checkProfile, g.checkProtocol,
	} {
		if why := check(r, a); why != nil {
			return why
		}
	}
	return nil
}

func wantAdmitted(t *testing.T, r *http.Request, a *admission, password string) {
	t.Helper()
	if a.charger.PasswordHash != "" {
		wantPassword(t, r.Header.Get("Authorization"), a.charger.OCPPID, password)
	}
	offered := false
	for o := range strings.SplitSeq(r.Header.Get("Sec-WebSocket-Protocol"), ",") {
		offered = offered || strings.EqualFold(strings.TrimSpace(o), a.protocol.name)
	}
	if !offered {
		t.Errorf("%s was chosen, offered was %q", a.protocol.name, r.Header.Get("Sec-WebSocket-Protocol"))
	}
	answer := string(switchingProtocols(r.Header.Get("Sec-WebSocket-Key"), a))
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), r)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || len(resp.Header["Sec-Websocket-Protocol"]) != 1 {
		t.Errorf("the answer %q: %v", answer, err)
	}
}

// wantPassword demands that the credentials are the charger's: its password as
// text, its hexadecimal text in any case, or the bytes that this stands for.
func wantPassword(t *testing.T, authorization, identity, password string) {
	t.Helper()
	fields := strings.Fields(authorization)
	encoded := strings.TrimRight(strings.Join(fields[min(1, len(fields)):], ""), "=")
	credentials, err := base64.RawStdEncoding.DecodeString(encoded)
	user, sent, ok := strings.Cut(string(credentials), ":")
	if err != nil || !ok || !strings.EqualFold(user, identity) || !strings.EqualFold(fields[0], "Basic") {
		t.Errorf("%q came in with %q", identity, authorization)
	}
	decoded, err := hex.DecodeString(password)
	if err != nil || !strings.EqualFold(sent, password) && sent != string(decoded) {
		t.Errorf("%q came in with the password %q", identity, sent)
	}
}
