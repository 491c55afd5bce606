package gateway

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestSecretsAreNotKept(t *testing.T) {
	kept := &shelf{}
	inBubble(t, Config{PingEvery: -1, Messages: kept, NextMessageID: kept.next}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		done := y.callWith(context.Background(), charging.Call{Action: "ChangeConfiguration",
			Payload: []byte(`{"key":"AuthorizationKey","value":"5ec7e7"}`)})
		if text := c.text(); !strings.Contains(text, `"5ec7e7"`) {
			t.Errorf("sent %s", text)
		} else {
			c.send(`[3,"` + strings.Split(text, `"`)[1] + `",{"status":"Accepted"}]`)
		}
		<-done
		time.Sleep(20 * time.Second)
		c.want(`[2,"d","DataTransfer",{"vendorId":"x","data":"{\"AuthorizationKey\":\"5ec7e7\"}"}]`, `[3,"d",{"status":"UnknownVendorId"}]`)
		c.send(`[2,"e","DataTransfer" {"BasicAuthPassword":"5ec7e7"}]`)
		c.text()
		for _, m := range kept.all() {
			if strings.Contains(string(m.Payload)+string(m.Response), "5ec7e7") {
				t.Errorf("kept %s", m.Payload)
			}
		}
		c.drainLater()
	})
}
