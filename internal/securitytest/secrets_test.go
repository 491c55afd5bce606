package securitytest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/config"
)

// TestNoSecretStaysAnywhere sends secrets over every way into a server and
// looks for them in everything that comes out of it: its log, its files, what is
// compressed in them, its answers, its metrics, a backup.
func TestNoSecretStaysAnywhere(t *testing.T) {
	t.Parallel()
	y := newLeakYard(t)
	y.refusedHandshakes()
	y.refusedRequests()
	y.refusedOperations()
	old := y.connect("ocpp1.6", "CP16", y.plant("charger password"))
	y.commands16(old)
	y.messages16(old)
	young := y.connect("ocpp2.0.1", "CP201", y.plantOdd("second charger password"))
	y.commands201(young)
	y.messages201(young)
	y.rotate(old, young)
	y.notConnected()
	y.plainSight(old)
	y.Eventually("set-up is over", func() bool { return old.heard("GetConfiguration") && young.heard("GetBaseReport") })
	answers := y.answers()
	if !bytes.Contains(answers["/api/chargers/1/commands"], []byte(`"***"`)) || !bytes.Contains(answers["/api/ocpp-messages?chargerId=1"], []byte(`"***"`)) {
		t.Error("nothing was redacted, so the secrets never came there")
	}
	for path, body := range answers {
		y.search(path, body)
	}
	y.searchFindings()
	backup := filepath.Join(t.TempDir(), "backup.db")
	y.do(app.OpBackup, app.BackupOrder{File: backup}, &app.BackupInfo{})
	old.conn.Close()
	young.conn.Close()
	if err := y.app.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	y.searchFolder(y.data)
	y.seal()
	y.searchFolder(y.data)
	y.searchFolder(filepath.Dir(backup))
	y.search("the log", y.log.bytes())
	y.sees(answers)
}

// leakYard is a server whose log and whose secrets are known.
type leakYard struct {
	t    *testing.T
	app  *app.App
	data string
	key  string
	log  *lockedLog
	*secrets
	// open are words that nobody can tell for secrets: they must be found.
	open *secrets
}

type lockedLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lockedLog) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.buf.Bytes())
}

func newLeakYard(t *testing.T) *leakYard {
	y := &leakYard{t: t, data: t.TempDir(), log: &lockedLog{}, secrets: newSecrets(), open: newSecrets()}
	cfg := config.Default()
	cfg.Data, cfg.Listen, cfg.RateLimit = y.data, "127.0.0.1:0", 1_000_000
	log := slog.New(slog.NewJSONHandler(y.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	y.app = app.New(cfg, log)
	if err := y.app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = y.app.Stop(context.Background()) })
	var key app.CreatedKey
	y.do(app.OpKeyCreate, app.NewKey{Name: "test", Permissions: "read,control,manage"}, &key)
	y.key = key.Key
	y.learn(t, key.Key, "API key")
	odd, err := json.Marshal(y.plantOdd("second charger password"))
	if err != nil {
		t.Fatal(err)
	}
	y.do(app.OpImport, app.Import{File: []byte(`{"data":[{"name":"Yard","timezone":"UTC","chargers":[
		{"id":1,"ocppId":"CP16","password":"` + y.plant("charger password") + `"},
		{"id":2,"ocppId":"CP201","password":` + string(odd) + `},
		{"id":3,"ocppId":"CP3"}]}]}`)}, &app.ImportReport{})
	return y
}

// search reports every secret in a text.
func (y *leakYard) search(where string, text []byte) {
	y.t.Helper()
	for _, found := range y.found(text) {
		y.t.Errorf("%s holds %s", where, found)
	}
}

func (y *leakYard) searchFolder(folder string) {
	y.t.Helper()
	byFile, _ := y.foundIn(y.t, folder)
	for name, list := range byFile {
		y.t.Errorf("the file %s holds %s", name, strings.Join(list, " and "))
	}
}

func (y *leakYard) do(op string, in, out any) {
	y.t.Helper()
	if err := y.app.Do(y.t.Context(), op, in, out); err != nil {
		y.t.Fatalf("%s: %v", op, err)
	}
}

