package httpapi

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
)

const requestIDHeader = "X-Request-Id"

func newSeconds() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "chargeyard_http_request_seconds",
		Help:    "Time to answer HTTP requests, by route and status.",
		Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5},
	}, []string{"route", "status"})
}

// ServeHTTP answers a request, and counts, logs and names it.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	route, path := a.routes.find(r), "other"
	if route != nil {
		path = route.path
	}
	answer := &recorder{ResponseWriter: w}
	h := w.Header()
	h.Set(requestIDHeader, requestID(r))
	h.Set("X-Content-Type-Options", "nosniff")
	defer func() {
		a.rescue(answer, r, recover())
		a.note(answer, r, path, time.Since(began))
	}()
	if route != nil && route.cors && a.crossOrigin(answer, r) {
		return
	}
	if route == nil || r.Method == http.MethodOptions {
		notFound(answer)
		return
	}
	route.handle(answer, r)
}

// requestID is the request's own id when it has a sensible one, which lets a
// proxy or client follow it through, else a fresh one.
func requestID(r *http.Request) string {
	id := r.Header.Get(requestIDHeader)
	if id == "" || len(id) > 64 {
		return rand.Text()
	}
	for i := 0; i < len(id); i++ {
		c := id[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return rand.Text()
		}
	}
	return id
}

// rescue answers 500 after a panic; the server lives on.
func (a *API) rescue(w *recorder, r *http.Request, panicked any) {
	if panicked == nil {
		return
	}
	if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(panicked)
	}
	a.log.Error("a request failed", "path", loggedPath(r.URL.Path), "request_id", w.Header().Get(requestIDHeader),
		"panic", panicked, "stack", string(debug.Stack()))
	if w.status != 0 {
		// Half an answer is out; only ending the connection tells the client.
		panic(http.ErrAbortHandler)
	}
	for _, name := range [...]string{"Content-Encoding", "ETag", "Vary"} {
		w.Header().Del(name)
	}
	writeError(w, http.StatusInternalServerError, textInternal)
}

func (a *API) note(w *recorder, r *http.Request, path string, took time.Duration) {
	a.seconds.WithLabelValues(path, strconv.Itoa(w.status)).Observe(took.Seconds())
	if !a.log.Enabled(r.Context(), slog.LevelDebug) {
		return
	}
	a.log.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("method", r.Method), slog.String("path", loggedPath(r.URL.Path)), slog.Int("status", w.status),
		slog.Int64("bytes", w.bytes), slog.Duration("took", took),
		slog.String("client", auth.ClientAddr(r, a.cfg.TrustedProxies).String()),
		slog.String("request_id", w.Header().Get(requestIDHeader)))
}

// loggedPath is a path without what may be a secret: no segment of a path that
// is served is so long, but a key or a token that somebody put there is.
func loggedPath(path string) string {
	const longest, shown = 24, 6
	if len(path) <= longest {
		return path
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if len(s) > longest {
			segments[i] = strings.ToValidUTF8(s[:shown], "") + "…"
		}
	}
	path = strings.Join(segments, "/")
	if len(path) > maxLoggedPath {
		path = strings.ToValidUTF8(path[:maxLoggedPath], "") + "…"
	}
	return path
}

const maxLoggedPath = 200

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
