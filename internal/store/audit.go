package store

import (
	"context"
	"math"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	pageAudit = newStatement(`SELECT h.at, h.kind, h.object_id, h.version, h.actor, h.body,
		(SELECT o.body FROM config_history AS o WHERE o.kind = h.kind AND o.object_id = h.object_id AND o.version < h.version
		ORDER BY o.version DESC LIMIT 1)
		FROM config_history AS h WHERE (h.at, h.kind, h.object_id, h.version) < ($1, $2, $3, $4) AND h.at >= $5 AND h.at <= $6
		AND ($7 = '' OR h.actor = $7) AND ($8 = '' OR h.kind = $8) AND ($9 = 0 OR h.object_id = $9)
		ORDER BY h.at DESC, h.kind DESC, h.object_id DESC, h.version DESC LIMIT $10`)
	pageAuditCommands = newStatement(selectFrom("commands", commandColumns) + ` WHERE (created_at, id) < ($1, $2)
		AND created_at >= $3 AND created_at <= $4 AND ($5 = '' OR actor = $5) AND ($6 = 0 OR charger_id = $6)
		ORDER BY created_at DESC, id DESC LIMIT $7`)
	countInOrganization = newStatement(`SELECT 'user', count(*) FROM users WHERE organization_id = $1
		UNION ALL SELECT 'contact', count(*) FROM alert_contacts WHERE organization_id = $1
		UNION ALL SELECT 'alert rule', count(*) FROM alert_rules WHERE organization_id = $1
		UNION ALL SELECT 'webhook', count(*) FROM webhooks WHERE organization_id = $1
		UNION ALL SELECT 'firmware file', count(*) FROM firmware WHERE organization_id = $1 AND removed_at IS NULL`)
)

// Audit returns a page of what was changed and commanded, newest first.
func (s *Store) Audit(ctx context.Context, q charging.AuditQuery) ([]charging.AuditRow, error) {
	limit := pageLimit(q.Limit)
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if !q.From.IsZero() {
		from = q.From.UnixMicro()
	}
	if !q.To.IsZero() {
		to = q.To.UnixMicro()
	}
	changes, err := s.auditChanges(ctx, &q, from, to, limit)
	if err != nil {
		return nil, err
	}
	commands, err := s.auditCommands(ctx, &q, from, to, limit)
	if err != nil {
		return nil, err
	}
	return mergeAudit(changes, commands, limit), nil
}

func (s *Store) auditChanges(ctx context.Context, q *charging.AuditQuery, from, to int64, limit int) ([]charging.AuditRow, error) {
	if q.Kind == charging.AuditCommand {
		return nil, nil
	}
	// Behind a command, all changes of its moment were shown.
	at, kind, id, version := int64(math.MaxInt64), "", charging.ID(0), int64(0)
	if !q.Before.At.IsZero() {
		at = q.Before.At.UnixMicro()
		if q.Before.Kind != charging.AuditCommand {
			kind, id, version = q.Before.Kind, q.Before.ID, q.Before.Version
		}
	}
	return readList(ctx, s, "reading the audit log", scanAudit, pageAudit, at, kind, id, version, from, to, q.Actor, q.Kind, q.ObjectID, limit)
}

func scanAudit(row scanner) (r charging.AuditRow, err error) {
	var before *string
	err = row.Scan(timeIn{&r.At}, &r.Kind, &r.ID, &r.Version, &r.Actor, &r.After, &before)
	if r.After == removedBody {
		r.After = ""
	}
	if before != nil && *before != removedBody {
		r.Before = *before
	}
	return r, err
}

func (s *Store) auditCommands(ctx context.Context, q *charging.AuditQuery, from, to int64, limit int) ([]charging.AuditRow, error) {
	if q.Kind != "" && q.Kind != charging.AuditCommand {
		return nil, nil
	}
	// Behind a change, no command of its moment was shown.
	at, id := int64(math.MaxInt64), int64(math.MaxInt64)
	if !q.Before.At.IsZero() {
		at = q.Before.At.UnixMicro()
		if q.Before.Kind == charging.AuditCommand {
			id = q.Before.ID
		}
	}
	list, err := readList(ctx, s, "reading the audit log", scanCommand, pageAuditCommands, at, id, from, to, q.Actor, q.ObjectID, limit)
	if err != nil {
		return nil, err
	}
	rows := make([]charging.AuditRow, len(list))
	for i, c := range list {
		rows[i] = charging.AuditRow{Actor: c.Actor, Command: c,
			AuditPlace: charging.AuditPlace{At: c.CreatedAt.Truncate(time.Microsecond), Kind: charging.AuditCommand, ID: c.ID}}
	}
	return rows, nil
}

// mergeAudit merges two lists that are newest first; of the same moment,
// changes come first.
func mergeAudit(changes, commands []charging.AuditRow, limit int) []charging.AuditRow {
	merged := make([]charging.AuditRow, 0, min(limit, len(changes)+len(commands)))
	for len(merged) < limit && len(changes)+len(commands) > 0 {
		from := &changes
		if len(changes) == 0 || len(commands) > 0 && commands[0].At.After(changes[0].At) {
			from = &commands
		}
		merged = append(merged, (*from)[0])
		*from = (*from)[1:]
	}
	return merged
}

// OrganizationContents counts, by what they are called, the things of an
// organization that are no part of the estate.
func (s *Store) OrganizationContents(ctx context.Context, id charging.ID) (map[string]int, error) {
	type count struct {
		what string
		n    int
	}
	list, err := readList(ctx, s, "counting what is in an organization", func(row scanner) (c count, err error) {
		err = row.Scan(&c.what, &c.n)
		return c, err
	}, countInOrganization, id)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(list))
	for _, c := range list {
		counts[c.what] = c.n
	}
	return counts, nil
}