// Eventually waits until the check passes, for at most 30 s.
func (y *leakYard) Eventually(what string, check func() bool) {
	y.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !check(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			y.t.Fatalf("after 30 s still not: %s\n%s", what, y.log.bytes())
		}
	}
}

// request calls the API and returns status and body.
func (y *leakYard) request(method, path, body string) (int, []byte) {
	y.t.Helper()
	req, err := http.NewRequestWithContext(y.t.Context(), method, "http://"+y.app.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		y.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+y.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		y.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		y.t.Fatal(err)
	}
	return resp.StatusCode, text
}

// post gives a command that must be taken, and looks at the answer.
func (y *leakYard) post(path, body string) {
	y.t.Helper()
	status, text := y.request(http.MethodPost, path, body)
	if status != http.StatusOK && status != http.StatusAccepted {
		y.t.Errorf("POST %s %s: %d %s", path, body, status, text)
	}
	y.search("the answer to "+path, text)
}

// raw gives a raw command.
func (y *leakYard) raw(charger int, action string, payload any) {
	y.t.Helper()
	body, err := json.Marshal(map[string]any{"action": action, "payload": payload})
	if err != nil {
		y.t.Fatal(err)
	}
	y.post(fmt.Sprintf("/api/chargers/%d/commands", charger), string(body))
}

var ids = regexp.MustCompile(`"id":(\d+)`)

// answers are those of all that can be read, by path.
func (y *leakYard) answers() map[string][]byte {
	y.t.Helper()
	all := make(map[string][]byte)
	fetch := func(path string) []byte {
		status, body := y.request(http.MethodGet, path, "")
		if status != http.StatusOK {
			y.t.Errorf("GET %s: %d %s", path, status, body)
		}
		all[path] = body
		return body
	}
	fetch("/api/sites")
	fetch("/metrics")
	for charger := 1; charger <= 3; charger++ {
		for _, what := range []string{"commands", "variables", "history", "uploads"} {
			fetch(fmt.Sprintf("/api/chargers/%d/%s", charger, what))
		}
	}
	for charger := 1; charger <= 2; charger++ {
		for _, id := range ids.FindAllSubmatch(fetch(fmt.Sprintf("/api/ocpp-messages?chargerId=%d", charger)), -1) {
			fetch("/api/ocpp-messages/" + string(id[1]))
		}
	}
	var refused, commands json.RawMessage
	y.do(app.OpChargerRefused, struct{}{}, &refused)
	y.do(app.OpChargerCommands, app.CommandsOf{Charger: "CP16"}, &commands)
	for what, in := range map[string]app.Export{"export": {}, "export --secrets": {Secrets: true}} {
		var exported app.Exported
		y.do(app.OpExport, in, &exported)
		all[what] = exported.File
	}
	// Only hashes are in it, and only when they are asked for.
	if bytes.Contains(all["export"], []byte("hmac-sha256$")) || !bytes.Contains(all["export --secrets"], []byte("hmac-sha256$")) {
		y.t.Error("the export does not hold the hashes when, and only when, it is to")
	}
	for what, op := range map[string]string{"keys": app.OpKeyList, "chargers": app.OpChargerList, "status": app.OpStatus} {
		var out json.RawMessage
		y.do(op, app.None{}, &out)
		all[what] = out
	}
	all["refused"], all["commands of the command line"] = refused, commands
	return all
}

