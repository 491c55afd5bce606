package store

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var accessGroups = noun[charging.AccessGroup]{
	kind:    charging.IDAccessGroup,
	columns: []string{"id", "organization_id", "name", "access_ids", "sites", "chargers"},
	id:      func(g *charging.AccessGroup) charging.ID { return g.ID },
	values: func(g *charging.AccessGroup) []any {
		return []any{g.OrganizationID, g.Name, idList(g.AccessIDs), idList(g.Sites), idList(g.Chargers)}
	},
	scan: func(g *charging.AccessGroup) []any {
		return []any{&g.ID, &g.OrganizationID, &g.Name, idListIn{&g.AccessIDs}, idListIn{&g.Sites}, idListIn{&g.Chargers}}
	},
}

var (
	upsertAccessGroup = newStatement(upsert("access_groups", accessGroups.columns))
	pageAccessGroups  = newStatement(page("access_groups", accessGroups.columns))
	deleteAccessGroup = newStatement(`DELETE FROM access_groups WHERE id = $1`)
)

func (s *Store) removeAccessGroups(db *sqlite, ids []charging.ID, e edition) error {
	for _, id := range ids {
		if _, err := db.exec(deleteAccessGroup, id); err != nil {
			return err
		}
		if err := db.writeVersion(charging.IDAccessGroup, id, e, removedBody); err != nil {
			return err
		}
	}
	return nil
}

// idList writes ids as a JSON list.
func idList(ids []charging.ID) string {
	if ids == nil {
		return "[]"
	}
	text, _ := json.Marshal(ids) // numbers can always be written
	return string(text)
}

// idListIn scans what idList wrote.
type idListIn struct{ to *[]charging.ID }

func (in idListIn) Scan(value any) error {
	*in.to = nil
	switch text := value.(type) {
	case string:
		return json.Unmarshal([]byte(text), in.to)
	case []byte:
		return json.Unmarshal(text, in.to)
	}
	return nil
}
