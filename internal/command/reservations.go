package command

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// ReservationStore keeps reservations, and what tells of their end.
type ReservationStore interface {
	SaveReservations(ctx context.Context, list []charging.Reservation) error
	// LiveReservations returns those of a charger with that number which nothing
	// ended but perhaps their time, oldest first.
	LiveReservations(ctx context.Context, charger charging.ID, number int64) ([]charging.Reservation, error)
	OpenReservations(ctx context.Context, now time.Time) ([]charging.Reservation, error)
	Reservations(ctx context.Context, q charging.ReservationQuery) ([]charging.Reservation, error)
	Sessions(ctx context.Context, q charging.SessionQuery) ([]*charging.Session, error)
	History(ctx context.Context, q charging.HistoryQuery) ([]charging.Record, error)
}

// Reservations makes reservations at chargers and keeps what became of each:
// used by a session, expired, removed. Start begins, Stop ends it.
type Reservations struct {
	*Service
	keptIn ReservationStore
	log    *slog.Logger

	mu sync.Mutex // one change at a time

	heard struct {
		sync.Mutex
		ends []reservationEnd
	}
	wake     chan struct{}
	ctx      context.Context
	cancel   context.CancelFunc
	followed sync.WaitGroup
	unwatch  func()
}

// reservationEnd is how a reservation ended, as the charger told it.
type reservationEnd struct {
	charger charging.ID
	number  int64
	state   charging.ReservationState
	session charging.ID // that used it
	at      time.Time   // not of a reservation that was made later
}

// NewReservations returns Reservations that are made through commands.
func NewReservations(commands *Service, keptIn ReservationStore, log *slog.Logger) *Reservations {
	r := &Reservations{Service: commands, keptIn: keptIn, log: log.With("room", "command"), wake: make(chan struct{}, 1)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Start looks for what ended reservations while the server was away, and follows
// what ends them from then on.
func (r *Reservations) Start(ctx context.Context) error {
	r.unwatch = r.fleet.Watch(r.listen)
	open, err := r.keptIn.OpenReservations(ctx, time.Now())
	if err != nil {
		r.unwatch()
		return err
	}
	for i := range open {
		if err := r.lookFor(ctx, &open[i]); err != nil {
			r.unwatch()
			return err
		}
	}
	r.followed.Go(r.follow)
	return nil
}

// Stop ends following. It must be called before the commands stop.
func (r *Reservations) Stop(ctx context.Context) error {
	r.unwatch()
	r.cancel()
	ended := make(chan struct{})
	go func() {
		r.followed.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lookBack is how much earlier than the server's a charger's clock may be.
const lookBack = time.Hour

// lookFor looks for what ended a reservation that nobody noticed.
func (r *Reservations) lookFor(ctx context.Context, v *charging.Reservation) error {
	sessions, err := r.keptIn.Sessions(ctx, charging.SessionQuery{Chargers: []charging.ID{v.ChargerID}, StartFrom: v.CreatedAt.Add(-lookBack),
		Running: true, Limit: 1000})
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.Reservation == v.Number {
			r.hear(reservationEnd{v.ChargerID, v.Number, charging.ReservationUsed, s.ID, s.StartSeen})
		}
	}
	notes, err := r.keptIn.History(ctx, charging.HistoryQuery{ChargerID: v.ChargerID, NoteKinds: []charging.NoteKind{charging.NoteReservation},
		From: v.CreatedAt, Limit: 1000})
	for i := range notes {
		if end, ok := endOf(&notes[i]); ok {
			r.hear(end)
		}
	}
	return err
}

// listen looks through what was stored for the ends of reservations. It runs on
// the committer's goroutine.
func (r *Reservations) listen(b *charging.Batch) {
	for _, s := range b.Sessions {
		if s.Reservation != 0 {
			r.hear(reservationEnd{s.ChargerID, s.Reservation, charging.ReservationUsed, s.ID, s.StartSeen})
		}
	}
	for i := range b.Records {
		if b.Records[i].Kind != charging.RecordNote {
			continue
		}
		if end, ok := endOf(&b.Records[i]); ok {
			r.hear(end)
		}
	}
}

// endOf reads what a charger told of a reservation (OCPP 2.0.1 H04,
// ReservationStatusUpdate).
func endOf(record *charging.Record) (end reservationEnd, ok bool) {
	var note struct {
		Kind   charging.NoteKind `json:"kind"`
		Number int64             `json:"requestId"`
		Status string            `json:"status"`
	}
	if json.Unmarshal([]byte(record.Detail), &note) != nil || note.Kind != charging.NoteReservation {
		return end, false
	}
	state := charging.ReservationRemoved
	if note.Status == "Expired" {
		state = charging.ReservationExpired
	}
	return reservationEnd{record.ChargerID, note.Number, state, 0, record.Received}, true
}

func (r *Reservations) hear(end reservationEnd) {
	r.heard.Lock()
	r.heard.ends = append(r.heard.ends, end)
	r.heard.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// follow stores how reservations ended.
func (r *Reservations) follow() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.wake:
		}
		r.heard.Lock()
		ends := r.heard.ends
		r.heard.ends = nil
		r.heard.Unlock()
		for _, end := range ends {
			err := r.finish(end.charger, end.number, func(v *charging.Reservation) bool {
				if end.at.Before(v.CreatedAt) {
					return false
				}
				v.State, v.SessionID, v.EndedAt = end.state, end.session, end.at
				return true
			})
			if err != nil && r.ctx.Err() == nil {
				r.log.Error("the end of a reservation could not be stored; it is looked for at the next start", "charger", end.charger,
					"reservation", end.number, "err", err)
			}
		}
	}
}

// finish changes the live reservations of a charger with that number: change
// says whether it did.
func (r *Reservations) finish(charger charging.ID, number int64, change func(*charging.Reservation) bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	live, err := r.keptIn.LiveReservations(r.ctx, charger, number)
	if err != nil {
		return err
	}
	var changed []charging.Reservation
	for _, v := range live {
		if change(&v) {
			changed = append(changed, v)
		}
	}
	return r.keptIn.SaveReservations(r.ctx, changed)
}
