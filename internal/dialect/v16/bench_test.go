package v16

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
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
				answer := Answer(m, charging.Outcome{}, Settings{})
				out = ocpp.AppendCallResult(out[:0], f.RawID, answer.AppendJSON(nil))
			}
		})
	}
	run("StatusNotification", `[2,"658ae207-02ad-4051-8ecb-51d90e8bbf21","StatusNotification",{"connectorId":2,"errorCode":"NoError","status":"Preparing","timestamp":"2024-04-26T14:35:02Z"}]`)
	run("MeterValues8", meterValues8)
}

const meterValues8 = `[2,"389571790-1074765951-172066813","MeterValues",{"connectorId":1,"transactionId":1741782933,"meterValue":[{"timestamp":"2025-03-12T12:38:37Z","sampledValue":[` +
	`{"value":"14.5","context":"Sample.Periodic","measurand":"Temperature","location":"Body","unit":"Celsius"},` +
	`{"value":"230.1","context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","location":"Outlet","unit":"V"},` +
	`{"value":"1178611","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh"},` +
	`{"value":"16.0","context":"Sample.Periodic","measurand":"Current.Offered","location":"Outlet","unit":"A"},` +
	`{"value":"7.29","context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unit":"kW"},` +
	`{"value":"15.460","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unit":"A"},` +
	`{"value":"15.470","context":"Sample.Periodic","measurand":"Current.Import","phase":"L2","location":"Outlet","unit":"A"},` +
	`{"value":"57","context":"Sample.Periodic","measurand":"SoC","location":"EV","unit":"Percent"}]}]}]`
