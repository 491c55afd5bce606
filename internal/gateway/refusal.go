package gateway

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// RefusalLog keeps refused handshakes; package store implements it. Its id is
// the log's to give.
type RefusalLog interface {
	AddRefusal(ctx context.Context, r charging.Refusal) error
}

// refusal says why a handshake is refused, before it is upgraded.
type refusal struct {
	status int
	label  string // for the metric; one of a few words
	reason string // plain words, for the operator and as the answer's body
	fix    string
	// header and value are one more header of the answer; "" for none.
	header, value string
	// quiet keeps a refusal that comes in masses out of the log.
	quiet bool
}

// refuse answers the request and has the refusal kept.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, identity string, why *refusal) {
	g.metrics.refused.WithLabelValues(why.label).Inc()
	if !why.quiet {
		kept := charging.Refusal{
			At:       time.Now().UTC().Truncate(time.Microsecond),
			Remote:   g.remoteOf(r),
			Request:  requestLine(r, g.cfg.QueryIdentity),
			Identity: clip(strings.ToValidUTF8(withoutUser(identity), "\uFFFD"), 255),
			Status:   why.status,
			Reason:   why.reason,
			Fix:      why.fix,
		}
		if g.guesses.mayLog(kept.Remote, kept.At) {
			g.log.Info("refused a charger", "identity", kept.Identity, "reason", kept.Reason, "fix", kept.Fix,
				"status", kept.Status, "remote", kept.Remote, "request", kept.Request)
		}
		g.refusals.add(kept)
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	// A refused client has nothing more to say on this connection.
	h.Set("Connection", "close")
	if why.header != "" {
		h.Set(why.header, why.value)
	}
	w.WriteHeader(why.status)
	io.WriteString(w, why.reason+"\n"+why.fix+"\n")
}

// refusalQueue hands refusals to the log from one goroutine, so that no
// handshake waits for a disk. When it is full, refusals are counted only.
type refusalQueue struct {
	log     *slog.Logger
	kept    RefusalLog
	waiting chan charging.Refusal
	quit    chan struct{}
	ended   sync.Once
	lost    func()
	done    sync.WaitGroup
}

const (
	refusalsWaiting = 1024
	refusalTimeout  = 30 * time.Second
)

func newRefusalQueue(kept RefusalLog, log *slog.Logger, lost func()) *refusalQueue {
	q := &refusalQueue{
		log: log, kept: kept, lost: lost,
		waiting: make(chan charging.Refusal, refusalsWaiting), quit: make(chan struct{}),
	}
	if kept != nil {
		q.done.Go(q.run)
	}
	return q
}

func (q *refusalQueue) add(r charging.Refusal) {
	if q.kept == nil {
		return
	}
	select {
	case q.waiting <- r:
	default:
		q.lost()
	}
}

func (q *refusalQueue) run() {
	for {
		select {
		case r := <-q.waiting:
			q.keep(r)
		case <-q.quit:
			for len(q.waiting) > 0 {
				q.keep(<-q.waiting)
			}
			return
		}
	}
}

func (q *refusalQueue) keep(r charging.Refusal) {
	ctx, cancel := context.WithTimeout(context.Background(), refusalTimeout)
	defer cancel()
	if err := q.kept.AddRefusal(ctx, r); err != nil {
		q.lost()
		q.log.Warn("could not keep a refused handshake", "identity", r.Identity, "err", err)
	}
}

// stop keeps what waits and ends the goroutine.
func (q *refusalQueue) stop() {
	q.ended.Do(func() { close(q.quit) })
	q.done.Wait()
}

// maxRequestLine bounds what is kept of a request line.
const maxRequestLine = 500

// userInfo is a user and password in a URL, also one inside a path: chargers
// put whole URLs there, or write the password before the identity.
var userInfo = regexp.MustCompile(`(?i)(//[^/?#@]*|/[^/?#@]*(?::|%3a)[^/?#@]*?)(?:@|%40)`)

// identityUser is the same in an identity.
var identityUser = regexp.MustCompile(`^[^@]*:[^@]*@`)

func withoutUser(identity string) string { return identityUser.ReplaceAllString(identity, "…@") }

// publicParameters are names of query parameters whose values may be kept;
// others may hold a password or a token.
var publicParameters = []string{"chargePointId", "chargeBoxId", "chargerId", "cpId", "id", "identity", "version"}

// requestLine returns the first line of a request without credentials.
func requestLine(r *http.Request, public []string) string {
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	path, query, hasQuery := strings.Cut(target, "?")
	line := r.Method + " " + userInfo.ReplaceAllStringFunc(path, hideUser)
	if hasQuery {
		line += "?" + publicQuery(query, public)
	}
	return clip(strings.ToValidUTF8(line+" "+r.Proto, "\uFFFD"), maxRequestLine)
}

func hideUser(found string) string {
	if strings.HasPrefix(found, "//") {
		return "//…@"
	}
	return "/…@"
}

func publicQuery(query string, public []string) string {
	parts := strings.Split(query, "&")
	for i, p := range parts {
		name, value, _ := strings.Cut(p, "=")
		if value != "" && !containsFold(public, name) && !containsFold(publicParameters, name) {
			parts[i] = name + "=…"
		}
	}
	return strings.Join(parts, "&")
}

func containsFold(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// clip cuts s to at most limit bytes at a character's border.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// quoted returns an identity as it stands in a sentence, cut to a length that
// people can read.
func quoted(identity string) string { return strconv.Quote(clip(withoutUser(identity), 100)) }
