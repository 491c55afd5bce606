package sim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// inTimes makes a change of all timestamps.
func inTimes(change func(t time.Time) any) func(string, object) {
	return func(_ string, v object) {
		each(v, func(name string, value any) any {
			text, is := value.(string)
			if !is || name != "timestamp" && name != "generatedAt" {
				return value
			}
			t, err := time.Parse(ocpp.TimeLayout, text)
			if err != nil {
				return value
			}
			return change(t)
		})
	}
}

// written makes a change of timestamps to another layout.
func written(layout string) func(string, object) {
	return inTimes(func(t time.Time) any { return t.Format(layout) })
}

// clockFaults are wrong clocks and ways to write times.
func clockFaults() []Misbehaviour {
	east := time.FixedZone("", 2*3600)
	return []Misbehaviour{
		{Name: "clock-1970", What: "has never set its clock", payload: inTimes(func(time.Time) any { return "1970-01-01T00:00:00.740Z" })},
		{Name: "clock-year-1", What: "writes the zero time", payload: inTimes(func(time.Time) any { return "0001-01-01T00:00:00Z" })},
		{Name: "clock-ahead", What: "is a day ahead", payload: inTimes(func(t time.Time) any { return stamp(t.Add(24 * time.Hour)) })},
		{Name: "clock-behind", What: "is five hours behind", payload: inTimes(func(t time.Time) any { return stamp(t.Add(-5 * time.Hour)) })},
		{Name: "local-time", What: "writes local time as if it were UTC", payload: inTimes(func(t time.Time) any { return stamp(t.Add(2 * time.Hour)) })},
		{Name: "no-zone", What: "writes times without a zone", payload: written("2006-01-02T15:04:05")},
		{Name: "hours-offset", What: "writes +02 for +02:00", payload: inTimes(func(t time.Time) any { return t.In(east).Format("2006-01-02T15:04:05-07") })},
		{Name: "offset", What: "writes times with an offset", payload: inTimes(func(t time.Time) any { return t.In(east).Format(time.RFC3339) })},
		{Name: "nanoseconds", What: "writes nine digits of a second", payload: written("2006-01-02T15:04:05.000000000Z")},
		{Name: "blank-for-t", What: "writes a blank between date and time", payload: written("2006-01-02 15:04:05")},
		{Name: "no-seconds", What: "writes times without seconds", payload: written("2006-01-02T15:04Z")},
		{Name: "free-text-time", What: "writes a word for a time", payload: inTimes(func(time.Time) any { return "AnyStringHere100" })},
		{Name: "empty-time", What: "writes an empty text for a time", payload: inTimes(func(time.Time) any { return "" })},
		{Name: "no-timestamp", What: "leaves timestamps out", payload: func(_ string, v object) { drop(v, "timestamp") }},
		{Name: "unix-time", What: "writes times as numbers of seconds", payload: inTimes(func(t time.Time) any { return t.Unix() })},
	}
}

// drop removes members of that name, however deep.
func drop(v any, name string) {
	switch v := v.(type) {
	case object:
		delete(v, name)
		for _, value := range v {
			drop(value, name)
		}
	case []any:
		for _, value := range v {
			drop(value, name)
		}
	}
}

// set makes a change that sets a member of some actions.
func set(name string, value any, actions ...string) func(string, object) {
	return func(action string, v object) {
		for _, a := range actions {
			if a == action {
				v[name] = value
			}
		}
	}
}

