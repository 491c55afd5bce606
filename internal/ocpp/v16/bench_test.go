package v16

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
		`{"connectorId":2,"errorCode":"NoError","status":"Preparing","timestamp":"2024-04-26T14:35:02Z"}`)
	run("MeterValues8", "MeterValues", `{"connectorId":1,"transactionId":1741782933,"meterValue":[{"timestamp":"2025-03-12T12:38:37Z","sampledValue":[`+
		`{"value":"14.5","context":"Sample.Periodic","measurand":"Temperature","location":"Body","unit":"Celsius"},`+
		`{"value":"230.1","context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","location":"Outlet","unit":"V"},`+
		`{"value":"1178611","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh"},`+
		`{"value":"16.0","context":"Sample.Periodic","measurand":"Current.Offered","location":"Outlet","unit":"A"},`+
		`{"value":"7.29","context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unit":"kW"},`+
		`{"value":"15.460","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unit":"A"},`+
		`{"value":"15.470","context":"Sample.Periodic","measurand":"Current.Import","phase":"L2","location":"Outlet","unit":"A"},`+
		`{"value":"57","context":"Sample.Periodic","measurand":"SoC","location":"EV","unit":"Percent"}]}]}`)
}
