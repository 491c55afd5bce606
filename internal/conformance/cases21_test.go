package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// cases21 are the cases of OCPP 2.1: those of 2.0.1, which hold there too, and
// those that only 2.1 has.
func cases21() []testCase {
	return slices.Concat(cases201(), cases21Core(), cases21Payment(), cases21Cost(), cases21Vehicle(), cases21Grid())
}

const accepted = `{"status":"Accepted"}`

func cases21Core() []testCase {
	return []testCase{
		{id: "B_100", profile: only21, title: "SetNetworkProfile with identity and password: the station comes back with both, and nobody is shown the password", run: playNewIdentity},
		{id: "B_103", profile: only21, title: "Reset ImmediateAndResume with an ongoing transaction, which goes on after the boot", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			before := st.session(1)["id"]
			k.send(st, "Reset", `{"type":"ImmediateAndResume"}`, accepted)
			tx.event("Updated", "ResetCommand", "SuspendedEVSE", "")
			tx.resume(k)
			if after := tx.st.session(1)["id"]; after != before {
				k.Errorf("the session is %v, and was %v", after, before)
			}
			tx.end("StopAuthorized")
			tx.st.charges(1, false)
		}},
		{id: "B_104", profile: only21, title: "Reset ImmediateAndResume without a transaction", run: func(k *play) {
			st := k.station()
			k.send(st, "Reset", `{"type":"ImmediateAndResume"}`, accepted)
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			if status := st.bootAs("RemoteReset"); status != "Accepted" {
				k.Errorf("the boot after the reset was answered %s", status)
			}
			st.charges(1, false)
		}},
		{id: "B_116", profile: only21, title: "Reset ImmediateAndResume with an ongoing transaction and smart charging",
			open: "the server does not send the charging profile of a session again by itself when it resumes (B13.FR.31); an operator can"},
		{id: "E_102", profile: only21, title: "transactions with fixed cost, energy or time, limits of server and station",
			open: "the server sets no limits of transactions, so it has none to hold against the station's"},
		{id: "E_113", profile: only21, title: "a transaction resumes after an interruption, within TxResumptionTimeout", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			before := st.session(1)["id"]
			tx.resume(k)
			if s := tx.st.session(1); s["id"] != before || s["energyDeliveredKwh"] != 1.0 {
				k.Errorf("the session is %v, and was %v", s, before)
			}
			tx.st.shows(1, "Charging")
		}},
		{id: "G_01", profile: only21, title: "StatusNotification", run: func(k *play) {
			st := k.station()
			for _, c := range []struct{ status, shown string }{
				{"Unavailable", "Unavailable"}, {"Faulted", "Faulted"}, {"Reserved", "Reserved"}, {"Occupied", "Preparing"}, {"Available", "Available"},
			} {
				st.status(1, c.status)
				st.shows(1, c.shown)
			}
		}},
		{id: "N_105", profile: only21, title: "SetVariableMonitoring of a frequent periodic monitor: stream opened, events sent and never answered", run: playEventStream},
		{id: "N_107", profile: only21, title: "GetPeriodicEventStream", run: func(k *play) {
			st := k.station()
			st.openStream(7)
			k.send(st, "GetPeriodicEventStream", `{}`, `{"constantStreamData":[{"id":7,"variableMonitoringId":3,"params":{"interval":5,"values":10}}]}`)
			k.send(st, "AdjustPeriodicEventStream", `{"id":7,"params":{"interval":10,"values":5}}`, accepted)
		}},
	}
}

// only21 is the profile of cases that 2.1 adds: the list that is public does not
// tell it.
const only21 = "2.1"

// resume plays a restart of the station, after which the transaction goes on.
func (tx *transaction) resume(k *play) {
	k.Helper()
	st := tx.st
	st.close()
	tx.st = k.reconnect(dial{identity: st.identity}, st.charger)
	if status := tx.st.bootAs("RemoteReset"); status != "Accepted" {
		k.Errorf("the boot was answered %s", status)
	}
	tx.st.status(1, "Occupied")
	tx.event("Updated", "TxResumed", "Charging", withEnergy("Sample.Periodic", 2000))
	tx.st.charges(1, true)
}

func playNewIdentity(k *play) {
	st := k.connect(dial{password: stationPassword})
	st.boot()
	next, password := k.identity(), "ThePasswordOfTheNewIdentity"
	charger := k.addCharger(next, password)
	k.send(st, "SetNetworkProfile", fmt.Sprintf(`{"configurationSlot":2,"connectionData":{"ocppInterface":"Any","ocppTransport":"JSON","ocppCsmsUrl":%q,"messageTimeout":30,"securityProfile":1,"identity":%q,"basicAuthPassword":%q}}`,
		k.OCPP(), next, password), accepted)
	k.send(st, "SetVariables", `{"setVariableData":[{"attributeValue":"2,1","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"NetworkConfigurationPriority"}}]}`,
		`{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"NetworkConfigurationPriority"}}]}`)
	k.send(st, "Reset", `{"type":"OnIdle"}`, accepted)
	st.close()
	k.reconnect(dial{identity: next, password: password}, charger).boot()
	for _, path := range []string{"/api/chargers/%s/commands", "/api/ocpp-messages?chargerId=%s", "/api/chargers/%s/history"} {
		r := k.api(http.MethodGet, fmt.Sprintf(path, strconv.FormatInt(st.charger, 10)), "")
		if r.status != http.StatusOK || strings.Contains(string(r.body), password) {
			k.Errorf("%s: %d, with the password: %s", path, r.status, r.body)
		}
	}
}

// openStream opens a stream of periodic events.
func (st *station) openStream(id int) {
	st.k.Helper()
	var answer struct{ Status string }
	st.k.decode(st.call("OpenPeriodicEventStream", fmt.Sprintf(`{"constantStreamData":{"id":%d,"variableMonitoringId":3,"params":{"interval":5,"values":10}}}`, id)), &answer)
	if answer.Status != "Accepted" {
		st.k.Errorf("the stream was answered %s", answer.Status)
	}
}

func playEventStream(k *play) {
	st := k.station()
	k.send(st, "SetVariableMonitoring", `{"setMonitoringData":[{"value":1,"type":"Periodic","severity":8,"periodicEventStream":{"interval":5,"values":10},"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`,
		`{"setMonitoringResult":[{"id":3,"status":"Accepted","type":"Periodic","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
	st.openStream(7)
	for i := range 3 {
		st.tell("NotifyPeriodicEventStream", fmt.Sprintf(`{"id":7,"pending":0,"basetime":%q,"data":[{"t":%d,"v":"7.%d"}]}`, now(), i, i))
	}
	// The answer to a later call proves that nothing was answered before.
	st.call("ClosePeriodicEventStream", `{"id":7}`)
	for i := range 3 {
		st.noted("eventStream", fmt.Sprintf("7.%d", i))
	}
	st.noted("eventStreamClosed", "7")
}
