package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	dialect2x "github.com/chargeyard/chargeyard/internal/dialect/v201"
	wire2x "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// sends2x has a charger call an action of OCPP 2.0.1 and returns the answer.
func (y *yard) sends2x(charger charging.ID, action, payload string) map[string]any {
	y.t.Helper()
	m, oddities, fault := wire2x.Decode(action, []byte(payload))
	if fault != nil {
		y.t.Fatalf("%s %s: %v", action, payload, fault)
	}
	y.messages++
	ev := dialect2x.Translate(m, charging.Event{ChargerID: charger, Generation: y.generations[charger],
		MessageID: strconv.Itoa(y.messages), Received: y.now, Oddities: oddities})
	out, err := y.fleet.Handle(context.Background(), ev)
	if err != nil {
		y.t.Fatalf("%s %s: %v", action, payload, err)
	}
	var answer map[string]any
	text := dialect2x.Answer(m, out, dialect2x.Settings{Now: y.now}).AppendJSON(nil)
	if err := json.Unmarshal(text, &answer); err != nil {
		y.t.Fatalf("%s: %v", text, err)
	}
	return answer
}

// connector reports the state of the connector of EVSE 1 now.
func (y *yard) connector(state string) {
	y.t.Helper()
	y.sends2x(41, "StatusNotification", fmt.Sprintf(`{"timestamp":%q,"connectorStatus":%q,"evseId":1,"connectorId":1}`, y.now.Format(time.RFC3339), state))
}

// transaction sends a TransactionEvent of EVSE 1 now; more is appended to the
// members.
func (y *yard) transaction(id, kind string, seq int, state, more string) map[string]any {
	y.t.Helper()
	info := `{"transactionId":"` + id + `"`
	if state != "" {
		info += `,"chargingState":"` + state + `"`
	}
	return y.sends2x(41, "TransactionEvent", fmt.Sprintf(`{"eventType":%q,"timestamp":%q,"triggerReason":"ChargingStateChanged","seqNo":%d,"transactionInfo":%s},"evse":{"id":1,"connectorId":1}%s}`,
		kind, y.now.Format(time.RFC3339), seq, info, more))
}

// problem reports a problem of the component at EVSE 1.
func (y *yard) problem(component, more string) {
	y.t.Helper()
	y.sends2x(41, "NotifyEvent", fmt.Sprintf(`{"generatedAt":%q,"seqNo":0,"eventData":[{"eventId":1,"timestamp":%q,"trigger":"Alerting","eventNotificationType":"HardWiredNotification","component":{"name":%q,"evse":{"id":1}},"variable":{"name":"Problem"}%s}]}`,
		y.now.Format(time.RFC3339), y.now.Format(time.RFC3339), component, more))
}

func register(wh int) string {
	return fmt.Sprintf(`,"meterValue":[{"timestamp":"2026-03-02T12:00:00Z","sampledValue":[{"value":%d,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register"}]}]`, wh)
}

