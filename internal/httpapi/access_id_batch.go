package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// maxBatch is how many rows a batch may have (contract section 7).
	maxBatch = 1000
	// maxBatchBody bounds the JSON of a batch.
	maxBatchBody = 8 << 20
)

// The outcomes of a row (contract section 7).
const (
	outcomeCreated = "created"
	outcomeUpdated = "updated"
	outcomeError   = "error"
)

// batchRowJSON is what became of one row of a batch.
type batchRowJSON struct {
	Tag      string        `json:"ocppIdTag"`
	Outcome  string        `json:"outcome"`
	AccessID *accessIDJSON `json:"accessId,omitempty"`
	Error    string        `json:"error,omitempty"`

	id charging.ID
}

// putAccessIDs answers PUT /api/access-ids/batch: each row is found by its tag
// and updated, else created. It is one change, however many rows there are.
func (a *API) putAccessIDs(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	rows, err := readBatch[accessIDBody](w, r, "accessIds")
	if err != nil {
		return err
	}
	var results []batchRowJSON
	if len(rows) > 0 {
		err = a.changePeople(r.Context(), key, func(p *people) error {
			results, err = p.upsert(rows)
			return err
		})
	}
	if err != nil {
		return err
	}
	e := a.fleet.Estate()
	for i := range results {
		if results[i].id != 0 {
			row := accessIDRow(e, e.AccessID(results[i].id))
			results[i].AccessID = &row
		}
	}
	if results == nil {
		results = []batchRowJSON{}
	}
	a.writeData(w, r, http.StatusOK, struct {
		Results []batchRowJSON `json:"results"`
	}{results})
	return nil
}

// readBatch reads a body with one list of at most 1,000 objects.
func readBatch[T any](w http.ResponseWriter, r *http.Request, name string) ([]T, error) {
	body := make(map[string]json.RawMessage)
	if err := readMembers(w, r, maxBatchBody, &body); err != nil {
		return nil, err
	}
	var texts optional[[]json.RawMessage]
	if list, ok := body[name]; !ok {
		return nil, charging.Errorf(charging.Invalid, "%s: is missing", name)
	} else if err := decodeMembers(list, name, &texts); err != nil {
		return nil, err
	}
	switch {
	case texts.null:
		return nil, charging.Errorf(charging.Invalid, "%s: must be a list", name)
	case len(texts.value) > maxBatch:
		return nil, charging.Errorf(charging.Invalid, "%s: has %d rows; at most %d are allowed", name, len(texts.value), maxBatch)
	}
	rows := make([]T, len(texts.value))
	for i, text := range texts.value {
		place := fmt.Sprintf("%s[%d]", name, i)
		if string(text) == "null" {
			return nil, charging.Errorf(charging.Invalid, "%s: must be an object", place)
		}
		if err := decodeMembers(text, place, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// upsert plans a batch; a row that is refused does not stop the others.
func (p *people) upsert(rows []accessIDBody) ([]batchRowJSON, error) {
	results := make([]batchRowJSON, len(rows))
	seen := make(map[string]int, len(rows))
	for i := range rows {
		b, result := &rows[i], &results[i]
		result.Tag = b.Tag.value
		wrong := b.checkWhole()
		if wrong == nil {
			folded := charging.FoldTag(b.Tag.value)
			if first, twice := seen[folded]; twice {
				wrong = wrongMember("ocppIdTag", fmt.Sprintf("is that of accessIds[%d] already", first))
			} else {
				seen[folded] = i
			}
		}
		if wrong == nil {
			var err error
			if wrong, err = p.upsertOne(b, result); err != nil {
				return nil, err
			}
		}
		if wrong != nil {
			*result = batchRowJSON{Tag: b.Tag.value, Outcome: outcomeError, Error: wrong.plain()}
		}
	}
	return results, nil
}

func (p *people) upsertOne(b *accessIDBody, result *batchRowJSON) (wrong *memberError, err error) {
	known, wrong := p.findTag(p.org, b.Tag.value)
	if wrong != nil {
		return wrong, nil
	}
	if known != nil {
		result.id, result.Outcome = known.ID, outcomeUpdated
		return p.changeAccessID(known, b, true)
	}
	result.Outcome = outcomeCreated
	result.id, wrong, err = p.newAccessID(b, true)
	return wrong, err
}
