package gateway

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// signedSuffix marks a signed message of OCPP 2.x (part 4 §7): its payload is a
// flattened JSON web signature over the plain payload.
const signedSuffix = "-Signed"

// unwrap returns the plain action and payload of a call. The signature of a
// signed one is kept with the raw message and not checked.
func (p *protocol) unwrap(f *ocpp.Frame) (action string, payload []byte, signed bool) {
	action, signed = strings.CutSuffix(f.Action, signedSuffix)
	if !signed || p.version == ocpp.V16 {
		return f.Action, f.Payload, false
	}
	var signature struct {
		Payload string `json:"payload"`
	}
	if json.Unmarshal(f.Payload, &signature) != nil {
		return f.Action, f.Payload, false
	}
	plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(signature.Payload, "="))
	if err != nil || len(plain) == 0 {
		return f.Action, f.Payload, false
	}
	return action, plain, true
}
