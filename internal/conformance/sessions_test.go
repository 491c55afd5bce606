package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// authorize presents a tag and returns the status that it is told.
func (st *station) authorize(tag string) string {
	st.k.Helper()
	status, _ := st.authorizeGroup(tag)
	return status
}

// authorizeGroup is authorize with the group that is told.
func (st *station) authorizeGroup(tag string) (status, group string) {
	st.k.Helper()
	var answer struct {
		IDTagInfo   struct{ Status, ParentIDTag string } `json:"idTagInfo"`
		IDTokenInfo struct {
			Status       string
			GroupIDToken struct {
				IDToken string `json:"idToken"`
			} `json:"groupIdToken"`
		} `json:"idTokenInfo"`
	}
	if st.protocol == "ocpp1.6" {
		st.k.decode(st.call("Authorize", `{"idTag":"`+tag+`"}`), &answer)
		return answer.IDTagInfo.Status, answer.IDTagInfo.ParentIDTag
	}
	st.k.decode(st.call("Authorize", `{"idToken":`+token(tag)+`}`), &answer)
	return answer.IDTokenInfo.Status, answer.IDTokenInfo.GroupIDToken.IDToken
}

func token(tag string) string { return `{"idToken":"` + tag + `","type":"ISO14443"}` }

// started16 is what a start of 1.6 was told.
type started16 struct {
	TransactionID int64 `json:"transactionId"`
	IDTagInfo     struct{ Status, ParentIDTag string }
}

// start16 starts a transaction of 1.6 now.
func (st *station) start16(port int, tag string) started16 {
	st.k.Helper()
	return st.start16At(port, tag, now(), "")
}

// start16At starts a transaction of 1.6 at a time; more is appended to the
// members.
func (st *station) start16At(port int, tag, at, more string) (s started16) {
	st.k.Helper()
	st.k.decode(st.call("StartTransaction", fmt.Sprintf(`{"connectorId":%d,"idTag":%q,"meterStart":1000,"timestamp":%q%s}`, port, tag, at, more)), &s)
	if s.TransactionID <= 0 {
		st.k.Errorf("the transaction id is %d", s.TransactionID)
	}
	return s
}

// stop16 ends a transaction of 1.6.
func (st *station) stop16(id int64, reason, more string) {
	st.k.Helper()
	if reason != "" {
		more += `,"reason":"` + reason + `"`
	}
	st.call("StopTransaction", fmt.Sprintf(`{"transactionId":%d,"meterStop":3500,"timestamp":%q%s}`, id, now(), more))
}

// session is the running session of a port as GET /api/sites shows it; nil for
// none.
func (st *station) session(port int) map[string]any {
	st.k.Helper()
	p := st.port(port)
	s, _ := p["currentChargingSession"].(map[string]any)
	return s
}

// port is a port as GET /api/sites shows it.
func (st *station) port(number int) map[string]any {
	st.k.Helper()
	c := st.k.Charger(st.identity)
	if c == nil {
		st.k.Fatalf("GET /api/sites does not show %s", st.identity)
	}
	for _, p := range c["ports"].([]any) {
		if port := p.(map[string]any); port["portNumber"] == float64(number) {
			return port
		}
	}
	st.k.Fatalf("GET /api/sites shows no port %d of %s", number, st.identity)
	return nil
}

// shows reports a port's status as GET /api/sites shows it, which must be want.
func (st *station) shows(port int, want string) {
	st.k.Helper()
	status, _ := st.port(port)["ocppStatus"].(map[string]any)
	if status == nil || status["status"] != want {
		st.k.Errorf("port %d shows %v, want %s", port, status, want)
	}
}

// charges reports whether a port shows a running session.
func (st *station) charges(port int, want bool) {
	st.k.Helper()
	if got := st.session(port) != nil; got != want {
		st.k.Errorf("port %d shows a running session: %v, want %v", port, got, want)
	}
}

// transaction is one of 2.x, numbered by the station.
type transaction struct {
	st   *station
	id   string
	port int
	seq  int
	info string // further members of transactionInfo, each behind a comma
}

// newTransaction begins to number a transaction; nothing is sent yet.
func (st *station) newTransaction(port int) *transaction {
	st.last++
	return &transaction{st: st, id: fmt.Sprintf("%s-tx%d", st.identity, st.last), port: port}
}

