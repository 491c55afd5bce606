package command

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// siblings are actions that other versions call otherwise.
var siblings = [][]string{
	{"RemoteStartTransaction", "RequestStartTransaction"},
	{"RemoteStopTransaction", "RequestStopTransaction"},
	{"GetConfiguration", "GetVariables"},
	{"ChangeConfiguration", "SetVariables"},
	{"GetDiagnostics", "GetLog"},
	{"SignedUpdateFirmware", "UpdateFirmware"},
	{"ExtendedTriggerMessage", "TriggerMessage"},
}

// check holds a call against the message table of a version. Errors are
// Invalid and name the member and the rule.
func (v *version) check(action string, payload []byte) error {
	row := v.table.Action(action)
	switch {
	case row == nil:
		return charging.Errorf(charging.Invalid, "action: %s has no %q%s", v.name, action, v.suggestion(action))
	case row.Direction&ocpp.ToCharger == 0:
		return charging.Errorf(charging.Invalid, "action: %s is sent by chargers, not to them", action)
	}
	if fault := ocpp.Check(v.table.Version, row.Request, payload); fault != nil {
		return charging.Errorf(charging.Invalid, "%s", place(fault.Description))
	}
	return nil
}

// place turns what Check says into member and rule: "limit is missing" is
// "payload.limit: is missing".
func place(description string) string {
	if rest, ok := strings.CutPrefix(description, "the payload "); ok {
		return "payload: " + rest
	}
	if member, ok := strings.CutSuffix(description, " is no member of the message"); ok {
		return "payload." + member + ": is no member of the message"
	}
	member, rule, _ := strings.Cut(description, " ")
	return "payload." + member + ": " + rule
}

// suggestion names the action that was probably meant, "" for none.
func (v *version) suggestion(action string) string {
	if row, _ := v.table.Find(action); row != nil {
		return v.meant(row.Name)
	}
	for _, group := range siblings {
		for _, name := range group {
			if !strings.EqualFold(name, action) {
				continue
			}
			for _, other := range group {
				if v.table.Action(other) != nil {
					return v.meant(other)
				}
			}
		}
	}
	best, least := "", 4
	for i := range v.table.Actions {
		a := &v.table.Actions[i]
		if a.Direction&ocpp.ToCharger == 0 || len(action) > 2*len(a.Name) {
			continue
		}
		if d := distance(strings.ToLower(a.Name), strings.ToLower(action)); d < least {
			best, least = a.Name, d
		}
	}
	if best != "" {
		return v.meant(best)
	}
	return "; GET /api/ocpp/actions?protocol=" + v.name + " lists its actions"
}

func (v *version) meant(name string) string { return "; did you mean " + name + "?" }

// distance is how many letters must be changed, added or left out to turn one
// word into the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