// refusedHandshakes knock with what should not be told further.
func (y *leakYard) refusedHandshakes() {
	y.t.Helper()
	base := "ws://" + y.app.Addr().String() + "/ocpp/"
	for _, knock := range []struct{ path, header string }{
		{"CP16", "Basic " + base64.StdEncoding.EncodeToString([]byte("CP16:"+y.plant("wrong password")))},
		{"CP16", "Basic not base64 " + y.plant("broken header")},
		{"CP16", "Basic " + base64.StdEncoding.EncodeToString([]byte("CP16:"+y.plantOdd("odd wrong password")))},
		{"u:" + y.plant("password before the identity") + "@CP9", ""},
		{"u%3A" + y.plant("escaped password before the identity") + "%40CP9", ""},
		{"/wss://u:" + y.plant("address in the path") + "@h/CP9", ""},
		{"CP9?token=" + y.plant("token in the query"), ""},
		{"CP9?password=" + y.plant("password in the query"), ""},
		{"CP9?AuthorizationKey=" + y.plant("key in the query"), "Bearer " + y.plant("bearer of a charger")},
	} {
		header := http.Header{}
		if knock.header != "" {
			header.Set("Authorization", knock.header)
		}
		dialer := ws.Dialer{Protocols: []string{"ocpp1.6"}, Header: ws.HandshakeHeaderHTTP(header)}
		conn, _, _, err := dialer.Dial(y.t.Context(), base+knock.path)
		if err == nil {
			conn.Close()
			y.t.Errorf("%s was let in", knock.path)
		}
	}
	req, _ := http.NewRequestWithContext(y.t.Context(), http.MethodGet,
		"http://"+y.app.Addr().String()+"/api/sites?api_key="+y.plant("API key in the query"), nil)
	req.Header.Set("Authorization", "Bearer "+y.plant("wrong API key"))
	if resp, err := http.DefaultClient.Do(req); err == nil {
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		y.search("the refusal of a key", body)
	}
}

func (y *leakYard) commands16(c *tattler) {
	y.raw(1, "ChangeConfiguration", map[string]any{"key": "WifiPassword", "value": y.plant("ChangeConfiguration")})
	y.raw(1, "GetConfiguration", map[string]any{})
	y.raw(1, "UnlockConnector", map[string]any{"connectorId": 1})
	y.raw(1, "DataTransfer", map[string]any{"vendorId": "v", "data": `{"password":"` + y.plant("DataTransfer") + `"}`})
	y.raw(1, "GetDiagnostics", map[string]any{"location": "ftp://u:" + y.plant("GetDiagnostics") + "@h/"})
	y.raw(1, "UpdateFirmware", map[string]any{"location": "https://u:" + y.plant("UpdateFirmware") + "@h/f", "retrieveDate": "2030-01-01T00:00:00Z"})
	y.raw(1, "ClearCache", map[string]any{})
	y.post("/api/chargers/1/log", `{"location":"ftp://u:`+y.plant("log order")+`@h/"}`)
	y.post("/api/chargers/1/log", `{}`)
	token := regexp.MustCompile(`/uploads/([^/"\\]+)`).FindStringSubmatch(c.payloads("GetDiagnostics"))
	if token == nil {
		y.t.Fatal("no upload address: " + c.payloads("GetDiagnostics"))
	}
	y.learn(y.t, token[1], "upload token")
}

func (y *leakYard) messages16(c *tattler) {
	c.call("StatusNotification", `{"connectorId":1,"errorCode":"OtherError","status":"Faulted","timestamp":"2026-01-01T00:00:00Z",
		"info":"login wss://u:`+y.plant("info of a status")+`@h","vendorErrorCode":"pwd=`+y.plant("vendor error code")+`"}`)
	c.call("DataTransfer", `{"vendorId":"v","messageId":"m","data":"{\"AuthorizationKey\":\"`+y.plant("data of a charger")+`\"}"}`)
	c.call("SecurityEventNotification", `{"type":"SettingSystemTime","timestamp":"2026-01-01T00:00:00Z","techInfo":"password=`+y.plant("techInfo")+`"}`)
	c.call("SignCertificate", `{"csr":"-----BEGIN PRIVATE KEY-----\n`+y.plant("private key for a request")+`\n-----END PRIVATE KEY-----\n"}`)
	c.call("NoSuchAction", `{"password":"`+y.plant("unknown action")+`"}`)
	c.write(`[2,"x1","DataTransfer",{"password":"` + y.plant("broken call") + `"`)
	c.write(`password=` + y.plant("no frame at all"))
	c.write(`[4,"nobody","InternalError","password=` + y.plant("refusal of nothing") + `",{}]`)
	c.call("Heartbeat", `{}`)
}

