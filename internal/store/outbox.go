package store

import (
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var deliveryColumns = []string{"id", "webhook_id", "contact_id", "alert_id", "event", "body", "created_at", "next_at", "attempts",
	"delivered_at", "last_status", "last_error"}

var insertDelivery = newStatement(insert("deliveries", deliveryColumns))

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
