package charging

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseOrderNamesWhatIsWrong(t *testing.T) {
	const periods = `"unit":"A","periods":[{"limit":16}]`
	for _, tt := range []struct{ order, body, want string }{
		{"start", `[]`, "body: must be a JSON object"},
		{"start", `{`, "body: is no JSON: unexpected end of JSON input"},
		{"start", `{}`, "tag: is missing; name the access ID that the session is for"},
		{"start", `{"tag":5}`, "tag: must be a text"},
		{"start", `{"tag":"A","port":"1"}`, "port: must be a whole number"},
		{"start", `{"tag":"A","port":1.5}`, "port: must be a whole number"},
		{"start", `{"tag":"A","port":-1}`, "port: must be at least 0"},
		{"start", `{"tag":"A","profile":[]}`, "profile: must be an object"},
		{"start", `{"tag":"A","profile":{"periods":[{"limit":"x"}]}}`, "profile.periods.limit: must be a number with at most one decimal"},
		{"start", `{"tag":"A","profile":{"periods":[{"limit":6.25}]}}`, "profile.periods.limit: must be a number with at most one decimal"},
		{"start", `{"tag":"A","profile":{"periods":{}}}`, "profile.periods: must be a list"},
		{"start", `{"tag":"A","profile":{"purpose":"default",` + periods + `}}`, "profile.purpose: must be session in a start; leave it out"},
		{"stop", `{"session":-1}`, "session: must be at least 0"},
		{"unlock", `{"connector":-1}`, "connector: must be at least 0"},
		{"reset", `{"mode":"warm"}`, `mode: "warm" is none of soft, hard`},
		{"reset", `{"resume":"yes"}`, "resume: must be true or false"},
		{"availability", `{}`, "operative: is missing; true takes it into service, false out of it"},
		{"availability", `{"operative":true,"connector":1}`, "port: is missing; a connector is one of a port"},
		{"trigger", `{}`, "message: is missing; name it: boot, heartbeat, status, meters, session, log, diagnostics, firmware or certificate"},
		{"trigger", `{"message":"status","connector":1}`, "port: is missing; a connector is one of a port"},
		{"reserve", `{"expires":"2026-03-02"}`, "tag: is missing; name the access ID that the port is kept for"},
		{"reserve", `{"tag":"A"}`, "expires: is missing; say until when the port is kept, such as 2026-03-02T08:00:00Z"},
		{"reserve", `{"tag":"A","expires":"tomorrow"}`, "expires: must be a time such as 2026-03-02T08:00:00Z"},
		{"reserve", `{"tag":"A","expires":5}`, "expires: must be a time such as 2026-03-02T08:00:00Z"},
		{"reserve", `{"tag":"A","expires":"2026-03-02","port":1,"connectorType":"cType2"}`, "connectorType: goes without a port only; leave one of them out"},
		{"cancel-reservation", `{}`, "id: is missing; name the reservation, by the id that it was made with"},
		{"charging-profile", `{}`, `profile: is missing; give it, such as {"unit": "A", "periods": [{"limit": 16}]}`},
		{"charging-profile", `{"profile":{"periods":[{"limit":16}]}}`, "profile.unit: is missing; A limits each phase, W all phases together"},
		{"charging-profile", `{"profile":{"unit":"kW"}}`, `profile.unit: "kW" is none of A, W`},
		{"charging-profile", `{"profile":{"unit":"A"}}`, `profile.periods: is missing; give at least one, such as {"limit": 16}`},
		{"charging-profile", `{"profile":{"unit":"A","periods":[{}]}}`, "profile.periods[0].limit: is missing; in the unit of the profile"},
		{"charging-profile", `{"profile":{"unit":"A","periods":[{"limit":-6}]}}`, "profile.periods[0].limit: must be at least 0"},
		{"charging-profile", `{"profile":{"unit":"A","periods":[{"after":60,"limit":6}]}}`, "profile.periods[0].after: must be 0, the first limit holds from the start"},
		{"charging-profile", `{"profile":{"unit":"A","periods":[{"limit":6},{"limit":7}]}}`, "profile.periods[1].after: must be later than the one before"},
		{"charging-profile", `{"profile":{"unit":"A","periods":[{"limit":6,"phases":4}]}}`, "profile.periods[0].phases: must be from 1 to 3"},
		{"charging-profile", `{"profile":{"kind":"recurring",` + periods + `}}`, "profile.recurrence: is missing; say daily or weekly"},
		{"charging-profile", `{"profile":{"kind":"recurring","recurrence":"daily",` + periods + `}}`,
			"profile.start: is missing; a recurring profile begins at a time, such as 2026-03-02T22:00:00Z"},
		{"charging-profile", `{"profile":{"kind":"relative","start":"2026-03-02",` + periods + `}}`,
			"profile.start: a relative profile begins with its session; leave it out"},
		{"charging-profile", `{"port":1,"profile":{"purpose":"charger",` + periods + `}}`,
			"port: a profile for the charger holds for all ports; leave it out, or choose purpose default"},
		{"charging-profile", `{"profile":{"purpose":"session",` + periods + `}}`, "session: is missing; name the session that the profile is for, or its port"},
		{"charging-profile", `{"session":5,"profile":{"purpose":"default",` + periods + `}}`, "profile.purpose: must be session for a profile of one session"},
		{"clear-charging-profile", `{"id":1,"port":1}`, "id: names one profile; leave port, purpose and stackLevel out"},
		{"clear-charging-profile", `{"purpose":"all"}`, `purpose: "all" is none of charger, default, session, priority, localGeneration`},
		{"composite-schedule", `{}`, "duration: is missing; say how many seconds to look ahead, such as 86400"},
		{"configuration", `{}`, "key: is missing; name the setting, such as HeartbeatInterval"},
		{"configuration", `{"key":"A"}`, `value: is missing; give it as a text, such as "300"`},
		{"configuration", `{"key":"A","value":300}`, "value: must be a text"},
		{"get-configuration", `{"keys":[""]}`, "keys[0]: is missing; name a setting"},
		{"get-configuration", `{"keys":"A"}`, "keys: must be a list"},
		{"report", `{"kind":"all"}`, `kind: "all" is none of full, configuration, summary`},
		{"local-list", `{"entries":[{}]}`, "entries[0].tag: is missing; name the access ID"},
		{"local-list", `{"entries":[{"tag":"A","remove":true}]}`, "entries[0].remove: goes with update differential only; a full list holds what is there"},
		{"local-list", `{"update":"partial"}`, `update: "partial" is none of full, differential`},
		{"log", `{"kind":"all"}`, `kind: "all" is none of diagnostics, security`},
		{"log", `{"from":"2026-03-02","to":"2026-03-01"}`, "to: must not be before from"},
		{"log", `{"retries":-1}`, "retries: must be at least 0"},
		{"log", `{"retryInterval":-1}`, "retryInterval: must be at least 0"},
		{"firmware", `{}`, "location: is missing; give the address of the firmware, or as file the id of one that this server hosts"},
		{"firmware", `{"file":1,"location":"x"}`, "location: goes without a file only; leave one of them out"},
		{"firmware", `{"file":1,"signature":"x"}`, "signature: signed firmware needs both the signature and the certificate"},
		{"install-certificate", `{}`, "type: is missing; say csms, manufacturer, v2g, mo or oem"},
		{"install-certificate", `{"type":"csms"}`, "certificate: is missing; give it as PEM text"},
		{"install-certificate", `{"type":"x","certificate":"x"}`, `type: "x" is none of csms, manufacturer, v2g, mo, oem`},
		{"certificates", `{"types":["x"]}`, `types[0]: "x" is none of csms, manufacturer, v2g, mo, oem, v2gChain`},
		{"delete-certificate", `{}`, "hashAlgorithm: is missing; name the certificate as the charger does in its answer to certificates"},
		{"data-transfer", `{}`, "vendorId: is missing; name the vendor"},
	} {
		_, err := ParseOrder(tt.order, []byte(tt.body))
		if KindOf(err) != Invalid || MessageOf(err) != tt.want {
			t.Errorf("%s %s:\n got %v\nwant %s", tt.order, tt.body, err, tt.want)
		}
	}
}

