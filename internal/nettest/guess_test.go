package nettest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/sim"
)

// guessers is how many guess at the same time; more than the answers that the
// server holds back.
const guessers = 400

// guesses tries wrong passwords and wrong keys in masses, while the right ones
// must work at once, from the same address too.
func (r *round) guesses(t *testing.T) {
	n := 2500
	if r.long {
		n = 10_000
	}
	before := r.s.figures(t)
	began := time.Now()
	guess := r.inMasses(n, func(i int) int {
		// Half of them for one charger, from everywhere; the others for all of
		// a depot behind one address.
		identity, local := named("guard", 0), fmt.Sprintf("127.0.%d.%d", 10+i%3, 1+i%200)
		if i%2 == 0 {
			identity, local = named("guard", i%guardedChargers), "127.0.0.9"
		}
		return r.knock(t.Context(), identity, local)
	})
	longest := r.rightOnes(t)
	answers := guess()
	t.Logf("%d wrong passwords in %s: %v; the slowest right one was served after %s", n, time.Since(began).Round(time.Millisecond), answers, longest)
	r.report.add("wrong passwords", int64(n))
	r.report.add("wrong passwords answered with 401", int64(answers[401]))
	r.report.add("wrong passwords answered with 429", int64(answers[429]))
	r.report.highest("time for a right password to be served meanwhile", milliseconds(longest), "ms")
	if answers[401]+answers[429] != n || answers[429] < n/2 {
		t.Errorf("%d wrong passwords: %v; want 401 for the first ones and 429 for the rest", n, answers)
	}
	if longest > slowest {
		t.Errorf("a right password was served after %s", longest)
	}
	f := r.s.figures(t)
	for _, by := range []string{`{by="identity"}`, `{by="address"}`} {
		if f["chargeyard_gateway_guess_alarms_total"+by]-before["chargeyard_gateway_guess_alarms_total"+by] < 1 {
			t.Errorf("no alarm %s", by)
		}
	}
	list := r.refused(t)
	if !strings.Contains(list[named("guard", 0)], "wrong passwords came for") {
		t.Errorf("the list of refusals has no alarm: %q", list[named("guard", 0)])
	}
	if len(list) > 1000 {
		t.Errorf("%d rows of refusals", len(list))
	}
	if lines := r.loggedLines(t, "refused a charger"); lines > n/2 {
		t.Errorf("%d lines of the log about %d wrong passwords", lines, n)
	}
	r.wrongKeys(t, n)
}

// knock tries a wrong password and returns the status of the answer.
func (r *round) knock(ctx context.Context, identity, local string) int {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c, err := sim.Dial(ctx, sim.ClientOptions{URL: "ws://" + r.s.address + "/ocpp", Identity: identity,
		Password: "a wrong password 0123", Dial: from(local)})
	var refused *sim.HandshakeError
	switch {
	case err == nil:
		c.Drop()
		return http.StatusSwitchingProtocols
	case errors.As(err, &refused):
		return refused.Status
	}
	return 0
}

// inMasses does something n times, many at a time. The function that it returns
// waits for the end and returns how often each outcome was.
func (r *round) inMasses(n int, do func(i int) int) (wait func() map[int]int) {
	var next atomic.Int64
	var mu sync.Mutex
	var done sync.WaitGroup
	count := make(map[int]int)
	for range guessers {
		done.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				outcome := do(i)
				mu.Lock()
				count[outcome]++
				mu.Unlock()
			}
		})
	}
	return func() map[int]int {
		done.Wait()
		return count
	}
}

// rightOnes connects with right passwords while others guess: the charger that
// is guessed, and others of the depot, from the address of the guesses and from
// another one. It returns the longest time until one was served.
func (r *round) rightOnes(t *testing.T) (longest time.Duration) {
	for i := range 20 {
		identity, local := named("guard", i/2*7), "127.0.0.9"
		if i%2 == 1 {
			local = "127.0.0.8"
		}
		began := time.Now()
		c := r.dial(t, identity, local, rightPassword)
		longest = max(longest, time.Since(began))
		c.Close()
	}
	return longest
}

// loggedLines counts lines of the server's log.
func (r *round) loggedLines(t *testing.T, with string) int {
	t.Helper()
	text, err := os.ReadFile(r.s.log.Name())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), with)
}

// wrongKeys tries wrong API keys from one address while a right one works from
// the same.
func (r *round) wrongKeys(t *testing.T, n int) {
	before, began := r.s.figures(t), time.Now()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.10")}}
	client := &http.Client{Transport: &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: guessers}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	ask := func(key string) (status int, took time.Duration) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.s.address+"/api/sites", nil)
		if err != nil {
			return 0, 0
		}
		req.Header.Set("Authorization", "Bearer "+key)
		began := time.Now()
		answer, err := client.Do(req)
		if err != nil {
			return 0, 0
		}
		_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is used again
		answer.Body.Close()
		if answer.StatusCode == http.StatusTooManyRequests && answer.Header.Get("Retry-After") == "" {
			return 0, 0
		}
		return answer.StatusCode, time.Since(began)
	}
	guess := r.inMasses(n, func(i int) int {
		status, _ := ask(fmt.Sprint("cy_wrong", i))
		return status
	})
	for range 10 {
		status, took := ask(r.s.key)
		if status != http.StatusOK {
			t.Errorf("the right key from the address of the guesses: %d", status)
		}
		r.report.highest("time for a right API key to be answered meanwhile", milliseconds(took), "ms")
	}
	answers := guess()
	r.report.add("wrong API keys", int64(n))
	r.report.add("wrong API keys answered with 401", int64(answers[401]))
	r.report.add("wrong API keys answered with 429", int64(answers[429]))
	// A minute's worth at once, and what the minute brings meanwhile.
	atMost := rateLimit + int(time.Since(began).Seconds()*rateLimit/60) + 20
	if answers[401]+answers[429] != n || answers[401] > atMost {
		t.Errorf("%d wrong keys: %v; want 401 for at most %d and 429 with Retry-After for the rest", n, answers, atMost)
	}
	if f := r.s.figures(t); f["chargeyard_http_wrong_key_alarms_total"]-before["chargeyard_http_wrong_key_alarms_total"] != 1 {
		t.Error("no alarm, or more than one, about wrong API keys")
	}
	if n := r.loggedLines(t, "many requests without a valid API key from one address"); n != 1 {
		t.Errorf("%d lines of the log about wrong API keys", n)
	}
}
