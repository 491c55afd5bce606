package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var deliveryColumns = []string{"id", "webhook_id", "contact_id", "alert_id", "event", "body", "created_at", "next_at", "attempts",
	"delivered_at", "last_status", "last_error"}

var attemptColumns = []string{"delivery_id", "attempt", "at", "took", "status", "error"}

var (
	insertDelivery = newStatement(insert("deliveries", deliveryColumns))
	dueDeliveries  = newStatement(selectFrom("deliveries", deliveryColumns) + ` WHERE webhook_id = $1 AND contact_id = $2
		AND next_at IS NOT NULL AND next_at <= $3 ORDER BY next_at, id LIMIT $4`)
	updateDelivery = newStatement(`UPDATE deliveries SET next_at = $2, attempts = $3, delivered_at = $4, last_status = $5,
		last_error = $6 WHERE id = $1`)
	insertAttempt = newStatement(insert("delivery_attempts", attemptColumns) + ` ON CONFLICT (delivery_id, attempt) DO NOTHING`)
	pageAttempts  = newStatement(`SELECT delivery_id, at, took, status, error FROM delivery_attempts WHERE delivery_id = $1
		ORDER BY attempt LIMIT $2`)
	readDelivery      = newStatement(selectFrom("deliveries", deliveryColumns) + ` WHERE id = $1`)
	deliveriesOfHook  = newStatement(selectFrom("deliveries", deliveryColumns) + ` WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`)
	deliveriesOfAlert = newStatement(selectFrom("deliveries", deliveryColumns) + ` WHERE alert_id = $1 AND alert_id <> 0 ORDER BY id LIMIT $2`)
	giveUpDeliveries  = newStatement(`UPDATE deliveries SET next_at = NULL, last_error = $3
		WHERE webhook_id = $1 AND contact_id = $2 AND next_at IS NOT NULL`)
	oldDeliveries = newStatement(`SELECT id FROM deliveries WHERE created_at < $1 AND next_at IS NULL ORDER BY id LIMIT $2`)
	dropDelivery  = newStatement(`DELETE FROM deliveries WHERE id = $1`)
	dropAttempts  = newStatement(`DELETE FROM delivery_attempts WHERE delivery_id = $1`)
)

// writeDeliveries puts what is to be sent into the outbox.
func (s *Store) writeDeliveries(db *sqlite, deliveries []charging.Delivery) error {
	for i := range deliveries {
		d := &deliveries[i]
		_, err := db.exec(insertDelivery, d.ID, d.WebhookID, d.ContactID, d.AlertID, d.Event, bytesOrNull(d.Body), d.CreatedAt.UnixMicro(),
			timeOrNull(d.NextAt), int64(d.Attempts), timeOrNull(d.DeliveredAt), int64(d.LastStatus), d.LastError)
		if err != nil {
			return fmt.Errorf("delivery %d: %w", d.ID, err)
		}
		if err := s.raise(db, charging.IDDelivery, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// AddDeliveries puts more into the outbox: what is sent again, and tests.
func (s *Store) AddDeliveries(_ context.Context, deliveries []charging.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("filling the outbox", func(db *sqlite) error { return s.writeDeliveries(db, deliveries) })
}

func scanDelivery(row scanner) (d charging.Delivery, err error) {
	err = row.Scan(&d.ID, &d.WebhookID, &d.ContactID, &d.AlertID, &d.Event, &d.Body, timeIn{&d.CreatedAt}, timeIn{&d.NextAt}, &d.Attempts,
		timeIn{&d.DeliveredAt}, &d.LastStatus, &d.LastError)
	return d, err
}

// DueDeliveries lists what is to be sent now to a webhook or a contact, the
// other of which is 0, longest due first.
func (s *Store) DueDeliveries(ctx context.Context, webhook, contact charging.ID, now time.Time, limit int) ([]charging.Delivery, error) {
	return readList(ctx, s, "reading the outbox", scanDelivery, dueDeliveries, webhook, contact, now.UnixMicro(), pageLimit(limit))
}

// Deliveries lists those to a webhook, newest first.
func (s *Store) Deliveries(ctx context.Context, q charging.DeliveryQuery) ([]charging.Delivery, error) {
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	return readList(ctx, s, "reading the outbox", scanDelivery, deliveriesOfHook, q.WebhookID, before, pageLimit(q.Limit))
}

// DeliveriesOfAlert lists to whom an alert was or is to be sent.
func (s *Store) DeliveriesOfAlert(ctx context.Context, alert charging.ID) ([]charging.Delivery, error) {
	return readList(ctx, s, "reading the outbox", scanDelivery, deliveriesOfAlert, alert, pageSize)
}

// Delivery returns one; nil when there is none.
func (s *Store) Delivery(ctx context.Context, id charging.ID) (*charging.Delivery, error) {
	return readOne(ctx, s, "reading the outbox", func(row scanner) (*charging.Delivery, error) {
		d, err := scanDelivery(row)
		return &d, err
	}, readDelivery, id)
}

// DeliveryAttempts lists the tries of one delivery, oldest first.
func (s *Store) DeliveryAttempts(ctx context.Context, id charging.ID) ([]charging.DeliveryAttempt, error) {
	return readList(ctx, s, "reading the outbox", func(row scanner) (a charging.DeliveryAttempt, err error) {
		err = row.Scan(&a.DeliveryID, timeIn{&a.At}, durationIn{&a.Took}, &a.Status, &a.Error)
		return a, err
	}, pageAttempts, id, pageSize)
}

// StoreAttempts notes what became of tries to deliver.
func (s *Store) StoreAttempts(_ context.Context, tried []charging.Attempted) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("noting what was delivered", func(db *sqlite) error {
		for i := range tried {
			d, a := &tried[i].Delivery, &tried[i].Attempt
			_, err := db.exec(updateDelivery, d.ID, timeOrNull(d.NextAt), int64(d.Attempts), timeOrNull(d.DeliveredAt), int64(d.LastStatus), d.LastError)
			if err != nil {
				return err
			}
			if _, err := db.exec(insertAttempt, d.ID, int64(d.Attempts), a.At.UnixMicro(), a.Took.Microseconds(), int64(a.Status), a.Error); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropDeliveries removes what is no longer to be sent and is older than a time,
// at most limit at once; it returns how many.
func (s *Store) DropDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	ids, err := readList(ctx, s, "reading the outbox", scanID, oldDeliveries, before.UnixMicro(), pageLimit(limit))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.transact("emptying the outbox", func(db *sqlite) error {
		for _, id := range ids {
			if _, err := db.exec(dropAttempts, id); err != nil {
				return err
			}
			if _, err := db.exec(dropDelivery, id); err != nil {
				return err
			}
		}
		return nil
	})
	return len(ids), err
}
