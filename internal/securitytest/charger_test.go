package securitytest

import (
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// obedient is a charger that says Accepted to everything.
type obedient struct {
	conn     net.Conn
	answered chan string // ids of answers to its own calls
	upload   chan string // where it was asked to upload logs to
}

// obeying connects a charger of OCPP 1.6, which reports its port.
func obeying(t *testing.T, base, identity string) *obedient {
	t.Helper()
	c := connected(t, base, identity, "ocpp1.6")
	c.call(t, "BootNotification", `{"chargePointVendor":"V","chargePointModel":"M"}`)
	c.call(t, "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Available"}`)
	return c
}

// connected connects a charger, which says nothing yet. The identity is part of
// an address.
func connected(t *testing.T, base, identity, protocol string) *obedient {
	t.Helper()
	dialer := ws.Dialer{Protocols: []string{protocol}}
	conn, _, _, err := dialer.Dial(t.Context(), base+"/"+identity)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &obedient{conn: conn, answered: make(chan string, 10), upload: make(chan string, 100)}
	go c.obey()
	return c
}

// call makes a call and waits for its answer.
func (c *obedient) call(t *testing.T, action, payload string) {
	t.Helper()
	if err := wsutil.WriteClientText(c.conn, fmt.Appendf(nil, `[2,"own %s",%q,%s]`, action, action, payload)); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-c.answered:
		if got != "own "+action {
			t.Fatalf("%s: got the answer to %q", action, got)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%s was not answered", action)
	}
}

var uploadAddress = regexp.MustCompile(`/uploads/[^"]+`)

// obey answers calls until the connection ends.
func (c *obedient) obey() {
	defer close(c.answered)
	defer c.conn.Close()
	for {
		text, err := wsutil.ReadServerText(c.conn)
		if err != nil {
			return
		}
		var frame []json.RawMessage
		var id string
		if json.Unmarshal(text, &frame) != nil || len(frame) < 3 || json.Unmarshal(frame[1], &id) != nil {
			return
		}
		if string(frame[0]) != "2" {
			c.answered <- id
			continue
		}
		if path := uploadAddress.Find(text); path != nil {
			c.upload <- string(path)
		}
		if err := wsutil.WriteClientText(c.conn, fmt.Appendf(nil, `[3,%q,{"status":"Accepted"}]`, id)); err != nil {
			return
		}
	}
}
