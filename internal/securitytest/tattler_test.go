package securitytest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// tattler is a charger that tells its secrets.
type tattler struct {
	y    *leakYard
	conn net.Conn
	mu   sync.Mutex
	seen map[string][]json.RawMessage // the server's calls, by action
	last int
	done chan string // ids of answered calls of ours
}

func (y *leakYard) connect(protocol, identity, password string) *tattler {
	y.t.Helper()
	header := http.Header{}
	header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(identity+":"+password)))
	dialer := ws.Dialer{Protocols: []string{protocol}, Header: ws.HandshakeHeaderHTTP(header)}
	conn, _, _, err := dialer.Dial(y.t.Context(), "ws://"+y.app.Addr().String()+"/ocpp/"+identity)
	if err != nil {
		y.t.Fatal(err)
	}
	c := &tattler{y: y, conn: conn, seen: make(map[string][]json.RawMessage), done: make(chan string, 100)}
	go c.read()
	y.t.Cleanup(func() { conn.Close() })
	if protocol == "ocpp1.6" {
		c.call("BootNotification", `{"chargePointVendor":"V","chargePointModel":"M"}`)
	} else {
		c.call("BootNotification", `{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}`)
	}
	return c
}

func (c *tattler) write(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = wsutil.WriteClientText(c.conn, []byte(text))
}

// call sends a call and waits for its answer.
func (c *tattler) call(action, payload string) {
	c.y.t.Helper()
	c.last++
	id := fmt.Sprint("t", c.last)
	c.write(fmt.Sprintf(`[2,%q,%q,%s]`, id, action, payload))
	for {
		select {
		case got := <-c.done:
			if got == id {
				return
			}
		case <-time.After(20 * time.Second):
			c.y.t.Fatalf("%s was not answered", action)
		}
	}
}

func (c *tattler) heard(action string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen[action]) > 0
}

// payloads are those of the server's calls with an action, together.
func (c *tattler) payloads(action string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%s", c.seen[action])
}

func (c *tattler) read() {
	for {
		text, err := wsutil.ReadServerText(c.conn)
		if err != nil {
			return
		}
		var f []json.RawMessage
		if json.Unmarshal(text, &f) != nil || len(f) < 3 {
			continue
		}
		var id, action string
		_ = json.Unmarshal(f[1], &id)
		if string(f[0]) != "2" {
			c.done <- id
			continue
		}
		_ = json.Unmarshal(f[2], &action)
		c.mu.Lock()
		c.seen[action] = append(c.seen[action], f[3])
		c.mu.Unlock()
		c.write(c.answer(id, action, string(f[3])))
	}
}

// answer tells more than it should.
func (c *tattler) answer(id, action, payload string) string {
	p := c.y.plant
	result := func(payload string) string { return fmt.Sprintf(`[3,%q,%s]`, id, payload) }
	switch action {
	case "GetConfiguration":
		return result(`{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"` + p("told AuthorizationKey") + `"},
			{"key":"WifiPassword","readonly":false,"value":"` + p("told WiFi password") + `"},
			{"key":"BackendURL","readonly":false,"value":"wss://u:` + p("told address") + `@h/"},
			{"key":"HeartbeatInterval","readonly":false,"value":"60"}]}`)
	case "GetVariables":
		return result(`{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"` + p("told BasicAuthPassword") + `",
			"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
	case "SetVariables":
		var m struct {
			SetVariableData []struct{ Component, Variable json.RawMessage }
		}
		_ = json.Unmarshal([]byte(payload), &m)
		var list []string
		for _, d := range m.SetVariableData {
			list = append(list, fmt.Sprintf(`{"attributeStatus":"Accepted","component":%s,"variable":%s}`, d.Component, d.Variable))
		}
		return result(`{"setVariableResult":[` + strings.Join(list, ",") + `]}`)
	case "UnlockConnector":
		return fmt.Sprintf(`[4,%q,"InternalError","cannot reach ftp://u:%s@h/",{"password":%q,"url":"https://u:%s@h"}]`,
			id, p("refusal"), p("details of a refusal"), p("address in details"))
	case "DataTransfer":
		return result(`{"status":"Accepted","data":"{\"password\":\"` + p("data of an answer") + `\"}"}`)
	case "GetDiagnostics":
		return result(`{"fileName":"diag.zip"}`)
	case "UpdateFirmware":
		if strings.Contains(payload, "requestId") {
			break
		}
		return result(`{}`)
	case "ClearCache": // an answer that cannot be read
		return fmt.Sprintf(`[3,%q,{"password":"%s"`, id, p("broken answer"))
	}
	return result(`{"status":"Accepted"}`)
}
