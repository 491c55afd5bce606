package conformance

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// Cases wait more than they compute, for the server leaves a station alone at
// first when it has booted; so many run at once.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == flag.Lookup("test.parallel").DefValue {
		flag.Set("test.parallel", "100")
	}
	code := m.Run()
	removeAuthority()
	os.Exit(code)
}

// Tags of the estate. GroupA and GroupB stand in one group.
const (
	validTag   = "C0FFEE01"
	otherTag   = "C0FFEE02"
	groupTagA  = "A11CE001"
	groupTagB  = "A11CE002"
	group      = "GROUP-1"
	masterTag  = "DEAD0001"
	masterPass = "MASTERPASS"
	blockedTag = "B10CCED1"
	expiredTag = "E0000001"
	unknownTag = "FFFFFFFF"
	// contractTag is an e-mobility account identifier.
	contractTag = "NLABCC00000001A"
)

const estate = `{
"organizations":[{"id":1,"name":"Conformance","parentId":null}],
"data":[{"id":10,"name":"Lab","address":null,"timezone":"UTC","organization":{"id":1,"name":"Conformance"},"chargers":[]}],
"accessIds":[
 {"id":1,"ocppIdTag":"` + validTag + `","type":"RFID","organization":{"id":1,"name":"Conformance"}},
 {"id":2,"ocppIdTag":"` + otherTag + `","type":"RFID","organization":{"id":1,"name":"Conformance"}},
 {"id":3,"ocppIdTag":"` + groupTagA + `","type":"RFID","parentIdTag":"` + group + `","organization":{"id":1,"name":"Conformance"}},
 {"id":4,"ocppIdTag":"` + groupTagB + `","type":"RFID","parentIdTag":"` + group + `","organization":{"id":1,"name":"Conformance"}},
 {"id":5,"ocppIdTag":"` + masterTag + `","type":"RFID","parentIdTag":"` + masterPass + `","organization":{"id":1,"name":"Conformance"}},
 {"id":6,"ocppIdTag":"` + blockedTag + `","type":"RFID","authorizationStatus":"Revoked","organization":{"id":1,"name":"Conformance"}},
 {"id":7,"ocppIdTag":"` + expiredTag + `","type":"RFID","expiresAt":"2024-01-01T00:00:00Z","organization":{"id":1,"name":"Conformance"}},
 {"id":8,"ocppIdTag":"` + contractTag + `","type":"Vehicle","organization":{"id":1,"name":"Conformance"}}
]}`

// yard is a server that the cases of one version share.
type yard struct {
	*apptest.Server
	authority *pki.Authority
	mobility  *mobility
}

// newYard starts a server that leaves the stations' configuration alone, so
// that only the operator's commands reach them.
func newYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{authority: newAuthority(t), mobility: newMobility(t)}
	y.Server = apptest.Start(t, apptest.Options{Estate: estate, Settings: func(c *config.Config) {
		c.Upkeep, c.EnergyPrice = "off", "0.4"
		withTLS(c)
		y.mobility.asks(t, c)
	}})
	return y
}

// play is one case being played.
type play struct {
	*testing.T
	*yard
	v        *version
	id       string
	stations int
}

// addCharger enters a charger with two ports and returns its id.
func (k *play) addCharger(identity, password string) int64 {
	k.Helper()
	var made app.MadeCharger
	k.MustDo(app.OpChargerAdd, app.NewCharger{Identity: identity, Ports: 2, Password: password}, &made)
	return made.ID
}

// result is what the API answered.
type result struct {
	status int
	body   []byte
	data   map[string]any // of {"data": {…}}
	err    error          // when there was no answer
}

// api sends a request of the operator.
func (k *play) api(method, path, body string) result {
	k.Helper()
	r := k.request(method, path, body)
	if r.err != nil {
		k.Fatal(r.err)
	}
	return r
}

