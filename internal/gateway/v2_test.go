package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// dialAs connects CP1 with a protocol.
func (y *yard) dialAs(protocol string, header ...string) *client {
	y.t.Helper()
	resp, c := y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead +
		"Sec-WebSocket-Protocol: " + protocol + "\r\n" + strings.Join(append(header, ""), "\r\n") + "\r\n")
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(resp.Body)
		y.t.Fatalf("%s: status %d: %s", protocol, resp.StatusCode, body)
	}
	if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != strings.ToLower(protocol) {
		y.t.Errorf("%s: echoed %q", protocol, got)
	}
	return c
}

// pipeAs connects charger 1 without a handshake.
func (y *yard) pipeAs(name string) *client {
	c := y.estate.chargers[0]
	return y.pipeWith(&admission{identity: c.OCPPID, remote: "192.0.2.1", charger: c, protocol: negotiate([]string{name})})
}

func basic(credentials string) string { return base64.StdEncoding.EncodeToString([]byte(credentials)) }

const (
	statusCall2 = `[2,"s1","StatusNotification",{"timestamp":"2026-03-01T12:00:00Z","connectorStatus":"Available","evseId":1,"connectorId":1}]`
	bootCall2   = `[2,"b1","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"One","vendorName":"Acme","serialNumber":"SN-1"}}]`
)

// Server-rules 2.1, columns 2.0.1 and 2.1.
func TestErrorsOfOCPP2(t *testing.T) {
	for _, name := range []string{"ocpp2.0.1", "ocpp2.1"} {
		y := listenYard(t, Config{})
		c := y.dialAs(name)
		c.want(`[2,"1","Nonsense",{}]`, `[4,"1","NotImplemented","unknown action Nonsense",{}]`)
		c.want(`[2,"2","RequestStartTransaction",{}]`,
			`[4,"2","NotSupported","RequestStartTransaction is not sent in this direction",{}]`)
		c.want(`[2,"3","StatusNotification",{"evseId":1,"connectorStatus":}}]`,
			`[4,"3","FormatViolation","the payload is not well-formed JSON: text after the end of the value at byte 35",{}]`)
		c.want(`[2,"4","Authorize",{}]`, `[4,"4","OccurrenceConstraintViolation","idToken is missing",{}]`)
		c.want(`[2,"9",{"no":"action"}]`, `[4,"9","FormatViolation","the frame has no action",{}]`)
		c.want(`no JSON`, `[4,"-1","RpcFrameworkError","a frame is a JSON array such as [2,\"id\",\"Action\",{}]",{}]`)
		c.want(`[2]`, `[4,"-1","RpcFrameworkError","the frame has no readable message id",{}]`)
		c.want(statusCall2, `[3,"s1",{}]`)
		// Answers that nobody asked for get no answer, however broken.
		for _, silent := range []string{`[3,"x",{}]`, `[4,"-1","RpcFrameworkError","",{}]`, `[3,"cut off",{"a":[`, `[4,"x"`} {
			c.send(silent)
		}
		c.want(statusCall2, `[3,"s1",{}]`)
	}
}

func TestMessageTypesThatAVersionDoesNotKnow(t *testing.T) {
	const stream = `[6,"x","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-03-01T12:00:00Z","data":[{"t":0,"v":"1"}]}]`
	const unknown = `[4,"x","MessageTypeNotSupported","the message type is unknown",{}]`
	y := listenYard(t, Config{})
	c := y.dialAs("ocpp2.0.1")
	c.want(`[7,"x","Heartbeat",{}]`, unknown)
	c.want(stream, unknown)
	c.want(`[5,"x","InternalError","",{}]`, unknown)

	for _, name := range []string{"ocpp1.6", "ocpp2.1"} {
		c := y.dialAs(name)
		for _, silent := range []string{`[7,"x","Heartbeat",{}]`, `[5,"x","InternalError","",{}]`, stream,
			`[6,"y","Nonsense",{}]`, `[6,"z","NotifyPeriodicEventStream",{"id":}]`, `[6,"w"`, `[6,"v","Heartbeat",{}]`} {
			c.send(silent)
		}
		c.send(heartbeatCall)
		if got := c.text(); !strings.HasPrefix(got, `[3,"h1",`) {
			t.Errorf("%s: answer %s", name, got)
		}
	}
}