func TestTenths(t *testing.T) {
	for text, want := range map[string]string{"6": "6.0", "6.0": "6.0", "6.50": "6.5", "0.1": "0.1", "-0.5": "-0.5", "6000": "6000.0", "null": "0.0"} {
		var n Tenths
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got, _ := n.MarshalJSON(); string(got) != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
	for _, text := range []string{"6.25", "6.05", "1e3", "99999999999999999999", `"6"`, "true"} {
		var n Tenths
		if err := json.Unmarshal([]byte(text), &n); err == nil {
			t.Errorf("%s: %d", text, n)
		}
	}
}

func TestInstant(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		`"2026-03-02T12:00:00Z"`: noon, `"2026-03-02T13:00:00.000+01:00"`: noon, `"2026-03-02T12:00:00"`: noon,
		`"2026-03-02T12:00"`: noon, `"2026-03-02"`: noon.Add(-12 * time.Hour), `null`: {},
	} {
		var i Instant
		if err := json.Unmarshal([]byte(text), &i); err != nil || !i.Equal(want) {
			t.Errorf("%s: %v, %v", text, i, err)
		}
	}
}

func TestAStopFindsItsSession(t *testing.T) {
	one, two, floating := &Session{ID: 1, PortNumber: 1}, &Session{ID: 2, PortNumber: 2}, &Session{ID: 3}
	busy := &Charger{Ports: []*Port{{PortSettings: PortSettings{Number: 1}, Session: one}, {PortSettings: PortSettings{Number: 2}, Session: two}}, Floating: []*Session{floating}}
	single := &Charger{Ports: []*Port{{PortSettings: PortSettings{Number: 1}, Session: one}, {PortSettings: PortSettings{Number: 2}}}}
	for _, tt := range []struct {
		o    StopOrder
		c    *Charger
		want *Session
		err  string
	}{
		{StopOrder{Session: 2}, busy, two, ""},
		{StopOrder{Session: 3}, busy, floating, ""},
		{StopOrder{Port: 1}, busy, one, ""},
		{StopOrder{}, single, one, ""},
		{StopOrder{}, busy, nil, "session: is missing; several run on this charger; name one, or its port"},
		{StopOrder{Session: 9}, busy, nil, "session: 9 does not run on this charger"},
		{StopOrder{Port: 2}, single, nil, "port: no session runs on port 2"},
		{StopOrder{}, &Charger{}, nil, "session: none runs on this charger"},
	} {
		got, err := tt.o.FindSession(tt.c)
		if got != tt.want || MessageOf(err) != tt.err {
			t.Errorf("%+v: %v, %v", tt.o, got, err)
		}
	}
}

