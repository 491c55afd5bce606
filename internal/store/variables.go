package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var variableColumns = []string{"charger_id", "component_lower", "component_instance_lower", "evse", "connector", "name_lower",
	"instance_lower", "attribute", "component", "component_instance", "name", "instance", "value", "has_value", "mutability",
	"characteristics", "reported_at"}

// variableKey is the place of a variable among those of its charger.
type variableKey struct {
	Component, ComponentInstance string // in lower case, as all names here
	EVSE, Connector              int
	Name, Instance, Attribute    string
}

func keyOf(v *charging.Variable) variableKey {
	return variableKey{Component: strings.ToLower(v.Component), ComponentInstance: strings.ToLower(v.ComponentInstance),
		EVSE: v.EVSE, Connector: v.Connector, Name: strings.ToLower(v.Name), Instance: strings.ToLower(v.Instance),
		Attribute: v.Attribute}
}

func (k variableKey) values() []any {
	return []any{k.Component, k.ComponentInstance, int64(k.EVSE), int64(k.Connector), k.Name, k.Instance, k.Attribute}
}

// String writes the key for VariableQuery.After.
func (k variableKey) String() string {
	text, _ := json.Marshal(k) // texts and numbers always can be
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseVariableKey reads what String wrote; "" stands before all others.
func parseVariableKey(text string) (variableKey, error) {
	k := variableKey{EVSE: -1}
	if text == "" {
		return k, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(decoded, &k)
	}
	if err != nil {
		return k, charging.Errorf(charging.Invalid, "%q is no key of a page of variables; begin with the first page", text)
	}
	return k, nil
}

func (db *sqlite) writeVariables(reported []charging.ChargerVariables) error {
	for _, of := range reported {
		for i := range of.Variables {
			v := &of.Variables[i]
			row := append([]any{of.ChargerID}, keyOf(v).values()...)
			row = append(row, v.Component, v.ComponentInstance, v.Name, v.Instance, v.Value, bit(v.HasValue), v.Mutability,
				v.Characteristics, timeOrNull(v.ReportedAt))
			if _, err := db.exec(upsertVariable, row...); err != nil {
				return fmt.Errorf("variable %q of charger %d: %w", v.Name, of.ChargerID, err)
			}
		}
	}
	return nil
}

func scanVariable(row scanner) (charging.Variable, error) {
	var v charging.Variable
	var charger charging.ID
	var lower string // the folded names follow from the names
	err := row.Scan(&charger, &lower, &lower, &v.EVSE, &v.Connector, &lower, &lower, &v.Attribute, &v.Component,
		&v.ComponentInstance, &v.Name, &v.Instance, &v.Value, flagIn{&v.HasValue}, &v.Mutability, &v.Characteristics,
		timeIn{&v.ReportedAt})
	return v, err
}

// Variables returns a page of at most 1,000 variables of a charger by
// component, EVSE, connector and name, and the key of the next page, "" for
// none. The newest report of a variable counts; one that does not say its
// mutability and characteristics leaves them as they were.
func (s *Store) Variables(ctx context.Context, q charging.VariableQuery) (list []charging.Variable, next string, err error) {
	after, err := parseVariableKey(q.After)
	if err != nil {
		return nil, "", err
	}
	limit := pageLimit(q.Limit)
	args := append([]any{q.ChargerID, strings.ToLower(q.Component), strings.ToLower(q.Name)}, after.values()...)
	list, err = readList(ctx, s, "reading variables", scanVariable, pageVariables, append(args, limit+1)...)
	if err != nil {
		return nil, "", err
	}
	if len(list) > limit {
		list = list[:limit]
		next = keyOf(&list[limit-1]).String()
	}
	return list, next, nil
}
