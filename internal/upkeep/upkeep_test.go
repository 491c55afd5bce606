package upkeep

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func settings16() map[string]string {
	return map[string]string{"HeartbeatInterval": "300", "MeterValueSampleInterval": "300", "MeterValuesSampledData": "Voltage",
		"LocalAuthorizeOffline": "false", "LocalAuthListEnabled": "true", "LocalAuthListMaxLength": "100", "SendLocalListMaxLength": "100",
		"AuthorizationKey": "5ec7e7"}
}

func settings2x() map[string]string {
	return map[string]string{"OCPPCommCtrlr.HeartbeatInterval": "300", "SampledDataCtrlr.TxUpdatedInterval": "300",
		"SampledDataCtrlr.TxUpdatedMeasurands": "Voltage", "AuthCtrlr.LocalAuthorizeOffline": "false", "LocalAuthListCtrlr.Enabled": "true",
		"LocalAuthListCtrlr.ItemsPerMessage": "100", "DeviceDataCtrlr.ItemsPerMessage[SetVariables]": "2"}
}

func TestAChargerIsSetUpAfterItsBootWhereItDiffers(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings = settings16()
	y.boot()
	y.rests()
	for _, want := range []string{
		`ChangeConfiguration {"key":"MeterValueSampleInterval","value":"60"}`,
		`ChangeConfiguration {"key":"MeterValuesSampledData","value":"Energy.Active.Import.Register,SoC"}`,
		`ChangeConfiguration {"key":"LocalAuthorizeOffline","value":"true"}`,
	} {
		if y.charger.count(want) != 1 {
			t.Errorf("the charger was not told %s but\n%s", want, strings.Join(y.charger.told(), "\n"))
		}
	}
	if n := y.charger.count("ChangeConfiguration"); n != 3 {
		t.Errorf("%d settings were changed, want the 3 that differ", n)
	}
	list, _, err := y.store.Variables(context.Background(), charging.VariableQuery{ChargerID: chargerID})
	if err != nil || len(list) != len(settings16()) {
		t.Errorf("kept %d settings, %v", len(list), err)
	}
	for _, v := range list {
		if strings.Contains(v.Value, "5ec7e7") {
			t.Errorf("a secret is kept: %+v", v)
		}
	}
	// What is as wished is left alone at the next boot.
	y.boot()
	y.rests()
	if n := y.charger.count("ChangeConfiguration"); n != 3 {
		t.Errorf("after the second boot %d settings were changed", n)
	}
}

func TestAChargerThatAnswersFewKeysIsAskedForFew(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings, y.charger.maxKeys = settings16(), 4
	y.boot()
	y.rests()
	if y.charger.count(`ChangeConfiguration {"key":"MeterValueSampleInterval"`) != 1 {
		t.Errorf("the charger was told\n%s", strings.Join(y.charger.told(), "\n"))
	}
}

func TestMeasurandsAreProbedOneByOneWhereTheListIsRefused(t *testing.T) {
	f := func(v ocpp.Version, settings map[string]string, key string, takes string, want string) {
		t.Helper()
		y := newYard(t, v)
		y.charger.settings = settings
		y.charger.refuse = func(k, value string) string {
			if k == key && strings.Trim(value, " ") != takes && value != "Voltage" {
				return "Rejected"
			}
			return ""
		}
		y.boot()
		y.rests()
		y.charger.mu.Lock()
		got := y.charger.settings[key]
		y.charger.mu.Unlock()
		if got != want {
			t.Errorf("version %d: %s is %q, want %q", v, key, got, want)
		}
		asked := y.charger.count("ChangeConfiguration") + y.charger.count("SetVariables")
		y.boot()
		y.rests()
		if again := y.charger.count("ChangeConfiguration") + y.charger.count("SetVariables"); again != asked {
			t.Errorf("version %d: what was refused was asked for again: %d calls, then %d", v, asked, again)
		}
	}
	f(ocpp.V16, settings16(), "MeterValuesSampledData", "SoC", "SoC")
	f(ocpp.V16, settings16(), "MeterValuesSampledData", "nothing", "Voltage")
	f(ocpp.V201, settings2x(), "SampledDataCtrlr.TxUpdatedMeasurands", "SoC", "SoC")
	f(ocpp.V21, settings2x(), "SampledDataCtrlr.TxUpdatedMeasurands", "nothing", "Voltage")
}

