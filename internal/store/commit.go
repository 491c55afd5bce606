package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Commit stores the batch in one transaction, all or nothing. When it returns
// nil, the batch is on disk. It also sees to it that no id in the batch is ever
// given out again.
//
// The error is Conflict when the batch contradicts what is stored, such as a
// Change with another Base; then nothing else is wrong. After any other error
// the batch may or may not be stored: Reopen finds out.
func (s *Store) Commit(ctx context.Context, b *charging.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if empty(b) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("storing", func(db *sqlite) error { return s.writeBatch(db, b) })
	if err == nil {
		s.filing.stored(b.Records)
		s.sessionFiling.stored(b.Sessions)
		s.live.stored(b.Records)
		s.noteAnswered(b.Records)
	}
	return err
}

// empty reports whether there is nothing to store.
func empty(b *charging.Batch) bool {
	return len(b.Records) == 0 && len(b.Sessions) == 0 && len(b.Ports) == 0 && b.Change == nil && b.LifeMark.IsZero() &&
		!keeping(b)
}

// keeping reports whether the batch has what is kept without deciding anything.
func keeping(b *charging.Batch) bool {
	return len(b.Commands) > 0 || len(b.Variables) > 0 || len(b.Lists) > 0 || len(b.Uploads) > 0 || len(b.Firmware) > 0
}

func (s *Store) writeBatch(db *sqlite, b *charging.Batch) error {
	if b.Change != nil {
		if err := s.writeChange(db, b.Change); err != nil {
			return err
		}
	}
	if err := s.writeNewPorts(db, b); err != nil {
		return err
	}
	if err := db.writeRecords(b.Records); err != nil {
		return err
	}
	for i := range b.Records {
		if err := s.raise(db, charging.IDRecord, b.Records[i].ID); err != nil {
			return err
		}
		if message := b.Records[i].Message; message != 0 {
			if err := s.raise(db, charging.IDMessage, message); err != nil {
				return err
			}
		}
	}
	if err := s.writeSessions(db, b.Sessions); err != nil {
		return err
	}
	if keeping(b) {
		if err := s.writeKept(db, b); err != nil {
			return err
		}
	}
	if !b.LifeMark.IsZero() {
		return db.setLifeMark(b.LifeMark)
	}
	return nil
}

// writeKept stores what is kept without deciding anything. Storing it again
// changes nothing: a batch without records is stored again when it is not known
// whether it was.
func (s *Store) writeKept(db *sqlite, b *charging.Batch) error {
	for _, write := range [...]func() error{
		func() error { return s.writeCommands(db, b.Commands) },
		func() error { return db.writeVariables(b.Variables) },
		func() error { return db.writeLocalLists(b.Lists) },
		func() error { return s.writeUploads(db, b.Uploads) },
		func() error { return s.writeFirmware(db, b.Firmware) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// actorMessage is the actor in config_history of what messages made.
const actorMessage = "message"

// writeNewPorts stores the ports that messages made. They belong to the
// configuration version that stands.
func (s *Store) writeNewPorts(db *sqlite, b *charging.Batch) error {
	if len(b.Ports) == 0 {
		return nil
	}
	version, err := db.metaNumber(metaConfigVersion)
	if err != nil {
		return err
	}
	made := edition{version: version, actor: actorMessage}
	if n := len(b.Records); n > 0 {
		made.at = b.Records[n-1].Received
	}
	return writeAll(s, db, &ports, insertPort, made, b.Ports)
}

// edition says which change a row of config_history belongs to.
type edition struct {
	version int64
	at      time.Time
	actor   string
}

// writeChange stores a change of the configuration.
func (s *Store) writeChange(db *sqlite, c *charging.Change) error {
	stored, err := db.metaNumber(metaConfigVersion)
	if err != nil {
		return err
	}
	if c.Base != 0 && c.Base != stored {
		return charging.Errorf(charging.Conflict,
			"the configuration was changed meanwhile: this change was made for version %d, and it is at %d", c.Base, stored)
	}
	version := c.Version
	if version == 0 {
		version = stored + 1
	}
	if version <= stored {
		return charging.Errorf(charging.Conflict, "the configuration is at version %d already, so it cannot become %d", stored, version)
	}
	if err := db.setMeta(metaConfigVersion, strconv.FormatInt(version, 10)); err != nil {
		return err
	}
	if err := db.park(c); err != nil {
		return err
	}
	return s.writeNouns(db, c, edition{version, c.At, c.Actor})
}

// park makes things give up what must be unique before others take it.
func (db *sqlite) park(c *charging.Change) error {
	for i := range c.Chargers {
		if _, err := db.exec(parkCharger, c.Chargers[i].ID); err != nil {
			return err
		}
	}
	for i := range c.Ports {
		if _, err := db.exec(parkPort, c.Ports[i].ID); err != nil {
			return err
		}
	}
	for i := range c.AccessIDs {
		if _, err := db.exec(parkAccessID, c.AccessIDs[i].ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) writeNouns(db *sqlite, c *charging.Change, e edition) error {
	for _, write := range []func() error{
		func() error { return writeAll(s, db, &organizations, upsertOrganization, e, c.Organizations) },
		func() error { return writeAll(s, db, &customers, upsertCustomer, e, c.Customers) },
		func() error { return writeAll(s, db, &vehicles, upsertVehicle, e, c.Vehicles) },
		func() error { return writeAll(s, db, &accessIDs, upsertAccessID, e, c.AccessIDs) },
		func() error { return writeAll(s, db, &sites, upsertSite, e, c.Sites) },
		func() error { return writeAll(s, db, &chargers, upsertCharger, e, c.Chargers) },
		func() error { return writeAll(s, db, &ports, upsertPort, e, c.Ports) },
		func() error { return writeAll(s, db, &keys, upsertKey, e, c.Keys) },
		func() error { return writeAll(s, db, &accessGroups, upsertAccessGroup, e, c.AccessGroups) },
		func() error { return s.removeAccessGroups(db, c.RemovedAccessGroups, e) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	for i := range c.Keys {
		if err := db.writeKeyScopes(&c.Keys[i]); err != nil {
			return err
		}
	}
	if err := s.removeThings(db, c, e); err != nil {
		return err
	}
	return db.forgetBoxes(c.Lives)
}

// writeAll stores things of one kind and their versions.
func writeAll[T any](s *Store, db *sqlite, n *noun[T], st statement, e edition, things []T) error {
	for i := range things {
		thing := &things[i]
		row := n.row(thing)
		if _, err := db.exec(st, row...); err != nil {
			return fmt.Errorf("%s %d: %w", n.kind, n.id(thing), err)
		}
		body, err := n.body(thing, row)
		if err != nil {
			return fmt.Errorf("%s %d: %w", n.kind, n.id(thing), err)
		}
		if err := db.writeVersion(n.kind, n.id(thing), e, body); err != nil {
			return err
		}
		if err := s.raise(db, n.kind, n.id(thing)); err != nil {
			return err
		}
	}
	return nil
}

func (db *sqlite) writeVersion(kind charging.IDKind, id charging.ID, e edition, body string) error {
	_, err := db.exec(insertConfigHistory, e.version, string(kind), id, timeOrNull(e.at), e.actor, body)
	return err
}

// removedBody is the body in config_history of a thing that ceased.
const removedBody = "null"
