package httpapi_test

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

var ambiguities = map[string]func(*yard){
	"A ocppTransactionId is the integer that the server gave, a number": func(y *yard) {
		y.connects(41)
		tx := y.starts(41, 1, "A0B1C2D3", 1000)
		if tx < 1 || tx > 1<<31-1 {
			y.t.Errorf("transaction id %d is no positive int32", tx)
		}
		y.session(82, "ocppTransactionId", strconv.FormatInt(tx, 10))
	},
	"A an id outside 1 to 2^53-1 is null": func(y *yard) {
		y.connects(41)
		y.reportsStatus(41, 1, "Charging")
		y.at("12:01:00").meters(41, 1, 9_007_199_254_740_992, powerW("5000"))
		y.at("12:02:00").meters(41, 1, 9_007_199_254_740_992, powerW("5000"))
		y.session(82, "ocppTransactionId", none)
		y.reportsStatus(41, 2, "Charging")
		y.at("12:03:00").meters(41, 2, 9_007_199_254_740_991, powerW("5000"))
		y.session(81, "ocppTransactionId", `9007199254740991`)
	},
	"B the words are those of OCPP 1.6": func(y *yard) {
		y.connects(41)
		y.sends(41, "StatusNotification", `{"connectorId":1,"status":"Occupied","errorCode":"NoError"}`)
		y.port(82, "ocppStatus.status", `"Preparing"`)
		y.port(82, "ocppStatus.errorCode", `"NoError"`)
	},
	"C members stand in the order of the schema": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "A0B1C2D3", 1000)
		y.reportsStatus(41, 1, "Charging")
		body := string(y.get("/api/sites", holdingKey).body)
		want := []string{"data", "id", "name", "address", "timezone", "organization", "id", "name", "chargers",
			"id", "name", "manufacturer", "model", "serialNumber", "firmwareVersion", "latitude", "longitude", "externalId", "ocppId",
			"type", "powerSharing", "connectionStatus", "status", "timestamp", "numberOfPorts", "ports",
			"id", "name", "portNumber", "maximumPowerKw", "connectorType", "ocppStatus", "status", "timestamp", "errorCode", "vendorErrorCode", "info",
			"currentChargingSession", "id", "startTime", "socStartPercent", "energyDeliveredKwh", "ocppIdTag", "ocppTransactionId",
			"latestReadings", "powerKw", "currentA", "socPercent", "voltage", "vehicle", "id", "make", "model", "name", "vin",
			"rfid", "id", "name", "customer", "name"}
		var got []string
		for _, m := range regexp.MustCompile(`"([A-Za-z]+)":`).FindAllStringSubmatch(body, len(want)) {
			got = append(got, m[1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			y.t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"D times have exactly three fraction digits and Z": func(y *yard) {
		y.at("12:00:00.999999").connects(41)
		y.sends(41, "StatusNotification", `{"connectorId":1,"status":"Available","errorCode":"NoError","timestamp":"2026-03-02T14:00:00+02:00"}`)
		y.startsAt(41, 1, "A0B1C2D3", 1000, "2026-03-02T11:59:59.5")
		y.port(82, "ocppStatus.timestamp", `"2026-03-02T12:00:00.000Z"`)
		y.session(82, "startTime", `"2026-03-02T11:59:59.500Z"`)
		y.charger(41, "connectionStatus.timestamp", `"2026-03-02T12:00:00.999Z"`)
		for _, m := range regexp.MustCompile(`"(?:timestamp|startTime)":"([^"]*)"`).FindAllStringSubmatch(string(y.get("/api/sites", holdingKey).body), -1) {
			if at, err := time.Parse("2006-01-02T15:04:05.000Z", m[1]); err != nil || len(m[1]) != 24 {
				y.t.Errorf("%q: %v %v", m[1], at, err)
			}
		}
	},
	"E numbers are shortest decimals": func(y *yard) {
		tx := y.running()
		y.at("12:10:00").meters(41, 1, tx, powerW("180000.0"), sampled("Current.Import", "10.50"), energyWh("1000.4"))
		y.reading("powerKw", `180`, "12:10:00")
		y.reading("currentA", `10.5`, "12:10:00")
		y.session(82, "energyDeliveredKwh", `0`)
		y.at("12:11:00").meters(41, 1, tx, powerW("-0.0"), sampled("Current.Import", "-0.0004"))
		y.reading("powerKw", `0`, "12:11:00")
		y.reading("currentA", `0`, "12:11:00")
		y.at("12:12:00").meters(41, 1, tx, powerW("NaN"), sampled("Current.Import", "Infinity"))
		y.reading("powerKw", `0`, "12:11:00")
		if body := string(y.get("/api/sites", holdingKey).body); strings.Contains(body, "NaN") || strings.Contains(body, ":-0") {
			y.t.Error(body)
		}
	},
	"F every member is present also when it is null": func(y *yard) {
		bare := y.shown("chargers", 50)
		if len(bare) != 15 {
			y.t.Errorf("a bare charger has %d members, want 15: %v", len(bare), bare)
		}
		for _, member := range [...]string{"latitude", "longitude", "manufacturer", "model", "serialNumber", "firmwareVersion", "externalId", "connectionStatus"} {
			compare(y.t, bare, member, none)
		}
	},
	"G the last start to arrive is current, unless it comes from a queue": func(y *yard) {
		y.connects(41)
		y.at("12:00:00").startsAt(41, 1, "A0B1C2D3", 1000, "2026-03-02T12:00:00Z")
		first := y.sessionID(82)
		y.at("12:30:00").startsAt(41, 1, "CARD13", 2000, "2026-03-02T11:00:00Z")
		if y.sessionID(82) != first {
			y.t.Error("a start of an earlier time took the port")
		}
		y.at("12:40:00").startsAt(41, 1, "CARD14", 3000, "2026-03-02T12:40:00Z")
		y.session(82, "ocppIdTag", `"CARD14"`)
		y.at("12:50:00").startsAt(41, 1, "CARD15", 4000, "1970-01-01T00:00:00Z")
		y.session(82, "ocppIdTag", `"CARD15"`)
	},
	"H a session keeps its id for its whole life": func(y *yard) {
		y.connects(41)
		tx := y.starts(41, 1, "A0B1C2D3", 1000)
		id := y.sessionID(82)
		y.starts(41, 1, "A0B1C2D3", 1000) // the charger repeats what it saw no answer to
		y.session(82, "id", id)
		y.at("12:05:00").meters(41, 1, tx, energyWh("2000"))
		y.restart(clock("12:06:00"))
		y.at("12:07:00").connects(41)
		y.at("12:08:00").meters(41, 1, tx, energyWh("3000"))
		y.session(82, "id", id)
		y.session(82, "ocppTransactionId", strconv.FormatInt(tx, 10))
	},
}