func TestTheSitesWishesGoBeforeTheServers(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings = settings16()
	y.change(&charging.Change{Actor: "test", Sites: []charging.Site{{ID: siteID, OrganizationID: 3, Name: "Harbor", Timezone: "UTC",
		Wishes: charging.Wishes{Measurands: "Voltage", SampleInterval: 10 * time.Second, Offline: "no"}}}})
	y.boot()
	y.rests()
	if n := y.charger.count("ChangeConfiguration"); n != 1 || y.charger.count(`ChangeConfiguration {"key":"MeterValueSampleInterval","value":"10"}`) != 1 {
		t.Errorf("the charger was told\n%s", strings.Join(y.charger.told(), "\n"))
	}
}

func TestReadonlyAndUnknownKeysAreLeftAlone(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings = map[string]string{"MeterValueSampleInterval": "300"}
	y.charger.readonly = map[string]bool{"MeterValueSampleInterval": true}
	y.boot()
	y.rests()
	if n := y.charger.count("ChangeConfiguration"); n != 0 {
		t.Errorf("the charger was told\n%s", strings.Join(y.charger.told(), "\n"))
	}
}

func TestA2xChargerIsAskedForItsDeviceModelOnce(t *testing.T) {
	y := newYard(t, ocpp.V201)
	y.charger.settings = settings2x()
	for range 2 {
		y.boot()
		y.rests()
	}
	if n := y.charger.count("GetBaseReport"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	for key, want := range map[string]string{"SampledDataCtrlr.TxUpdatedInterval": "60", "AuthCtrlr.LocalAuthorizeOffline": "true",
		"SampledDataCtrlr.TxUpdatedMeasurands": "Energy.Active.Import.Register,SoC"} {
		y.charger.mu.Lock()
		if got := y.charger.settings[key]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
		y.charger.mu.Unlock()
	}
	if n := y.charger.count("SetVariables"); n != 2 {
		t.Errorf("three variables were set with %d messages, want 2 of at most 2", n)
	}
}

func TestAFailingSetUpLeavesTheChargerInUse(t *testing.T) {
	f := func(v ocpp.Version, settings map[string]string, action, why string) {
		t.Helper()
		y := newYard(t, v)
		y.charger.settings, y.charger.fail = settings, map[string]string{action: why}
		y.boot()
		y.rests()
		if got := y.charger.tags(); got != "0A0B0C0D GROUPCARD" {
			t.Errorf("%s %s: the local list is %q", action, why, got)
		}
	}
	f(ocpp.V16, settings16(), "GetConfiguration", "timeout")
	f(ocpp.V16, settings16(), "GetConfiguration", "InternalError")
	f(ocpp.V16, settings16(), "ChangeConfiguration", "NotSupported")
	f(ocpp.V201, settings2x(), "GetBaseReport", "NotSupported")
	f(ocpp.V201, settings2x(), "GetVariables", "timeout")
	f(ocpp.V201, settings2x(), "SetVariables", "InternalError")
}

func TestTheLocalListFollowsAccessIDs(t *testing.T) {
	f := func(v ocpp.Version, settings map[string]string) {
		t.Helper()
		y := newYard(t, v)
		y.charger.settings = settings
		y.boot()
		y.rests()
		if got := y.charger.tags(); got != "0A0B0C0D GROUPCARD" {
			t.Fatalf("version %d: the list holds %q", v, got)
		}
		y.change(&charging.Change{Actor: "test", AccessIDs: []charging.AccessID{
			{ID: 2, OrganizationID: 1, Tag: "GROUPCARD", Type: charging.TypeRFID, Revoked: true},
			{ID: 5, OrganizationID: 3, Tag: "NEWCARD1", Type: charging.TypeRFID},
		}})
		y.until("the list changed", func() bool { return y.charger.tags() == "0A0B0C0D NEWCARD1" })
		y.until("the list was kept", func() bool {
			list, err := y.store.LocalList(context.Background(), chargerID)
			return err == nil && list != nil && list.Version == 2 && list.Problem == ""
		})
		if y.charger.count(`SendLocalList`) != 2 || !strings.Contains(strings.Join(y.charger.told(), "\n"), `"updateType":"Differential"`) {
			t.Errorf("version %d: the charger was told\n%s", v, strings.Join(y.charger.told(), "\n"))
		}
		// A charger that lost its list gets the whole.
		y.charger.mu.Lock()
		y.charger.list, y.charger.version0 = nil, 0
		y.charger.mu.Unlock()
		y.boot()
		y.until("the list is whole again", func() bool { return y.charger.tags() == "0A0B0C0D NEWCARD1" })
		y.rests()
		// And one that is in step is left alone.
		sent := y.charger.count("SendLocalList")
		y.boot()
		y.rests()
		if again := y.charger.count("SendLocalList"); again != sent {
			t.Errorf("version %d: a list in step was sent again", v)
		}
	}
	f(ocpp.V16, settings16())
	f(ocpp.V201, settings2x())
	f(ocpp.V21, settings2x())
}

func TestALongListIsSentInPartsAndCutToWhatTheChargerHolds(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings = settings16()
	y.charger.settings["SendLocalListMaxLength"], y.charger.settings["LocalAuthListMaxLength"] = "1", "1"
	y.boot()
	y.rests()
	if got := y.charger.tags(); got != "0A0B0C0D" {
		t.Errorf("the list holds %q, want the tag of the charger's own organization", got)
	}
	list, err := y.store.LocalList(context.Background(), chargerID)
	if err != nil || list == nil || list.Problem != "the charger holds 1 tags; 1 more may charge there and find no room" {
		t.Errorf("kept %+v, %v", list, err)
	}
	y = newYard(t, ocpp.V201)
	y.charger.settings = settings2x()
	y.charger.settings["LocalAuthListCtrlr.ItemsPerMessage"] = "1"
	y.boot()
	y.rests()
	if got := y.charger.tags(); got != "0A0B0C0D GROUPCARD" || y.charger.count("SendLocalList") != 2 {
		t.Errorf("the list holds %q after %d messages", got, y.charger.count("SendLocalList"))
	}
}

func TestAChargerWithoutAListIsAskedOnce(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings, y.charger.fail = settings16(), map[string]string{"GetLocalListVersion": "NotSupported"}
	for range 3 {
		y.boot()
		y.rests()
	}
	if n := y.charger.count("GetLocalListVersion"); n != 1 || y.charger.count("SendLocalList") != 0 {
		t.Errorf("asked %d times", n)
	}
}

func TestAListThatIsRefusedIsToldAndTriedWhole(t *testing.T) {
	y := newYard(t, ocpp.V16)
	y.charger.settings, y.charger.fail = settings16(), map[string]string{"SendLocalList": "InternalError"}
	y.boot()
	y.rests()
	list, err := y.store.LocalList(context.Background(), chargerID)
	if err != nil || list == nil || list.Problem != "SendLocalList was refused: InternalError " {
		t.Errorf("kept %+v, %v", list, err)
	}
	y.charger.mu.Lock()
	y.charger.fail = nil
	y.charger.mu.Unlock()
	y.boot()
	y.until("the list is there", func() bool { return y.charger.tags() == "0A0B0C0D GROUPCARD" })
}

func TestAChargerIsLeftAlone(t *testing.T) {
	f := func(why string, settings charging.ChargerSettings) {
		t.Helper()
		y := newYard(t, ocpp.V16)
		y.charger.settings = settings16()
		settings.ID, settings.SiteID, settings.Name, settings.OCPPID = chargerID, siteID, "Bay 4", "bay-4"
		y.change(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{settings}})
		if why == "Pending" {
			if _, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: chargerID, Received: time.Now(),
				Body: charging.NextBootSet{Answer: charging.RegistrationPending}}); err != nil {
				t.Fatal(err)
			}
		}
		y.boot()
		y.rests()
		if told := y.charger.told(); len(told) != 0 {
			t.Errorf("%s: the charger was told\n%s", why, strings.Join(told, "\n"))
		}
	}
	f("hands off", charging.ChargerSettings{HandsOff: true})
	f("Pending", charging.ChargerSettings{})
}
