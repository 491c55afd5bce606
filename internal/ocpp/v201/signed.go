package v201

import (
	"encoding/base64"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// signedSuffix ends the action of a signed message (OCPP 2.0.1 part 4 §7).
const signedSuffix = "-Signed"

// cutSigned returns the action that a signed message is of.
func cutSigned(action string) (stem string, signed bool) {
	n := len(action) - len(signedSuffix)
	if n < 0 || !strings.EqualFold(action[n:], signedSuffix) {
		return action, false
	}
	return action[:n], true
}

// unwrap returns what stands inside a signed message, a JWS in its flattened
// form.
func (v *Codec) unwrap(payload []byte) ([]byte, *ocpp.CallError) {
	c := ocpp.NewCursor(payload)
	inner := ""
	o := c.Object()
	for o.Next() {
		if o.Name == "payload" {
			inner = o.Text(0)
		} else {
			c.Skip()
		}
	}
	if err := c.End(); err != nil {
		return nil, v.malformed(err)
	}
	if inner == "" {
		return nil, o.Lack(v.Version, "payload")
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(inner, "="))
	if err != nil {
		return nil, ocpp.NewCallError(v.Version, ocpp.ProblemProperty, "payload is not in base64url")
	}
	return text, nil
}
