package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// socketName is the control socket in the data folder.
	socketName = "control.sock"
	// pointerName is the file in the data folder that names the socket when
	// the folder's own path is too long for one.
	pointerName = "control.path"
	// longestSocket is what every system takes as the path of a socket; Linux
	// takes 107 bytes, others 103.
	longestSocket = 100
	// privateFolder begins the name of folders for sockets elsewhere.
	privateFolder = "chargeyard-control-"
	// maxInput bounds what an operation is sent: an estate file in base64.
	maxInput = 256 << 20
)

// answer is what the control socket answers: a result or an error.
type answer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Kind   string          `json:"kind,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// listenControl opens the control socket of a data folder whose lock is held,
// so that a socket that is there belongs to nobody. Only the owner can connect.
func listenControl(dir string) (net.Listener, string, error) {
	removePointer(dir)
	path := filepath.Join(dir, socketName)
	if len(path)+len("/.c4294967295") > longestSocket {
		return listenElsewhere(dir)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	// It is made in a folder that nobody else can enter and then moved, so
	// that at no moment anybody else can connect.
	folder, err := os.MkdirTemp(dir, ".c")
	if err != nil {
		return nil, "", err
	}
	defer os.Remove(folder)
	listener, err := listenPrivately(filepath.Join(folder, "s"))
	if err != nil {
		return nil, "", err
	}
	if err := os.Rename(filepath.Join(folder, "s"), path); err != nil {
		listener.Close()
		return nil, "", err
	}
	return listener, path, nil
}

// listenElsewhere opens the control socket in a private folder with a short
// path, which is told in the data folder.
func listenElsewhere(dir string) (net.Listener, string, error) {
	var private string
	err := errors.New("no folder for temporary files")
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if len(parent)+len(privateFolder)+len(socketName)+12 > longestSocket {
			continue
		}
		if private, err = os.MkdirTemp(parent, privateFolder); err == nil {
			break
		}
	}
	if private == "" {
		return nil, "", err
	}
	path := filepath.Join(private, socketName)
	listener, err := listenPrivately(path)
	if err == nil {
		err = writePointer(dir, path)
	}
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(private))
	}
	return listener, path, nil
}

func listenPrivately(path string) (net.Listener, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// removePointer removes a socket elsewhere that a server left behind.
func removePointer(dir string) {
	if path := readPointer(dir); path != "" {
		os.Remove(path)
		os.Remove(filepath.Dir(path))
	}
	os.Remove(filepath.Join(dir, pointerName))
}

func writePointer(dir, path string) error {
	return os.WriteFile(filepath.Join(dir, pointerName), []byte(path+"\n"), 0o600)
}

// readPointer returns the socket elsewhere, "" for none.
func readPointer(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, pointerName))
	path := strings.TrimSpace(string(text))
	if err != nil || filepath.Base(path) != socketName || !strings.HasPrefix(filepath.Base(filepath.Dir(path)), privateFolder) {
		return ""
	}
	return path
}

func removeControl(dir, path string) {
	os.Remove(path)
	removePointer(dir)
}

// serveControl answers operations until the listener closes.
func serveControl(listener net.Listener, a *Admin, log *slog.Logger) *http.Server {
	server := &http.Server{
		Handler:           controlHandler(a, log),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the control socket ended", "err", err)
		}
	}()
	return server
}

func controlHandler(a *Admin, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		var reply answer
		input, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxInput))
		if err == nil {
			reply.Result, err = runToJSON(r.Context(), a, name, input)
		}
		if err != nil {
			reply = answer{Kind: charging.KindOf(err).String(), Error: err.Error()}
		}
		level := slog.LevelInfo
		if name == OpStatus {
			level = slog.LevelDebug // health checks ask all the time
		}
		log.Log(r.Context(), level, "operation", "op", name, "failed", reply.Error)
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(reply); err != nil {
			log.Warn("the answer to an operation was not taken", "op", name, "err", err)
		}
	})
}

func runToJSON(ctx context.Context, a *Admin, name string, input json.RawMessage) (json.RawMessage, error) {
	result, err := run(ctx, a, name, input)
	if err != nil {
		return nil, err
	}
	return json.Marshal(result)
}

// kindNamed is the reverse of charging.Kind.String.
func kindNamed(name string) charging.Kind {
	for k := charging.Internal; k <= charging.Unavailable; k++ {
		if k.String() == name {
			return k
		}
	}
	return charging.Internal
}
