package store

import "github.com/chargeyard/chargeyard/internal/charging"

var (
	deleteSite = newStatement(`DELETE FROM sites WHERE id = $1`)
	deletePort = newStatement(`DELETE FROM ports WHERE id = $1`)
	deleteKey  = newStatement(`DELETE FROM api_keys WHERE id = $1`)
	// What a box told of its configuration, and what was told to it.
	forgetVariables = newStatement(`DELETE FROM variables WHERE charger_id = $1`)
	forgetLocalList = newStatement(`DELETE FROM local_lists WHERE charger_id = $1`)
)

// removeThings removes what a change says has ceased, and notes that in
// config_history. What stands in others goes first.
func (s *Store) removeThings(db *sqlite, c *charging.Change, e edition) error {
	for _, id := range c.RemovedKeys {
		if _, err := db.exec(deleteKeyScopes, id); err != nil {
			return err
		}
	}
	for _, gone := range []struct {
		kind charging.IDKind
		st   statement
		ids  []charging.ID
	}{
		{charging.IDKey, deleteKey, c.RemovedKeys}, {charging.IDPort, deletePort, c.RemovedPorts},
		{charging.IDSite, deleteSite, c.RemovedSites}, {charging.IDOrganization, deleteOrganization, c.RemovedOrganizations},
	} {
		for _, id := range gone.ids {
			if _, err := db.exec(gone.st, id); err != nil {
				return err
			}
			if err := db.writeVersion(gone.kind, id, e, removedBody); err != nil {
				return err
			}
			if gone.kind != charging.IDSite {
				continue
			}
			if _, err := db.exec(deletePlan, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetBoxes removes what is known of boxes that were replaced.
func (db *sqlite) forgetBoxes(lives []charging.ChargerLife) error {
	for _, l := range lives {
		if l.Kind != charging.NoteReplaced {
			continue
		}
		for _, st := range []statement{forgetVariables, forgetLocalList} {
			if _, err := db.exec(st, l.ChargerID); err != nil {
				return err
			}
		}
	}
	return nil
}