func TestAnswerThatAChargerCouldNotDigestIsLogged(t *testing.T) {
	y := listenYard(t, Config{})
	c := y.dialAs("ocpp2.1")
	c.send(`[5,"s0","FormatViolation","no status in it",{}]`)
	c.want(statusCall2, `[3,"s1",{}]`)
	if log := y.log.String(); !strings.Contains(log, "the charger could not digest an answer") || !strings.Contains(log, "no status in it") {
		t.Errorf("log: %s", log)
	}
}

func TestSendIsStoredAndNeverAnswered(t *testing.T) {
	kept := &shelf{}
	y := listenYard(t, Config{Messages: kept, NextMessageID: kept.next})
	fail := true
	y.estate.handle = func(_ context.Context, ev charging.Event) (charging.Outcome, error) {
		if fail {
			fail = false
			panic("out of nowhere")
		}
		return charging.Outcome{}, nil
	}
	c := y.dialAs("ocpp2.1")
	const payload = `{"id":1,"pending":0,"basetime":"2026-03-01T12:00:00Z","data":[{"t":0,"v":"1"}]}`
	c.send(`[6,"x1","NotifyPeriodicEventStream",` + payload + `]`) // panics
	c.send(`[6,"x2","NotifyPeriodicEventStream",` + payload + `]`)
	c.want(statusCall2, `[3,"s1",{}]`)
	var stored []string
	for _, ev := range y.estate.taken() {
		if ev.MessageID != "" {
			stored = append(stored, ev.MessageID)
		}
	}
	if diff := cmp.Diff([]string{"x2", "s1"}, stored); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	eventually(t, "the messages are kept", func() bool { return len(kept.all()) == 3 })
	if m := kept.all()[1]; m.Action != "NotifyPeriodicEventStream" || string(m.Payload) != payload || len(m.Response) != 0 || !m.Answered.IsZero() {
		t.Errorf("kept %+v", m)
	}
}

func TestResultThatCannotBeDigestedIsRefusedIn21(t *testing.T) {
	f := func(name string, strict bool, answer, refusal string, status charging.CommandStatus) {
		t.Helper()
		inBubble(t, Config{PingEvery: -1, Strict: strict}, func(y *yard) {
			y.estate.chargers[0].Boot = &charging.Boot{}
			c := y.pipeAs(name)
			done := y.callWith(context.Background(), charging.Call{Action: "ClearCache"})
			id, _ := c.outgoing()
			go c.send(strings.Replace(answer, "ID", id, 1))
			if refusal != "" {
				if got, want := c.text(), strings.Replace(refusal, "ID", id, 1); got != want {
					t.Errorf("%s: answered %s, want %s", name, got, want)
				}
			}
			if a := <-done; a.Status != status {
				t.Errorf("%s: %+v", name, a)
			}
			c.want(statusCall2, `[3,"s1",{}]`)
			c.drainLater()
		})
	}
	f("ocpp2.1", false, `[3,"ID",{"status":[]`, `[5,"ID","FormatViolation","the elements of the frame are no JSON",{}]`, charging.CommandUnknown)
	f("ocpp2.1", false, `[3,"ID","Accepted"]`, `[5,"ID","TypeConstraintViolation","the payload is no object",{}]`, charging.CommandAnswered)
	f("ocpp2.1", false, `[3,"ID",{"status":"Perhaps"}]`, "", charging.CommandAnswered)
	f("ocpp2.1", true, `[3,"ID",{}]`, `[5,"ID","OccurrenceConstraintViolation","status is missing",{}]`, charging.CommandAnswered)
	f("ocpp2.1", true, `[3,"ID",{"status":"Accepted"}]`, "", charging.CommandAnswered)
	f("ocpp2.0.1", true, `[3,"ID",{"status":[]`, "", charging.CommandUnknown)
	f("ocpp2.0.1", true, `[3,"ID",{}]`, "", charging.CommandAnswered)
}

