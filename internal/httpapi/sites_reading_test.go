package httpapi_test

// sampled is the JSON of one sampledValue.
func sampled(measurand, value string, more ...string) string {
	s := `{"measurand":"` + measurand + `","value":"` + value + `"`
	for i := 0; i < len(more); i += 2 {
		s += `,"` + more[i] + `":"` + more[i+1] + `"`
	}
	return s + `}`
}

// running is a yard in which a session runs on port 82, with its transaction.
func (y *yard) running() int64 {
	y.t.Helper()
	y.connects(41)
	return y.starts(41, 1, "A0B1C2D3", 1000)
}

// reading compares a current value of port 82 and its time of day.
func (y *yard) reading(member, value, at string) {
	y.t.Helper()
	y.session(82, "latestReadings."+member, `{"value":`+value+`,"timestamp":"2026-03-02T`+at+`.000Z"}`)
}

var readingPoints = map[string]func(*yard){
	"no 35 latestReadings is always there with four members": func(y *yard) {
		y.running()
		y.session(82, "latestReadings", `{"powerKw":null,"currentA":null,"socPercent":null,"voltage":null}`)
	},
	"no 35 each member is the newest by sample time, and a stale one stays": func(y *yard) {
		tx := y.running()
		y.at("12:20:00").meters(41, 1, tx, powerW("88700"), sampled("Current.Import", "221.5"), soc("46"), sampled("Voltage", "400.4"))
		y.at("12:21:00").metersAt(41, 1, tx, "2026-03-02T12:19:00Z", powerW("1000"), sampled("Current.Import", "1"))
		y.at("12:22:00").meters(41, 1, tx, powerW("90000"))
		y.reading("powerKw", `90`, "12:22:00")
		y.reading("currentA", `221.5`, "12:20:00")
		y.reading("socPercent", `46`, "12:20:00")
		y.reading("voltage", `400.4`, "12:20:00")
	},
	"no 35 samples of Transaction.Begin and Interruption never replace a reading": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, powerW("50000"))
		for _, context := range [...]string{"Transaction.Begin", "Interruption.Begin", "Interruption.End"} {
			y.now = y.now.Add(60e9)
			y.meters(41, 1, tx, sampled("Power.Active.Import", "1", "context", context))
			y.reading("powerKw", `50`, "12:10:00")
		}
		for _, context := range [...]string{"Sample.Clock", "Trigger", "Other", "Sample.Periodic"} {
			y.now = y.now.Add(60e9)
			y.meters(41, 1, tx, sampled("Power.Active.Import", "60000", "context", context))
			y.reading("powerKw", `60`, y.now.Format("15:04:05"))
		}
	},
	"no 35 nothing carries over from the session before": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, powerW("50000"), soc("80"), energyWh("9000"))
		y.at("12:20:00").stops(41, tx, 9000)
		y.at("12:30:00").starts(41, 1, "A0B1C2D3", 9000)
		y.session(82, "latestReadings", `{"powerKw":null,"currentA":null,"socPercent":null,"voltage":null}`)
		y.session(82, "socStartPercent", `null`)
		y.session(82, "energyDeliveredKwh", `0`)
	},
	"no 36 units are kW, A, percent and V, whatever was sent": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, sampled("Power.Active.Import", "7.4", "unit", "kW"),
			sampled("Current.Import", "32", "unit", "A"), sampled("Voltage", "230.25", "unit", "V"), sampled("SoC", "46.5"))
		y.reading("powerKw", `7.4`, "12:10:00")
		y.reading("currentA", `32`, "12:10:00")
		y.reading("voltage", `230.25`, "12:10:00")
		y.reading("socPercent", `46.5`, "12:10:00")
		y.at("12:11:00").meters(41, 1, tx, sampled("Power.Active.Import", "7400.56789"))
		y.reading("powerKw", `7.401`, "12:11:00")
	},
	"no 36 the sample without a phase wins over phases": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, sampled("Power.Active.Import", "1000", "phase", "L1"),
			sampled("Power.Active.Import", "9000"), sampled("Power.Active.Import", "2000", "phase", "L2"))
		y.reading("powerKw", `9`, "12:10:00")
	},
	"no 36 phases are summed for power, the largest is taken for current, voltage is their mean": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx,
			sampled("Power.Active.Import", "1000", "phase", "L1"), sampled("Power.Active.Import", "2000", "phase", "L2"),
			sampled("Power.Active.Import", "3000.5", "phase", "L3"),
			sampled("Current.Import", "10", "phase", "L1"), sampled("Current.Import", "16", "phase", "L2"),
			sampled("Current.Import", "12", "phase", "L3"), sampled("Current.Import", "99", "phase", "N"),
			sampled("Voltage", "229", "phase", "L1-N"), sampled("Voltage", "231", "phase", "L2-N"), sampled("Voltage", "233", "phase", "L3"))
		y.reading("powerKw", `6.001`, "12:10:00")
		y.reading("currentA", `16`, "12:10:00")
		y.reading("voltage", `231`, "12:10:00")
		y.at("12:11:00").meters(41, 1, tx, sampled("Voltage", "400", "phase", "L1-L2"), sampled("Voltage", "400", "phase", "L2-L3"), sampled("Voltage", "400", "phase", "L3-L1"))
		y.reading("voltage", `230.94`, "12:11:00")
	},
	"no 36 phases are combined within one meterValue only": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, sampled("Power.Active.Import", "1000", "phase", "L1"))
		y.at("12:10:01").meters(41, 1, tx, sampled("Power.Active.Import", "2000", "phase", "L2"))
		y.reading("powerKw", `2`, "12:10:01")
	},
	"no 36 the outlet comes first, then the vehicle, and no other place": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, sampled("Power.Active.Import", "5000", "location", "EV"),
			sampled("Power.Active.Import", "6000", "location", "Outlet"), sampled("Power.Active.Import", "7000", "location", "Inlet"))
		y.reading("powerKw", `6`, "12:10:00")
		y.at("12:11:00").meters(41, 1, tx, sampled("Power.Active.Import", "5000", "location", "EV"))
		y.reading("powerKw", `5`, "12:11:00")
		for _, place := range [...]string{"Inlet", "Cable", "Body"} {
			y.now = y.now.Add(60e9)
			y.meters(41, 1, tx, sampled("Power.Active.Import", "8000", "location", place))
			y.reading("powerKw", `5`, "12:11:00")
		}
	},
	"no 36 power is never derived from voltage and current": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, sampled("Current.Import", "32"), sampled("Voltage", "230"))
		y.session(82, "latestReadings.powerKw", `null`)
		y.at("12:11:00").meters(41, 1, tx, sampled("Power.Offered", "22000"), sampled("Current.Offered", "32"))
		y.session(82, "latestReadings.powerKw", `null`)
		y.reading("currentA", `32`, "12:10:00")
	},
}
