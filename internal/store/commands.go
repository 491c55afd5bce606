package store

import (
	"context"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var commandColumns = []string{"id", "charger_id", "actor", "key_id", "given_order", "action", "payload", "protocol",
	"message_id", "status", "response", "failed", "error_code", "error_description", "error_details", "created_at", "deadline",
	"sent_at", "answered_at", "idempotency_key", "fingerprint", "session_id", "confirmed_at"}

// writeCommands stores commands as they are now.
func (s *Store) writeCommands(db *sqlite, commands []*charging.Command) error {
	for _, c := range commands {
		var failure charging.CommandError
		if c.Error != nil {
			failure = *c.Error
		}
		_, err := db.exec(upsertCommand, c.ID, c.ChargerID, c.Actor, c.KeyID, c.Order, c.Action, bytesOrNull(c.Payload),
			c.Protocol, c.MessageID, string(c.Status), bytesOrNull(c.Response), bit(c.Error != nil), failure.Code,
			failure.Description, bytesOrNull(failure.Details), timeOrNull(c.CreatedAt), timeOrNull(c.Deadline),
			timeOrNull(c.SentAt), timeOrNull(c.AnsweredAt), c.IdempotencyKey,
			bytesOrNull(c.Fingerprint), c.Session, timeOrNull(c.ConfirmedAt))
		if err != nil {
			return fmt.Errorf("command %d: %w", c.ID, err)
		}
		if err := s.raise(db, charging.IDCommand, c.ID); err != nil {
			return err
		}
	}
	return nil
}

func scanCommand(row scanner) (*charging.Command, error) {
	c := new(charging.Command)
	var failed bool
	var failure charging.CommandError
	err := row.Scan(&c.ID, &c.ChargerID, &c.Actor, &c.KeyID, &c.Order, &c.Action, &c.Payload, &c.Protocol,
		&c.MessageID, &c.Status, &c.Response, flagIn{&failed}, &failure.Code, &failure.Description, &failure.Details,
		timeIn{&c.CreatedAt}, timeIn{&c.Deadline}, timeIn{&c.SentAt}, timeIn{&c.AnsweredAt}, &c.IdempotencyKey,
		&c.Fingerprint, &c.Session,
		timeIn{&c.ConfirmedAt})
	if failed {
		c.Error = &failure
	}
	return c, err
}

// Command returns a command; nil for none.
func (s *Store) Command(ctx context.Context, id charging.ID) (*charging.Command, error) {
	return readOne(ctx, s, "reading a command", scanCommand, readCommand, id)
}

// Commands returns a page of at most 1,000 commands of a charger, newest first.
func (s *Store) Commands(ctx context.Context, q charging.CommandQuery) ([]*charging.Command, error) {
	return readList(ctx, s, "reading commands", scanCommand, pageCommands, q.ChargerID, q.Before, pageLimit(q.Limit))
}

// CommandByKey returns the newest command that an API key gave with this
// idempotency key since then; nil for none.
func (s *Store) CommandByKey(ctx context.Context, keyID charging.ID, idempotencyKey string, since time.Time) (*charging.Command, error) {
	return readOne(ctx, s, "looking for a command", scanCommand, findCommand, keyID, idempotencyKey, since.UnixMicro())
}

// OpenCommands returns the commands of all chargers that are queued or sent,
// oldest first.
func (s *Store) OpenCommands(ctx context.Context) ([]*charging.Command, error) {
	var all []*charging.Command
	for after := charging.ID(0); ; after = all[len(all)-1].ID {
		page, err := readList(ctx, s, "reading open commands", scanCommand, openCommands, after, pageSize)
		all = append(all, page...)
		if err != nil || len(page) < pageSize {
			return all, err
		}
	}
}

// UnconfirmedCommands returns the commands created since then, oldest first,
// that start or stop a session, were answered and have no Session yet.
func (s *Store) UnconfirmedCommands(ctx context.Context, since time.Time) ([]*charging.Command, error) {
	var all []*charging.Command
	for after := charging.ID(0); ; {
		page, err := readList(ctx, s, "reading commands", scanCommand, unconfirmedCommands, since.UnixMicro(), after, pageSize)
		all = append(all, page...)
		if err != nil || len(page) < pageSize {
			return all, err
		}
		last := page[len(page)-1]
		since, after = last.CreatedAt, last.ID
	}
}
