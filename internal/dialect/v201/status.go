package v201

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

func statusNotification(m *wire.StatusNotification, e *charging.Event) {
	at := reading.Time(m.Timestamp)
	r := charging.ConnectorReport{Port: port(e, m.EVSEID), State: stateOf(m.ConnectorStatus), Time: at}
	if r.Port != 0 { // EVSE 0 is the charger, which has no connectors
		r.Connector = connector(e, m.ConnectorID)
	}
	e.Body = charging.ConditionsReported{Time: at, States: []charging.ConnectorReport{r}}
}

// states16 are the words with which 1.6 says what is Occupied in 2.x. Some
// chargers say them still.
var states16 = []string{"Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"}

// stateOf returns the state that a word means, "" for none. The decoder has
// listed words outside the specification.
func stateOf(word string) string {
	word = strings.TrimSpace(word)
	if state, ok := wire.ConnectorStatus(word); ok {
		return state
	}
	for _, s := range states16 {
		if strings.EqualFold(s, word) {
			return charging.StateOccupied
		}
	}
	return ""
}
