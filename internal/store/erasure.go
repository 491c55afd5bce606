package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var erasureColumns = []string{"id", "organization_id", "access_id", "tag", "pseudonym", "actor", "asked_at", "finished_at", "stage",
	"position", "counts"}

var (
	upsertErasure = newStatement(upsert("erasures", erasureColumns))
	pageErasures  = newStatement(selectFrom("erasures", erasureColumns) + ` WHERE id < $1 ORDER BY id DESC LIMIT $2`)
	openErasures  = newStatement(selectFrom("erasures", erasureColumns) + ` WHERE finished_at IS NULL ORDER BY id LIMIT $1`)

	versionsOf    = newStatement(`SELECT version, body FROM config_history WHERE kind = $1 AND object_id = $2 ORDER BY version`)
	updateVersion = newStatement(`UPDATE config_history SET body = $4 WHERE kind = $1 AND object_id = $2 AND version = $3`)
)

// SaveErasure keeps an erasure as it is now. That it was asked for and that it
// is done stands in the audit too, without the tag.
func (s *Store) SaveErasure(ctx context.Context, e *charging.Erasure) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.overwriting("keeping an erasure", func(db *sqlite) error {
		if e.Stage == charging.ErasureWaiting || e.Stage == charging.ErasureDone {
			if err := db.auditErasure(e); err != nil {
				return err
			}
		}
		return s.writeErasure(db, e)
	})
}

func (db *sqlite) auditErasure(e *charging.Erasure) error {
	version, err := db.nextVersion(charging.IDErasure, e.ID)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"id": e.ID, "organization_id": e.OrganizationID, "access_id": e.AccessID,
		"pseudonym": e.Pseudonym, "finished_at": timeOrNull(e.FinishedAt)})
	if err != nil {
		return err
	}
	at := e.AskedAt
	if !e.FinishedAt.IsZero() {
		at = e.FinishedAt
	}
	return db.writeVersion(charging.IDErasure, e.ID, edition{version, at, e.Actor}, string(body))
}

func (s *Store) writeErasure(db *sqlite, e *charging.Erasure) error {
	counts, err := json.Marshal(e.Counts)
	if err != nil {
		return err
	}
	_, err = db.exec(upsertErasure, e.ID, e.OrganizationID, e.AccessID, e.Tag, e.Pseudonym, e.Actor, e.AskedAt.UnixMicro(),
		timeOrNull(e.FinishedAt), string(e.Stage), e.Position, string(counts))
	if err != nil {
		return err
	}
	return s.raise(db, charging.IDErasure, e.ID)
}

func scanErasure(row scanner) (e charging.Erasure, err error) {
	var counts string
	err = row.Scan(&e.ID, &e.OrganizationID, &e.AccessID, &e.Tag, &e.Pseudonym, &e.Actor, timeIn{&e.AskedAt}, timeIn{&e.FinishedAt},
		&e.Stage, &e.Position, &counts)
	if err == nil {
		err = json.Unmarshal([]byte(counts), &e.Counts)
	}
	return e, err
}

// Erasures returns a page of at most 1,000 erasures below an id, 0 for all,
// newest first.
func (s *Store) Erasures(ctx context.Context, before int64, limit int) ([]charging.Erasure, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return readList(ctx, s, "reading erasures", scanErasure, pageErasures, before, pageLimit(limit))
}

// OpenErasures returns the erasures that are not finished, oldest first.
func (s *Store) OpenErasures(ctx context.Context) ([]charging.Erasure, error) {
	return readList(ctx, s, "reading erasures", scanErasure, openErasures, pageSize)
}

// Bounds of a slice of an erasure, so that the writer is held for less than
// about 10 ms.
const (
	erasureReads  = 500
	erasureWrites = 50
	// erasurePages is how many pages in which nothing is found are kept as one.
	erasurePages = 20
)

