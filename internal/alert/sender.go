package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Outbox is where what is to be sent is kept; *store.Store is one.
type Outbox interface {
	Settings
	DueDeliveries(ctx context.Context, webhook, contact charging.ID, now time.Time, limit int) ([]charging.Delivery, error)
	StoreAttempts(ctx context.Context, tried []charging.Attempted) error
	DropDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
}

// SenderConfig says how things are sent; zero values mean the defaults.
type SenderConfig struct {
	// Mail is the server for e-mail; without an address there is none.
	Mail MailServer
	// PrivateTargets allows webhooks to addresses that are not public.
	PrivateTargets bool
	// Every is how often the outbox is looked at; 1 s by default.
	Every time.Duration
	// Timeout bounds one try; 15 s by default.
	Timeout time.Duration
	// Keep is how long what was sent is kept in the log; 30 days by default.
	Keep time.Duration
}

func (c SenderConfig) withDefaults() SenderConfig {
	if c.Every <= 0 {
		c.Every = time.Second
	}
	if c.Timeout <= 0 {
		c.Timeout = 15 * time.Second
	}
	if c.Keep <= 0 {
		c.Keep = 30 * 24 * time.Hour
	}
	return c
}

const (
	// page is how many deliveries of one target are taken at once.
	page = 32
	// noteEvery is how many tries are noted together at most: so many are sent
	// again, under the same id, after a crash.
	noteEvery = 16
	// tired is after how many failures in a row a target rests.
	tired = 3
	// giveUpAfter is how long something is tried.
	giveUpAfter = 3 * 24 * time.Hour
	// dropEvery is how often the log is shortened.
	dropEvery = time.Hour
)

// gaps are the pauses after each failed try; the last one stays.
var gaps = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour,
	6 * time.Hour, 12 * time.Hour}

// target is a webhook or a contact.
type target struct{ webhook, contact charging.ID }

// Sender sends what stands in the outbox, each target for itself, so that a slow
// one holds up no other. What was sent and could not be noted is sent again under
// the same id.
type Sender struct {
	cfg    SenderConfig
	outbox Outbox
	log    *slog.Logger
	client *http.Client
	sent   *prometheus.CounterVec

	mu      sync.Mutex
	busy    map[target]bool
	resting map[target]time.Time
	work    sync.WaitGroup
}

// NewSender returns a Sender; reg takes its metrics.
func NewSender(cfg SenderConfig, outbox Outbox, log *slog.Logger, reg prometheus.Registerer) *Sender {
	cfg = cfg.withDefaults()
	s := &Sender{cfg: cfg, outbox: outbox, log: log.With("room", "alert"), client: newClient(cfg.PrivateTargets, cfg.Timeout),
		busy: make(map[target]bool), resting: make(map[target]time.Time),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chargeyard_deliveries_total", Help: "Tries to send alerts and events, by way and outcome.",
		}, []string{"way", "outcome"})}
	reg.MustRegister(s.sent)
	for _, way := range []string{"mail", "webhook"} {
		for _, outcome := range []string{"delivered", "failed", "given up"} {
			s.sent.WithLabelValues(way, outcome) // shown from the start, as 0
		}
	}
	return s
}

