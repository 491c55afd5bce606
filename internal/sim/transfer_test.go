package sim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fileServer takes uploads and gives out firmware.
type fileServer struct {
	mu      sync.Mutex
	uploads map[string]string
	refuse  int // so many uploads are refused first
}

func (f *fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Method == http.MethodPut {
		if f.refuse--; f.refuse >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		f.uploads[r.URL.Path] = string(body)
		return
	}
	if r.URL.Path != "/fw-9.bin" {
		http.NotFound(w, r)
		return
	}
	fmt.Fprint(w, firmwareText)
}

func (f *fileServer) refuseNext(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = n
}

const firmwareText = "a firmware image"

// withFiles runs one quiet charger on real sockets beside a file server.
func withFiles(t *testing.T, protocol string) (*server, *fileServer, string) {
	files := &fileServer{uploads: make(map[string]string)}
	web := httptest.NewServer(files)
	t.Cleanup(web.Close)
	s := newServer(t)
	s.protocol = protocol
	runQuiet(t, Config{URL: s.listen(), Protocols: []string{protocol}})
	eventually(t, "the charger is in", func() bool { return len(s.received("BootNotification")) == 1 })
	return s, files, web.URL
}

// runQuiet runs one charger at which nothing happens by itself, until the test
// ends.
func runQuiet(t *testing.T, cfg Config) *Fleet {
	t.Helper()
	cfg.Retry = QuickRetry()
	if cfg.Chargers == nil {
		cfg.Chargers = []ChargerConfig{{Identity: "CP1", Make: Makes[1]}}
	}
	f, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.Start()
	t.Cleanup(f.Stop)
	return f
}

// answered is ask without the pause.
func answered(t *testing.T, s *server, action, payload, want string) {
	t.Helper()
	f := s.call("CP1", action, payload)
	if text := string(f.Payload) + f.Code; text != want {
		t.Errorf("%s %s was answered %s, not %s", action, payload, text, want)
	}
}

// statuses returns the statuses that an action told, joined.
func (s *server) statuses(action string) string {
	var list []string
	for _, g := range s.received(action) {
		list = append(list, g.field("status"))
	}
	return strings.Join(list, " ")
}