// memberFaults are wrong types and values of members.
func memberFaults() []Misbehaviour {
	return []Misbehaviour{
		{Name: "numbers-as-text", What: "writes numbers as texts", payload: func(_ string, v object) {
			each(v, func(_ string, value any) any {
				if n, is := value.(json.Number); is {
					return n.String()
				}
				return value
			})
		}},
		{Name: "text-as-numbers", What: "writes the values of samples as numbers", payload: func(_ string, v object) {
			eachSample(v, func(s object) {
				if text, is := s["value"].(string); is {
					s["value"] = json.Number(text)
				}
			})
		}},
		{Name: "object-for-list", What: "writes one meter value without the list around it", payload: func(_ string, v object) {
			if list, is := v["meterValue"].([]any); is && len(list) == 1 {
				v["meterValue"] = list[0]
			}
		}},
		{Name: "nulls", What: "writes null for what is not there", payload: func(_ string, v object) {
			v["customData"], v["info"], v["vendorErrorCode"] = nil, nil, nil
		}},
		{Name: "empty-strings", What: "writes empty texts for what is not there", payload: func(action string, v object) {
			if action == "BootNotification" {
				v["iccid"], v["imsi"], v["meterSerialNumber"] = "", "", ""
			}
			v["info"], v["vendorId"] = "", ""
		}},
		{Name: "placeholders", What: "tells statuses with the error code 0x0000 and the info null", payload: func(action string, v object) {
			if action == "StatusNotification" {
				v["info"], v["vendorErrorCode"] = "null", "0x0000"
			}
		}},
		{Name: "long-texts", What: "has a serial number of 60 characters and an info of 500", payload: func(action string, v object) {
			long := strings.Repeat("EVB1A22P2RI3", 5)
			switch action {
			case "BootNotification":
				v["chargePointSerialNumber"], v["chargeBoxSerialNumber"] = long, long
				if station, is := v["chargingStation"].(object); is {
					station["serialNumber"] = long
				}
			case "StatusNotification":
				v["info"] = strings.Repeat("x", 500)
			}
		}},
		{Name: "extra-members", What: "has members that no specification knows", payload: func(_ string, v object) {
			v["connectorName"], v["extra"] = "left", object{"a": []any{1, nil}}
		}},
		{Name: "unknown-words", What: "has statuses, errors and units that no specification knows", payload: func(action string, v object) {
			if action == "StatusNotification" && v["errorCode"] != nil {
				v["errorCode"] = "Err42"
			}
			eachSample(v, func(s object) { s["context"] = "Sample.Whenever" })
		}},
		{Name: "occupied", What: "says Occupied on 1.6, as 1.5 did", payload: func(action string, v object) {
			if status, _ := v["status"].(string); action == "StatusNotification" && (status == statusPreparing || status == statusFinishing) {
				v["status"] = statusOccupied
			}
		}},
		{Name: "available-while-charging", What: "says Available as long as a vehicle charges", payload: func(action string, v object) {
			if action == "StatusNotification" && v["status"] == statusCharging {
				v["status"] = statusAvailable
			}
			if action == "StatusNotification" && v["connectorStatus"] == statusOccupied {
				v["connectorStatus"] = statusAvailable
			}
		}},
		{Name: "faulted-no-error", What: "says Faulted without an error code", payload: func(action string, v object) {
			if action == "StatusNotification" && v["status"] == statusFaulted {
				v["errorCode"] = noError
			}
		}},
		{Name: "status-evse-0", What: "tells a status of EVSE 0", payload: func(action string, v object) {
			if action == "StatusNotification" && v["evseId"] != nil {
				v["evseId"], v["connectorId"] = 0, 0
			}
		}},
	}
}