// EraseSlice goes through the next rows of the stage that an erasure is at,
// changes those that hold the tag, and keeps how far it came, all in one
// transaction; at the end of a stage it goes on to the next one. Rows of
// chargers, and without one of organizations, that are not wanted are left
// alone. Stages that are not in the database are an error.
func (s *Store) EraseSlice(ctx context.Context, e *charging.Erasure, charger, organization func(charging.ID) bool) error {
	next := *e
	tag := charging.NewTagEraser(e.Tag, e.Pseudonym)
	var changes []erasedRow
	var err error
	table, known := erasedTables[e.Stage]
	switch {
	case e.Stage == charging.ErasureVersions:
		if changes, err = s.erasedVersions(ctx, e); err == nil {
			next.Stage, next.Position = e.Stage.Next(), 0
		}
	case !known:
		return charging.Errorf(charging.Internal, "no table for the stage %q of an erasure", e.Stage)
	default:
		changes, err = s.erasedRows(ctx, &next, &table, tag, charger, organization)
	}
	if err != nil {
		return err
	}
	*next.Counts.Count(e.Stage) += int64(len(changes))
	if err := s.writeErased(&next, changes); err != nil {
		return err
	}
	*e = next
	return nil
}

// erasedRow is a row as it will be.
type erasedRow struct {
	update statement
	args   []any
}

func (s *Store) writeErased(e *charging.Erasure, changes []erasedRow) error {
	return s.overwriting("erasing a tag", func(db *sqlite) error {
		for _, c := range changes {
			if _, err := db.exec(c.update, c.args...); err != nil {
				return err
			}
		}
		return s.writeErasure(db, e)
	})
}

// overwriting is a transaction in which what is given up is overwritten in the
// file, not only let go.
func (s *Store) overwriting(what string, write func(*sqlite) error) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return errClosed
	}
	if err := s.db.overwrite(true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.db.overwrite(false)) }()
	return s.transact(what, write)
}

// overwrite says whether what is given up is overwritten with zeros also where
// that takes writing more: pages that become free.
func (db *sqlite) overwrite(on bool) error {
	word := "FAST"
	if on {
		word = "ON"
	}
	_, err := db.writer.ExecContext(context.Background(), "PRAGMA secure_delete = "+word)
	return err
}

// erasedVersions are all versions of the access ID in which it had its tag.
func (s *Store) erasedVersions(ctx context.Context, e *charging.Erasure) ([]erasedRow, error) {
	if e.AccessID == 0 {
		return nil, nil
	}
	type version struct {
		number int64
		body   string
	}
	versions, err := readList(ctx, s, "erasing a tag", func(row scanner) (v version, err error) {
		return v, row.Scan(&v.number, &v.body)
	}, versionsOf, string(charging.IDAccessID), e.AccessID)
	if err != nil {
		return nil, err
	}
	var changes []erasedRow
	for _, v := range versions {
		var members map[string]any
		if err := json.Unmarshal([]byte(v.body), &members); err != nil {
			return nil, fmt.Errorf("version %d of access ID %d: %w", v.number, e.AccessID, err)
		}
		if members == nil || members["tag"] == e.Pseudonym {
			continue // it was removed, or is from after the erasure: the newest must stay as the row is
		}
		var exact map[string]json.RawMessage // ids keep all their digits
		if err := json.Unmarshal([]byte(v.body), &exact); err != nil {
			return nil, err
		}
		for member, text := range map[string]string{"tag": e.Pseudonym, "tag_folded": charging.FoldTag(e.Pseudonym), "name": "", "group_tag": ""} {
			exact[member], _ = json.Marshal(text) // a text can always be written
		}
		body, err := json.Marshal(exact)
		if err != nil {
			return nil, err
		}
		changes = append(changes, erasedRow{updateVersion, []any{string(charging.IDAccessID), e.AccessID, v.number, string(body)}})
	}
	return changes, nil
}

// erasedRows reads the next rows of a table, and moves the erasure on behind
// them.
func (s *Store) erasedRows(ctx context.Context, e *charging.Erasure, table *erasedTable, tag *charging.TagEraser, charger, organization func(charging.ID) bool) ([]erasedRow, error) {
	var changes []erasedRow
	stage := e.Stage
	for range erasurePages {
		err := s.erasedPage(ctx, e, table, tag, &changes, charger, organization)
		if err != nil || len(changes) > 0 || e.Stage != stage {
			return changes, err
		}
	}
	return changes, nil
}

