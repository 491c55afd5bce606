package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var contacts = noun[charging.Contact]{
	kind:    charging.IDContact,
	columns: []string{"id", "organization_id", "name", "email", "webhook_id", "muted_until", "created_at", "updated_at"},
	id:      func(c *charging.Contact) charging.ID { return c.ID },
	values: func(c *charging.Contact) []any {
		return []any{c.OrganizationID, c.Name, c.Email, c.WebhookID, timeOrNull(c.MutedUntil), timeOrNull(c.CreatedAt), timeOrNull(c.UpdatedAt)}
	},
	scan: func(c *charging.Contact) []any {
		return []any{&c.ID, &c.OrganizationID, &c.Name, &c.Email, &c.WebhookID, timeIn{&c.MutedUntil}, timeIn{&c.CreatedAt}, timeIn{&c.UpdatedAt}}
	},
}

var alertRules = noun[charging.AlertRule]{
	kind: charging.IDAlertRule,
	columns: []string{"id", "organization_id", "name", "kinds", "thresholds", "sites", "chargers", "everyone", "contacts",
		"muted_until", "created_at", "updated_at"},
	id: func(r *charging.AlertRule) charging.ID { return r.ID },
	values: func(r *charging.AlertRule) []any {
		return []any{r.OrganizationID, r.Name, wordsText(r.Kinds), jsonText(r.Thresholds), idsText(r.Sites), idsText(r.Chargers),
			bit(r.Everyone), idsText(r.Contacts), timeOrNull(r.MutedUntil), timeOrNull(r.CreatedAt), timeOrNull(r.UpdatedAt)}
	},
	scan: func(r *charging.AlertRule) []any {
		return []any{&r.ID, &r.OrganizationID, &r.Name, wordsIn[charging.AlertKind]{&r.Kinds}, jsonIn{&r.Thresholds}, idsIn{&r.Sites},
			idsIn{&r.Chargers}, flagIn{&r.Everyone}, idsIn{&r.Contacts}, timeIn{&r.MutedUntil}, timeIn{&r.CreatedAt}, timeIn{&r.UpdatedAt}}
	},
}

var webhooks = noun[charging.Webhook]{
	kind: charging.IDWebhook,
	columns: []string{"id", "organization_id", "name", "url", "events", "disabled", "secret", "old_secret", "old_until",
		"created_at", "updated_at"},
	secret: map[string]bool{"secret": true, "old_secret": true},
	id:     func(w *charging.Webhook) charging.ID { return w.ID },
	values: func(w *charging.Webhook) []any {
		return []any{w.OrganizationID, w.Name, w.URL, wordsText(w.Events), bit(w.Disabled), w.Secret, bytesOrNull(w.OldSecret),
			timeOrNull(w.OldUntil), timeOrNull(w.CreatedAt), timeOrNull(w.UpdatedAt)}
	},
	scan: func(w *charging.Webhook) []any {
		return []any{&w.ID, &w.OrganizationID, &w.Name, &w.URL, wordsIn[string]{&w.Events}, flagIn{&w.Disabled}, &w.Secret, &w.OldSecret,
			timeIn{&w.OldUntil}, timeIn{&w.CreatedAt}, timeIn{&w.UpdatedAt}}
	},
}

// kindMutedErrors names the muted codes of an organization in config_history.
const kindMutedErrors charging.IDKind = "mutedErrors"

var (
	upsertContact = newStatement(upsert("alert_contacts", contacts.columns))
	pageContacts  = newStatement(page("alert_contacts", contacts.columns))
	deleteContact = newStatement(`DELETE FROM alert_contacts WHERE id = $1`)
	upsertRule    = newStatement(upsert("alert_rules", alertRules.columns))
	pageRules     = newStatement(page("alert_rules", alertRules.columns))
	deleteRule    = newStatement(`DELETE FROM alert_rules WHERE id = $1`)
	upsertWebhook = newStatement(upsert("webhooks", webhooks.columns))
	pageWebhooks  = newStatement(page("webhooks", webhooks.columns))
	deleteWebhook = newStatement(`DELETE FROM webhooks WHERE id = $1`)

	upsertMutedErrors = newStatement(`INSERT INTO muted_errors (organization_id, codes, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (organization_id) DO UPDATE SET codes = excluded.codes, updated_at = excluded.updated_at`)
	listMutedErrors = newStatement(`SELECT organization_id, codes, updated_at FROM muted_errors ORDER BY organization_id`)
	lastVersionOf   = newStatement(`SELECT coalesce(max(version), 0) FROM config_history WHERE kind = $1 AND object_id = $2`)
)

