package securitytest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/config"
)

// evil is a text that ends a line of a log, begins another, and gives orders to
// a terminal.
const evil = "a\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\ntime=0 level=ERROR msg=forged\r\x1b[2J\u009b1m\u202e\x00"

// TestNobodyWritesALineOfTheLog has strangers call themselves and their things
// so that a log without care would show lines of theirs.
func TestNobodyWritesALineOfTheLog(t *testing.T) {
	t.Parallel()
	for format, handler := range map[string]func(io.Writer, *slog.HandlerOptions) slog.Handler{
		"json": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) },
		"text": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) },
	} {
		t.Run(format, func(t *testing.T) {
			log := &lockedLog{}
			play(t, slog.New(handler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			text := log.bytes()
			if !bytes.Contains(text, []byte("forged")) {
				t.Error("nothing of it came into the log, so nothing is proven")
			}
			for line := range bytes.Lines(text) {
				whole := plainLine.Match(line)
				if format == "json" {
					whole = json.Valid(line)
				}
				if !whole || bytes.ContainsAny(bytes.TrimSuffix(line, []byte("\n")), "\x00\r\n\x1b\x07\x08") || bytes.HasPrefix(line, []byte("time=0")) ||
					bytes.HasPrefix(line, []byte(`{"level":"ERROR"`)) {
					t.Errorf("a line of the log is %q", line)
				}
			}
		})
	}
}

var plainLine = regexp.MustCompile(`^time=\d{4}-\S+ level=[A-Z]+ msg=\S.*\n$`)

// play runs a server, to which strangers speak.
func play(t *testing.T, log *slog.Logger) {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.Listen = t.TempDir(), "127.0.0.1:0"
	server := app.New(cfg, log)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	inJSON, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	var report app.ImportReport
	err = server.Do(t.Context(), app.OpImport, app.Import{File: []byte(`{"data":[{"name":` + string(inJSON) + `,"timezone":"UTC","chargers":[{"ocppId":"CP1","name":` +
		string(inJSON) + `}]}]}`)}, &report)
	if err != nil {
		t.Fatal(err)
	}
	address := server.Addr().String()
	escaped := strings.NewReplacer("\n", "%0a", "\r", "%0d", "\x1b", "%1b", "\x00", "%00", " ", "%20", `"`, "%22", "{", "%7b", "}", "%7d", "[", "%5b",
		"\u009b", "%c2%9b", "\u202e", "%e2%80%ae").Replace(evil)
	dialer := ws.Dialer{Protocols: []string{"ocpp1.6"}}
	if conn, _, _, err := dialer.Dial(t.Context(), "ws://"+address+"/ocpp/"+escaped); err == nil {
		conn.Close()
		t.Error("a stranger was let in")
	}
	for _, path := range []string{"/api/" + escaped, "/uploads/" + escaped + "/a.log", "/firmware/" + escaped} {
		resp, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	c := connected(t, "ws://"+address+"/ocpp", "CP1", "ocpp1.6")
	text := string(inJSON)
	c.call(t, "BootNotification", `{"chargePointVendor":`+text+`,"chargePointModel":`+text+`,"chargePointSerialNumber":`+text+`,"firmwareVersion":`+text+`}`)
	c.call(t, "StatusNotification", `{"connectorId":1,"errorCode":"OtherError","status":"Faulted","info":`+text+`,"vendorId":`+text+`,"vendorErrorCode":`+text+`}`)
	c.call(t, "DataTransfer", `{"vendorId":`+text+`,"messageId":`+text+`,"data":`+text+`}`)
	c.call(t, "Authorize", `{"idTag":`+text+`}`)
}
