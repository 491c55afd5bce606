package conformance

import (
	"net/http"
	"strconv"
	"strings"
)

// noProvider is why cases of ad hoc payment are open.
const noProvider = "the server is connected to no payment service provider, so it authorizes, settles and invoices no ad hoc payments"

func cases21Payment() []testCase {
	return []testCase{
		{id: "C_103", profile: only21, title: "prepaid card, accepted with a limit of cost", open: "access IDs have no prepaid credit, so no limit of cost is told"},
		{id: "C_104", profile: only21, title: "prepaid card without credit", open: "access IDs have no prepaid credit, so the status NoCredit is never told"},
		{id: "C_108", profile: only21, title: "payment terminal in the station: validation of a VAT number",
			open: "the server asks no register of VAT numbers; it answers Rejected, with the number and the EVSE of the question"},
		{id: "C_113", profile: only21, title: "payment terminal in the station: cancelled after the start", open: noProvider},
		{id: "C_117", profile: only21, title: "settlement at the end, settled and receipted by the server", open: noProvider},
		{id: "C_118", profile: only21, title: "settlement at the end, settled by the station, receipted by the server", open: noProvider},
		{id: "C_119", profile: only21, title: "settlement failed", open: noProvider},
		{id: "C_120", profile: only21, title: "settlement rejected", open: noProvider},
		{id: "C_125", profile: only21, title: "stand-alone payment terminal, cost calculated by the server", open: noProvider},
		{id: "C_126", profile: only21, title: "stand-alone payment terminal, cost calculated by the station", open: noProvider},
		{id: "C_131", profile: only21, title: "payment by QR code", open: noProvider},
		{id: "C_132", profile: only21, title: "payment by QR code, invalid parameters of the URL", open: noProvider},
		{id: "C_133", profile: only21, title: "payment by QR code, invalid one-time password", open: noProvider},
	}
}

// The tariffs of the cases.
const (
	plainTariff = `{"tariffId":"T1","currency":"EUR","energy":{"prices":[{"priceKwh":0.25}]}}`
	nightTariff = `{"tariffId":"T2","currency":"EUR","energy":{"prices":[{"priceKwh":0.15,"conditions":{"startTimeOfDay":"22:00","endTimeOfDay":"06:00"}},{"priceKwh":0.3,"conditions":{"startTimeOfDay":"06:00","endTimeOfDay":"22:00"}}]}}`
)

func cases21Cost() []testCase {
	return []testCase{
		{id: "I_101", profile: only21, title: "SetDefaultTariff with startTimeOfDay and endTimeOfDay",
			run: exchange("SetDefaultTariff", `{"evseId":0,"tariff":`+nightTariff+`}`, accepted)},
		{id: "I_109", profile: only21, title: "driver tariff in the answer to Authorize", open: "access IDs have no tariffs of their own, so none is told to the station"},
		{id: "I_110", profile: only21, title: "ClearTariffs of a default tariff", run: func(k *play) {
			st := k.station()
			k.send(st, "SetDefaultTariff", `{"evseId":1,"tariff":`+plainTariff+`}`, accepted)
			k.send(st, "GetTariffs", `{"evseId":1}`, `{"status":"Accepted","tariffAssignments":[{"tariffId":"T1","tariffKind":"DefaultTariff","evseIds":[1]}]}`)
			k.send(st, "ClearTariffs", `{"tariffIds":["T1"]}`, `{"clearTariffsResult":[{"tariffId":"T1","status":"Accepted"}]}`)
			k.send(st, "GetTariffs", `{"evseId":1}`, `{"status":"NoTariff"}`)
		}},
		{id: "I_113", profile: only21, title: "ChangeTransactionTariff answered TooManyElements", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "ChangeTransactionTariff", `{"transactionId":"`+tx.id+`","tariff":`+nightTariff+`}`, `{"status":"TooManyElements"}`)
			st.charges(1, true)
		}},
		{id: "I_122", profile: only21, title: "cost details at the end of a transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Ended", "StopAuthorized", "Idle", withEnergy("Transaction.End", 3500)+`,"costDetails":{"chargingPeriods":[{"startPeriod":"`+ago(0)+`","tariffId":"T1","dimensions":[{"type":"Energy","volume":2.5},{"type":"IdleTIme","volume":60}]}],`+
				`"totalCost":{"currency":"EUR","typeOfCost":"NormalCost","energy":{"exclTax":0.63},"total":{"exclTax":0.63}},"totalUsage":{"energy":2.5,"chargingTime":600,"idleTime":60}}`)
			st.charges(1, false)
			st.shownMessage(`"typeOfCost":"NormalCost"`)
		}},
	}
}

// shownMessage sees that the operator finds a raw message of the station that
// holds text.
func (st *station) shownMessage(text string) {
	st.k.Helper()
	st.k.Eventually("a message with "+text, func() bool {
		r := st.k.api(http.MethodGet, "/api/ocpp-messages?chargerId="+strconv.FormatInt(st.charger, 10), "")
		return r.status == http.StatusOK && strings.Contains(string(r.body), text)
	})
}