// The ambiguities A and B of contract 3.5, for ports of OCPP 2.x.
var ambiguities2x = map[string]func(*yard){
	"A a plain decimal transaction id is that integer": func(y *yard) {
		y.transaction("123456789", "Started", 0, "EVConnected", "")
		y.session(82, "ocppTransactionId", `123456789`)
	},
	"A the largest safe integer is one": func(y *yard) {
		y.transaction("9007199254740991", "Started", 0, "EVConnected", "")
		y.session(82, "ocppTransactionId", `9007199254740991`)
	},
	"A a larger one is null": func(y *yard) {
		y.transaction("9007199254740992", "Started", 0, "EVConnected", "")
		y.session(82, "ocppTransactionId", none)
	},
	"A any other text is null": func(y *yard) {
		y.transaction("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "Started", 0, "EVConnected", "")
		y.session(82, "ocppTransactionId", none)
	},
	"A zeros in front make it a text": func(y *yard) {
		y.transaction("007", "Started", 0, "EVConnected", "")
		y.session(82, "ocppTransactionId", none)
	},
	"B states pass through but for Occupied": func(y *yard) {
		for _, state := range []string{"Available", "Reserved", "Unavailable", "Faulted"} {
			y.connector(state)
			y.port(82, "ocppStatus.status", `"`+state+`"`)
		}
	},
	"B Occupied without a transaction is Preparing": func(y *yard) {
		y.connector("Occupied")
		y.port(82, "ocppStatus.status", `"Preparing"`)
	},
	"B Occupied becomes what the transaction does": func(y *yard) {
		y.connector("Occupied")
		seq := 0
		for _, step := range []struct{ at, state, want, more string }{
			{"12:01:00", "EVConnected", "Preparing", ""},
			{"12:02:00", "Idle", "Preparing", ""},
			{"12:03:00", "Charging", "Charging", register(1000)},
			{"12:04:00", "SuspendedEV", "SuspendedEV", register(1500)},
			{"12:05:00", "SuspendedEVSE", "SuspendedEVSE", ""},
			{"12:06:00", "", "SuspendedEVSE", ""},
			{"12:07:00", "EVConnected", "Finishing", ""},
		} {
			kind := "Updated"
			if seq == 0 {
				kind = "Started"
			}
			y.at(step.at).transaction("t1", kind, seq, step.state, step.more)
			seq++
			y.port(82, "ocppStatus.status", `"`+step.want+`"`)
			if step.state == "Charging" {
				y.port(82, "ocppStatus.timestamp", `"2026-03-02T12:03:00.000Z"`)
			}
		}
		y.at("12:08:00").transaction("t1", "Ended", seq, "EVConnected", "")
		y.port(82, "ocppStatus.status", `"Finishing"`)
		y.port(82, "currentChargingSession", none)
		y.at("12:09:00").connector("Occupied")
		y.port(82, "ocppStatus.status", `"Finishing"`)
		y.at("12:10:00").connector("Available")
		y.port(82, "ocppStatus.status", `"Available"`)
		y.at("12:11:00").connector("Occupied")
		y.port(82, "ocppStatus.status", `"Preparing"`)
	},
	"B the error code comes of the component": func(y *yard) {
		y.connector("Faulted")
		y.port(82, "ocppStatus.errorCode", `"OtherError"`)
		y.problem("ConnectorPlugRetentionLock", `,"actualValue":"true","techCode":"E-17","techInfo":"lock stuck"`)
		y.port(82, "ocppStatus.errorCode", `"ConnectorLockFailure"`)
		y.port(82, "ocppStatus.vendorErrorCode", `"E-17"`)
		y.port(82, "ocppStatus.info", `"lock stuck"`)
		y.problem("ConnectorPlugRetentionLock", `,"actualValue":"false","techCode":"E-17","cleared":true`)
		y.connector("Available")
		y.port(82, "ocppStatus.errorCode", `"NoError"`)
		y.port(82, "ocppStatus.vendorErrorCode", none)
	},
	"B the tech code goes before the component": func(y *yard) {
		y.connector("Faulted")
		y.problem("EVSE", `,"actualValue":"true","techCode":"CX003"`)
		y.port(82, "ocppStatus.errorCode", `"HighTemperature"`)
	},
	"B a session of 2.x has the members of any other": func(y *yard) {
		y.connector("Occupied")
		y.transaction("t1", "Started", 0, "Charging", `,"idToken":{"idToken":"A0B1C2D3","type":"ISO14443"}`+register(1000))
		y.at("12:10:00").transaction("t1", "Updated", 1, "Charging", `,"meterValue":[{"timestamp":"2026-03-02T12:10:00Z","sampledValue":[`+
			`{"value":7.5,"measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"kWh"}},`+
			`{"value":11.25,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W","multiplier":3}},`+
			`{"value":54,"measurand":"SoC","unitOfMeasure":{"unit":"Percent"}}]}]`)
		y.session(82, "ocppIdTag", `"A0B1C2D3"`)
		y.session(82, "energyDeliveredKwh", `6.5`)
		y.session(82, "latestReadings.powerKw.value", `11.25`)
		y.session(82, "latestReadings.socPercent.value", `54`)
		y.session(82, "vehicle.name", `"Van 12"`)
		y.session(82, "startTime", `"2026-03-02T12:00:00.000Z"`)
	},
	"B connectors of one EVSE are one port": func(y *yard) {
		y.connector("Available")
		y.sends2x(41, "StatusNotification", `{"timestamp":"2026-03-02T12:00:00Z","connectorStatus":"Occupied","evseId":1,"connectorId":2}`)
		y.port(82, "ocppStatus.status", `"Preparing"`)
		if ports := y.shown("chargers", 41)["ports"].([]any); len(ports) != 2 {
			y.t.Errorf("there are %d ports, want the 2 of before", len(ports))
		}
	},
}

func TestPortsOf2xAreShownInTheWordsOf16(t *testing.T) {
	for name, play := range ambiguities2x {
		t.Run(name, func(t *testing.T) {
			y := newYard(t)
			y.connects(41)
			y.at("12:00:00")
			play(y)
		})
	}
}