// told is what a TransactionEvent was answered.
type told struct {
	IDTokenInfo *struct {
		Status       string
		GroupIDToken *struct {
			IDToken string `json:"idToken"`
		} `json:"groupIdToken"`
	} `json:"idTokenInfo"`
	TotalCost *float64 `json:"totalCost"`
}

// status is what was told of the token; "" for nothing.
func (a told) status() string {
	if a.IDTokenInfo == nil {
		return ""
	}
	return a.IDTokenInfo.Status
}

// event sends the next TransactionEvent. more is appended to the members.
func (tx *transaction) event(kind, trigger, state, more string) (a told) {
	tx.st.k.Helper()
	info := `{"transactionId":"` + tx.id + `"` + tx.info
	if state != "" {
		info += `,"chargingState":"` + state + `"`
	}
	if kind == "Ended" {
		info += `,"stoppedReason":"Local"`
	}
	evse := ""
	if tx.port != 0 {
		evse = fmt.Sprintf(`,"evse":{"id":%d,"connectorId":1}`, tx.port)
	}
	payload := fmt.Sprintf(`{"eventType":%q,"timestamp":%q,"triggerReason":%q,"seqNo":%d,"transactionInfo":%s}%s%s}`,
		kind, now(), trigger, tx.seq, info, evse, more)
	tx.seq++
	tx.st.k.decode(tx.st.call("TransactionEvent", payload), &a)
	return a
}

// withToken is the member of a TransactionEvent that carries a tag.
func withToken(tag string) string { return `,"idToken":` + token(tag) }

// withEnergy is the member of a TransactionEvent with a register value in Wh.
func withEnergy(context string, wh int) string {
	return fmt.Sprintf(`,"meterValue":[{"timestamp":%q,"sampledValue":[{"value":%d,"context":%q,"measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"}}]}]`,
		now(), wh, context)
}

// charge lets a transaction run until it charges: plugged in, authorized,
// charging.
func (st *station) charge(port int, tag string) *transaction {
	st.k.Helper()
	st.status(port, "Occupied")
	tx := st.newTransaction(port)
	tx.event("Started", "CablePluggedIn", "EVConnected", withEnergy("Transaction.Begin", 1000))
	if a := tx.event("Updated", "Authorized", "", withToken(tag)); a.status() != "Accepted" {
		st.k.Errorf("the token was answered %q", a.status())
	}
	tx.event("Updated", "ChargingStateChanged", "Charging", withEnergy("Sample.Periodic", 1500))
	return tx
}

// end ends a transaction, and with it the occupation of its port.
func (tx *transaction) end(trigger string) told {
	tx.st.k.Helper()
	a := tx.event("Ended", trigger, "Idle", withEnergy("Transaction.End", 3500))
	tx.st.status(tx.port, "Available")
	return a
}

// history returns rows of the station's history of a kind of note.
func (st *station) notes(note string) []map[string]any {
	st.k.Helper()
	r := st.k.api(http.MethodGet, "/api/chargers/"+strconv.FormatInt(st.charger, 10)+"/history?kind=note&note="+note, "")
	var list struct{ Data []map[string]any }
	st.k.decode(r.body, &list)
	return list.Data
}

// noted sees that the operator finds a message in the history that holds text.
func (st *station) noted(note, text string) {
	st.k.Helper()
	for _, row := range st.notes(note) {
		if strings.Contains(string(mustJSON(row)), text) {
			return
		}
	}
	st.k.Errorf("the history has no %s with %s: %s", note, text, mustJSON(st.notes(note)))
}

// ago is a time before now as messages have it.
func ago(d time.Duration) string {
	return time.Now().Add(-d).UTC().Format("2006-01-02T15:04:05.000Z")
}

// needs tells what the vehicle at EVSE 1 wants; the answer must promise a
// profile.
func (st *station) needs() {
	st.k.Helper()
	var answer struct{ Status string }
	st.k.decode(st.call("NotifyEVChargingNeeds", `{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC","dcChargingParameters":{"evMaxCurrent":200,"evMaxVoltage":800}}}`), &answer)
	if answer.Status != "Accepted" && answer.Status != "Processing" {
		st.k.Errorf("the needs were answered %s", answer.Status)
	}
}