func TestTransfers(t *testing.T) {
	t.Run("diagnostics of 1.6 are uploaded under their name", func(t *testing.T) {
		t.Parallel()
		s, files, url := withFiles(t, Protocol16)
		f := s.call("CP1", "GetDiagnostics", `{"location":"`+url+`/in/"}`)
		name := strings.TrimSuffix(strings.TrimPrefix(string(f.Payload), `{"fileName":"`), `"}`)
		eventually(t, "it is uploaded", func() bool { return s.statuses("DiagnosticsStatusNotification") == "Uploading Uploaded" })
		files.mu.Lock()
		defer files.mu.Unlock()
		if text := files.uploads["/in/"+name]; !strings.Contains(text, "Ohmstead Curb 22") {
			t.Errorf("%s: %q", name, text)
		}
	})

	t.Run("a log of 2.x is uploaded, again if it is refused", func(t *testing.T) {
		t.Parallel()
		s, files, url := withFiles(t, Protocol201)
		files.refuseNext(1)
		f := s.call("CP1", "GetLog", `{"logType":"SecurityLog","requestId":4,"retries":1,"retryInterval":1,"log":{"remoteLocation":"`+url+`/log"}}`)
		if !strings.Contains(string(f.Payload), `"status":"Accepted"`) {
			t.Errorf("%s", f.Payload)
		}
		eventually(t, "it is uploaded", func() bool { return s.statuses("LogStatusNotification") == "Uploading Uploaded" })
		files.refuseNext(1)
		s.call("CP1", "GetLog", `{"logType":"SecurityLog","requestId":5,"log":{"remoteLocation":"`+url+`/log"}}`)
		eventually(t, "it fails", func() bool { return strings.HasSuffix(s.statuses("LogStatusNotification"), "Uploading UploadFailure") })
	})

	t.Run("firmware is downloaded and installed, and the charger boots with it", func(t *testing.T) {
		t.Parallel()
		s, _, url := withFiles(t, Protocol16)
		answered(t, s, "UpdateFirmware", `{"location":"`+url+`/fw-9.bin","retrieveDate":"2020-01-01T00:00:00Z"}`, `{}`)
		eventually(t, "it is installed", func() bool {
			return s.statuses("FirmwareStatusNotification") == "Downloading Downloaded Installing Installed"
		})
		if boots := s.received("BootNotification"); len(boots) != 2 || boots[1].field("firmwareVersion") != "fw-9" {
			t.Errorf("%+v", boots)
		}
	})

	t.Run("a signature is checked", func(t *testing.T) {
		t.Parallel()
		s, _, url := withFiles(t, Protocol201)
		signer, sign := signerOf(t)
		update := func(id int, location, signature string) string {
			return fmt.Sprintf(`{"requestId":%d,"firmware":{"location":"%s","retrieveDateTime":"2020-01-01T00:00:00Z","signingCertificate":%q,"signature":"%s"}}`,
				id, url+location, signer, signature)
		}
		answered(t, s, "UpdateFirmware", update(1, "/fw-9.bin", sign("another image")), accepted)
		eventually(t, "it is refused", func() bool {
			return s.statuses("FirmwareStatusNotification") == "Downloading Downloaded InvalidSignature"
		})
		answered(t, s, "UpdateFirmware", update(2, "/nothing.bin", sign(firmwareText)), accepted)
		eventually(t, "it is missing", func() bool {
			return strings.HasSuffix(s.statuses("FirmwareStatusNotification"), "Downloading DownloadFailed")
		})
		answered(t, s, "UpdateFirmware", strings.Replace(update(3, "/fw-9.bin", ""), "BEGIN", "START", 1), `{"status":"InvalidCertificate"}`)
		answered(t, s, "UpdateFirmware", update(4, "/fw-9.bin", sign(firmwareText)), accepted)
		eventually(t, "it is installed", func() bool {
			return strings.HasSuffix(s.statuses("FirmwareStatusNotification"), "Downloading Downloaded SignatureVerified Installing InstallRebooting Installed")
		})
		if boots := s.received("BootNotification"); !strings.Contains(boots[1].payload, `"FirmwareUpdate"`) || !strings.Contains(boots[1].payload, `"fw-9"`) {
			t.Errorf("%+v", boots)
		}
	})

	t.Run("firmware is published for others", func(t *testing.T) {
		t.Parallel()
		s, _, url := withFiles(t, Protocol201)
		sum := md5.Sum([]byte(firmwareText))
		check := hex.EncodeToString(sum[:])
		answered(t, s, "PublishFirmware", `{"location":"`+url+`/fw-9.bin","checksum":"`+check+`","requestId":1}`, accepted)
		eventually(t, "it is published", func() bool {
			return s.statuses("PublishFirmwareStatusNotification") == "Downloading Downloaded ChecksumVerified Published"
		})
		answered(t, s, "UnpublishFirmware", `{"checksum":"`+check+`"}`, `{"status":"Unpublished"}`)
		answered(t, s, "UnpublishFirmware", `{"checksum":"`+check+`"}`, `{"status":"NoFirmware"}`)
	})
}

// signerOf makes a certificate in PEM form, and what signs with it.
func signerOf(t *testing.T) (signer string, sign func(text string) string) {
	t.Helper()
	pair := selfSigned(t, "signer")
	key := pair.PrivateKey.(*ecdsa.PrivateKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})), func(text string) string {
		sum := sha256.Sum256([]byte(text))
		sig, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(sig)
	}
}

// poolOf returns a pool of a certificate alone.
func poolOf(t *testing.T, pair *tls.Certificate) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(cert)
	return pool
}
