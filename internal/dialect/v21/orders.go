package v21

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// Call says an order in OCPP 2.1, in one call or several. Errors are Invalid
// and name the member of the order.
func Call(o charging.Order, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	return v201.CallIn(v21.Table, o, f)
}

// Outcome returns what a charger's answer to a call means, in the words of
// package charging; "" when it says nothing.
func Outcome(action string, response []byte) string {
	switch action {
	case v21.ActionNotifyWebPaymentStarted, v21.ActionGetPeriodicEventStream:
		return charging.OutcomeAccepted // they answer with figures, or nothing
	case v21.ActionClearTariffs:
		return clearedTariffs(response)
	}
	return v201.Outcome(action, response)
}

// clearedTariffs reads an answer that tells of several tariffs.
func clearedTariffs(response []byte) string {
	var r struct {
		ClearTariffsResult []struct {
			Status string `json:"status"`
		} `json:"clearTariffsResult"`
	}
	_ = json.Unmarshal(response, &r) // what cannot be read says nothing
	var all []string
	for _, t := range r.ClearTariffsResult {
		all = append(all, t.Status)
	}
	return charging.OutcomeOfAll(all)
}
