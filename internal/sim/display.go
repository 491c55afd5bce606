package sim

import (
	"encoding/json"
	"slices"
	"time"
)

// display is a message for people at the charger.
type display struct {
	ID          int64  `json:"id"`
	Priority    string `json:"priority"`
	State       string `json:"state"`
	Transaction string `json:"transactionId"`
	Message     struct {
		Format string `json:"format"`
	} `json:"message"`
	raw json.RawMessage
}

// maxDisplays is how many messages the charger keeps.
const maxDisplays = 20

func setDisplay(c *Charger, m *struct {
	Message json.RawMessage `json:"message"`
}, _ instant) any {
	d := display{raw: m.Message}
	if err := json.Unmarshal(m.Message, &d); err != nil {
		return status("Rejected")
	}
	if d.Message.Format == "URI" {
		return status("NotSupportedMessageFormat")
	}
	if d.Transaction != "" && !slices.ContainsFunc(c.ports, func(p port) bool {
		return p.session != nil && p.session.transaction == d.Transaction
	}) {
		return status("UnknownTransaction")
	}
	keep := c.memory()
	keep.displays = slices.DeleteFunc(keep.displays, func(o display) bool { return o.ID == d.ID })
	if len(keep.displays) >= maxDisplays {
		return status("Rejected")
	}
	keep.displays = append(keep.displays, d)
	return status("Accepted")
}

func getDisplays(c *Charger, m *struct {
	IDs      []int64 `json:"id"`
	Request  int64   `json:"requestId"`
	Priority string  `json:"priority"`
	State    string  `json:"state"`
}, _ instant) any {
	var found []json.RawMessage
	for _, d := range c.memory().displays {
		if (len(m.IDs) == 0 || slices.Contains(m.IDs, d.ID)) && (m.Priority == "" || d.Priority == m.Priority) &&
			(m.State == "" || d.State == m.State) {
			found = append(found, d.raw)
		}
	}
	if len(found) == 0 {
		return status("Unknown")
	}
	c.says(notifyDisplayMessages, object{"requestId": m.Request, "messageInfo": found})
	return status("Accepted")
}

func clearDisplay(c *Charger, m *struct {
	ID int64 `json:"id"`
}, _ instant) any {
	keep := c.memory()
	n := len(keep.displays)
	keep.displays = slices.DeleteFunc(keep.displays, func(d display) bool { return d.ID == m.ID })
	if len(keep.displays) == n {
		return status("Unknown")
	}
	return status("Accepted")
}

// customerInformation tells, and forgets, what the charger knows of a person:
// the card in its list and cache.
func customerInformation(c *Charger, m *struct {
	Request    int64     `json:"requestId"`
	Report     bool      `json:"report"`
	Clear      bool      `json:"clear"`
	Token      *tokenRef `json:"idToken"`
	Identifier string    `json:"customerIdentifier"`
	Hash       *hashData `json:"customerCertificate"`
}, _ instant) any {
	named := 0
	for _, given := range []bool{m.Token != nil, m.Identifier != "", m.Hash != nil} {
		if given {
			named++
		}
	}
	if named > 1 || named == 0 && (m.Report || m.Clear) {
		return status("Invalid") // N09.FR.09
	}
	data := ""
	if m.Token != nil {
		data = c.knownOf(m.Token.Token)
		if m.Clear {
			c.forgetCustomer(m.Token.Token)
		}
	}
	if m.Report || m.Clear {
		if !m.Report {
			data = ""
		}
		c.says(notifyCustomerInformation, object{"requestId": m.Request, "seqNo": 0, "generatedAt": stamp(time.Now()), "data": data})
	}
	return status("Accepted")
}
