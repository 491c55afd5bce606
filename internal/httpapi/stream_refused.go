package httpapi

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// streamRefused answers GET /api/admin/refused/stream.
func (a *API) streamRefused(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	return a.follow(w, r, key, charging.PermitManage, &refusedFeed{api: a, key: key})
}

// refusedFeed is the refused handshakes. They are at most 1,000, and stored at
// most twice a second: each time they are read whole, and those are told that are
// new or came again.
type refusedFeed struct {
	api   *API
	key   *charging.APIKey
	ctx   context.Context
	due   atomic.Bool
	known map[charging.ID]int // how often each came
}

func (f *refusedFeed) begin(r *http.Request, has string, rouse func()) (first [][]byte, stop func(), err error) {
	f.ctx = r.Context()
	stop = f.api.cfg.Administration.FollowRefusals(func() {
		f.due.Store(true)
		rouse()
	})
	if _, err := f.fresh(); err != nil {
		stop()
		return nil, nil, err
	}
	if has != "" {
		first = [][]byte{gapAway}
	}
	return first, stop, nil
}

// fresh returns the refusals that are not known as they are, oldest first.
func (f *refusedFeed) fresh() (list []charging.Refusal, err error) {
	all, err := f.api.cfg.Administration.Refusals(f.ctx, maxRefused)
	if err != nil {
		return nil, err
	}
	known := make(map[charging.ID]int, len(all))
	for _, v := range slices.Backward(all) {
		if known[v.ID] = v.Count; f.known[v.ID] != v.Count {
			list = append(list, v)
		}
	}
	f.known = known
	return list, nil
}

func (f *refusedFeed) draw() (texts [][]byte) {
	if !f.due.Swap(false) {
		return nil
	}
	list, err := f.fresh()
	if err != nil {
		return f.failed(err)
	}
	e := f.api.fleet.Estate()
	for i := range list {
		if !f.api.seesRefusal(e, f.key, &list[i]) {
			continue
		}
		text, err := rowEvent("refused", list[i].ID, refusedRow(e, &list[i]))
		if err != nil {
			return f.failed(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// failed has the rows read again at the next heartbeat.
func (f *refusedFeed) failed(err error) [][]byte {
	if f.ctx.Err() == nil {
		f.due.Store(true)
		f.api.log.Error("refused handshakes could not be told", "err", err)
	}
	return nil
}

func (f *refusedFeed) seen() bool { return true }