// meterFaults are odd meters.
func meterFaults() []Misbehaviour {
	const register = "Energy.Active.Import.Register"
	value := func(change func(text string) any) func(string, object) {
		return func(_ string, v object) {
			eachSample(v, func(s object) {
				switch old := s["value"].(type) {
				case string:
					s["value"] = change(old)
				case json.Number:
					s["value"] = change(old.String())
				}
			})
		}
	}
	unit := func(measurand, unit string) func(string, object) {
		return func(_ string, v object) {
			eachSample(v, func(s object) {
				if s["measurand"] == measurand && s["unitOfMeasure"] != nil {
					s["unitOfMeasure"] = object{"unit": unit}
				} else if s["measurand"] == measurand {
					s["unit"] = unit
				}
			})
		}
	}
	only := func(measurands ...string) func(string, object) {
		return func(_ string, v object) { keepSamples(v, measurands) }
	}
	return []Misbehaviour{
		{Name: "kwh-as-wh", What: "tells kWh and calls them Wh", payload: inRegister(0.001, "Wh")},
		{Name: "wh-as-kwh", What: "tells Wh and calls them kWh", payload: unit(register, "kWh")},
		{Name: "register-in-kwh", What: "tells the register in kWh with decimals, starts and stops in Wh", payload: inRegister(0.001, "kWh")},
		{Name: "power-in-wh", What: "tells power with the unit of energy", payload: unit("Power.Active.Import", "Wh")},
		{Name: "no-units", What: "leaves units out", payload: func(_ string, v object) {
			drop(v, "unit")
			drop(v, "unitOfMeasure")
		}},
		{Name: "unknown-unit", What: "tells voltage in Hertz", payload: unit("Voltage", "Hertz")},
		{Name: "celsius-as-c", What: "tells temperature in C", payload: unit("Temperature", "C")},
		{Name: "decimal-comma", What: "writes values with a comma", payload: value(func(text string) any { return strings.Replace(text, ".", ",", 1) })},
		{Name: "padded-values", What: "puts blanks around values", payload: value(func(text string) any { return "   " + text + " " })},
		{Name: "zero-runs", What: "writes values with six zeros behind the point", payload: value(func(text string) any {
			if strings.Contains(text, ".") {
				return text + "000000"
			}
			return text + ".000000"
		})},
		{Name: "float-noise", What: "writes values with the noise of binary fractions", payload: value(func(text string) any {
			if strings.Contains(text, ".") {
				return text + "0000000000002"
			}
			return text + ".0000000000002"
		})},
		{Name: "no-values", What: "writes values that are empty, NaN or a dash", payload: value(func(text string) any {
			return []string{"", "NaN", "-", "null"}[len(text)%4]
		})},
		{Name: "empty-samples", What: "sends meter values without samples", payload: func(_ string, v object) {
			each(v, func(name string, value any) any {
				if name == "sampledValue" {
					return []any{}
				}
				return value
			})
		}},
		{Name: "phases-only", What: "tells power for each phase and no total", payload: func(_ string, v object) {
			eachSample(v, func(s object) {
				if s["measurand"] == "Power.Active.Import" {
					s["phase"] = "L1"
				}
			})
		}},
		{Name: "register-on-phase", What: "tells the register with a phase", payload: func(_ string, v object) {
			eachSample(v, func(s object) {
				if s["measurand"] == register {
					s["phase"] = "L1"
				}
			})
		}},
		{Name: "trigger-context", What: "calls all samples triggered", payload: func(_ string, v object) {
			eachSample(v, func(s object) { s["context"] = contextTrigger })
		}},
		{Name: "bare-samples", What: "sends samples of nothing but a value", payload: func(_ string, v object) {
			keepSamples(v, []string{register})
			eachSample(v, func(s object) {
				for name := range s {
					if name != "value" {
						delete(s, name)
					}
				}
			})
		}},
		{Name: "energy-only", What: "tells nothing but the register", payload: only(register)},
		{Name: "power-only", What: "never tells the register", payload: only("Power.Active.Import", "Voltage")},
		{Name: "meter-start-0", What: "starts sessions at 0 whatever the register is", payload: set("meterStart", 0, "StartTransaction")},
		{Name: "connector-0-meter", What: "tells the meter of connector 0", payload: set("connectorId", 0, "MeterValues")},
		{Name: "no-meter-values", What: "sends no meter values", flags: noMeter},
	}
}

// keepSamples removes the samples of other measurands.
func keepSamples(v any, measurands []string) {
	each(v, func(name string, value any) any {
		list, is := value.([]any)
		if !is || name != "sampledValue" {
			return value
		}
		var kept []any
		for _, s := range list {
			for _, m := range measurands {
				if sample, is := s.(object); is && sample["measurand"] == m {
					kept = append(kept, s)
				}
			}
		}
		if kept == nil {
			return list
		}
		return kept
	})
}

// inRegister makes a change of the register's value and of what it is called.
func inRegister(factor float64, unit string) func(string, object) {
	return func(_ string, v object) {
		eachSample(v, func(s object) {
			if s["measurand"] != "Energy.Active.Import.Register" || s["unit"] == "kWh" {
				return
			}
			switch old := s["value"].(type) {
			case string:
				n, _ := strconv.ParseFloat(old, 64)
				s["value"], s["unit"] = strconv.FormatFloat(n*factor, 'f', 3, 64), unit
			case json.Number:
				if u, _ := s["unitOfMeasure"].(object); u["unit"] == "kWh" {
					return
				}
				n, _ := old.Float64()
				s["value"], s["unitOfMeasure"] = json.Number(strconv.FormatFloat(n*factor, 'f', 3, 64)), object{"unit": unit}
			}
		})
	}
}
