package charging

import (
	"slices"
	"time"
)

// Contact is somebody who is told of alerts: by e-mail, by one of the
// organization's webhooks, or both. Its ID is the alertRecipientId of the
// contract (section 9).
type Contact struct {
	ID             ID
	OrganizationID ID
	Name           string
	Email          string // "" for none
	WebhookID      ID     // 0 for none
	MutedUntil     time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Webhook is a program that is told of events by signed HTTP requests, as
// Standard Webhooks describes them.
type Webhook struct {
	ID             ID
	OrganizationID ID // events of this organization and those inside it
	Name           string
	URL            string
	Events         []string // types; empty for all
	Disabled       bool
	// Secret signs; the one before does too until OldUntil, so that the receiver
	// can change over. Both are of 32 bytes.
	Secret, OldSecret []byte
	OldUntil          time.Time
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

// The types of events that webhooks are told of.
const (
	EventAlertRaised         = "alert.raised"
	EventSessionStarted      = "session.started"
	EventSessionEnded        = "session.ended"
	EventChargerConnected    = "charger.connected"
	EventChargerDisconnected = "charger.disconnected"
	EventPortStatus          = "port.status"
	EventTest                = "webhook.test"
)

// WebhookEvents are the types that a webhook can ask for.
var WebhookEvents = []string{EventAlertRaised, EventSessionStarted, EventSessionEnded, EventChargerConnected,
	EventChargerDisconnected, EventPortStatus}

// Wants reports whether the webhook is told of events of that type.
func (w *Webhook) Wants(event string) bool {
	return !w.Disabled && (len(w.Events) == 0 || slices.Contains(w.Events, event))
}

// DeliveryQuery asks for deliveries, newest first.
type DeliveryQuery struct {
	WebhookID ID
	ContactID ID
	Before    ID // 0 for the newest
	Limit     int
}

// DeliveryAttempt is one try to deliver.
type DeliveryAttempt struct {
	DeliveryID ID
	At         time.Time
	Took       time.Duration
	Status     int    // HTTP status; 0 for none
	Error      string // why it failed; "" when it did not
}

// Attempted is a delivery after a try, and the try.
type Attempted struct {
	Delivery Delivery
	Attempt  DeliveryAttempt
}