// AlertSettings is all that alerts and events are raised and sent by.
func (s *Store) AlertSettings(ctx context.Context) (*charging.AlertSettings, error) {
	all := &charging.AlertSettings{}
	err := s.reading("reading the rules for alerts", func(db *sqlite) (err error) {
		if all.Contacts, err = loadAll(ctx, db, pageContacts, &contacts); err != nil {
			return err
		}
		if all.Rules, err = loadAll(ctx, db, pageRules, &alertRules); err != nil {
			return err
		}
		if all.Webhooks, err = loadAll(ctx, db, pageWebhooks, &webhooks); err != nil {
			return err
		}
		all.Muted, err = queryList(ctx, db, scanMutedErrors, listMutedErrors)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func scanMutedErrors(row scanner) (m charging.MutedErrors, err error) {
	err = row.Scan(&m.OrganizationID, jsonIn{&m.Codes}, timeIn{&m.UpdatedAt})
	return m, err
}

// SaveContact stores a contact, new or changed at its UpdatedAt.
func (s *Store) SaveContact(_ context.Context, c charging.Contact, actor string) error {
	return saveThing(s, "storing a contact", &contacts, upsertContact, c, c.UpdatedAt, actor)
}

// SaveAlertRule stores a rule, new or changed at its UpdatedAt.
func (s *Store) SaveAlertRule(_ context.Context, r charging.AlertRule, actor string) error {
	return saveThing(s, "storing a rule for alerts", &alertRules, upsertRule, r, r.UpdatedAt, actor)
}

// SaveWebhook stores a webhook, new or changed at its UpdatedAt.
func (s *Store) SaveWebhook(_ context.Context, w charging.Webhook, actor string) error {
	return saveThing(s, "storing a webhook", &webhooks, upsertWebhook, w, w.UpdatedAt, actor)
}

// RemoveContact removes a contact. What was to be sent to it is given up.
func (s *Store) RemoveContact(_ context.Context, id charging.ID, at time.Time, actor string) error {
	return s.removeThing("removing a contact", charging.IDContact, id, deleteContact, edition{at: at, actor: actor}, func(db *sqlite) error {
		_, err := db.exec(giveUpDeliveries, int64(0), id, "the contact was removed")
		return err
	})
}

// RemoveAlertRule removes a rule.
func (s *Store) RemoveAlertRule(_ context.Context, id charging.ID, at time.Time, actor string) error {
	return s.removeThing("removing a rule for alerts", charging.IDAlertRule, id, deleteRule, edition{at: at, actor: actor}, nil)
}

// RemoveWebhook removes a webhook. What was to be sent to it is given up.
func (s *Store) RemoveWebhook(_ context.Context, id charging.ID, at time.Time, actor string) error {
	return s.removeThing("removing a webhook", charging.IDWebhook, id, deleteWebhook, edition{at: at, actor: actor}, func(db *sqlite) error {
		_, err := db.exec(giveUpDeliveries, id, int64(0), "the webhook was removed")
		return err
	})
}

// SaveMutedErrors stores the error codes that an organization muted.
func (s *Store) SaveMutedErrors(_ context.Context, m charging.MutedErrors, actor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing muted errors", func(db *sqlite) error {
		codes := jsonText(m.Codes)
		if _, err := db.exec(upsertMutedErrors, m.OrganizationID, codes, timeOrNull(m.UpdatedAt)); err != nil {
			return err
		}
		version, err := db.nextVersion(kindMutedErrors, m.OrganizationID)
		if err != nil {
			return err
		}
		return db.writeVersion(kindMutedErrors, m.OrganizationID, edition{version, m.UpdatedAt, actor}, `{"codes":`+codes+`}`)
	})
}

// saveThing stores one thing of a kind that is no part of a Change, with a
// version of its own.
func saveThing[T any](s *Store, what string, n *noun[T], st statement, thing T, at time.Time, actor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact(what, func(db *sqlite) error {
		version, err := db.nextVersion(n.kind, n.id(&thing))
		if err != nil {
			return err
		}
		return writeAll(s, db, n, st, edition{version, at, actor}, []T{thing})
	})
}

func (s *Store) removeThing(what string, kind charging.IDKind, id charging.ID, st statement, e edition, also func(*sqlite) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact(what, func(db *sqlite) (err error) {
		if _, err = db.exec(st, id); err != nil {
			return err
		}
		if e.version, err = db.nextVersion(kind, id); err != nil {
			return err
		}
		if err = db.writeVersion(kind, id, e, removedBody); err != nil || also == nil {
			return err
		}
		return also(db)
	})
}

// nextVersion is the number of the next version of a thing that is no part of a
// Change: above all that it has, and not below that of the configuration.
func (db *sqlite) nextVersion(kind charging.IDKind, id charging.ID) (int64, error) {
	configuration, err := db.metaNumber(metaConfigVersion)
	if err != nil {
		return 0, err
	}
	last, err := db.count(lastVersionOf, string(kind), id)
	return max(configuration, last+1), err
}

// wordsText and wordsIn keep a list of words in a column, with commas.
func wordsText[T ~string](words []T) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return strings.Join(list, ",")
}

type wordsIn[T ~string] struct{ to *[]T }

func (in wordsIn[T]) Scan(value any) error {
	var text sql.NullString
	if err := text.Scan(value); err != nil {
		return err
	}
	*in.to = nil
	if text.String != "" {
		for word := range strings.SplitSeq(text.String, ",") {
			*in.to = append(*in.to, T(word))
		}
	}
	return nil
}

// jsonText and jsonIn keep a value in a column as JSON.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // of types of ours, which have nothing that JSON has not
	}
	return string(text)
}

type jsonIn struct{ to any }

func (in jsonIn) Scan(value any) error {
	var text sql.NullString
	if err := text.Scan(value); err != nil || text.String == "" {
		return err
	}
	return json.Unmarshal([]byte(text.String), in.to)
}
