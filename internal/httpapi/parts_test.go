package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"io"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/erase"
	"github.com/chargeyard/chargeyard/internal/files"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/gateway"
	"github.com/chargeyard/chargeyard/internal/health"
	"github.com/chargeyard/chargeyard/internal/httpapi"
	"github.com/chargeyard/chargeyard/internal/messagelog"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// The keys of a furnished yard, besides those of the test estate.
const (
	fullKey    = "cy_full"    // organization 3: read, control, manage
	limitedKey = "cy_limited" // charger 42 only: read, control
)

// parts are what stands behind the resources of chargers: a real log of raw
// messages, real commands to chargers that the test plays, real files.
type parts struct {
	link     *link
	messages *messagelog.Log
	gateway  *gateway.Gateway // for chargers that connect over sockets
	commands *command.Service
	control  control
	files    *files.Files
	erasures *erase.Service
	url      string // of the server, as chargers have it
}

func (p *parts) start(y *yard, log *slog.Logger) {
	y.t.Helper()
	var err error
	if p.messages, err = messagelog.Open(messagelog.Config{Folder: filepath.Join(y.dir, "messages"), Days: 3000}, log, y.reg); err != nil {
		y.t.Fatal(err)
	}
	p.files, err = files.Open(files.Config{Folder: filepath.Join(y.dir, "files"), URL: p.url, MaxUpload: 1 << 20}, y.fleet, y.store, log)
	if err != nil {
		y.t.Fatal(err)
	}
	p.commands = command.New(command.Config{Files: p.files}, p.link, y.fleet, y.store, log, y.reg)
	if err := p.commands.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	p.gateway = gateway.New(gateway.Config{Messages: p.messages, NextMessageID: func() (int64, error) { return y.fleet.NextID(charging.IDMessage) }},
		y.fleet, y.store, log, y.reg)
	y.cfg.LiveMessages = p.gateway
	y.cfg.Messages, y.cfg.Records, y.cfg.Commands, y.cfg.Files = p.messages, y.store, p.commands, p.files
	y.cfg.Health, y.cfg.Windows, y.cfg.Exclusions = health.New(y.store), y.store, y.store
	p.startControl(y, log)
	y.cfg.Settings, y.cfg.Catalogue = treatment{y.fleet, p.commands}, p.commands.Catalogue
	y.cfg.Configuration, y.cfg.Departures = y.fleet, y.store
	p.erasures = erase.New(erase.Config{Look: 5 * time.Millisecond, Pause: time.Nanosecond}, y.fleet, y.store, p.messages, log)
	p.erasures.Start()
	y.cfg.Erasures = p.erasures
	y.cfg.Administration, y.cfg.SignIns, y.cfg.Connections = y.store, y.store, p.link
	y.cfg.Plans = y.store
	y.cfg.Sessions, y.cfg.Overview, y.cfg.PowerCurves, y.cfg.Storage = y.store, y.store, y.store, stored{y}
	y.cfg.Faults, y.cfg.Alerts, y.cfg.AlertSettings, y.cfg.Webhooks = y.store, y.store, y.store, y.store
}

func (p *parts) stop(y *yard) {
	y.t.Helper()
	p.link.release()
	if err := p.gateway.Shutdown(context.Background()); err != nil {
		y.t.Error(err)
	}
	p.stopControl(y)
	if err := p.erasures.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	if err := p.commands.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	if err := p.messages.Close(context.Background()); err != nil {
		y.t.Error(err)
	}
}

// newFurnishedYard is a yard in which no part is missing. Charger 41 speaks
// OCPP 1.6 and 42 speaks 2.0.1; both say Accepted to everything.
func newFurnishedYard(t *testing.T) *yard {
	t.Helper()
	y := newIdleYard(t)
	y.connects(41)
	return y
}

// newIdleYard is a furnished yard in which nothing has happened.
func newIdleYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{t: t, cfg: httpapi.Config{RatePerMinute: 1_000_000}, dir: t.TempDir(), now: time.Now().UTC().Truncate(time.Millisecond),
		parts: &parts{link: newLink(), url: "http://charge.example.org:8080"}}
	y.start()
	t.Cleanup(y.stop)
	estate := testEstate()
	full := charging.APIKey{ID: 5, OrganizationID: 3, Name: "full", Hash: auth.HashKey(fullKey),
		Permissions: charging.PermitRead | charging.PermitControl | charging.PermitManage}
	limited := charging.APIKey{ID: 6, OrganizationID: 3, Name: "limited", Hash: auth.HashKey(limitedKey),
		Permissions: charging.PermitRead | charging.PermitControl, Chargers: []charging.ID{42}}
	estate.Keys = append(estate.Keys, full, limited)
	y.configure(estate)
	return y
}

// treatment is httpapi.ChargerSettings as the server has it.
type treatment struct {
	fleet    *fleet.Fleet
	commands *command.Service
}

func (s treatment) SetNextBoot(ctx context.Context, charger charging.ID, answer, actor string) error {
	return s.handle(ctx, charger, charging.NextBootSet{Answer: answer, Actor: actor})
}

func (s treatment) SetProfile(ctx context.Context, charger charging.ID, profile int, actor string) error {
	return s.handle(ctx, charger, charging.ProfileSet{Profile: profile, Actor: actor})
}

func (s treatment) RotatePassword(ctx context.Context, charger charging.ID, actor string) (charging.CommandResult, error) {
	return s.commands.RotatePassword(ctx, charger, actor)
}