func (y *leakYard) commands201(c *tattler) {
	y.raw(2, "SetNetworkProfile", map[string]any{"configurationSlot": 1, "connectionData": map[string]any{
		"ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "wss://u:" + y.plant("ocppCsmsUrl") + "@h/", "messageTimeout": 30,
		"securityProfile": 1, "ocppInterface": "Wired0",
		"apn": map[string]any{"apn": "a", "apnUserName": "u", "apnPassword": y.plant("apnPassword"), "apnAuthentication": "CHAP"},
		"vpn": map[string]any{"server": "s", "user": "u", "password": y.plant("VPN password"), "key": y.plant("VPN key"), "type": "IPSec"}}})
	y.raw(2, "GetVariables", map[string]any{"getVariableData": []any{map[string]any{
		"component": map[string]any{"name": "SecurityCtrlr"}, "variable": map[string]any{"name": "BasicAuthPassword"}}}})
	y.raw(2, "UnlockConnector", map[string]any{"evseId": 1, "connectorId": 1})
	y.post("/api/chargers/2/log", `{}`)
	token := regexp.MustCompile(`/uploads/([^/"\\]+)`).FindStringSubmatch(c.payloads("GetLog"))
	if token == nil {
		y.t.Fatal("no upload address: " + c.payloads("GetLog"))
	}
	y.learn(y.t, token[1], "upload token of 2.0.1")
}

func (y *leakYard) messages201(c *tattler) {
	c.call("NotifyReport", `{"requestId":1,"seqNo":0,"generatedAt":"2026-01-01T00:00:00Z","reportData":[
		{"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"},"variableAttribute":[{"value":"`+y.plant("NotifyReport")+`"}]},
		{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"Url"},"variableAttribute":[{"value":"wss://u:`+y.plant("reported address")+`@h/"}]}]}`)
	c.call("NotifyEvent", `{"generatedAt":"2026-01-01T00:00:00Z","seqNo":0,"eventData":[{"eventId":1,"timestamp":"2026-01-01T00:00:00Z","trigger":"Delta",
		"actualValue":"`+y.plant("NotifyEvent")+`","techInfo":"password: `+y.plant("techInfo of an event")+`","eventNotificationType":"HardWiredNotification",
		"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
	c.call("SignCertificate", `{"csr":"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n-----BEGIN EC PRIVATE KEY-----\n`+
		y.plant("private key behind a request")+`\n-----END EC PRIVATE KEY-----\n"}`)
	c.call("NotifyCustomerInformation", `{"data":"password=`+y.plant("customer information")+`","seqNo":0,"generatedAt":"2026-01-01T00:00:00Z","requestId":1}`)
	c.call("SecurityEventNotification", `{"type":"SettingSystemTime","timestamp":"2026-01-01T00:00:00Z","techInfo":"ftp://u:`+y.plant("security event")+`@h"}`)
}

// rotate gives both chargers new passwords, told and made.
func (y *leakYard) rotate(old, young *tattler) {
	y.post("/api/chargers/1/configuration", `{"key":"AuthorizationKey","value":"`+y.plant("new AuthorizationKey")+`000000000000"}`)
	y.post("/api/chargers/2/password", `{"rotate":true}`)
	made := regexp.MustCompile(`"attributeValue":"([0-9a-f]{40})"`).FindStringSubmatch(young.payloads("SetVariables"))
	if made == nil {
		y.t.Fatal("no new password: " + young.payloads("SetVariables"))
	}
	y.learn(y.t, made[1], "password that the server made")
}

func (y *leakYard) notConnected() {
	y.post("/api/chargers/3/configuration", `{"key":"AuthorizationKey","value":"`+y.plant("order while away")+`"}`)
	y.raw(3, "ChangeConfiguration", map[string]any{"key": "AuthorizationKey", "value": y.plant("command while away")})
	y.post("/api/chargers/3/log", `{"location":"ftp://u:`+y.plant("log while away")+`@h/"}`)
}