func TestAStartFindsItsPort(t *testing.T) {
	port := func(n int, s *Session, word Status) *Port {
		return &Port{PortSettings: PortSettings{Number: n}, Session: s, Status: &PortStatus{Status: word}}
	}
	busy := &Session{ID: 1}
	for _, tt := range []struct {
		ports []*Port
		named int
		want  int
		err   string
	}{
		{[]*Port{port(1, busy, Charging)}, 0, 1, ""}, // the charger knows better
		{[]*Port{port(1, busy, Charging), port(2, nil, Available)}, 0, 2, ""},
		{[]*Port{port(1, nil, Faulted), port(2, nil, Preparing), port(3, nil, StatusUnavailable)}, 0, 2, ""},
		{[]*Port{port(1, nil, Available), port(2, nil, Preparing)}, 0, 0, "port: is missing; several are free: 1 and 2; name the one to start on"},
		{[]*Port{port(1, busy, Charging), port(2, busy, Charging)}, 0, 0, "port: is missing; no port of the charger is free, so name the one to start on"},
		{nil, 0, 0, "port: is missing; the charger has not told of its ports yet, so name the one to start on"},
		{nil, 3, 3, ""},
		{[]*Port{port(1, nil, Available)}, 3, 3, "port: the charger has no port 3, only 1; a raw command reaches any"},
	} {
		got, err := (&StartOrder{Port: tt.named}).StartPort(&Charger{Ports: tt.ports})
		if got != tt.want || MessageOf(err) != tt.err {
			t.Errorf("%d of %d ports: %d, %v", tt.named, len(tt.ports), got, err)
		}
	}
}

func TestParseKey(t *testing.T) {
	for text, want := range map[string]ConfigurationKey{
		"OCPPCommCtrlr.HeartbeatInterval":               {Component: "OCPPCommCtrlr", Variable: "HeartbeatInterval"},
		"heartbeatinterval":                             {Component: "OCPPCommCtrlr", Variable: "HeartbeatInterval"},
		"EVSE#1.Power":                                  {Component: "EVSE", EVSE: 1, Variable: "Power"},
		"Connector[a.b]#2:1.Available[c.d]/MaxSet":      {Component: "Connector", ComponentInstance: "a.b", EVSE: 2, Connector: 1, Variable: "Available", VariableInstance: "c.d", Attribute: "MaxSet"},
		"DeviceDataCtrlr.ItemsPerMessage[GetVariables]": {Component: "DeviceDataCtrlr", Variable: "ItemsPerMessage", VariableInstance: "GetVariables"},
	} {
		if got, err := ParseKey(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "A", ".B", "A.", "A[.B", "A].B", "A[].B", "A#.B", "A#0.B", "A#x.B", "A#1:x.B", "A.B[", "A.B/", "A.B[c]d"} {
		if got, err := ParseKey(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
