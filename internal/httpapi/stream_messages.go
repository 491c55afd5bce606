package httpapi

import (
	"net/http"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// LiveMessages is where raw OCPP messages are followed; *gateway.Gateway is one.
type LiveMessages interface {
	// FollowMessages has tell called with every message of a charger when it comes
	// or leaves, and again with its answer, until stop. tell must return at once.
	FollowMessages(charger charging.ID, tell func(*charging.Message)) (stop func())
}

// streamMessages answers GET /api/ocpp-messages/stream.
func (a *API) streamMessages(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	id := p.integer("chargerId", 1, charging.MaxID, 0)
	if p.err != nil {
		return p.err
	}
	if id == 0 {
		return charging.Errorf(charging.Invalid, "chargerId: is missing; GET /api/sites shows the chargers' ids")
	}
	if _, err := a.chargerInScope(key, id); err != nil {
		return err
	}
	return a.follow(w, r, key, charging.PermitRead, &messageFeed{api: a, key: key, charger: id})
}

// messageFeed is the messages of a charger. Those that its stream has no time
// for are left out, and that is told.
type messageFeed struct {
	api     *API
	key     *charging.APIKey
	charger charging.ID
	rouse   func()

	mu      sync.Mutex
	waiting []*charging.Message
	size    int
	lost    bool
}

func (f *messageFeed) begin(_ *http.Request, has string, rouse func()) (first [][]byte, stop func(), err error) {
	f.rouse = rouse
	if has != "" {
		first = [][]byte{gapAway}
	}
	return first, f.api.cfg.LiveMessages.FollowMessages(f.charger, f.put), nil
}

// put is called while the charger waits for its answer, so the message is only
// put in line.
func (f *messageFeed) put(m *charging.Message) {
	size := len(m.Payload) + len(m.Response)
	f.mu.Lock()
	switch {
	case f.lost:
	case len(f.waiting) >= maxWaiting || f.size+size > maxWaitingBytes && len(f.waiting) > 0:
		f.waiting, f.size, f.lost = nil, 0, true
	default:
		f.waiting = append(f.waiting, m)
		f.size += size
	}
	f.mu.Unlock()
	f.rouse()
}

func (f *messageFeed) draw() (texts [][]byte) {
	f.mu.Lock()
	waiting, lost := f.waiting, f.lost
	f.waiting, f.size, f.lost = nil, 0, false
	f.mu.Unlock()
	if lost {
		texts = append(texts, gapSlow)
	}
	for _, m := range waiting {
		text, err := rowEvent("message", m.ID, messageRow(m))
		if err != nil {
			f.api.log.Error("a message could not be shown", "message", m.ID, "err", err)
			continue
		}
		texts = append(texts, text)
	}
	return texts
}

func (f *messageFeed) seen() bool {
	_, err := f.api.chargerInScope(f.key, f.charger)
	return err == nil
}