func TestVersionBelongsToTheConnection(t *testing.T) {
	y := listenYard(t, Config{})
	f := func(protocol, call, answer string) {
		t.Helper()
		c := y.dialAs(protocol)
		c.want(call, answer)
		if name, version, ok := y.g.Protocol(1); !ok || name != strings.ToLower(protocol) || (version == ocpp.V16) != (name == "ocpp1.6") {
			t.Errorf("%s: protocol %s, %d", protocol, name, version)
		}
	}
	f("ocpp1.6", statusCall, `[3,"s1",{}]`)
	f("ocpp2.0.1", statusCall2, `[3,"s1",{}]`)
	f("OCPP2.1", statusCall2, `[3,"s1",{}]`)
	f("ocpp1.6", statusCall, `[3,"s1",{}]`)
}

func TestFirstProtocolThatIsSpokenIsChosen(t *testing.T) {
	f := func(offers, want string) {
		t.Helper()
		p := negotiate(offeredProtocols([]string{offers}))
		if p == nil || p.name != want {
			t.Errorf("%s: %v", offers, p)
		}
	}
	f("ocpp2.1, ocpp2.0.1, ocpp1.6", "ocpp2.1")
	f("ocpp1.6, ocpp2.0.1", "ocpp1.6")
	f(",ocpp2.0.1", "ocpp2.0.1")
	f("ocpp0.1, ocpp2.0.1", "ocpp2.0.1")
	f("ocpp2.0, OCPP2.1", "ocpp2.1")
}

// TC_B_30 and TC_B_31.
func TestChargerOf2xThatIsNotAcceptedIsRefused(t *testing.T) {
	const refused = `[4,"s1","SecurityError","the boot was not accepted yet; send BootNotification again",{}]`
	for _, name := range []string{"ocpp2.0.1", "ocpp2.1"} {
		for _, answer := range []string{"Pending", "Rejected"} {
			inBubble(t, Config{PingEvery: -1, BootRetry: 40 * time.Second}, func(y *yard) {
				y.estate.answersBoots(answer)
				c := y.pipeAs(name)
				c.want(statusCall2, `[3,"s1",{}]`) // never booted
				c.send(bootCall2)
				if got := c.text(); !strings.Contains(got, `"status":"`+answer+`"`) || !strings.Contains(got, `"interval":40`) {
					t.Errorf("answered %s", got)
				}
				c.want(statusCall2, refused)
				done := y.callWith(context.Background(), charging.Call{Action: "TriggerMessage", Payload: []byte(`{"requestedMessage":"BootNotification"}`)})
				id, _ := c.outgoing()
				c.send(`[3,"` + id + `",{"status":"Accepted"}]`)
				<-done
				y.estate.answersBoots("")
				c.send(bootCall2)
				c.text()
				c.want(statusCall2, `[3,"s1",{}]`)
				c.drainLater()
			})
		}
	}
}

func TestCompressionIsAgreedOnFor2xOnly(t *testing.T) {
	y := listenYard(t, Config{})
	f := func(protocol, offer, want string) {
		t.Helper()
		resp, c := y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: " + protocol + "\r\n" +
			"Sec-WebSocket-Extensions: " + offer + "\r\n\r\n")
		if got := resp.Header.Get("Sec-WebSocket-Extensions"); resp.StatusCode != 101 || got != want {
			t.Errorf("%s, %s: %d %q", protocol, offer, resp.StatusCode, got)
		}
		if want == "" {
			return
		}
		c.sendDeflated(statusCall2, 1<<20)
		if got := c.text(); got != `[3,"s1",{}]` {
			t.Errorf("answer %s", got)
		}
	}
	const agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	f("ocpp2.0.1", "permessage-deflate; client_max_window_bits", agreed)
	f("ocpp2.1", "permessage-deflate", agreed)
	f("ocpp2.1", "permessage-deflate; server_max_window_bits=9", "")
	f("ocpp1.6", "permessage-deflate", "")
}

