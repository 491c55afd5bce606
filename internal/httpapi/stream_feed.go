package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// feed is where the rows of one stream come from. A stream of rows tells what is
// new; who connects reads the list once the stream is open.
type feed interface {
	// begin has rouse called whenever there may be something to draw, until stop.
	// first is what the stream begins with, for a client that had the event with
	// the id has; "" for none.
	begin(r *http.Request, has string, rouse func()) (first [][]byte, stop func(), err error)
	// draw returns the events that are due. Only the stream's goroutine calls it.
	draw() [][]byte
	// seen reports whether the key still sees what the feed is about.
	seen() bool
}

// following is the first event: from here on nothing is missed, so this is when to
// read the list.
var following = []byte("event: following\ndata: {}\n\n")

// Why a stream of rows may have left some out, as its event gap tells.
var (
	gapSlow = []byte("event: gap\ndata: {\"reason\":\"slow\"}\n\n")
	gapAway = []byte("event: gap\ndata: {\"reason\":\"away\"}\n\n")
)

// follow answers with the stream of a feed, which needs a permission.
func (a *API) follow(w http.ResponseWriter, r *http.Request, key *charging.APIKey, need charging.Permission, f feed) error {
	p := parametersOf(r)
	has := r.Header.Get("Last-Event-ID")
	if has == "" {
		has = p.text("lastEventId")
	}
	if p.err != nil {
		return p.err
	}
	if r.Method == http.MethodHead {
		streamHeaders(w, r)
		return nil
	}
	reader, err := a.live.joinFeed(key, need, f, streamLimits{a.cfg.StreamsPerKey, a.cfg.Streams})
	if err != nil {
		return refuseStream(w, err)
	}
	defer a.live.leave(reader)
	first, stop, err := f.begin(r, has, reader.rouse)
	if err != nil {
		return err
	}
	defer stop()
	a.play(w, r, reader, append([][]byte{following}, first...))
	return nil
}

// joinFeed adds a stream of rows.
func (l *live) joinFeed(key *charging.APIKey, need charging.Permission, f feed, limits streamLimits) (*reader, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.mayJoin(key, limits); err != nil {
		return nil, err
	}
	r := &reader{feed: f, key: key, need: need, told: time.Now(), wake: make(chan struct{}, 1)}
	l.feeds[r] = struct{}{}
	l.count(key)
	return r, nil
}

// rowEvent is an event with a row as its data, as a list shows it.
func rowEvent(name string, id int64, row any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("event: " + name + "\ndata: ")
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(row); err != nil { // ends the line
		return nil, err
	}
	return append(appendInt(append(b.Bytes(), "id: "...), id), "\n\n"...), nil
}
