package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Console is the web page that people use. Its files are read when the API is
// made.
type Console struct {
	// Files hold index.html, and under assets/ what has a name by its content.
	Files fs.FS
	// Pages are the paths at which index.html stands, as openapi.yaml would write
	// them: /sites/{id}.
	Pages []string
}

// consoleFile is a file of the console, as it is and compressed.
type consoleFile struct {
	plain, small []byte // small is nil when compression does not pay
	contentType  string
	etag         string
	cache        string
	policy       string // what the page may load; "" for as every answer has it
}

// consoleRoutes are the pages and files of the console. They are no part of the
// API's description.
func (a *API) consoleRoutes() ([]route, error) {
	if a.cfg.Console.Files == nil {
		return nil, nil
	}
	files, err := readConsole(a.cfg.Console.Files)
	if err != nil {
		return nil, err
	}
	var list []route
	for name, f := range files {
		if name != "index.html" {
			list = append(list, route{path: "/" + name, handle: f.serve, page: true})
		}
	}
	for _, page := range a.cfg.Console.Pages {
		if page != "/" { // which also speaks to programs
			list = append(list, route{path: page, handle: files["index.html"].serve, page: true})
		}
	}
	a.home = files["index.html"]
	a.home.policy = a.pagePolicy()
	return list, nil
}

func readConsole(files fs.FS) (map[string]*consoleFile, error) {
	all := make(map[string]*consoleFile)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		all[name], err = newConsoleFile(name, text)
		return err
	})
	if err == nil && all["index.html"] == nil {
		err = fs.ErrNotExist
	}
	return all, err
}

func newConsoleFile(name string, text []byte) (*consoleFile, error) {
	sum := sha256.Sum256(text)
	f := &consoleFile{plain: text, contentType: mime.TypeByExtension(path.Ext(name)), cache: "no-cache",
		etag: base64.RawURLEncoding.EncodeToString(sum[:12])}
	switch path.Ext(name) { // the machine's own table may lack them
	case ".js":
		f.contentType = "text/javascript; charset=utf-8"
	case ".svg":
		f.contentType = "image/svg+xml"
	case ".json":
		f.contentType = contentTypeJSON
	}
	if strings.HasPrefix(name, "assets/") {
		f.cache = "public, max-age=31536000, immutable"
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if packed.Len() < len(text)*9/10 {
		f.small = packed.Bytes()
	}
	return f, nil
}

// serve answers with the file, compressed for who takes that.
func (f *consoleFile) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	body, etag := f.plain, f.etag
	if f.small != nil {
		h.Add("Vary", "Accept-Encoding")
		if codingWeights(strings.Join(r.Header.Values("Accept-Encoding"), ","))[gzipped] > 0 {
			h.Set("Content-Encoding", gzipped.name())
			body, etag = f.small, etag+"-gzip"
		}
	}
	etag = `"` + etag + `"`
	h.Set("ETag", etag)
	h.Set("Cache-Control", f.cache)
	if f.policy != "" {
		h.Set("Content-Security-Policy", f.policy)
	}
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // an error means that the client went away
	}
}

// wantsPage reports whether a person's browser asks, not a program.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
