package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const variablesPage = 500

// variableJSON is one attribute of a variable as the API shows it.
type variableJSON struct {
	Component         *string         `json:"component"`
	ComponentInstance *string         `json:"componentInstance"`
	EVSE              *int            `json:"evse"`
	Connector         *int            `json:"connector"`
	Name              string          `json:"name"`
	Instance          *string         `json:"instance"`
	Attribute         string          `json:"attribute"`
	Value             *string         `json:"value"`
	Mutability        *string         `json:"mutability"`
	Characteristics   json.RawMessage `json:"characteristics"`
	ReportedAt        instantJSON     `json:"reportedAt"`
}

func variableRow(v *charging.Variable) variableJSON {
	row := variableJSON{Component: orNull(v.Component), ComponentInstance: orNull(v.ComponentInstance), EVSE: numberOrNull(v.EVSE),
		Connector: numberOrNull(v.Connector), Name: v.Name, Instance: orNull(v.Instance), Attribute: v.Attribute,
		Mutability: orNull(v.Mutability), Characteristics: rawOrNull([]byte(v.Characteristics)), ReportedAt: instantJSON(v.ReportedAt)}
	if v.HasValue {
		row.Value = &v.Value
	}
	return row
}

// variables answers GET /api/chargers/{id}/variables: what the charger told of
// its configuration (OCPP 1.6 keys, the device model of 2.x).
func (a *API) variables(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	p := parametersOf(r)
	q := charging.VariableQuery{ChargerID: c.ID, Component: p.text("component"), Name: p.text("name"), After: p.cursor(), Limit: variablesPage}
	if p.err != nil {
		return p.err
	}
	list, next, err := a.cfg.Records.Variables(r.Context(), q)
	if err != nil {
		return err
	}
	rows := make([]variableJSON, len(list))
	for i := range list {
		rows[i] = variableRow(&list[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[variableJSON]{rows, pageAfter(next)})
	return nil
}

func numberOrNull(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
