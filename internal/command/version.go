package command

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/charging"
	dialect16 "github.com/chargeyard/chargeyard/internal/dialect/v16"
	dialect201 "github.com/chargeyard/chargeyard/internal/dialect/v201"
	dialect21 "github.com/chargeyard/chargeyard/internal/dialect/v21"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// version is what a version of OCPP has for commands.
type version struct {
	name    string // as in the WebSocket handshake
	table   *ocpp.Table
	call    func(charging.Order, *charging.OrderFacts) ([]charging.OrderCall, error)
	outcome func(action string, response []byte) string
}

var versions = []*version{
	{"ocpp1.6", v16.Table, dialect16.Call, dialect16.Outcome},
	{"ocpp2.0.1", v201.Table, dialect201.Call, dialect201.Outcome},
	{"ocpp2.1", v21.Table, dialect21.Call, dialect21.Outcome},
}

// versionNamed returns the version of a protocol's name; nil for none.
func versionNamed(protocol string) *version {
	for _, v := range versions {
		if v.name == protocol {
			return v
		}
	}
	return nil
}

func versionOf(v ocpp.Version) *version {
	for _, known := range versions {
		if known.table.Version == v {
			return known
		}
	}
	return nil
}

// result is a command with what its answer means.
func result(c *charging.Command) charging.CommandResult {
	r := charging.CommandResult{Command: c}
	switch c.Status {
	case charging.CommandAnswered:
		if v := versionNamed(c.Protocol); v != nil {
			r.Outcome = v.outcome(c.Action, c.Response)
		}
	case charging.CommandRefused:
		r.Outcome = charging.OutcomeRejected
		if c.Error != nil {
			if p, _ := ocpp.ParseErrorCode(c.Error.Code); p == ocpp.ProblemNotImplemented || p == ocpp.ProblemNotSupported {
				r.Outcome = charging.OutcomeNotSupported
			}
		}
	}
	return r
}

// catalogued are the actions of a version as the catalogue shows them.
type (
	catalogued struct {
		Action      string             `json:"action"`
		Description string             `json:"description"`
		From        string             `json:"from"` // whose call it is
		Everyday    bool               `json:"everyday"`
		Destructive bool               `json:"destructive"`
		Request     []cataloguedMember `json:"request"`
		Response    []cataloguedMember `json:"response"`
	}
	cataloguedMember struct {
		Name        string             `json:"name"`
		Description string             `json:"description,omitempty"`
		Type        string             `json:"type"`
		Required    bool               `json:"required"`
		List        bool               `json:"list,omitempty"`
		MinItems    int                `json:"minItems,omitempty"`
		MaxItems    int                `json:"maxItems,omitempty"`
		MaxLength   int                `json:"maxLength,omitempty"`
		Words       []string           `json:"words,omitempty"`
		Decimals    *int               `json:"decimals,omitempty"`
		Least       *int64             `json:"least,omitempty"`
		Most        *int64             `json:"most,omitempty"`
		Members     []cataloguedMember `json:"members,omitempty"`
	}
)

var kindNames = map[ocpp.Kind]string{
	ocpp.KindText: "text", ocpp.KindTime: "time", ocpp.KindURI: "uri", ocpp.KindInteger: "integer", ocpp.KindNumber: "number",
	ocpp.KindBoolean: "boolean", ocpp.KindObject: "object", ocpp.KindAny: "any",
}

// vendorMember may be in every object of 2.x; the catalogue leaves it out.
const vendorMember = "customData"

// Catalogue returns the actions that a protocol, such as "ocpp2.0.1", has from
// the server to a charger, with what they do and their members, as JSON; ok is
// false for an unknown protocol. customData, which every object of 2.x may have, is left out.
func (s *Service) Catalogue(protocol string) (body []byte, ok bool) {
	v := versionNamed(protocol)
	if v == nil {
		return nil, false
	}
	list := []catalogued{}
	for i := range v.table.Actions {
		if a := &v.table.Actions[i]; a.Direction&ocpp.ToCharger != 0 {
			text := actionTexts[a.Name]
			list = append(list, catalogued{a.Name, text.what, "server", text.everyday, text.destructive,
				cataloguedMembers(a.Name, a.Request), cataloguedMembers("", a.Response)})
		}
	}
	body, err := json.Marshal(struct {
		Data []catalogued `json:"data"`
	}{list})
	return body, err == nil
}

// cataloguedMembers are the members of an action's request, which are explained,
// or without an action of a response.
func cataloguedMembers(action string, members []ocpp.Member) []cataloguedMember {
	list := []cataloguedMember{}
	for _, m := range members {
		if m.Name == vendorMember {
			continue
		}
		c := cataloguedMember{Name: m.Name, Type: kindNames[m.Kind], Required: m.Required, List: m.List, MinItems: m.MinItems,
			MaxItems: m.MaxItems, MaxLength: m.MaxLength, Words: m.Enum}
		if action != "" {
			c.Description = memberText(action, m.Name)
		}
		if m.Tenths {
			one := 1
			c.Decimals = &one
		}
		if m.Least.Set {
			c.Least = &m.Least.V
		}
		if m.Most.Set {
			c.Most = &m.Most.V
		}
		if m.Kind == ocpp.KindObject {
			c.Members = cataloguedMembers(action, m.Members)
		}
		list = append(list, c)
	}
	return list
}
