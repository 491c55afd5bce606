package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// TestAKilledServerSendsNoCommandTwice kills the server while commands are
// under way, and compares what it says of them afterwards with what the charger
// saw.
func TestAKilledServerSendsNoCommandTwice(t *testing.T) {
	const rounds = 3
	t.Parallel()
	chance := rand.New(rand.NewPCG(seed(t), 1))
	s := newServer(t, build(t, ""), estate(1))
	s.env = []string{"CHARGEYARD_UPKEEP=off", "CHARGEYARD_RATE_LIMIT=1000000"}
	s.key = strings.TrimSpace(s.command(t, "key", "create", "--name", "commands", "--permissions", "read,control"))
	o := &operator{s: s, given: make(map[int]int64), told: make(map[int64]string)}
	c := &obedient{got: make(map[string]int), answered: make(map[string]bool)}
	for round := range rounds {
		s.start(t)
		ctx, cancel := context.WithTimeout(t.Context(), settleTime)
		if err := s.ready(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		o.compare(t, c)
		o.charger = chargerID(t, s)
		c.connect(t, s)
		ctx, cancel = context.WithTimeout(t.Context(), 3500*time.Millisecond+time.Duration(chance.IntN(1500))*time.Millisecond)
		o.work(ctx, round)
		cancel()
		s.kill()
		c.gone.Wait()
	}
	s.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	c.connect(t, s)
	before := c.count()
	time.Sleep(4 * time.Second) // calls leave 2 s after a boot
	if again := c.count() - before; again != 0 {
		t.Errorf("%d commands left after the last restart, and nobody gave one", again)
	}
	final := o.compare(t, c)
	t.Logf("%d commands were taken: %v", len(o.given), final)
	if final["answered"] < 10*rounds || final["unknown"] == 0 {
		t.Error("that is no load")
	}
	s.kill()
	c.gone.Wait()
}

// chargerID is the id of the charger that obeys.
func chargerID(t *testing.T, s *server) int64 {
	t.Helper()
	var answer struct {
		Data []struct {
			Chargers []struct {
				ID     int64  `json:"id"`
				OCPPID string `json:"ocppId"`
			} `json:"chargers"`
		} `json:"data"`
	}
	if _, err := s.call(t.Context(), http.MethodGet, "/api/sites", nil, &answer); err != nil {
		t.Fatal(err)
	}
	for _, site := range answer.Data {
		for _, c := range site.Chargers {
			if c.OCPPID == identities(0, 1)[0] {
				return c.ID
			}
		}
	}
	t.Fatal("the charger is not there")
	return 0
}

// call calls the API and decodes its answer.
func (s *server) call(ctx context.Context, method, path string, body []byte, into any) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode < 300 {
		err = json.Unmarshal(text, into)
	}
	return answer.StatusCode, err
}

// operator gives commands, and remembers which the server took, and which it
// told to be over.
type operator struct {
	s       *server
	charger int64
	last    int
	given   map[int]int64 // the command by its number
	told    map[int64]string
}

type commandAnswer struct {
	Data struct {
		ID     int64
		Status string
	}
}

// work gives commands until ctx ends, and now and then waits for one.
func (o *operator) work(ctx context.Context, round int) {
	for ctx.Err() == nil {
		o.last++
		body := fmt.Appendf(nil, `{"action":"DataTransfer","payload":{"vendorId":"v","data":"n%d"}}`, o.last)
		path := fmt.Sprintf("/api/chargers/%d/commands", o.charger)
		if o.last%(5+round) != 0 {
			path += "?wait=false"
		}
		var a commandAnswer
		status, err := o.s.call(ctx, http.MethodPost, path, body, &a)
		switch {
		case err == nil && status < 300:
			o.given[o.last] = a.Data.ID
			if a.Data.Status != "queued" && a.Data.Status != "sent" {
				o.told[a.Data.ID] = a.Data.Status
			}
		case err == nil: // a hundred wait
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// compare holds what the server says of all commands against what the charger
// saw, after a restart.
func (o *operator) compare(t *testing.T, c *obedient) map[string]int {
	t.Helper()
	final := make(map[string]int)
	for number, id := range o.given {
		var a commandAnswer
		status, err := o.s.call(t.Context(), http.MethodGet, fmt.Sprintf("/api/commands/%d", id), nil, &a)
		if err != nil || status != http.StatusOK {
			t.Errorf("command %d was taken and is gone: %d %v", id, status, err)
			continue
		}
		final[a.Data.Status]++
		data := fmt.Sprint("n", number)
		c.mu.Lock()
		got, answered := c.got[data], c.answered[data]
		c.mu.Unlock()
		switch {
		case got > 1:
			t.Errorf("command %d was sent %d times", id, got)
		case o.told[id] != "" && o.told[id] != a.Data.Status:
			t.Errorf("command %d was told to be %s and is %s", id, o.told[id], a.Data.Status)
		case a.Data.Status == "answered" && !answered:
			t.Errorf("command %d is answered, and the charger did not", id)
		case a.Data.Status == "queued", a.Data.Status == "sent":
			t.Errorf("command %d is %s, and nothing will come of it", id, a.Data.Status)
		case a.Data.Status == "notConnected" && got != 0:
			t.Errorf("command %d is %s, and the charger got it", id, a.Data.Status)
		}
	}
	return final
}

// obedient is a charger that answers all it is asked, a little later.
type obedient struct {
	gone     sync.WaitGroup
	mu       sync.Mutex
	got      map[string]int // times, by what the command says
	answered map[string]bool
}

func (c *obedient) count() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.got {
		n += times
	}
	return n
}

func (c *obedient) connect(t *testing.T, s *server) {
	t.Helper()
	dialer := ws.Dialer{Protocols: []string{"ocpp1.6"}}
	conn, _, _, err := dialer.Dial(t.Context(), "ws://"+s.address+"/ocpp/"+identities(0, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	boot := `[2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]`
	if err := wsutil.WriteClientText(conn, []byte(boot)); err != nil {
		t.Fatal(err)
	}
	c.gone.Go(func() {
		defer conn.Close()
		for {
			text, err := wsutil.ReadServerText(conn)
			if err != nil {
				return
			}
			var id, action string
			var payload struct{ Data string }
			frame := []any{new(int), &id, &action, &payload}
			if json.Unmarshal(text, &frame) != nil || action == "" {
				continue
			}
			c.mu.Lock()
			c.got[payload.Data]++
			c.mu.Unlock()
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			c.mu.Lock() // before the answer leaves, so that nobody knows earlier
			c.answered[payload.Data] = true
			c.mu.Unlock()
			if wsutil.WriteClientText(conn, fmt.Appendf(nil, `[3,%q,{"status":"Accepted"}]`, id)) != nil {
				return
			}
		}
	})
}