// TC_A_09: a password of 2.x is its text, not what that stands for.
func TestPasswordOf2xIsItsText(t *testing.T) {
	y := listenYard(t, Config{ChargerSecret: yardSecret})
	const hexText = "8182838485868788898a8b8c8d8e8f90"
	y.estate.chargers[0].PasswordHash = auth.HashChargerPassword(yardSecret, hexText)
	f := func(protocol, password string, status int) {
		t.Helper()
		resp, _ := y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: " + protocol + "\r\n" +
			"Authorization: Basic " + basic("CP1:"+password) + "\r\n\r\n")
		if resp.StatusCode != status {
			t.Errorf("%s, %q: status %d, want %d", protocol, password, resp.StatusCode, status)
		}
	}
	decoded := "\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90"
	f("ocpp1.6", hexText, 101)
	f("ocpp1.6", decoded, 101)
	f("ocpp2.0.1", hexText, 101)
	f("ocpp2.0.1", decoded, 401)
	f("ocpp2.1", decoded, 401)
}

func TestStrictServerRefusesTransactionMessagesToo(t *testing.T) {
	y := listenYard(t, Config{Strict: true})
	y.estate.chargers[0].Boot = &charging.Boot{}
	f := func(protocol, call, code string) {
		t.Helper()
		c := y.dialAs(protocol)
		c.send(call)
		var frame []any
		if err := json.Unmarshal([]byte(c.text()), &frame); err != nil || len(frame) < 3 || frame[0] != 4.0 || frame[2] != code {
			t.Errorf("%s: %v, %v, want %s", protocol, frame, err, code)
		}
	}
	f("ocpp1.6", `[2,"1","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":"0","timestamp":"2026-03-01T12:00:00Z"}]`, "TypeConstraintViolation")
	f("ocpp1.6", `[2,"1","MeterValues",{"connectorId":1}]`, "OccurenceConstraintViolation")
	for _, name := range []string{"ocpp2.0.1", "ocpp2.1"} {
		f(name, `[2,"1","TransactionEvent",{"eventType":"Started"}]`, "OccurrenceConstraintViolation")
		f(name, `[2,"1","TransactionEvent",{"eventType":"Begun","timestamp":"2026-03-01T12:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"t"}}]`, "PropertyConstraintViolation")
		f(name, `[2,"1","TransactionEvent",{"eventType":1}]`, "TypeConstraintViolation")
	}
}

func TestSignedMessageIsHandledAsItsPlainOne(t *testing.T) {
	kept := &shelf{}
	y := listenYard(t, Config{Messages: kept, NextMessageID: kept.next})
	c := y.dialAs("ocpp2.0.1")
	inner := base64.RawURLEncoding.EncodeToString([]byte(`{"reason":"PowerUp","chargingStation":{"model":"One","vendorName":"Acme"}}`))
	c.send(`[2,"b1","BootNotification-Signed",{"payload":"` + inner + `","protected":"e30","signature":"AA"}]`)
	if got := c.text(); !strings.Contains(got, `"status":"Accepted"`) {
		t.Errorf("answer %s", got)
	}
	eventually(t, "the message is kept", func() bool { return len(kept.all()) == 1 })
	if m := kept.all()[0]; m.Action != "BootNotification-Signed" || !strings.Contains(string(m.Payload), `"signature"`) {
		t.Errorf("kept %+v", m)
	}
	if got := y.link(1).dialog.registered(); got != accepted {
		t.Errorf("registration %d", got)
	}
}
