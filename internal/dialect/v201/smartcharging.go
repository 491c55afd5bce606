package v201

import (
	"regexp"

	"github.com/chargeyard/chargeyard/internal/charging"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// needsNoProfile says in 2.1 that no profile will come.
const needsNoProfile = "NoChargingProfile"

// dynamicControl is the mode of ISO 15118-20 in which a vehicle follows
// setpoints instead of a schedule.
var dynamicControl = regexp.MustCompile(`"controlMode"\s*:\s*"DynamicControl"`)

// answerChargingNeeds says that a profile will come: the server offers what the
// port has (OCPP 2.0.1 K15, 2.1 K18). Where chargers are left alone, it is an
// operator's to send; a charger that gets none within 60 seconds goes by the
// limits that it has. Of setpoints the server sends none by itself.
func answerChargingNeeds(m *wire.Notice, _ charging.Outcome, s Settings) wire.Response {
	if s.long() && dynamicControl.MatchString(m.Payload) {
		return &wire.StatusResponse{Status: needsNoProfile}
	}
	return &wire.StatusResponse{Status: statusAccepted}
}

func answerAccepted(*wire.Notice, charging.Outcome, Settings) wire.Response {
	return &wire.StatusResponse{Status: statusAccepted}
}