// erasedPage reads a page of rows.
func (s *Store) erasedPage(ctx context.Context, e *charging.Erasure, table *erasedTable, tag *charging.TagEraser, changes *[]erasedRow, charger, organization func(charging.ID) bool) error {
	rows, err := readList(ctx, s, "erasing a tag", func(row scanner) (candidate, error) { return table.read(row, tag) }, table.page, e.Position, erasureReads)
	if err != nil {
		return err
	}
	for i := range rows {
		c := &rows[i]
		if len(*changes) == erasureWrites {
			return nil
		}
		e.Position = c.id
		wanted := c.charger != 0 && charger(c.charger) || c.charger == 0 && organization(c.organization)
		if c.changed && wanted {
			*changes = append(*changes, erasedRow{table.update, append([]any{c.id}, c.args...)})
		}
	}
	if len(rows) < erasureReads {
		e.Stage, e.Position = e.Stage.Next(), 0
	}
	return nil
}

// candidate is a row that may hold the tag.
type candidate struct {
	id, charger, organization int64
	changed                   bool
	args                      []any // the columns as they will be, in the order of the update
}

// erasedTable is a table in which tags stand.
type erasedTable struct {
	page   statement // of id, charger, organization and the columns that may hold a tag, behind an id
	update statement // of these columns, by id as $1
	read   func(scanner, *charging.TagEraser) (candidate, error)
}

var erasedTables = map[charging.ErasureStage]erasedTable{
	charging.ErasureSessions: {
		newStatement(`SELECT id, charger_id, 0, tag, packed FROM sessions WHERE id > $1 ORDER BY id LIMIT $2`),
		newStatement(`UPDATE sessions SET tag = $2, packed = $3 WHERE id = $1`), readErasedSession},
	charging.ErasureRecords: {
		newStatement(`SELECT id, charger_id, 0, detail, state, port_number FROM history WHERE id > $1 ORDER BY id LIMIT $2`),
		newStatement(`UPDATE history SET detail = $2, state = $3 WHERE id = $1`), readErasedRecord},
	charging.ErasureCommands: {
		newStatement(`SELECT id, charger_id, 0, payload, response, error_details, error_description FROM commands WHERE id > $1 ORDER BY id LIMIT $2`),
		newStatement(`UPDATE commands SET payload = $2, response = $3, error_details = $4, error_description = $5 WHERE id = $1`), readErasedCommand},
	charging.ErasureReservations: {
		newStatement(`SELECT id, charger_id, 0, tag, group_tag FROM reservations WHERE id > $1 ORDER BY id LIMIT $2`),
		newStatement(`UPDATE reservations SET tag = $2, group_tag = $3 WHERE id = $1`), readErasedReservation},
	// The whole list is sent when it is not known any more what a charger has.
	charging.ErasureLists: {
		newStatement(`SELECT charger_id, charger_id, 0, entries FROM local_lists WHERE charger_id > $1 ORDER BY charger_id LIMIT $2`),
		newStatement(`UPDATE local_lists SET entries = NULL, entitled = NULL WHERE charger_id = $1`), readErasedList},
	charging.ErasureAlerts: {
		newStatement(`SELECT id, charger_id, organization_id, detail FROM alerts WHERE id > $1 ORDER BY id LIMIT $2`),
		newStatement(`UPDATE alerts SET detail = $2 WHERE id = $1`), readErasedText},
	charging.ErasureDeliveries: {
		newStatement(`SELECT d.id, 0, COALESCE(w.organization_id, c.organization_id, 0), d.body FROM deliveries AS d
			LEFT JOIN webhooks AS w ON w.id = d.webhook_id LEFT JOIN alert_contacts AS c ON c.id = d.contact_id
			WHERE d.id > $1 ORDER BY d.id LIMIT $2`),
		newStatement(`UPDATE deliveries SET body = $2 WHERE id = $1`), readErasedBody},
}

