package files

import (
	"net/http"
	"strings"
	"time"
)

// transferTime bounds one transfer; lines of chargers are slow.
const transferTime = 30 * time.Minute

// Serves reports whether a request is for this package.
func Serves(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, UploadPath) || strings.HasPrefix(r.URL.Path, FirmwarePath)
}

// Routes lists what is served to chargers.
func Routes() []string {
	return []string{
		"PUT " + UploadPath + "{token}/{name}", "POST " + UploadPath + "{token}/{name}",
		"GET " + FirmwarePath + "{name}",
	}
}

// ServeHTTP answers chargers that upload or fetch a file.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	until := time.Now().Add(transferTime)
	// Where deadlines cannot be set, the server's own hold.
	_ = rc.SetReadDeadline(until)
	_ = rc.SetWriteDeadline(until)
	w.Header().Set("X-Content-Type-Options", "nosniff") // also where nobody set it before
	if strings.HasPrefix(r.URL.Path, UploadPath) {
		f.Receive(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "fetch a firmware file with GET", http.StatusMethodNotAllowed)
		return
	}
	f.ServeFirmware(w, r)
}
