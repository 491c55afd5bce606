package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// checkConfiguration holds each thing of the configuration against its newest
// version in config_history, since SQLite notices no flipped bit within a text
// or a number. Columns that a version did not have yet are left out; secrets
// stand in no version. It takes about 10 us a thing.
func (s *Store) checkConfiguration(ctx context.Context) error {
	for _, differs := range []func(context.Context, *sqlite) (string, error){
		differsIn(pageOrganizations, &organizations), differsIn(pageSites, &sites), differsIn(pageChargers, &chargers),
		differsIn(pagePorts, &ports), differsIn(pageAccessIDs, &accessIDs), differsIn(pageVehicles, &vehicles),
		differsIn(pageCustomers, &customers), differsIn(pageKeys, &keys), differsIn(pageAccessGroups, &accessGroups),
	} {
		what, err := differs(ctx, s.db)
		if err != nil {
			return err
		}
		if what != "" {
			return s.damaged("%s", what)
		}
	}
	return nil
}

// differsIn compares the things of one kind with their versions.
func differsIn[T any](st statement, n *noun[T]) func(context.Context, *sqlite) (string, error) {
	return func(ctx context.Context, db *sqlite) (string, error) {
		var buf []byte
		var plain bool
		columns := n.sortedColumns()
		things, err := loadAll(ctx, db, st, n)
		if err != nil {
			return "", err
		}
		for i := 0; i < len(things); i += pageSize {
			page := things[i:min(i+pageSize, len(things))]
			versions, err := db.newestVersions(ctx, n.kind, n.id(&page[0]), n.id(&page[len(page)-1]))
			if err != nil {
				return "", err
			}
			for j := range page {
				version := versions[n.id(&page[j])]
				if plain, buf = n.plainBody(buf[:0], columns, n.row(&page[j])); plain && string(buf) == version {
					continue
				}
				if what, err := n.differs(&page[j], version); what != "" || err != nil {
					return what, err
				}
			}
		}
		return "", nil
	}
}

// sortedColumns are the places of the columns that a version has, by name.
func (n *noun[T]) sortedColumns() []int {
	var places []int
	for i, column := range n.columns {
		if !n.secret[column] {
			places = append(places, i)
		}
	}
	slices.SortFunc(places, func(a, b int) int { return strings.Compare(n.columns[a], n.columns[b]) })
	return places
}

// plainBody is body for a row of plain words and numbers, as nearly all are, at
// a fifth of the cost; ok is false for any other.
func (n *noun[T]) plainBody(buf []byte, columns []int, row []any) (ok bool, body []byte) {
	buf = append(buf, '{')
	for i, at := range columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(append(append(buf, '"'), n.columns[at]...), `":`...)
		switch v := row[at].(type) {
		case nil:
			buf = append(buf, "null"...)
		case int:
			buf = strconv.AppendInt(buf, int64(v), 10)
		case int64:
			buf = strconv.AppendInt(buf, v, 10)
		case string:
			if strings.ContainsFunc(v, special) {
				return false, buf
			}
			buf = append(append(append(buf, '"'), v...), '"')
		default:
			return false, buf
		}
	}
	return n.more == nil, append(buf, '}')
}

// special reports whether JSON may write the character in another way.
func special(r rune) bool {
	return r < ' ' || r > '~' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&'
}

// newestVersions reads the newest version of each thing in a range of ids.
func (db *sqlite) newestVersions(ctx context.Context, kind charging.IDKind, first, last charging.ID) (map[charging.ID]string, error) {
	rows, err := db.query(ctx, newestVersions, string(kind), first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	versions := make(map[charging.ID]string)
	for rows.Next() {
		var id charging.ID
		var body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		versions[id] = body
	}
	return versions, rows.Err()
}

// differs says in which column a thing differs from its newest version; "" in
// none.
func (n *noun[T]) differs(thing *T, version string) (string, error) {
	name := fmt.Sprintf("%s %d", n.kind, n.id(thing))
	if version == "" || version == removedBody {
		return name + " is in no version of the configuration", nil
	}
	row := n.row(thing)
	stands, err := n.body(thing, row)
	if err != nil || stands == version {
		return "", err
	}
	var now, then map[string]json.RawMessage
	if err := json.Unmarshal([]byte(stands), &now); err != nil {
		return "", err
	}
	if err := json.Unmarshal([]byte(version), &then); err != nil {
		return name + " has a version that cannot be read", nil
	}
	for _, column := range n.columns {
		if old, known := then[column]; known && !bytes.Equal(old, now[column]) {
			return fmt.Sprintf("%s has another %s than its newest version", name, column), nil
		}
	}
	return "", nil
}
