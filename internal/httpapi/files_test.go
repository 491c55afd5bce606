package httpapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func (y *yard) addFirmware(query, body string) answer {
	y.t.Helper()
	return y.send(http.MethodPost, "/api/firmware"+query, fullKey, "application/octet-stream", body)
}

func TestFirmwareIsHosted(t *testing.T) {
	y := newFurnishedYard(t)
	content := strings.Repeat("firmware ", 1000)
	row := y.addFirmware("?name=..%2Ffw%201.4.bin", content).data(t)
	sum := sha256.Sum256([]byte(content))
	compare(t, row, "size", "9000")
	compare(t, row, "sha256", `"`+hex.EncodeToString(sum[:])+`"`)
	compare(t, row, "signed", "false")
	compare(t, row, "actor", `"key full"`)
	path := row["path"].(string)
	if !strings.HasPrefix(path, "/firmware/") || !strings.HasSuffix(path, "-fw_1.4.bin") {
		t.Errorf("path %s", path)
	}
	fetch := func(method, part string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		if part != "" {
			r.Header.Set("Range", part)
		}
		w := httptest.NewRecorder()
		y.parts.files.ServeHTTP(w, r)
		return w
	}
	if w := fetch(http.MethodGet, ""); w.Code != 200 || w.Body.String() != content || w.Header().Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%d %d bytes", w.Code, w.Body.Len())
	}
	if w := fetch(http.MethodGet, "bytes=9-16"); w.Code != http.StatusPartialContent || w.Body.String() != "firmware" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := fetch(http.MethodHead, ""); w.Code != 200 || w.Header().Get("Content-Length") != "9000" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := fetch(http.MethodPost, ""); w.Code != http.StatusMethodNotAllowed || w.Body.String() != "fetch a firmware file with GET\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	signed := y.addFirmware("?name=fw.bin&signature=c2ln&certificate=PEM", "x").data(t)
	compare(t, signed, "signed", "true")
	if rows := y.get("/api/firmware", fullKey).rows(t); len(rows) != 2 {
		t.Errorf("%v", rows)
	}
	t.Run("an order names it by id", func(t *testing.T) {
		command := y.post("/api/chargers/41/firmware", fullKey, fmt.Sprintf(`{"file":%v}`, row["id"])).data(t)
		compare(t, command, "payload.location", `"http://charge.example.org:8080`+path+`"`)
	})
	t.Run("what is removed is gone", func(t *testing.T) {
		one := fmt.Sprintf("/api/firmware/%v", row["id"])
		compare(t, map[string]any{"body": y.ask(http.MethodDelete, one, fullKey).envelope(t, http.StatusOK)}, "body", `{}`)
		text := fmt.Sprintf("There is no firmware file %v; GET /api/firmware lists them", row["id"])
		y.ask(http.MethodDelete, one, fullKey).is(t, http.StatusNotFound, text)
		y.post("/api/chargers/41/firmware", fullKey, fmt.Sprintf(`{"file":%v}`, row["id"])).is(t, http.StatusNotFound, text)
		if w := fetch(http.MethodGet, ""); w.Code != http.StatusNotFound || w.Body.String() != "there is no such firmware file\n" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
		if rows := y.get("/api/firmware", fullKey).rows(t); len(rows) != 1 {
			t.Errorf("%v", rows)
		}
	})
}

func TestFirmwareThatIsNotWholeIsRefused(t *testing.T) {
	y := newFurnishedYard(t)
	const bad = http.StatusBadRequest
	const unnamed = "name: is missing; it becomes the end of the address, such as fw-1.4.bin"
	y.addFirmware("", "x").is(t, bad, unnamed)
	y.addFirmware("?name=..", "x").is(t, bad, unnamed)
	y.addFirmware("?name=a&signature=c2ln", "x").is(t, bad,
		"signature: a signed firmware needs both its signature and the certificate that it was signed with")
	y.addFirmware("?name=a", "").is(t, bad, "the file is empty; send its bytes as the body of the request")
	y.send(http.MethodPost, "/api/firmware?name=a", controlKey, "application/octet-stream", "x").
		is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.get("/api/firmware", northlineKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.ask(http.MethodDelete, "/api/firmware/x", fullKey).is(t, http.StatusNotFound, "Not found")
	if rows := y.get("/api/firmware", fullKey).rows(t); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func TestAnUploadIsHandedOutToBeSaved(t *testing.T) {
	y := newFurnishedYard(t)
	address, u, err := y.parts.files.NewUpload(t.Context(), 41, "diagnostics")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	y.parts.files.ServeHTTP(w, httptest.NewRequest(http.MethodPut, strings.TrimPrefix(address, y.parts.url)+"charger.log", strings.NewReader("a\nb\n")))
	if w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	path := fmt.Sprintf("/api/uploads/%d/file", u.ID)
	a := y.get(path, northlineKey)
	if a.StatusCode != 200 || string(a.body) != "a\nb\n" || a.Header.Get("Content-Disposition") != "attachment; filename=charger.log" ||
		a.Header.Get("Content-Type") != "application/octet-stream" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %v %q", a.Status, a.Header, a.body)
	}
	rows := y.get("/api/chargers/41/uploads", northlineKey).rows(t)
	compare(t, rows[0], "name", `"charger.log"`)
	compare(t, rows[0], "size", `4`)
	y.get(path, limitedKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/uploads/99999/file", northlineKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/chargers/41/uploads", limitedKey).is(t, http.StatusNotFound, "Not found")
	t.Run("a charger's list is paged", func(t *testing.T) {
		for range 100 {
			if _, _, err := y.parts.files.NewUpload(t.Context(), 41, "security"); err != nil {
				t.Fatal(err)
			}
		}
		first := y.get("/api/chargers/41/uploads", northlineKey)
		second := y.get("/api/chargers/41/uploads?nextPageCursor="+first.next(t), northlineKey)
		if n, m := len(first.rows(t)), len(second.rows(t)); n != 100 || m != 1 || second.next(t) != "" {
			t.Errorf("%d and %d rows", n, m)
		}
		y.get("/api/chargers/41/uploads?nextPageCursor=eA", northlineKey).is(t, http.StatusBadRequest,
			"nextPageCursor: is none of this server's cursors; begin again without it")
	})
}
