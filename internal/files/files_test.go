package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/files"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/store"
)

const (
	base      = "http://charge.example.org"
	maxUpload = 1 << 20
)

// shed is Files on a real fleet and a real store.
type shed struct {
	*files.Files
	t      *testing.T
	folder string
	keeper *keeper
	store  *store.Store
}

// keeper is a fleet that can be made to fail.
type keeper struct {
	*fleet.Fleet
	broken bool
}

func (k *keeper) Keep(ctx context.Context, add func(*charging.Batch)) error {
	if k.broken {
		return errors.New("the disk is gone")
	}
	return k.Fleet.Keep(ctx, add)
}

func newShed(t *testing.T) *shed {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	fl := fleet.New(fleet.Config{LifeEvery: time.Hour}, st, log, nil)
	if err := fl.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(fl.Stop(context.Background()), st.Close()); err != nil {
			t.Error(err)
		}
	})
	err = fl.Update(t.Context(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) {
		return &charging.Change{
			Organizations: []charging.Organization{{ID: 3, Name: "Northline"}},
			Sites:         []charging.Site{{ID: 12, OrganizationID: 3, Name: "Harbor", Timezone: "UTC"}},
			Chargers:      []charging.ChargerSettings{{ID: 41, SiteID: 12, Name: "Bay 4", OCPPID: "CP1"}},
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &shed{t: t, folder: t.TempDir(), keeper: &keeper{Fleet: fl}, store: st}
	s.open(base)
	return s
}

func (s *shed) open(url string) {
	s.t.Helper()
	var err error
	s.Files, err = files.Open(files.Config{Folder: s.folder, URL: url, MaxUpload: maxUpload}, s.keeper, s.store, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
}

// asked makes an upload address and returns its path.
func (s *shed) asked() (path string, id charging.ID) {
	s.t.Helper()
	address, u, err := s.NewUpload(s.t.Context(), 41, "diagnostics")
	if err != nil {
		s.t.Fatal(err)
	}
	path, ok := strings.CutPrefix(address, base)
	if !ok || !strings.HasPrefix(path, files.UploadPath) || !strings.HasSuffix(path, "/") {
		s.t.Fatalf("address %s", address)
	}
	return path, u.ID
}

func (s *shed) do(r *http.Request) *httptest.ResponseRecorder {
	s.t.Helper()
	if !files.Serves(r) {
		s.t.Fatalf("%s is not served", r.URL)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// sends uploads a body and holds the answer against status and text.
func (s *shed) sends(method, path, body string, status int, text string) {
	s.t.Helper()
	w := s.do(httptest.NewRequest(method, path, strings.NewReader(body)))
	if w.Code != status || strings.TrimSpace(w.Body.String()) != text {
		s.t.Errorf("%s %s: %d %q, want %d %q", method, path, w.Code, w.Body, status, text)
	}
}

// holds checks what came of an upload.
func (s *shed) holds(id charging.ID, name, content string) {
	s.t.Helper()
	u, file, err := s.OpenUpload(s.t.Context(), id)
	if err != nil || u == nil || file == nil {
		s.t.Fatalf("upload %d: %+v, %v", id, u, err)
	}
	defer file.Close()
	text, err := os.ReadFile(file.Name())
	if err != nil || string(text) != content || u.Name != name || u.Size != int64(len(content)) || u.ReceivedAt.IsZero() {
		s.t.Errorf("upload %d holds %q, %v: %+v", id, text, err, u)
	}
}

func TestAChargerUploadsInEveryWay(t *testing.T) {
	s := newShed(t)
	for _, method := range []string{http.MethodPut, http.MethodPost} {
		path, id := s.asked()
		s.sends(method, path+"charger.log", "lines", http.StatusCreated, "")
		s.holds(id, "charger.log", "lines")
	}
	t.Run("without a name", func(t *testing.T) {
		path, id := s.asked()
		s.sends(http.MethodPut, path, "lines", http.StatusCreated, "")
		s.holds(id, "diagnostics", "lines")
		path, id = s.asked()
		s.sends(http.MethodPut, strings.TrimSuffix(path, "/"), "lines", http.StatusCreated, "")
		s.holds(id, "diagnostics", "lines")
	})
	t.Run("as a form", func(t *testing.T) {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		_ = w.WriteField("comment", "not the file")
		part, _ := w.CreateFormFile("file", `C:\logs\..\week 12.ZIP`)
		_, _ = part.Write([]byte("zipped"))
		w.Close()
		path, id := s.asked()
		r := httptest.NewRequest(http.MethodPost, path, &form)
		r.Header.Set("Content-Type", w.FormDataContentType())
		if got := s.do(r); got.Code != http.StatusCreated {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		s.holds(id, "week_12.ZIP", "zipped")
	})
	t.Run("as long as may be", func(t *testing.T) {
		path, id := s.asked()
		whole := strings.Repeat("x", maxUpload)
		s.sends(http.MethodPut, path+"a.log", whole, http.StatusCreated, "")
		s.holds(id, "a.log", whole)
	})
	t.Run("under an odd name", func(t *testing.T) {
		for odd, want := range map[string]string{"..%2F..%2Fetc%2Fpasswd": "passwd", "%2e%2e": "diagnostics", "a%22%0Ab%3Cc.log": "a__b_c.log", ".log": "log"} {
			path, id := s.asked()
			s.sends(http.MethodPut, path+odd, "lines", http.StatusCreated, "")
			s.holds(id, want, "lines")
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(s.folder), "passwd")); err == nil {
			t.Error("a file left its folder")
		}
	})
}

func TestAnUploadIsRefusedWithTheReason(t *testing.T) {
	s := newShed(t)
	path, id := s.asked()
	s.sends(http.MethodGet, path+"a.log", "", http.StatusBadRequest, "upload a file with PUT or POST")
	s.sends(http.MethodPut, "/uploads/nobody/a.log", "x", http.StatusNotFound, "this upload address is unknown")
	s.sends(http.MethodPut, "/uploads/", "x", http.StatusNotFound, "this upload address is unknown")
	s.sends(http.MethodPut, path+"page.html", "x", http.StatusForbidden, `a file called "page.html" is no log; it may end in .log .txt .csv .json .xml .gz .tgz .tar .zip .7z .bz2 .xz .zst .lz4 .pcap .bin .dat .enc .diag .db`)
	s.sends(http.MethodPut, path+"a.log", strings.Repeat("x", maxUpload+1), http.StatusForbidden, "the file is longer than 1 MiB")
	form := httptest.NewRequest(http.MethodPost, path, strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n"))
	form.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	if w := s.do(form); w.Code != http.StatusBadRequest || w.Body.String() != "the form holds no file\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	form = httptest.NewRequest(http.MethodPost, path, strings.NewReader(""))
	form.Header.Set("Content-Type", "multipart/form-data")
	if w := s.do(form); w.Code != http.StatusBadRequest || !strings.HasPrefix(w.Body.String(), "the form cannot be read: ") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	s.keeper.broken = true
	s.sends(http.MethodPut, path+"a.log", "x", http.StatusServiceUnavailable, "the server cannot take the file now")
	s.keeper.broken = false
	// None of these used the address up.
	s.sends(http.MethodPut, path+"a.log", "lines", http.StatusCreated, "")
	s.sends(http.MethodPut, path+"a.log", "other", http.StatusForbidden, "this upload address was used already")
	s.holds(id, "a.log", "lines")
	parts, _ := filepath.Glob(filepath.Join(s.folder, "uploads", "*.part"))
	if len(parts) != 0 {
		t.Errorf("left behind: %v", parts)
	}
}

func TestAnUploadAddressExpires(t *testing.T) {
	s := newShed(t)
	err := s.keeper.Keep(t.Context(), func(b *charging.Batch) {
		b.Uploads = append(b.Uploads, charging.Upload{ID: 900, ChargerID: 41, Kind: "security", TokenHash: sha256.Sum256([]byte("late")),
			CreatedAt: time.Now().Add(-25 * time.Hour), ExpiresAt: time.Now().Add(-time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	s.sends(http.MethodPut, "/uploads/late/a.log", "x", http.StatusForbidden, "this upload address has expired")
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	s := newShed(t)
	path, id := s.asked()
	r := httptest.NewRequest(http.MethodPut, path+"a.log", nil)
	r.Body = brokenBody{}
	if w := s.do(r); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, file, err := s.OpenUpload(t.Context(), id); file != nil || err != nil {
		t.Errorf("%v, %v", file, err)
	}
	s.sends(http.MethodPut, path+"a.log", "lines", http.StatusCreated, "")
	s.holds(id, "a.log", "lines")
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("the line broke") }
func (brokenBody) Close() error             { return nil }

func TestAnUploadThatHangsDoesNotLockTheChargerOut(t *testing.T) {
	s := newShed(t)
	path, id := s.asked()
	body, line := io.Pipe()
	hangs := httptest.NewRequest(http.MethodPut, path+"a.log", body)
	ended := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, hangs)
		ended <- w.Code
	}()
	if _, err := line.Write([]byte("half")); err != nil { // it is being read
		t.Fatal(err)
	}
	s.sends(http.MethodPut, path+"a.log", "whole", http.StatusCreated, "")
	line.CloseWithError(errors.New("the line broke"))
	if code := <-ended; code == http.StatusCreated {
		t.Errorf("what broke off was taken")
	}
	s.holds(id, "a.log", "whole")
}

func TestWhatAnEarlierRunLeftUnfinishedIsCleared(t *testing.T) {
	s := newShed(t)
	part := filepath.Join(s.folder, "firmware", "7.part")
	if err := os.WriteFile(part, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.open(base + "/")
	if _, err := os.Stat(part); !os.IsNotExist(err) {
		t.Errorf("it is there: %v", err)
	}
	if path, _ := s.asked(); strings.HasPrefix(path, "//") {
		t.Errorf("path %s", path)
	}
}

func TestWithoutAnAddressChargersAreSentNowhere(t *testing.T) {
	s := newShed(t)
	fw, err := s.AddFirmware(t.Context(), charging.Firmware{Name: "fw.bin"}, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	s.open("")
	const text = "chargers cannot be told where this server is; start it with --public-url, such as http://charge.example.org:8080, or give a location"
	if _, _, err := s.NewUpload(t.Context(), 41, "diagnostics"); err == nil || err.Error() != text || charging.KindOf(err) != charging.Conflict {
		t.Errorf("%v", err)
	}
	if _, _, err := s.Firmware(t.Context(), fw.ID); err == nil || err.Error() != text {
		t.Errorf("%v", err)
	}
}

func TestFirmwareThatCannotBeKeptLeavesNoFile(t *testing.T) {
	s := newShed(t)
	s.keeper.broken = true
	if _, err := s.AddFirmware(t.Context(), charging.Firmware{Name: "fw.bin"}, strings.NewReader("x")); err == nil {
		t.Error("it was kept")
	}
	left, err := os.ReadDir(filepath.Join(s.folder, "firmware"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFirmwareIsFetchedByItsNameOnly(t *testing.T) {
	s := newShed(t)
	first, err := s.AddFirmware(t.Context(), charging.Firmware{Name: "fw.bin"}, strings.NewReader("one"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.AddFirmware(t.Context(), charging.Firmware{Name: "fw.bin"}, strings.NewReader("two"))
	if err != nil || first.Name == second.Name {
		t.Fatalf("%v %v %v", first, second, err)
	}
	_, address, err := s.Firmware(t.Context(), second.ID)
	if err != nil || address != base+files.FirmwarePath+second.Name {
		t.Errorf("%s, %v", address, err)
	}
	get := func(path string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return s.do(r)
	}
	if w := get(strings.TrimPrefix(address, base)); w.Code != http.StatusOK || w.Body.String() != "two" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := get(files.FirmwarePath+second.Name, "Range", "bytes=1-", "If-Range", `"`+second.SHA256+`"`); w.Code != http.StatusPartialContent || w.Body.String() != "wo" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	for _, path := range []string{"/firmware/fw.bin", "/firmware/", "/firmware/../uploads/1", "/firmware/1"} {
		if w := get(path); w.Code != http.StatusNotFound || w.Body.String() != "there is no such firmware file\n" {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
	}
	if err := os.Remove(filepath.Join(s.folder, "firmware", strconv.FormatInt(first.ID, 10))); err != nil {
		t.Fatal(err)
	}
	if w := get(files.FirmwarePath + first.Name); w.Code != http.StatusNotFound || w.Body.String() != "the file is missing\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