func (k *play) request(method, path, body string) result {
	req, err := http.NewRequestWithContext(k.Context(), method, k.URL+path, strings.NewReader(body))
	if err != nil {
		return result{err: err}
	}
	req.Header.Set("Authorization", "Bearer "+k.Key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return result{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	r := result{status: resp.StatusCode, body: text, err: err}
	var envelope struct{ Data json.RawMessage }
	if json.Unmarshal(text, &envelope) == nil {
		json.Unmarshal(envelope.Data, &r.data) // a list stays nil
	}
	return r
}

// pending is a command that the operator gave and waits for.
type pending struct {
	k    *play
	what string
	done chan result
}

// command gives a raw command.
func (k *play) command(st *station, action, payload string) *pending {
	body, _ := json.Marshal(map[string]any{"action": action, "payload": json.RawMessage(payload)})
	return k.ask(st, "commands", string(body))
}

// ask posts to a resource of the station, such as "reset", without waiting.
func (k *play) ask(st *station, resource, body string) *pending {
	p := &pending{k: k, what: resource + " " + body, done: make(chan result, 1)}
	go func() {
		p.done <- k.request(http.MethodPost, "/api/chargers/"+strconv.FormatInt(st.charger, 10)+"/"+resource, body)
	}()
	return p
}

// wait returns the command as the operator sees it in the end.
func (p *pending) wait() map[string]any {
	p.k.Helper()
	select {
	case r := <-p.done:
		if r.err != nil || r.status != http.StatusOK {
			p.k.Fatalf("%s: %d %s %v", p.what, r.status, r.body, r.err)
		}
		return r.data
	case <-time.After(patience):
		p.k.Fatalf("%s: the operator got no answer", p.what)
		return nil
	}
}

// send gives a raw command that the station answers, and sees that the
// operator is told that answer. It returns the payload that the station got.
func (k *play) send(st *station, action, payload, answer string) json.RawMessage {
	k.Helper()
	p := k.command(st, action, payload)
	got := st.expect(action)
	if !sameJSON(got.payload, []byte(payload)) {
		k.Errorf("the station got %s %s, want %s", action, got.payload, payload)
	}
	st.answer(got, answer)
	told := p.wait()
	if told["status"] != "answered" {
		k.Errorf("%s: status %v, want answered: %v", action, told["status"], told["error"])
	}
	shown, _ := json.Marshal(told["response"])
	if !sameJSON(shown, []byte(answer)) {
		k.Errorf("%s: the operator sees %s, want %s", action, shown, answer)
	}
	return got.payload
}

// refused gives a raw command that the station refuses with a CALLERROR.
func (k *play) refused(st *station, action, payload, code string) {
	k.Helper()
	p := k.command(st, action, payload)
	st.refuse(st.expect(action), code)
	told := p.wait()
	failure, _ := told["error"].(map[string]any)
	if told["status"] != "refused" || failure["code"] != code {
		k.Errorf("%s: the operator sees %v %v, want refused with %s", action, told["status"], told["error"], code)
	}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && string(mustJSON(x)) == string(mustJSON(y))
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// patience bounds every wait. It is long because the machine may be busy.
const patience = 60 * time.Second

// nextBoot has the operator say how the station's next boot is answered.
func (k *play) nextBoot(st *station, answer string) {
	k.Helper()
	r := k.api(http.MethodPost, "/api/chargers/"+strconv.FormatInt(st.charger, 10)+"/next-boot", `{"answer":"`+answer+`"}`)
	if r.status != http.StatusOK {
		k.Fatalf("next-boot: %d %s", r.status, r.body)
	}
}

// showsVariable sees that the operator finds a variable of the station.
func (st *station) showsVariable(component, name, want string) {
	st.k.Helper()
	r := st.k.api(http.MethodGet, "/api/chargers/"+strconv.FormatInt(st.charger, 10)+"/variables?component="+component+"&name="+name, "")
	var list struct {
		Data []struct{ Value *string }
	}
	st.k.decode(r.body, &list)
	if len(list.Data) == 0 || list.Data[0].Value == nil || *list.Data[0].Value != want {
		st.k.Errorf("%s.%s shows %s, want %s", component, name, r.body, want)
	}
}
