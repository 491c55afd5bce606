package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// streamWrite is how long a client may take nothing before its stream ends,
	// lastWrite the same once it is to end.
	streamWrite = 20 * time.Second
	lastWrite   = 2 * time.Second
	// streamAgain is after how many milliseconds a client comes back.
	streamAgain = 2000
)

// stream answers GET /api/sites/stream: the document, and from then on what
// changes, as server-sent events (see docs/how-to/follow-changes.md).
func (a *API) stream(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	of := sightOf(auth.ScopeOf(key), p)
	m := modeChargers
	if p.includes() {
		if err := auth.Permits(key, charging.PermitRead); err != nil {
			return err
		}
		m = modeFresh
	}
	if p.truth("counters", false) {
		m = modeCounters
	}
	if p.err != nil {
		return p.err
	}
	if r.Method == http.MethodHead {
		streamHeaders(w, r)
		return nil
	}
	if m == modeFresh {
		a.live.origins.learnAll(a.fleet.Estate(), &of) // before anybody waits for it
	}
	has := r.Header.Get("Last-Event-ID")
	if has == "" {
		has = p.text("lastEventId")
	}
	reader, first, err := a.live.join(key, of, m, has, streamLimits{a.cfg.StreamsPerKey, a.cfg.Streams})
	if err != nil {
		return refuseStream(w, err)
	}
	defer a.live.leave(reader)
	a.play(w, r, reader, first)
	return nil
}

// refuseStream answers a key that has as many streams as it may; it returns what
// else was wrong.
func refuseStream(w http.ResponseWriter, err error) error {
	if err != errKeyStreams {
		return err
	}
	w.Header().Set("Retry-After", "60")
	writeError(w, http.StatusTooManyRequests, errKeyStreams.Msg)
	return nil
}

func streamHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.ProtoMajor == 1 {
		// Without chunks, whose frames would double the system calls: a stream ends
		// with its connection.
		h.Set("Transfer-Encoding", "identity")
	}
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
}

// play sends what a stream begins with, and then what is put into its reader,
// until the client goes away or the stream has to end.
func (a *API) play(w http.ResponseWriter, r *http.Request, reader *reader, first [][]byte) {
	control := http.NewResponseController(w)
	// The server's own limits are for requests that end. A writer without
	// deadlines is one of a test.
	_ = control.SetReadDeadline(time.Time{})
	reader.mu.Lock()
	reader.hurry = func() { _ = control.SetWriteDeadline(time.Now().Add(lastWrite)) }
	reader.mu.Unlock()
	streamHeaders(w, r)
	out := streamWriter{ResponseWriter: w, control: control}
	begin := [][]byte{[]byte("retry: " + strconv.Itoa(streamAgain) + "\n\n")}
	if !out.send(append(begin, first...)) {
		return
	}
	for {
		select {
		case <-reader.wake:
		case <-r.Context().Done():
			return
		}
		texts, lost, why := reader.take()
		switch {
		case why != "":
		case reader.feed != nil:
			texts = append(texts, reader.feed.draw()...)
		case lost:
			texts = a.live.afresh(reader)
		}
		if why != "" {
			texts = append(texts, []byte("event: end\ndata: {\"reason\":\""+why+"\"}\n\n"))
		}
		if len(texts) > 0 && !out.send(texts) || why != "" {
			return
		}
	}
}

// streamWriter sends texts at once.
type streamWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	renewed time.Time // when the client was last given its time to read
}

// send reports whether the client is still there.
func (w *streamWriter) send(texts [][]byte) bool {
	for _, text := range texts {
		if now := time.Now(); now.Sub(w.renewed) > streamWrite/4 {
			w.renewed = now
			_ = w.control.SetWriteDeadline(now.Add(streamWrite)) // as above
		}
		if _, err := w.Write(text); err != nil {
			return false
		}
	}
	return w.control.Flush() == nil
}
