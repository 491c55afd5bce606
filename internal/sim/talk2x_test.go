package sim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// story renders what a charger of 2.x told in a few letters each.
func story(list []got) string {
	var parts []string
	for _, g := range list {
		parts = append(parts, chapter(g))
	}
	return strings.Join(parts, " ")
}

func chapter(g got) string {
	var m struct {
		ConnectorStatus string `json:"connectorStatus"`
		EVSE            int    `json:"evseId"`
		EventType       string `json:"eventType"`
		Why             string `json:"triggerReason"`
		SeqNo           int    `json:"seqNo"`
		Offline         bool   `json:"offline"`
		Info            struct {
			State   string `json:"chargingState"`
			Stopped string `json:"stoppedReason"`
		} `json:"transactionInfo"`
		Events []struct {
			Value     string `json:"actualValue"`
			Component struct {
				Name string  `json:"name"`
				EVSE evseRef `json:"evse"`
			} `json:"component"`
		} `json:"eventData"`
	}
	if err := json.Unmarshal([]byte(g.payload), &m); err != nil {
		return g.payload
	}
	switch g.action {
	case "StatusNotification":
		return fmt.Sprint(m.EVSE, ":", m.ConnectorStatus)
	case "NotifyEvent":
		e := m.Events[0]
		return fmt.Sprint(e.Component.Name, e.Component.EVSE.ID, ":", e.Value)
	case "TransactionEvent":
		text := fmt.Sprint(m.EventType, m.SeqNo, "(", m.Why, ",", m.Info.State+m.Info.Stopped, ")")
		if m.Offline {
			text += "offline"
		}
		return text
	}
	return g.action
}

// start2x runs one charger of one port on a version of 2.x.
func start2x(s *server, protocol string, change func(cfg *Config)) *Fleet {
	s.protocol = protocol
	return startOne(s, func(cfg *Config) {
		cfg.Protocols = []string{protocol}
		cfg.Chargers[0].Make.Events = false
		if change != nil {
			change(cfg)
		}
	})
}

func TestSession2x(t *testing.T) {
	bubble(t, "a session of 2.0.1 is told by TransactionEvents", func(t *testing.T) {
		s := newServer(t)
		start2x(s, Protocol201, func(cfg *Config) { cfg.Life.SampleInterval = 2 * time.Minute })
		time.Sleep(5 * time.Minute)
		want := "BootNotification 1:Available SecurityEventNotification 1:Occupied Authorize Started0(Authorized,EVConnected) " +
			"Updated1(ChargingStateChanged,Charging) Updated2(MeterValuePeriodic,Charging) Ended3(StopAuthorized,EVConnectedLocal) 1:Available"
		if text := story(s.received()); text != want {
			t.Errorf("%s\nwant %s", text, want)
		}
		var first, last struct {
			Info struct {
				ID string `json:"transactionId"`
			} `json:"transactionInfo"`
			Token tokenRef `json:"idToken"`
			EVSE  *evseRef `json:"evse"`
		}
		list := s.received("TransactionEvent")
		if json.Unmarshal([]byte(list[0].payload), &first) != nil || json.Unmarshal([]byte(list[3].payload), &last) != nil {
			t.Fatal(list)
		}
		if first.EVSE.ID != 1 || first.Token != (tokenRef{defaultIDTag, "ISO14443"}) || first.Info.ID == "" || first.Info != last.Info {
			t.Errorf("%+v %+v", first, last)
		}
	})

	bubble(t, "a charger of 2.1 tells its statuses as events", func(t *testing.T) {
		s := newServer(t)
		start2x(s, Protocol21, func(cfg *Config) { cfg.Life.SampleInterval = time.Hour })
		time.Sleep(5 * time.Minute)
		want := "BootNotification ChargingStation0:Available Connector1:Available SecurityEventNotification Connector1:Occupied Authorize " +
			"Started0(Authorized,EVConnected) Updated1(ChargingStateChanged,Charging) Ended2(StopAuthorized,EVConnectedLocal) Connector1:Available"
		if text := story(s.received()); text != want {
			t.Errorf("%s\nwant %s", text, want)
		}
	})

	bubble(t, "what happens offline is told in order and says so", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			usual.hangUp = g.action == "Authorize"
			return usual
		}
		start2x(s, Protocol201, func(cfg *Config) { cfg.Retry = Retry{BackOffMin: 10 * time.Minute, BackOffMax: 10 * time.Minute} })
		time.Sleep(20 * time.Minute)
		list := s.received("TransactionEvent")
		if len(list) < 6 || list[0].connection != 2 {
			t.Fatalf("%+v", list)
		}
		for i, g := range list {
			if text := chapter(g); !strings.Contains(text, fmt.Sprint(i, "(")) || !strings.HasSuffix(text, "offline") {
				t.Error(text)
			}
		}
	})

	bubble(t, "a token that is refused ends the session", func(t *testing.T) {
		s := newServer(t)
		s.react = func(g got, usual reaction) reaction {
			if g.action == "TransactionEvent" && strings.Contains(g.payload, `"Started"`) {
				usual.payload = `{"idTokenInfo":{"status":"Blocked"}}`
			}
			return usual
		}
		start2x(s, Protocol201, nil)
		time.Sleep(time.Minute)
		if text := story(s.received("TransactionEvent")); !strings.HasSuffix(text, "Ended2(Deauthorized,EVConnectedDeAuthorized)") {
			t.Error(text)
		}
	})

	for _, protocol := range []string{Protocol201, Protocol21} {
		bubble(t, "a lively day of "+protocol+" fits its table", func(t *testing.T) {
			s := newServer(t)
			f := start2x(s, protocol, func(cfg *Config) {
				cfg.Life = DemoLife()
				cfg.Chargers[0].Make, cfg.Chargers[0].Ports = Makes[1], 3
			})
			time.Sleep(6 * time.Hour)
			if sum := f.Summary(); sum.Ended < 20 || sum.Connects < 5 {
				t.Errorf("%+v", sum)
			}
		})
	}

	bubble(t, "the server chooses among the versions that are offered", func(t *testing.T) {
		s := newServer(t)
		f := start2x(s, Protocol201, func(cfg *Config) { cfg.Protocols = []string{Protocol21, Protocol201, Protocol16} })
		time.Sleep(time.Minute)
		if p := f.Chargers()[0].Protocol(); p != Protocol201 || len(s.received("TransactionEvent")) == 0 {
			t.Error(p)
		}
	})
}