func (s treatment) handle(ctx context.Context, charger charging.ID, body charging.Body) error {
	_, err := s.fleet.Handle(ctx, charging.Event{ChargerID: charger, Received: time.Now(), Body: body})
	return err
}

// link plays chargers, one call at a time.
type link struct {
	mu       sync.Mutex
	protocol map[charging.ID]string
	sent     []charging.Call
	answer   func(charging.Call) charging.Answer
	slots    map[charging.ID]chan struct{}
	gate     chan struct{} // answers wait for it; nil for none
	// dismissed are the connections that were closed, and why.
	dismissed []string
}

func newLink() *link {
	return &link{protocol: map[charging.ID]string{41: "ocpp1.6", 42: "ocpp2.0.1"}, answer: accepts,
		slots: map[charging.ID]chan struct{}{41: make(chan struct{}, 1), 42: make(chan struct{}, 1)}}
}

func accepts(charging.Call) charging.Answer {
	return charging.Answer{Status: charging.CommandAnswered, Response: []byte(`{"status":"Accepted"}`)}
}

// ClientCertificate is that of charger 42.
func (l *link) ClientCertificate(charger charging.ID) *charging.ClientCertificate {
	if charger != 42 {
		return nil
	}
	return &charging.ClientCertificate{Subject: "CN=post-42,O=Northline", ExpiresAt: time.Date(2027, 3, 2, 6, 0, 0, 0, time.UTC)}
}

// Dismiss closes the connection of a charger.
func (l *link) Dismiss(charger charging.ID, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dismissed = append(l.dismissed, strconv.FormatInt(charger, 10)+": "+why)
	delete(l.protocol, charger)
}

// answers sets what the chargers answer from now on.
func (l *link) answers(a charging.Answer) {
	l.mu.Lock()
	l.answer = func(charging.Call) charging.Answer { return a }
	l.mu.Unlock()
}

func (l *link) hangsUp(charger charging.ID) {
	l.mu.Lock()
	delete(l.protocol, charger)
	l.mu.Unlock()
}

// hold keeps answers back until release.
func (l *link) hold() {
	l.mu.Lock()
	l.gate = make(chan struct{})
	l.mu.Unlock()
}

func (l *link) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gate != nil {
		close(l.gate)
		l.gate = nil
	}
}

// last is the newest call that left.
func (l *link) last(t *testing.T) charging.Call {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) == 0 {
		t.Fatal("no call left")
	}
	return l.sent[len(l.sent)-1]
}

func (l *link) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent)
}

func (l *link) Protocol(charger charging.ID) (string, ocpp.Version, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := l.protocol[charger]
	return name, map[string]ocpp.Version{"ocpp1.6": ocpp.V16, "ocpp2.0.1": ocpp.V201}[name], name != ""
}

func (l *link) Call(ctx context.Context, c charging.Call) charging.Answer {
	select {
	case l.slots[c.ChargerID] <- struct{}{}:
	case <-ctx.Done():
		return charging.Answer{Status: charging.CommandNotConnected, Error: &charging.CommandError{Description: "taken back"}}
	}
	defer func() { <-l.slots[c.ChargerID] }()
	l.mu.Lock()
	l.sent = append(l.sent, c)
	id, at, answer, gate := "m"+strconv.Itoa(len(l.sent)), time.Now(), l.answer, l.gate
	l.mu.Unlock()
	c.Sent(id, at)
	if gate != nil {
		<-gate
	}
	a := answer(c)
	a.MessageID, a.SentAt = id, at
	if a.Response != nil {
		a.AnsweredAt = time.Now()
	}
	return a
}

// post sends JSON with a key.
func (y *yard) post(path, key, body string, headers ...string) answer {
	y.t.Helper()
	return y.send(http.MethodPost, path, key, "application/json", body, headers...)
}

func (y *yard) send(method, path, key, contentType, body string, headers ...string) answer {
	y.t.Helper()
	return y.do(withBody(method, path, key, contentType, body, headers...))
}

func withBody(method, path, key, contentType, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// is checks that an answer is an error with this status and text.
func (a answer) is(t *testing.T, status int, text string) {
	t.Helper()
	if want := `{"error":` + strconv.Quote(text) + `}`; a.StatusCode != status || string(a.body) != want {
		t.Errorf("%s %s, want %d %s", a.Status, a.body, status, want)
	}
}

// data is the member data of a good answer, which is an object.
func (a answer) data(t *testing.T) map[string]any {
	t.Helper()
	return a.envelope(t, http.StatusOK)["data"].(map[string]any)
}

// rows are those of a good answer, which is a list.
func (a answer) rows(t *testing.T) []map[string]any {
	t.Helper()
	list := []map[string]any{}
	for _, row := range a.envelope(t, http.StatusOK)["data"].([]any) {
		list = append(list, row.(map[string]any))
	}
	return list
}

func (a answer) envelope(t *testing.T, status int) map[string]any {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	return decode(t, a.body).(map[string]any)
}

// next is the cursor of the next page, "" for none.
func (a answer) next(t *testing.T) string {
	t.Helper()
	page := a.envelope(t, http.StatusOK)["pagination"].(map[string]any)
	cursor, _ := page["nextPageCursor"].(string)
	if page["hasNextPage"] != (cursor != "") {
		t.Errorf("pagination %v", page)
	}
	return cursor
}

// column collects a member of rows.
func column(rows []map[string]any, member string) (list []any) {
	for _, r := range rows {
		list = append(list, r[member])
	}
	return list
}
