package command_test

import (
	"context"
	"slices"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// tells has the charger report a setting.
func (y *yard) tells(v charging.Variable) {
	y.t.Helper()
	v.Attribute, v.HasValue = "Actual", true
	y.tell(charging.VariablesReported{Variables: []charging.Variable{v}})
}

func TestAnOrderHeedsWhatTheChargerToldOfItself(t *testing.T) {
	const inAmpere = `{"port":1,"profile":{"unit":"A","periods":[{"limit":16}]}}`
	t.Run("the unit of limits in 1.6", func(t *testing.T) {
		for told, want := range map[string]string{
			"Current": "", "A": "", "Current,Power": "", "": "", "something": "",
			"Power": "profile.unit: this charger takes limits in W only",
			"w":     "profile.unit: this charger takes limits in W only",
		} {
			y := newYard(t)
			y.status(1, charging.Available)
			if told != "" {
				y.tells(charging.Variable{Name: "chargingScheduleAllowedChargingRateUnit", Value: told})
			}
			if _, err := y.Ask(context.Background(), y.order("charging-profile", inAmpere)); charging.MessageOf(err) != want {
				t.Errorf("%q: %v", told, err)
			}
		}
	})
	t.Run("the unit of limits in 2.x", func(t *testing.T) {
		y := newYard(t)
		y.speak("ocpp2.0.1")
		y.tells(charging.Variable{Component: "SmartChargingCtrlr", Name: "RateUnit", Value: "W"})
		if err := y.refused(y.order("start", `{"port":1,"tag":"A","profile":{"unit":"A","periods":[{"limit":16}]}}`)); charging.MessageOf(err) !=
			"profile.unit: this charger takes limits in W only" {
			t.Error(err)
		}
	})
	t.Run("how many settings a call may name", func(t *testing.T) {
		for protocol, told := range map[string]charging.Variable{
			"ocpp1.6": {Name: "GetConfigurationMaxKeys", Value: "4"},
			"ocpp2.1": {Component: "DeviceDataCtrlr", Name: "ItemsPerMessage", Instance: "GetVariables", Value: "4"},
		} {
			y := newYard(t)
			y.speak(protocol)
			y.tells(charging.Variable{Component: "DeviceDataCtrlr", Name: "ItemsPerMessage", Instance: "SetVariables", Value: "1"})
			y.tells(told)
			given, err := y.Ask(context.Background(), y.order("get-configuration",
				`{"keys":["HeartbeatInterval","ConnectionTimeOut","WebSocketPingInterval","LocalPreAuthorize","LocalAuthorizeOffline"]}`))
			if err != nil || len(given) != 2 {
				t.Errorf("%s: %d calls, %v", protocol, len(given), err)
			}
			for _, c := range given {
				if over := y.wait(c); over.Order != "get-configuration" {
					t.Errorf("%+v", over.Command)
				}
			}
		}
	})
	t.Run("the version of the local list", func(t *testing.T) {
		y := newYard(t)
		if err := y.fleet.Keep(t.Context(), func(b *charging.Batch) {
			b.Lists = append(b.Lists, charging.LocalList{ChargerID: chargerID, Version: 8})
		}); err != nil {
			t.Fatal(err)
		}
		y.do(y.order("local-list", `{}`))
		if got := payloadOf(t, y.link.sent[0])["listVersion"]; got != 9.0 {
			t.Errorf("%v", got)
		}
	})
}

func TestAnOrderForASessionNamesItAsTheChargerDoes(t *testing.T) {
	y := newYard(t)
	y.status(1, charging.Available)
	s := y.begin(1, "A0B1")
	y.do(y.order("charging-profile", `{"session":`+itoa(s.ID)+`,"profile":{"unit":"A","periods":[{"limit":16}]}}`))
	profile := payloadOf(t, y.link.sent[0])["csChargingProfiles"].(map[string]any)
	if got := profile["transactionId"]; got != float64(s.TransactionID) {
		t.Errorf("%v, not %v", got, s.TransactionID)
	}
	t.Run("and says so when another version cannot name it", func(t *testing.T) {
		y.speak("ocpp2.0.1")
		err := y.refused(y.order("stop", `{"session":`+itoa(s.ID)+`}`))
		if charging.KindOf(err) != charging.Conflict || charging.MessageOf(err) !=
			"session: it did not begin while the charger spoke OCPP 2.x, which cannot name it; unlock or reset ends it" {
			t.Error(err)
		}
	})
	for _, tt := range []struct {
		protocol int
		session  *charging.Session
		want     string
	}{
		{0, &charging.Session{Hint: 2}, "session: the charger gave it no id, so that it cannot be named; unlock or reset ends it"},
		{0, &charging.Session{Transaction: "tx"}, "session: it began while the charger spoke OCPP 2.x, which OCPP 1.6 cannot name; unlock or reset ends it"},
		{0, nil, "session: none runs there"},
		{1, nil, "session: none runs there"},
	} {
		f := facts(spoken[tt.protocol].table.Version)
		f.Session = tt.session
		if _, err := spoken[tt.protocol].call(&charging.StopOrder{}, f); charging.MessageOf(err) != tt.want {
			t.Errorf("%+v: %v", tt.session, err)
		}
	}
	t.Run("a profile needs its port", func(t *testing.T) {
		o, err := charging.ParseOrder("charging-profile", []byte(`{"session":500,"profile":{"unit":"A","periods":[{"limit":16}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		f := facts(spoken[1].table.Version)
		f.Session = &charging.Session{Transaction: "tx"}
		if _, err := spoken[1].call(o, f); charging.MessageOf(err) != "session: the charger did not tell on which port it runs yet" {
			t.Error(err)
		}
	})
	t.Run("one for the charger is not relative", func(t *testing.T) {
		o, err := charging.ParseOrder("charging-profile", []byte(`{"profile":{"purpose":"charger","kind":"relative","unit":"A","periods":[{"limit":16}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spoken[1].call(o, facts(spoken[1].table.Version)); charging.MessageOf(err) !=
			"profile.kind: a profile for the charger is not relative to a session; choose absolute or recurring" {
			t.Error(err)
		}
	})
}

// files are an upload target and firmware that the test plays.
type files struct{ asked []string }

func (f *files) NewUpload(_ context.Context, charger charging.ID, kind string) (string, *charging.Upload, error) {
	f.asked = append(f.asked, kind)
	return "https://csms.example/uploads/TOKEN/", &charging.Upload{ID: 60, ChargerID: charger, Kind: kind, TokenHash: [32]byte{1}}, nil
}

func (f *files) Firmware(_ context.Context, id charging.ID) (*charging.Firmware, string, error) {
	switch id {
	case 5:
		return &charging.Firmware{ID: 5, OrganizationID: 3}, "https://csms.example/firmware/a.bin", nil
	case 6:
		return &charging.Firmware{ID: 6, OrganizationID: 3, Signature: "c2ln", Certificate: "PEM"}, "https://csms.example/firmware/b.bin", nil
	case 8:
		return &charging.Firmware{ID: 8, OrganizationID: 9}, "https://csms.example/firmware/c.bin", nil
	}
	return nil, "", charging.Errorf(charging.NotFound, "There is no firmware file with id %d.", id)
}

func TestOrdersWithFiles(t *testing.T) {
	newYardWithFiles := func(t *testing.T) (*yard, *files) {
		y, f := newYard(t), &files{}
		y.stop()
		y.cfg.Files = f
		y.start()
		y.connect()
		return y, f
	}
	t.Run("a log goes to this server", func(t *testing.T) {
		y, f := newYardWithFiles(t)
		over := y.do(y.order("log", `{"kind":"security"}`))
		log := payloadOf(t, y.link.sent[0])["log"].(map[string]any)
		if log["remoteLocation"] != "https://csms.example/uploads/TOKEN/" || !slices.Equal(f.asked, []string{"security"}) {
			t.Errorf("%v, %v", log, f.asked)
		}
		if u, err := y.store.Upload(t.Context(), 60); err != nil || u == nil || u.CommandID != over.ID {
			t.Errorf("%+v, %v", u, err)
		}
	})
	t.Run("or where the operator says", func(t *testing.T) {
		y, f := newYardWithFiles(t)
		y.do(y.order("log", `{"location":"ftp://u:p@a.example/d"}`))
		if got := payloadOf(t, y.link.sent[0])["location"]; got != "ftp://u:p@a.example/d" || len(f.asked) != 0 {
			t.Errorf("%v, %v", got, f.asked)
		}
	})
	t.Run("no upload is prepared for a charger that is not there", func(t *testing.T) {
		y, f := newYardWithFiles(t)
		y.link.setProtocol("")
		if over := y.do(y.order("log", `{}`)); over.Status != charging.CommandNotConnected || len(f.asked) != 0 {
			t.Errorf("%+v, %v", over.Command, f.asked)
		}
	})
	t.Run("firmware comes from this server", func(t *testing.T) {
		y, _ := newYardWithFiles(t)
		y.do(y.order("firmware", `{"file":5}`))
		y.do(y.order("firmware", `{"file":6}`))
		if got := y.link.actions(); !slices.Equal(got, []string{"UpdateFirmware", "SignedUpdateFirmware"}) {
			t.Errorf("%v", got)
		}
		if got := payloadOf(t, y.link.sent[0])["location"]; got != "https://csms.example/firmware/a.bin" {
			t.Errorf("%v", got)
		}
		if err := y.refused(y.order("firmware", `{"file":7}`)); charging.MessageOf(err) != "There is no firmware file with id 7." {
			t.Error(err)
		}
	})
	t.Run("but none of another organization", func(t *testing.T) {
		y, _ := newYardWithFiles(t)
		err := y.refused(y.order("firmware", `{"file":8}`))
		if err == nil || err.Error() != charging.NoFirmware(8).Error() || charging.KindOf(err) != charging.NotFound {
			t.Error(err)
		}
	})
	t.Run("and this server may have none", func(t *testing.T) {
		y := newYard(t)
		if err := y.refused(y.order("firmware", `{"file":5}`)); charging.MessageOf(err) != "file: this server hosts no firmware; give a location" {
			t.Error(err)
		}
		if err := y.refused(y.order("log", `{}`)); charging.MessageOf(err) !=
			"location: is missing; give the address to which the charger is to send the log" {
			t.Error(err)
		}
	})
}
