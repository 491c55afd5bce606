package command

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func TestEveryActionAndEveryExplainedMemberIsInSomeVersion(t *testing.T) {
	actions, members := map[string]bool{}, map[string]bool{}
	var walk func(action string, list []ocpp.Member)
	walk = func(action string, list []ocpp.Member) {
		for _, m := range list {
			members[m.Name], members[action+"."+m.Name] = true, true
			walk(action, m.Members)
		}
	}
	for _, v := range versions {
		for _, a := range v.table.Actions {
			if a.Direction&ocpp.ToCharger == 0 {
				continue
			}
			actions[a.Name] = true
			walk(a.Name, a.Request)
			text := actionTexts[a.Name].what
			if !strings.HasSuffix(text, ".") || len(text) < 30 {
				t.Errorf("%s of %s is not described: %q", a.Name, v.name, text)
			}
		}
	}
	for name := range actionTexts {
		if !actions[name] {
			t.Errorf("%s is described, but is no action to a charger", name)
		}
	}
	for name := range memberTexts {
		if !members[name] {
			t.Errorf("%s is explained, but is no member", name)
		}
	}
}

func TestTheCatalogueSaysWhatActionsDo(t *testing.T) {
	body, ok := (&Service{}).Catalogue("ocpp1.6")
	var got struct{ Data []catalogued }
	if err := json.Unmarshal(body, &got); err != nil || !ok {
		t.Fatal(err, ok)
	}
	rows := map[string]catalogued{}
	for _, row := range got.Data {
		rows[row.Action] = row
		if row.From != "server" {
			t.Errorf("%s is from %q", row.Action, row.From)
		}
	}
	reset := rows["Reset"]
	if !reset.Everyday || !reset.Destructive || !strings.HasPrefix(reset.Description, "Restarts the charger.") ||
		!strings.HasPrefix(reset.Request[0].Description, "Soft") || reset.Response[0].Description != "" {
		t.Errorf("%+v", reset)
	}
	if trigger := rows["TriggerMessage"]; !trigger.Everyday || trigger.Destructive {
		t.Errorf("%+v", trigger)
	}
	// Inside of objects, too, and the action's own words before those of the name.
	start := rows["RemoteStartTransaction"]
	for _, m := range start.Request {
		switch m.Name {
		case "connectorId":
			if m.Description != "without it the charger chooses" {
				t.Errorf("%+v", m)
			}
		case "chargingProfile":
			for _, inner := range m.Members {
				if inner.Name == "stackLevel" && inner.Description != memberTexts["stackLevel"] {
					t.Errorf("%+v", inner)
				}
			}
		}
	}
}
