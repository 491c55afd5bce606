package app

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/gateway"
)

// certificateSigned is the call that brings a charger its certificate, in the
// version of its connection (OCPP 1.6 security §4.7, OCPP 2.0.1 A02).
func certificateSigned(r gateway.SigningRequest, chain []byte) ([]byte, error) {
	body := map[string]any{"certificateChain": string(chain)}
	if r.Protocol != "ocpp1.6" {
		body["certificateType"] = r.Use
	}
	if r.Protocol == "ocpp2.1" && r.RequestID != 0 {
		body["requestId"] = r.RequestID
	}
	return json.Marshal(body)
}
