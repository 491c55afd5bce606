package httpapi

import (
	"container/list"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// maxBuckets bounds how many keys and how many addresses are counted at a time.
// A bucket forgotten early only starts full again.
const maxBuckets = 10_000

// limiter counts the requests of many, each against a bucket of its own that
// holds a minute's worth and refills evenly.
type limiter[K comparable] struct {
	mu     sync.Mutex
	of     map[K]*list.Element
	order  list.List // of *bucket[K], used last in front
	policy string    // name of the policy in the headers
}

type bucket[K comparable] struct {
	key       K
	perMinute int
	tokens    *rate.Limiter
	alarmed   time.Time // last time
}

// alarmQuiet is how often one address raises the alarm.
const alarmQuiet = 10 * time.Minute

func newLimiter[K comparable](policy string) *limiter[K] {
	return &limiter[K]{of: make(map[K]*list.Element), policy: policy}
}

// allowance is what is left of a limit after a request.
type allowance struct {
	policy    string
	perMinute int
	remaining int
	// again is after how many seconds there is one more request, full after
	// how many there are all.
	again, full int
	ok          bool
}

// take counts one request at now.
func (l *limiter[K]) take(key K, perMinute int, now time.Time) allowance {
	l.mu.Lock()
	tokens := l.bucket(key, perMinute).tokens
	l.mu.Unlock()
	ok := tokens.AllowN(now, 1)
	left := max(0, tokens.TokensAt(now))
	perSecond := float64(perMinute) / 60
	return allowance{
		policy: l.policy, perMinute: perMinute, remaining: int(left), ok: ok,
		again: int(math.Ceil(max(0, 1-left) / perSecond)),
		full:  int(math.Ceil((float64(perMinute) - left) / perSecond)),
	}
}

// alarm reports whether the alarm about a key is due, and notes it.
func (l *limiter[K]) alarm(key K, perMinute int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key, perMinute)
	if !b.alarmed.IsZero() && now.Sub(b.alarmed) < alarmQuiet {
		return false
	}
	b.alarmed = now
	return true
}

// bucket returns the bucket of a key, which it makes; l.mu is held.
func (l *limiter[K]) bucket(key K, perMinute int) *bucket[K] {
	if at, known := l.of[key]; known {
		b := at.Value.(*bucket[K])
		if b.perMinute == perMinute {
			l.order.MoveToFront(at)
			return b
		}
		l.order.Remove(at)
	}
	b := &bucket[K]{key: key, perMinute: perMinute, tokens: rate.NewLimiter(rate.Limit(float64(perMinute)/60), perMinute)}
	l.of[key] = l.order.PushFront(b)
	if l.order.Len() > maxBuckets {
		last := l.order.Back()
		delete(l.of, last.Value.(*bucket[K]).key)
		l.order.Remove(last)
	}
	return b
}

// tell writes the limit into the headers: as the IETF draft has it, as most
// clients know it, and when to come back.
func (a allowance) tell(h http.Header) {
	h.Set("RateLimit-Policy", `"`+a.policy+`";q=`+strconv.Itoa(a.perMinute)+`;w=60`)
	h.Set("RateLimit", `"`+a.policy+`";r=`+strconv.Itoa(a.remaining)+`;t=`+strconv.Itoa(a.full))
	h.Set("X-RateLimit-Limit", strconv.Itoa(a.perMinute))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(a.remaining))
	if !a.ok {
		h.Set("Retry-After", strconv.Itoa(max(1, a.again)))
	}
}

// limits are the rates at which the API may be called.
type limits struct {
	perMinute int
	keys      *limiter[charging.ID]
	addresses *limiter[netip.Prefix]
}

func newLimits(perMinute int) limits {
	return limits{perMinute, newLimiter[charging.ID]("key"), newLimiter[netip.Prefix]("address")}
}

// key counts a request of a key.
func (l *limits) key(k *charging.APIKey, now time.Time) allowance {
	perMinute := l.perMinute
	if k.PerMinute > 0 {
		perMinute = k.PerMinute
	}
	return l.keys.take(k.ID, perMinute, now)
}

// address counts a request without a valid key, and reports whether there were
// so many that the alarm is due.
func (l *limits) address(client netip.Addr, now time.Time) (left allowance, alarm bool) {
	network := networkOf(client)
	left = l.addresses.take(network, l.perMinute, now)
	return left, !left.ok && l.addresses.alarm(network, l.perMinute, now)
}