// Run sends until ctx ends; tries that are under way are broken off then.
func (s *Sender) Run(ctx context.Context) {
	defer s.work.Wait()
	tick := time.NewTicker(s.cfg.Every)
	defer tick.Stop()
	dropped, told := time.Time{}, false
	for {
		err := s.look(ctx)
		if now := time.Now(); err == nil && now.Sub(dropped) >= dropEvery {
			dropped = now
			_, err = s.outbox.DropDeliveries(ctx, now.Add(-s.cfg.Keep), 1000)
		}
		if err != nil && !told && ctx.Err() == nil {
			s.log.Error("the outbox could not be read; it is tried again and again", "err", err)
		}
		told = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look begins to send to each target that has something due and is not busy.
func (s *Sender) look(ctx context.Context) error {
	settings, err := s.outbox.AlertSettings(ctx)
	if err != nil {
		return err
	}
	for i := range settings.Webhooks {
		if w := &settings.Webhooks[i]; !w.Disabled {
			s.begin(ctx, target{webhook: w.ID}, func(ctx context.Context, d *charging.Delivery) (int, error) { return s.post(ctx, w, d) })
		}
	}
	for i := range settings.Contacts {
		c := &settings.Contacts[i]
		if c.Email != "" {
			s.begin(ctx, target{contact: c.ID}, func(ctx context.Context, d *charging.Delivery) (int, error) { return 0, s.mail(ctx, c, d) })
		}
	}
	return nil
}

// sendFunc makes one try. It returns the HTTP status, if there was one.
type sendFunc func(ctx context.Context, d *charging.Delivery) (status int, err error)

func (s *Sender) begin(ctx context.Context, to target, send sendFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[to] || time.Now().Before(s.resting[to]) {
		return
	}
	delete(s.resting, to)
	s.busy[to] = true
	s.work.Go(func() {
		rest := s.serve(ctx, to, send)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, to)
		if rest > 0 {
			s.resting[to] = time.Now().Add(rest)
		}
	})
}

// serve sends what is due to one target, until nothing is or it failed too often;
// then it returns how long the target should rest.
func (s *Sender) serve(ctx context.Context, to target, send sendFunc) (rest time.Duration) {
	failed := 0
	for {
		due, err := s.outbox.DueDeliveries(ctx, to.webhook, to.contact, time.Now(), page)
		if err != nil || len(due) == 0 {
			return 0 // what is wrong with the store is told by look
		}
		var tried []charging.Attempted
		for i := range due {
			one := s.try(ctx, to, &due[i], send)
			if ctx.Err() != nil {
				break // broken off by us
			}
			tried = append(tried, one)
			failed++
			if one.Attempt.Error == "" {
				failed = 0
			}
			if failed >= tired {
				break
			}
			if len(tried) == noteEvery {
				s.note(tried)
				tried = nil
			}
		}
		s.note(tried)
		switch {
		case ctx.Err() != nil:
			return 0
		case failed >= tired:
			return jittered(min(gaps[0]<<min(failed, 4), time.Minute))
		}
	}
}

// note keeps what became of tries. When it cannot, they are made again.
func (s *Sender) note(tried []charging.Attempted) {
	if len(tried) == 0 {
		return
	}
	if err := s.outbox.StoreAttempts(context.Background(), tried); err != nil {
		s.log.Error("what was sent could not be noted, and is sent again", "deliveries", len(tried), "err", err)
		time.Sleep(time.Second) // so that it is not sent in a tight loop
	}
}

// try makes one try and says when the next is due.
func (s *Sender) try(ctx context.Context, to target, d *charging.Delivery, send sendFunc) charging.Attempted {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	start := time.Now()
	status, err := send(ctx, d)
	took := time.Since(start)
	done := charging.Attempted{Delivery: *d, Attempt: charging.DeliveryAttempt{DeliveryID: d.ID, At: start, Took: took, Status: status}}
	next := &done.Delivery
	next.Attempts++
	next.LastStatus, next.LastError, next.NextAt = status, "", time.Time{}
	way := "mail"
	if to.webhook != 0 {
		way = "webhook"
	}
	if err == nil {
		next.DeliveredAt = start.Add(took)
		s.sent.WithLabelValues(way, "delivered").Inc()
		return done
	}
	next.LastError = shortened(err.Error())
	done.Attempt.Error = next.LastError
	next.NextAt = nextTry(next, start.Add(took))
	outcome := "failed"
	if errors.Is(err, errForGood) || next.NextAt.IsZero() {
		next.NextAt, outcome = time.Time{}, "given up"
		s.log.Warn("something could not be delivered and is given up", "way", way, "delivery", d.ID, "webhook", to.webhook,
			"contact", to.contact, "attempts", next.Attempts, "err", err)
	}
	s.sent.WithLabelValues(way, outcome).Inc()
	return done
}

// errForGood marks failures that no other try can mend.
var errForGood = errors.New("it is not tried again")

// nextTry is when a delivery that failed is tried again; zero for never.
func nextTry(d *charging.Delivery, now time.Time) time.Time {
	next := now.Add(jittered(gaps[min(d.Attempts, len(gaps))-1]))
	if next.Sub(d.CreatedAt) > giveUpAfter {
		return time.Time{}
	}
	return next
}

// jittered is a time up to a fifth shorter or longer, so that not all come back at
// once.
func jittered(length time.Duration) time.Duration {
	return length - length/5 + rand.N(2*length/5+1)
}

// maxError bounds the text of a failure.
const maxError = 300

func shortened(text string) string {
	if len(text) > maxError {
		return text[:maxError] + "…"
	}
	return text
}

// MessageID is the id under which something is sent, the same in each try, by
// which the receiver knows what it has already.
func MessageID(d *charging.Delivery) string { return "msg_" + strconv.FormatInt(d.ID, 10) }

// mail sends one e-mail.
func (s *Sender) mail(ctx context.Context, to *charging.Contact, d *charging.Delivery) error {
	var m Mail
	if err := json.Unmarshal(d.Body, &m); err != nil {
		return fmt.Errorf("%w: %w", errForGood, err)
	}
	return s.cfg.Mail.Send(ctx, MessageID(d), to, m, d.CreatedAt)
}
