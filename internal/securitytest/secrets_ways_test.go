package securitytest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/messagelog"
)

// refusedRequests put keys and tokens where they do not belong.
func (y *leakYard) refusedRequests() {
	y.t.Helper()
	token := strings.ToUpper(y.plant("token at a wrong address")) + "234567" // as long as one is
	for _, path := range []string{
		"/" + y.key, "/api/" + y.key, "/api/sites/" + y.key, "/api/chargers/" + y.key + "/history", "/api/sites?key=" + y.key,
		"//uploads/" + token + "/a.log", "/Uploads/" + token + "/a.log", "/uploads/" + token + "/a.log", "/uploads/" + token, "/firmware/" + token,
		"/ocpp/CP9?Authorization=Bearer%20" + y.key, "/api/ocpp-messages?chargerId=" + y.key, "/api/ocpp/actions?protocol=" + y.key,
		"/api/sites?nextPageCursor=" + y.key, "/api/chargers/1/history?startTimestamp=" + y.key + "&kind=" + y.key,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, header := range []string{"Authorization", "X-Api-Key", "Cookie", "X-Request-Id", "X-Forwarded-For"} {
				req, err := http.NewRequestWithContext(y.t.Context(), method, "http://"+y.app.Addr().String()+path, http.NoBody)
				if err != nil {
					y.t.Fatal(err)
				}
				req.Header.Set(header, "Basic "+y.key)
				resp, err := direct.RoundTrip(req)
				if err != nil {
					y.t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body) // what was sent may be told to who sent it
				resp.Body.Close()
			}
		}
	}
}

// refusedOperations are mistakes of an operator whose error must not repeat a
// secret.
func (y *leakYard) refusedOperations() {
	y.t.Helper()
	odd := y.plant("password of a mistake")
	for _, mistake := range []struct {
		op string
		in any
	}{
		{app.OpChargerPassword, app.ChargerPassword{Charger: "nobody", Password: odd}},
		{app.OpChargerAdd, app.NewCharger{Identity: "CP16", Password: odd}},
		{app.OpChargerAdopt, app.Adoption{Identity: "nobody", Password: odd}},
		{app.OpImport, app.Import{File: []byte(`{"data":[{"name":"Yard","timezone":"UTC","chargers":[{"ocppId":"X","password":["` + odd + `"]}]}]}`)}},
		{app.OpImport, app.Import{File: []byte(`{"data":[{"name":"Yard","timezone":"UTC","chargers":[{"ocppId":"X","password":"` + strings.Repeat(odd, 100) + `"}]}]}`)}},
		{app.OpImport, app.Import{File: []byte(`{"data":[{"name":"Yard","timezone":"UTC","chargers":[{"ocppId":"X","passwordHash":"` + odd + `"}]}]}`)}},
		{app.OpImport, app.Import{File: []byte(`{"data":[{"name":"Yard","chargers":[{"ocppId":"X","password":"` + odd + `"`)}},
	} {
		var out any
		if err := y.app.Do(y.t.Context(), mistake.op, mistake.in, &out); err != nil {
			y.search("the error of "+mistake.op, []byte(err.Error()))
			continue
		}
		y.t.Errorf("%s %.200v was no mistake", mistake.op, mistake.in)
	}
}

// plainSight says what nobody can tell for a secret, which proves that a secret
// would be found.
func (y *leakYard) plainSight(c *tattler) {
	y.t.Helper()
	c.call("DataTransfer", `{"vendorId":"v","data":"blue `+y.open.plant("word in a message")+`"}`)
	dialer := ws.Dialer{Protocols: []string{"ocpp1.6"}}
	if conn, _, _, err := dialer.Dial(y.t.Context(), "ws://"+y.app.Addr().String()+"/ocpp/CP-"+y.open.plant("word in an identity")); err == nil {
		conn.Close()
		y.t.Error("an unknown charger was let in")
	}
	y.Eventually("the refusal is kept", func() bool {
		var refused []app.RefusedRow
		y.do(app.OpChargerRefused, app.None{}, &refused)
		return len(refused) > 0 && strings.HasPrefix(refused[0].Identity, "CP-")
	})
}

// sees checks that the words in plain sight were found in every place where they
// belong, else the search proves nothing.
func (y *leakYard) sees(answers map[string][]byte) {
	y.t.Helper()
	inFiles, unpacked := y.open.foundIn(y.t, y.data)
	places := fmt.Sprint(inFiles)
	for where, text := range map[string]string{
		"messages in the API": string(answers["/api/ocpp-messages?chargerId=1"]), "refusals": string(answers["refused"]), "log": string(y.log.bytes()),
	} {
		if len(y.open.found([]byte(text))) == 0 {
			y.t.Errorf("the search finds nothing in: %s", where)
		}
	}
	if unpacked == 0 || !strings.Contains(places, "the word in a message") || !strings.Contains(places, "the word in an identity") ||
		!strings.Contains(places, ".seg:") || !strings.Contains(places, "chargeyard.db") {
		y.t.Errorf("the search unpacked %d bytes and found %s", unpacked, places)
	}
}

// searchFindings looks through what "chargeyard doctor" says.
func (y *leakYard) searchFindings() {
	y.t.Helper()
	cfg := config.Default()
	cfg.Data = y.data
	text := fmt.Sprint(app.Examine(y.t.Context(), cfg, slog.New(slog.DiscardHandler), false))
	if !strings.Contains(text, "is ready on") {
		y.t.Errorf("the doctor found no server: %s", text)
	}
	y.search("what the doctor says", []byte(text))
}

// seal has the raw messages compressed, as happens when there are many.
func (y *leakYard) seal() {
	y.t.Helper()
	folder := filepath.Join(y.data, "messages")
	log, err := messagelog.Open(messagelog.Config{Folder: folder, SealBytes: 1, FlushEvery: time.Millisecond}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		y.t.Fatal(err)
	}
	y.Eventually("the messages are compressed", func() bool {
		segments, err := filepath.Glob(filepath.Join(folder, "*.seg"))
		return err == nil && len(segments) > 0
	})
	if err := log.Close(context.Background()); err != nil {
		y.t.Error(err)
	}
	text, _ := filepath.Glob(filepath.Join(folder, "*"))
	if bytes.Contains([]byte(strings.Join(text, " ")), []byte(".part")) {
		y.t.Errorf("left behind: %v", text)
	}
}