func readErasedSession(row scanner, tag *charging.TagEraser) (c candidate, err error) {
	var text string
	var packed []byte
	if err := row.Scan(&c.id, &c.charger, &c.organization, &text, &packed); err != nil {
		return c, err
	}
	session, err := unpackSession(packed)
	if err != nil {
		return c, fmt.Errorf("session %d: %w", c.id, err)
	}
	if changed := tag.Tag(&text); !tag.Tag(&session.Tag) && !changed {
		return c, nil
	}
	packed, err = packSession(session)
	c.changed, c.args = true, []any{text, packed}
	return c, err
}

func readErasedRecord(row scanner, tag *charging.TagEraser) (c candidate, err error) {
	var detail string
	var state []byte
	var port int
	if err := row.Scan(&c.id, &c.charger, &c.organization, &detail, &state, &port); err != nil {
		return c, err
	}
	erased, inDetail := tag.JSON([]byte(detail))
	inState := false
	if tag.MayHold(state) {
		if state, inState, err = eraseState(state, port, tag); err != nil {
			return c, fmt.Errorf("record %d: %w", c.id, err)
		}
	}
	if inDetail || inState {
		c.changed, c.args = true, []any{string(erased), state}
	}
	return c, nil
}

// eraseState erases the tag of the sessions in the state of a port, or of a
// charger itself.
func eraseState(packed []byte, port int, tag *charging.TagEraser) ([]byte, bool, error) {
	r := charging.Record{PortNumber: port}
	changed := false
	var err error
	if port == 0 {
		if r.Charger, err = unpackChargerState(packed); err != nil {
			return nil, false, err
		}
		for _, session := range r.Charger.Floating {
			changed = tag.Tag(&session.Tag) || changed
		}
	} else {
		if r.Port, err = unpackPortState(packed); err != nil {
			return nil, false, err
		}
		if r.Port.Session != nil {
			changed = tag.Tag(&r.Port.Session.Tag)
		}
	}
	if !changed {
		return packed, false, nil
	}
	packed, err = packState(&r)
	return packed, true, err
}

func readErasedCommand(row scanner, tag *charging.TagEraser) (c candidate, err error) {
	var payload, response, details []byte
	var description string
	if err := row.Scan(&c.id, &c.charger, &c.organization, &payload, &response, &details, &description); err != nil {
		return c, err
	}
	for _, text := range []*[]byte{&payload, &response, &details} {
		if *text == nil {
			c.args = append(c.args, nil)
			continue
		}
		erased, changed := tag.JSON(*text)
		c.args, c.changed = append(c.args, erased), c.changed || changed
	}
	erased, changed := tag.Text(description)
	c.args, c.changed = append(c.args, erased), c.changed || changed
	return c, nil
}

func readErasedReservation(row scanner, tag *charging.TagEraser) (c candidate, err error) {
	var text, group string
	err = row.Scan(&c.id, &c.charger, &c.organization, &text, &group)
	ofTag, ofGroup := tag.Tag(&text), tag.Tag(&group)
	c.changed, c.args = ofTag || ofGroup, []any{text, group}
	return c, err
}

func readErasedList(row scanner, tag *charging.TagEraser) (c candidate, err error) {
	var entries []byte
	if err := row.Scan(&c.id, &c.charger, &c.organization, &entries); err != nil {
		return c, err
	}
	var list map[string]json.RawMessage
	if len(entries) > 0 && json.Unmarshal(entries, &list) == nil {
		for name := range list {
			c.changed = c.changed || tag.Is(name)
		}
	}
	_, held := tag.JSON(entries)
	c.changed = c.changed || held
	return c, nil
}

func readErasedText(row scanner, tag *charging.TagEraser) (c candidate, err error) {
	var text string
	err = row.Scan(&c.id, &c.charger, &c.organization, &text)
	erased, changed := tag.JSON([]byte(text))
	c.changed, c.args = changed, []any{string(erased)}
	return c, err
}

func readErasedBody(row scanner, tag *charging.TagEraser) (c candidate, err error) {
	var body []byte
	err = row.Scan(&c.id, &c.charger, &c.organization, &body)
	erased, changed := tag.JSON(body)
	c.changed, c.args = changed, []any{erased}
	return c, err
}
