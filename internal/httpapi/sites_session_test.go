package httpapi_test

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// overdue has the server look whether a session's stop is lost, as its own
// clock does.
func (y *yard) overdue(charger charging.ID, port int) {
	y.t.Helper()
	session := y.fleet.Estate().Charger(charger).Port(port).Session
	if session == nil {
		y.t.Fatalf("no session is open on port %d", port)
	}
	_, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: charger, Received: y.now,
		Body: charging.SessionOverdue{Port: port, Session: session.ID, Reason: "test"}})
	if err != nil {
		y.t.Fatal(err)
	}
}

// sessionID is the id of the session shown on a port.
func (y *yard) sessionID(port charging.ID) string {
	y.t.Helper()
	session, ok := y.shown("ports", port)["currentChargingSession"].(map[string]any)
	if !ok {
		y.t.Fatalf("port %d shows no session", port)
	}
	return string(session["id"].(json.Number))
}

const none = `null`

var sessionPoints = map[string]func(*yard){
	"no 27 a session is shown on its port alone": func(y *yard) {
		y.connects(41)
		y.port(82, "currentChargingSession", none)
		y.starts(41, 1, "A0B1C2D3", 1000)
		y.session(82, "ocppIdTag", `"A0B1C2D3"`)
		y.port(81, "currentChargingSession", none)
	},
	"no 28 a session is there while a transaction is open, whatever the status says": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "A0B1C2D3", 1000)
		for _, status := range [...]string{"Available", "Faulted", "Unavailable", "Finishing"} {
			y.at("12:01:00").reportsStatus(41, 1, status)
			y.session(82, "startTime", `"2026-03-02T12:00:00.000Z"`)
		}
	},
	"no 28 a session survives reconnects and a restart of the server": func(y *yard) {
		y.connects(41)
		transaction := y.starts(41, 1, "A0B1C2D3", 1000)
		id := y.sessionID(82)
		y.at("12:05:00").disconnects(41, "12:05:00")
		y.at("12:06:00").connects(41)
		y.restart(clock("12:07:00"))
		y.at("12:08:00").connects(41)
		y.meters(41, 1, transaction, energyWh("3500"))
		y.session(82, "id", id)
		y.session(82, "energyDeliveredKwh", `2.5`)
	},
	"no 28 charging without a transaction is shown from its second sample on": func(y *yard) {
		y.connects(41)
		y.reportsStatus(41, 1, "Charging")
		y.at("12:01:00").meters(41, 1, 0, powerW("7200"), energyWh("100000"))
		y.port(82, "currentChargingSession", none)
		y.at("12:02:00").meters(41, 1, 0, powerW("7200"), energyWh("100120"))
		y.session(82, "ocppIdTag", none)
		y.session(82, "ocppTransactionId", none)
		y.session(82, "latestReadings.powerKw", `{"value":7.2,"timestamp":"2026-03-02T12:02:00.000Z"}`)
		y.session(82, "energyDeliveredKwh", `0.12`)
		y.at("12:03:00").reportsStatus(41, 1, "Available")
		y.port(82, "currentChargingSession", none)
	},
	"no 29 a session opens at its start, also with a refused tag, and closes at its stop": func(y *yard) {
		y.connects(41)
		transaction := y.starts(41, 1, "UNKNOWN", 1000)
		y.session(82, "ocppIdTag", `"UNKNOWN"`)
		y.session(82, "ocppTransactionId", strconv.FormatInt(transaction, 10))
		y.at("12:10:00").stops(41, transaction, 1500)
		y.port(82, "currentChargingSession", none)
	},
	"no 29 a newer start on the port closes the session": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "A0B1C2D3", 1000)
		first := y.sessionID(82)
		second := y.at("13:00:00").starts(41, 1, "CARD13", 5000)
		y.session(82, "ocppTransactionId", strconv.FormatInt(second, 10))
		if y.sessionID(82) == first {
			y.t.Error("the second session has the id of the first")
		}
	},
	"no 29 a lost stop is noticed 10 minutes after a live Available, and a late message reopens the same id": func(y *yard) {
		y.connects(41)
		transaction := y.starts(41, 1, "A0B1C2D3", 1000)
		id := y.sessionID(82)
		y.at("12:30:00").reportsStatus(41, 1, "Available")
		y.at("12:39:59").overdue(41, 1)
		y.session(82, "id", id)
		y.at("12:40:00").overdue(41, 1)
		y.port(82, "currentChargingSession", none)
		y.at("12:50:00").meters(41, 1, transaction, energyWh("4000"))
		y.session(82, "id", id)
		y.session(82, "energyDeliveredKwh", `3`)
		y.at("12:55:00").stops(41, transaction, 5000)
		y.port(82, "currentChargingSession", none)
	},
	"no 29 samples after an Available keep the session": func(y *yard) {
		y.connects(41)
		transaction := y.starts(41, 1, "A0B1C2D3", 1000)
		y.at("12:30:00").reportsStatus(41, 1, "Available")
		y.at("12:35:00").meters(41, 1, transaction, energyWh("4000"))
		y.at("12:45:00").overdue(41, 1)
		y.session(82, "energyDeliveredKwh", `3`)
	},
	"no 29 a session is over after 24 hours of silence": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "A0B1C2D3", 1000)
		y.now = clock("11:59:59").AddDate(0, 0, 1)
		y.overdue(41, 1)
		y.session(82, "ocppIdTag", `"A0B1C2D3"`)
		y.now = clock("12:00:00").AddDate(0, 0, 1)
		y.overdue(41, 1)
		y.port(82, "currentChargingSession", none)
	},
	"no 30 startTime is the message's when plausible, and finer fractions are cut": func(y *yard) {
		y.connects(41)
		start := func(written, want string) {
			y.t.Helper()
			y.now = y.now.Add(1)
			y.startsAt(41, 1, "A0B1C2D3", 1000, written)
			y.session(82, "startTime", `"`+want+`"`)
		}
		y.at("12:00:00.5")
		start("2026-03-02T11:50:00.98799Z", "2026-03-02T11:50:00.987Z")
		start("2026-03-02T13:55:00+02:00", "2026-03-02T11:55:00.000Z")
		start("2037-01-01T00:00:00Z", "2026-03-02T12:00:00.500Z")
		y.at("12:20:00")
		start("1970-01-01T00:00:00Z", "2026-03-02T12:20:00.000Z")
	},
	"no 31 socStartPercent is the first sample within 15 minutes": func(y *yard) {
		y.connects(41)
		transaction := y.starts(41, 1, "A0B1C2D3", 1000)
		y.session(82, "socStartPercent", none)
		y.at("12:02:00").meters(41, 1, transaction, soc("31.5"))
		y.session(82, "socStartPercent", `31.5`)
		y.at("12:03:00").meters(41, 1, transaction, soc("40"))
		y.session(82, "socStartPercent", `31.5`)
		late := y.at("13:00:00").starts(41, 2, "CARD13", 1000)
		y.at("13:15:01").meters(41, 2, late, soc("50"))
		y.session(81, "socStartPercent", none)
		y.session(81, "latestReadings.socPercent.value", `50`)
	},
	"no 31 a SoC of 0 counts on a DCFC only, and outside 0 to 100 nowhere": func(y *yard) {
		y.connects(41)
		dc := y.starts(41, 1, "A0B1C2D3", 1000)
		y.at("12:01:00").meters(41, 1, dc, soc("-1"))
		y.at("12:01:10").meters(41, 1, dc, soc("255"))
		y.session(82, "socStartPercent", none)
		y.session(82, "latestReadings.socPercent", none)
		y.at("12:02:00").meters(41, 1, dc, soc("0"))
		y.session(82, "socStartPercent", `0`)
		y.connects(42)
		ac := y.starts(42, 1, "CARD13", 1000)
		y.at("12:03:00").meters(42, 1, ac, soc("0"))
		y.session(83, "socStartPercent", none)
		y.session(83, "latestReadings.socPercent", none)
	},
	"no 32 energyDeliveredKwh is 0 at first, rises with the register and never falls": func(y *yard) {
		y.connects(41)
		transaction := y.starts(41, 1, "A0B1C2D3", 120_400)
		energy := func(at, sample, want string) {
			y.t.Helper()
			y.at(at).meters(41, 1, transaction, sample)
			y.session(82, "energyDeliveredKwh", want)
		}
		y.session(82, "energyDeliveredKwh", `0`)
		energy("12:01:00", energyWh("120400.4"), `0`)
		energy("12:02:00", `{"value":"121.6575","unit":"kWh"}`, `1.258`)
		energy("12:03:00", energyWh("121600"), `1.258`)         // 57 Wh less is noise
		energy("12:04:00", energyWh("122400"), `2`)             //
		energy("12:05:00", energyWh("0"), `2`)                  // a reset opens a new segment
		energy("12:06:00", energyWh("500"), `2.5`)              //
		energy("12:07:00", energyWh("10500"), `12.5`)           //
		energy("12:08:00", energyWh("10390"), `12.5`)           // more than 1 % and 100 Wh: a segment
		energy("12:09:00", energyWh("10490"), `12.6`)           //
		energy("12:09:30", exportWh("999999"), `12.6`)          // export neither adds nor subtracts
		energy("12:09:40", energyAt("5", "Cable"), `12.6`)      // nor does any other place
		energy("12:09:50", energyAt("900000", "Inlet"), `12.6`) //
	},
	"no 33 ocppIdTag is the tag as received": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "a0b1C2d3", 1000)
		y.session(82, "ocppIdTag", `"a0b1C2d3"`)
		y.starts(41, 2, "", 1000)
		y.session(81, "ocppIdTag", none)
	},
	"no 34 ocppTransactionId is the id the charger uses": func(y *yard) {
		y.connects(41)
		transaction := y.starts(41, 1, "A0B1C2D3", 1000)
		y.session(82, "ocppTransactionId", strconv.FormatInt(transaction, 10))
		y.at("12:05:00").reportsStatus(41, 2, "Charging")
		y.at("12:06:00").meters(41, 2, 777_001, powerW("5000"))
		y.session(81, "ocppTransactionId", `777001`)
	},
}

func exportWh(v string) string {
	return `{"value":"` + v + `","measurand":"Energy.Active.Export.Register"}`
}

func energyAt(v, location string) string {
	return `{"value":"` + v + `","location":"` + location + `"}`
}
