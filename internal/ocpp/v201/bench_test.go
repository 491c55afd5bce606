package v201

import "testing"

func BenchmarkDecode(b *testing.B) {
	run := func(name, action, payload string) {
		b.Run(name, func(b *testing.B) {
			data := []byte(payload)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, odd, fault := Decode(action, data); fault != nil || len(odd) > 0 {
					b.Fatal(odd, fault)
				}
			}
		})
	}
	run("StatusNotification", "StatusNotification",
		`{"timestamp":"2024-04-26T14:35:02Z","connectorStatus":"Occupied","evseId":2,"connectorId":1}`)
	run("TransactionEvent8", "TransactionEvent",
		`{"eventType":"Updated","timestamp":"2025-03-12T12:38:37Z","triggerReason":"MeterValuePeriodic","seqNo":17,`+
			`"transactionInfo":{"transactionId":"318a67d6-a3ab-4429-ae26-f3c7b61cf760","chargingState":"Charging"},"evse":{"id":1,"connectorId":1},`+
			`"meterValue":[{"timestamp":"2025-03-12T12:38:37Z","sampledValue":[`+
			`{"value":230.1,"context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","location":"Outlet","unitOfMeasure":{"unit":"V"}},`+
			`{"value":229.8,"context":"Sample.Periodic","measurand":"Voltage","phase":"L2-N","location":"Outlet","unitOfMeasure":{"unit":"V"}},`+
			`{"value":1178611,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unitOfMeasure":{"unit":"Wh","multiplier":0}},`+
			`{"value":16.0,"context":"Sample.Periodic","measurand":"Current.Offered","location":"Outlet","unitOfMeasure":{"unit":"A"}},`+
			`{"value":7.29,"context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unitOfMeasure":{"unit":"W","multiplier":3}},`+
			`{"value":15.460,"context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unitOfMeasure":{"unit":"A"}},`+
			`{"value":15.470,"context":"Sample.Periodic","measurand":"Current.Import","phase":"L2","location":"Outlet","unitOfMeasure":{"unit":"A"}},`+
			`{"value":57,"context":"Sample.Periodic","measurand":"SoC","location":"EV","unitOfMeasure":{"unit":"Percent"}}]}]}`)
}
