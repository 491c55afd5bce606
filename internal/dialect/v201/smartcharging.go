package v201

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// needsNoProfile says in 2.1 that no schedule will come.
const needsNoProfile = "NoChargingProfile"

// answerChargingNeeds says that no schedule will come, for nothing here plans
// one: Accepted and Processing would make the vehicle wait for it. 2.0.1 says
// that with Rejected, upon which the charger offers the vehicle what its limits
// allow (K15); in 2.1 that word ends the session, and another one says it (K18).
func answerChargingNeeds(_ *wire.Notice, _ charging.Outcome, s Settings) wire.Response {
	if s.long() {
		return &wire.StatusResponse{Status: needsNoProfile}
	}
	return &wire.StatusResponse{Status: statusRejected}
}

func answerAccepted(*wire.Notice, charging.Outcome, Settings) wire.Response {
	return &wire.StatusResponse{Status: statusAccepted}
}
