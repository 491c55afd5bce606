package v201

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// BenchmarkHandle measures a message's way from its frame to its answer,
// without the decision between them.
func BenchmarkHandle(b *testing.B) {
	run := func(name, text string) {
		b.Run(name, func(b *testing.B) {
			data := []byte(text)
			event := charging.Event{ChargerID: 7, Generation: 1, Received: time.Unix(1_700_000_000, 0)}
			out := make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				f, err := ocpp.ParseFrame(data)
				if err != nil {
					b.Fatal(err)
				}
				m, odd, fault := wire.Decode(f.Action, f.Payload)
				if fault != nil {
					b.Fatal(fault)
				}
				e := event
				e.MessageID, e.Oddities = f.ID, odd
				e = Translate(m, e)
				if len(e.Oddities) > 0 {
					b.Fatal(e.Oddities)
				}
				answer := Answer(m, charging.Outcome{Tag: charging.TagDecision{Status: charging.TagAccepted}}, Settings{})
				out = ocpp.AppendCallResult(out[:0], f.RawID, answer.AppendJSON(nil))
			}
		})
	}
	run("StatusNotification", `[2,"658ae207-02ad-4051-8ecb-51d90e8bbf21","StatusNotification",{"timestamp":"2024-04-26T14:35:02Z","connectorStatus":"Occupied","evseId":2,"connectorId":1}]`)
	run("TransactionEvent8", transactionEvent8)
}

const transactionEvent8 = `[2,"389571790-1074765951-172066813","TransactionEvent",{"eventType":"Updated","timestamp":"2025-03-12T12:38:37Z","triggerReason":"MeterValuePeriodic","seqNo":17,` +
	`"transactionInfo":{"transactionId":"318a67d6-a3ab-4429-ae26-f3c7b61cf760","chargingState":"Charging"},"evse":{"id":1,"connectorId":1},"idToken":{"idToken":"04E91C5A123456","type":"ISO14443"},` +
	`"meterValue":[{"timestamp":"2025-03-12T12:38:37Z","sampledValue":[` +
	`{"value":230.1,"context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","location":"Outlet","unitOfMeasure":{"unit":"V"}},` +
	`{"value":229.8,"context":"Sample.Periodic","measurand":"Voltage","phase":"L2-N","location":"Outlet","unitOfMeasure":{"unit":"V"}},` +
	`{"value":1178611,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unitOfMeasure":{"unit":"Wh","multiplier":0}},` +
	`{"value":16.0,"context":"Sample.Periodic","measurand":"Current.Offered","location":"Outlet","unitOfMeasure":{"unit":"A"}},` +
	`{"value":7.29,"context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unitOfMeasure":{"unit":"W","multiplier":3}},` +
	`{"value":15.460,"context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unitOfMeasure":{"unit":"A"}},` +
	`{"value":15.470,"context":"Sample.Periodic","measurand":"Current.Import","phase":"L2","location":"Outlet","unitOfMeasure":{"unit":"A"}},` +
	`{"value":57,"context":"Sample.Periodic","measurand":"SoC","location":"EV","unitOfMeasure":{"unit":"Percent"}}]}]}]`
