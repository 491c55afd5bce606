package sim

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// sessionFaults are odd ways to tell of sessions.
func sessionFaults() []Misbehaviour {
	transaction := func(value any, actions ...string) func(string, object) {
		return set("transactionId", value, actions...)
	}
	return []Misbehaviour{
		{Name: "transaction-id-0", What: "tells transaction 0 in MeterValues and StopTransaction", payload: transaction(0, "MeterValues", "StopTransaction")},
		{Name: "transaction-id-minus-1", What: "tells transaction -1 in StopTransaction", payload: transaction(-1, "StopTransaction")},
		{Name: "transaction-id-negative", What: "keeps a negative transaction id of its own", payload: transaction(-12, "MeterValues")},
		{Name: "transaction-id-max", What: "tells the largest number as transaction id in MeterValues",
			payload: transaction(json.Number("9223372036854775807"), "MeterValues")},
		{Name: "transaction-id-old", What: "tells the transaction id of an earlier server in MeterValues", payload: transaction(1741782933, "MeterValues")},
		{Name: "transaction-id-missing", What: "leaves the transaction id out of MeterValues", payload: func(action string, v object) {
			if action == "MeterValues" {
				delete(v, "transactionId")
			}
		}},
		{Name: "reservation-id-0", What: "starts with reservation 0", payload: set("reservationId", 0, "StartTransaction")},
		{Name: "stop-with-connector", What: "stops with a connector and a disconnectReason", payload: func(action string, v object) {
			if action == "StopTransaction" {
				v["connectorId"], v["disconnectReason"] = 1, v["reason"]
				delete(v, "reason")
			}
		}},
		{Name: "repeated-messages", What: "sends each message of a session twice with one id", flags: sendsTwice},
		{Name: "repeated-new-id", What: "sends each message of a session twice with two ids", flags: sendsAgain},
		{Name: "stop-before-start", What: "tells the end of a session before its start", flags: stopsFirst},
		{Name: "late-start", What: "tells the start of a session after its next message", flags: startsLate},
		{Name: "lost-stops", What: "never tells the end of a session", flags: losesStops},
		{Name: "lost-starts", What: "never tells the start of a session", flags: losesStarts},
		{Name: "no-authorize", What: "starts sessions without asking for the card", flags: noAuthorize},
		{Name: "authorize-connector", What: "puts the connector into Authorize", payload: set("connectorId", 1, "Authorize")},
		{Name: "ends-at-zero", What: "ends the session when its limit is 0", flags: endsAtZero},
		{Name: "finishing-first", What: "tells Finishing before the end of the session", flags: finishFirst},
		{Name: "reversed-tags", What: "reads cards with their bytes in reverse", tag: reverseBytes},
		{Name: "lower-case-tags", What: "writes cards in lower case", tag: strings.ToLower},
		{Name: "separated-tags", What: "writes cards with colons", tag: func(tag string) string { return strings.Join(pairs(tag), ":") }},
		{Name: "garbage-tags", What: "reads cards with a backslash at the end", tag: func(tag string) string { return tag + `\` }},
		{Name: "long-tags", What: "reads cards of 40 characters", tag: func(tag string) string { return (tag + strings.Repeat("0", 40))[:40] }},
	}
}

// pairs cuts a text into pieces of two characters.
func pairs(s string) []string {
	var list []string
	for ; len(s) > 2; s = s[2:] {
		list = append(list, s[:2])
	}
	return append(list, s)
}

func reverseBytes(tag string) string {
	list := pairs(tag)
	var b strings.Builder
	for i := len(list) - 1; i >= 0; i-- {
		b.WriteString(list[i])
	}
	return b.String()
}

// to makes a change of the answer to some actions.
func to(change func(f *ocpp.Frame, frame []byte) []byte, actions ...string) func(*ocpp.Frame, []byte) []byte {
	return func(f *ocpp.Frame, frame []byte) []byte {
		for _, a := range actions {
			if a == f.Action {
				return change(f, frame)
			}
		}
		return frame
	}
}

func silence(*ocpp.Frame, []byte) []byte { return nil }

// replies makes an answer of a fixed payload.
func replies(payload string) func(*ocpp.Frame, []byte) []byte {
	return func(f *ocpp.Frame, _ []byte) []byte { return ocpp.AppendCallResult(nil, f.RawID, []byte(payload)) }
}

// answerFaults are odd answers to calls of the server.
func answerFaults() []Misbehaviour {
	every := func(change func(frame []byte) []byte) func(*ocpp.Frame, []byte) []byte {
		return func(_ *ocpp.Frame, frame []byte) []byte { return change(frame) }
	}
	return []Misbehaviour{
		{Name: "no-answers", What: "answers no call of the server", answer: silence},
		{Name: "late-answers", What: "answers calls after half a minute", flags: answersLate},
		{Name: "unknown-answers", What: "sends answers that nobody asked for", flags: chatters},
		{Name: "short-errors", What: "refuses GetConfiguration and GetBaseReport with an error of four elements",
			answer: to(func(f *ocpp.Frame, _ []byte) []byte {
				return append(append([]byte(`[4,`), f.RawID...), `,"FormationViolation",""]`...)
			}, "GetConfiguration", "GetBaseReport")},
		{Name: "tiny-errors", What: "refuses every call with an error of three elements", answer: func(f *ocpp.Frame, _ []byte) []byte {
			return append(append([]byte(`[4,`), f.RawID...), `,"GenericError"]`...)
		}},
		{Name: "null-error", What: "refuses every call with null for a description", answer: func(f *ocpp.Frame, _ []byte) []byte {
			return append(append([]byte(`[4,`), f.RawID...), `,"InternalError",null,null]`...)
		}},
		{Name: "truncated-answers", What: "cuts off the end of its answers", answer: every(func(frame []byte) []byte { return frame[:len(frame)-2] })},
		{Name: "null-answers", What: "answers with null", answer: func(f *ocpp.Frame, _ []byte) []byte {
			return append(append([]byte(`[3,`), f.RawID...), `,null]`...)
		}},
		{Name: "empty-answers", What: "answers with an empty object", answer: replies(`{}`)},
		{Name: "no-full-configuration", What: "never answers GetConfiguration without keys", answer: to(func(f *ocpp.Frame, frame []byte) []byte {
			if !bytes.Contains(f.Payload, []byte(`"key"`)) {
				return nil
			}
			return frame
		}, "GetConfiguration")},
		{Name: "four-keys", What: "answers GetConfiguration of at most four keys", answer: to(func(f *ocpp.Frame, frame []byte) []byte {
			if n := bytes.Count(f.Payload, []byte(`","`)); n > 3 || n == 0 && !bytes.Contains(f.Payload, []byte(`"key"`)) {
				return nil
			}
			return frame
		}, "GetConfiguration")},
		{Name: "odd-configuration", What: "answers GetConfiguration with numbers, and readonly as a text", answer: to(replies(
			`{"configurationKey":[{"key":"HeartbeatInterval","readonly":"false","value":60},{"key":"NumberOfConnectors","readonly":"true","value":1},`+
				`{"key":"AuthorizationKey","readonly":false},{"key":"ChargingScheduleAllowedChargingRateUnit","readonly":"true","value":"W"}]}`), "GetConfiguration")},
		{Name: "no-configuration-keys", What: "answers GetConfiguration with unknown keys only",
			answer: to(replies(`{"unknownKey":["WebSocketPingInterval"]}`), "GetConfiguration")},
		{Name: "rejects-triggers", What: "refuses TriggerMessage", answer: to(replies(`{"status":"Rejected"}`), "TriggerMessage", "ExtendedTriggerMessage")},
		{Name: "rejects-settings", What: "refuses every change of settings", answer: to(func(f *ocpp.Frame, frame []byte) []byte {
			if f.Action == "ChangeConfiguration" {
				return replies(`{"status":"Rejected"}`)(f, frame)
			}
			return bytes.ReplaceAll(frame, []byte(`"attributeStatus":"Accepted"`), []byte(`"attributeStatus":"Rejected"`))
		}, "ChangeConfiguration", "SetVariables")},
		{Name: "schemas-of-16", What: "refuses profiles of 2.0.1 with the name of the member of 1.6", answer: to(func(f *ocpp.Frame, _ []byte) []byte {
			return ocpp.AppendCallError(nil, f.RawID, "PropertyConstraintViolation", "csChargingProfiles validation failed")
		}, "SetChargingProfile")},
		{Name: "lower-case-answers", What: "answers statuses in lower case", answer: every(func(frame []byte) []byte {
			return bytes.ReplaceAll(frame, []byte(`"Accepted"`), []byte(`"accepted"`))
		})},
	}
}

// faults2x are what only chargers of 2.x do.
func faults2x() []Misbehaviour {
	event := func(change func(v object)) func(string, object) {
		return func(action string, v object) {
			if action == "TransactionEvent" {
				change(v)
			}
		}
	}
	return []Misbehaviour{
		{Name: "seqno-gaps", What: "leaves out numbers of TransactionEvent", flags: skipsNumbers},
		{Name: "seqno-global", What: "numbers TransactionEvent over all transactions", flags: countsOn},
		{Name: "no-trigger-reason", What: "leaves triggerReason out of TransactionEvent", payload: event(func(v object) { delete(v, "triggerReason") })},
		{Name: "unknown-trigger-reason", What: "has a triggerReason that no specification knows", payload: event(func(v object) { v["triggerReason"] = "FullMoon" })},
		{Name: "no-charging-state", What: "never tells the state of charging", payload: func(_ string, v object) { drop(v, "chargingState") }},
		{Name: "no-evse", What: "tells the EVSE without its connector", payload: event(func(v object) {
			if e, is := v["evse"].(object); is {
				delete(e, "connectorId")
			}
		})},
		{Name: "free-vending", What: "starts with an empty token of the type NoAuthorization", flags: noAuthorize, payload: event(func(v object) {
			if v["idToken"] != nil {
				v["idToken"] = object{"idToken": "", "type": "NoAuthorization"}
			}
		})},
		{Name: "token-always", What: "puts the token into every TransactionEvent", payload: event(func(v object) {
			if v["idToken"] == nil {
				v["idToken"] = object{"idToken": defaultIDTag, "type": defaultTokenType}
			}
		})},
		{Name: "no-reason", What: "ends transactions without a reason", payload: func(_ string, v object) { drop(v, "stoppedReason") }},
		{Name: "payloads-of-16", What: "tells statuses of 2.0.1 with the members of 1.6", payload: func(action string, v object) {
			if action == "StatusNotification" && v["connectorStatus"] != nil {
				v["status"], v["connectorId"], v["errorCode"] = v["connectorStatus"], v["evseId"], noError
				delete(v, "connectorStatus")
				delete(v, "evseId")
			}
		}},
		{Name: "no-connectors", What: "reports an inventory without EVSEs and connectors", flags: emptyReport},
		{Name: "available-again", What: "tells each status twice, Available first", flags: bursts, payload: func(action string, v object) {
			if action == "StatusNotification" && v["connectorStatus"] == statusUnavailable {
				v["connectorStatus"] = statusAvailable
			}
		}},
	}
}
