package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	limitsPath = "/api/site/12/limits"
	siteKey    = "cy_site" // site 12 only: read, control, manage
)

func limitOf(kind string, limit any, unit string) string {
	return fmt.Sprintf(`{"sitePowerLimitSchedule":{"type":%q,"limit":%v,"chargingRateUnit":%q}}`, kind, limit, unit)
}

// limits sets a limit of site 12 that can be kept, and returns its id.
func (y *yard) limits(kind string, limit any, unit string) string {
	y.t.Helper()
	return y.post(limitsPath, fullKey, limitOf(kind, limit, unit)).envelope(y.t, 200)["sitePowerLimitScheduleId"].(string)
}

// cannot sets a limit of site 12 that cannot be kept.
func (y *yard) cannot(limit any, unit, text string) {
	y.t.Helper()
	y.post(limitsPath, fullKey, limitOf("capacity", limit, unit)).is(y.t, http.StatusBadRequest, text)
}

// power is what GET /api/admin/sites/12/power shows, shortened: the state and
// what each charger counts with.
func (y *yard) power() string {
	y.t.Helper()
	p := y.get("/api/admin/sites/12/power", fullKey).data(y.t)
	text := fmt.Sprint(p["state"])
	for _, row := range p["chargers"].([]any) {
		c := row.(map[string]any)
		text += fmt.Sprintf(" %v:%v", c["chargerId"], c["countsWith"])
		if told, ok := c["told"].(map[string]any); ok && told["answer"] != "accepted" {
			text += fmt.Sprintf("(%v)", told["answer"])
		}
	}
	return text
}

func (y *yard) powerIs(want string) {
	y.t.Helper()
	y.eventually(want, func() bool { return y.power() == want })
}

func (y *yard) boots(charger charging.ID) {
	y.t.Helper()
	_, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: charger, Received: time.Now(),
		Body: charging.Booted{Boot: charging.Boot{Manufacturer: "Voltix", Model: "V"}}})
	if err != nil {
		y.t.Fatal(err)
	}
}

// goes ends the connection of a charger, comes begins another.
func (y *yard) goes(charger charging.ID) { y.parts.link.hangsUp(charger) }

func (y *yard) comes(charger charging.ID, protocol string) {
	y.t.Helper()
	y.parts.link.hangsOn(charger, protocol)
	if _, err := y.fleet.Connect(context.Background(), charger, charging.Connected{Protocol: protocol, Remote: "192.0.2.9"}, time.Now()); err != nil {
		y.t.Fatal(err)
	}
}

func TestALimitIsInstalledOnEveryCharger(t *testing.T) {
	y := newFurnishedYard(t)
	id := y.limits("capacity", 100_000, "W")
	calls := y.parts.link.calls("SetChargingProfile")
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	for _, c := range calls {
		switch payload := decode(t, c.Payload).(map[string]any); c.ChargerID {
		case 41: // 94.24 kW are left of 100 when the other has its least
			profile := payload["csChargingProfiles"].(map[string]any)
			delete(profile, "chargingProfileId")
			delete(profile["chargingSchedule"].(map[string]any), "startSchedule")
			compare(t, map[string]any{"payload": payload}, "payload", `{"connectorId":0,"csChargingProfiles":{"stackLevel":0,"chargingProfilePurpose":"ChargePointMaxProfile",
				"chargingProfileKind":"Absolute","chargingSchedule":{"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":94240.0,"numberPhases":3}]}}}`)
		case 42:
			profile := payload["chargingProfile"].(map[string]any)
			delete(profile, "id")
			delete(profile["chargingSchedule"].([]any)[0].(map[string]any), "id")
			delete(profile["chargingSchedule"].([]any)[0].(map[string]any), "startSchedule")
			compare(t, map[string]any{"payload": payload}, "payload", `{"evseId":0,"chargingProfile":{"stackLevel":0,"chargingProfilePurpose":"ChargingStationMaxProfile",
				"chargingProfileKind":"Absolute","chargingSchedule":[{"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":5760.0,"numberPhases":3}]}]}}`)
		}
	}
	list := y.get(limitsPath, siteKeyOf(y)).envelope(t, 200)
	for _, row := range list["sitePowerLimitSchedules"].([]any) {
		delete(row.(map[string]any), "createdAt")
	}
	compare(t, list, "sitePowerLimitSchedules", `[{"id":"`+id+`","source":"api","type":"capacity","schedules":[{"daysOfWeek":[1,2,3,4,5,6,7],
		"chargingRateUnit":"W","chargingSchedulePeriods":[{"startPeriod":0,"limit":100000}]}]}]`)
	p := y.get("/api/admin/sites/12/power", fullKey).data(t)
	row := p["chargers"].([]any)[0].(map[string]any)
	told := row["told"].(map[string]any)
	for _, member := range []string{"at", "answeredAt", "commandId"} {
		if told[member] == nil {
			t.Errorf("told has no %s", member)
		}
		delete(told, member)
	}
	compare(t, p, "sum", "100000")
	compare(t, map[string]any{"row": row}, "row", `{"chargerId":41,"name":"Bay 4","connected":true,"rated":320000,"ratedIsKnown":true,"least":10000,
		"target":94240,"countsWith":94240,"told":{"unit":"W","limit":94240,"answer":"accepted","reason":null,"confirmed":true}}`)
}

// siteKeyOf makes a key that sees site 12 only.
func siteKeyOf(y *yard) string {
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{{ID: 77, OrganizationID: 3, Name: "site", Hash: auth.HashKey(siteKey),
		Permissions: charging.PermitRead | charging.PermitControl | charging.PermitManage, Sites: []charging.ID{12}}}})
	return siteKey
}

func TestALimitIsReplacedByItsTypeAndRemoved(t *testing.T) {
	y := newFurnishedYard(t)
	types := func() (list []string) {
		for _, row := range y.get(limitsPath, northlineKey).envelope(t, 200)["sitePowerLimitSchedules"].([]any) {
			r := row.(map[string]any)
			period := r["schedules"].([]any)[0].(map[string]any)["chargingSchedulePeriods"].([]any)[0].(map[string]any)
			list = append(list, fmt.Sprintf("%v %v", r["type"], period["limit"]))
		}
		return list
	}
	if got := types(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	first := y.limits("capacity", 100_000, "W")
	cost := y.limits("cost", 60_000, "W")
	y.powerIs("kept 41:54240 42:5760")
	second := y.limits("capacity", 50_000, "W")
	y.powerIs("kept 41:44240 42:5760")
	if diff := cmp.Diff([]string{"cost 60000", "capacity 50000"}, types()); diff != "" {
		t.Error(diff)
	}
	remove := func(id string) answer { return y.send(http.MethodDelete, limitsPath+"/"+id, fullKey, "", "") }
	remove(first).is(t, http.StatusNotFound, "Not found")
	if a := remove(second); a.StatusCode != 200 || string(a.body) != "{}" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	y.powerIs("kept 41:54240 42:5760")
	remove(second).is(t, http.StatusNotFound, "Not found")
	y.send(http.MethodDelete, "/api/site/13/limits/"+cost, fullKey, "", "").is(t, http.StatusNotFound, "Not found")
	if a := remove(cost); a.StatusCode != 200 {
		t.Errorf("%s %s", a.Status, a.body)
	}
	y.powerIs("none 41:320000 42:11000")
	profile := decode(t, y.parts.link.calls("SetChargingProfile")[0].Payload).(map[string]any)
	cleared := map[string]bool{}
	for _, c := range y.parts.link.calls("ClearChargingProfile") {
		cleared[string(c.Payload)] = true
	}
	if len(cleared) != 2 {
		t.Errorf("%v after %v", cleared, profile)
	}
	if got := types(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestLimitsAreRefusedAsTheContractSays(t *testing.T) {
	y := newFurnishedYard(t)
	const bad, in = http.StatusBadRequest, "sitePowerLimitSchedule"
	is := func(body, text string) {
		t.Helper()
		y.post(limitsPath, fullKey, body).is(t, bad, text)
	}
	is(``, in+`: is missing; send {"sitePowerLimitSchedule": {"type": "capacity", "limit": 150000, "chargingRateUnit": "W"}}`)
	is(`{"type":"capacity","limit":150000,"chargingRateUnit":"W"}`, in+`: is missing; send {"sitePowerLimitSchedule": {"type": "capacity", "limit": 150000, "chargingRateUnit": "W"}}`)
	is(`{`, "The body is no JSON: unexpected end of JSON input")
	is(`{"sitePowerLimitSchedule":{}}`, in+".type: is missing; say cost or capacity")
	is(limitOf("peak", 1, "W"), in+`.type: "peak" is none of cost, capacity`)
	is(`{"sitePowerLimitSchedule":{"type":"cost","chargingRateUnit":"W"}}`, in+".limit: is missing; give it as a positive integer")
	for _, limit := range []string{"0", "-5", "1.5", `"100"`, "true", "1000000001", "[1]"} {
		is(limitOf("cost", limit, "W"), in+".limit: must be a positive integer up to 1000000000")
	}
	is(`{"sitePowerLimitSchedule":{"type":"cost","limit":100000}}`, in+".chargingRateUnit: is missing; say W or A")
	is(limitOf("cost", 100000, "kW"), in+`.chargingRateUnit: "kW" is none of W, A`)
	is(limitOf("cost", 1000, "A"), in+`.chargingRateUnit: must be W, because "Bay 4" is a DCFC charger`)
	is(`{"sitePowerLimitSchedule":{"type":"cost","schedules":[{"daysOfWeek":[1],"chargingRateUnit":"W","chargingSchedulePeriods":[]}]}}`,
		in+".schedules: limits that change over time are not taken; give one as limit")
	for _, key := range []string{limitedKey, strangerKey} {
		y.get(limitsPath, key).is(t, http.StatusNotFound, "Not found")
	}
	y.post(limitsPath, limitedKey, limitOf("cost", 100_000, "W")).is(t, http.StatusNotFound, "Not found")
	y.send(http.MethodDelete, limitsPath+"/x", limitedKey, "", "").is(t, http.StatusNotFound, "Not found")
	y.post(limitsPath, northlineKey, limitOf("cost", 100_000, "W")).is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	y.send(http.MethodDelete, limitsPath+"/x", northlineKey, "", "").is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	y.get("/api/admin/sites/12/power", northlineKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	for _, path := range []string{"/api/site/999/limits", "/api/site/90/limits", "/api/site/x/limits", "/api/admin/sites/90/power"} {
		y.get(path, fullKey).is(t, http.StatusNotFound, "Not found")
	}
	y.post("/api/site/999/limits", fullKey, limitOf("cost", 1, "W")).is(t, http.StatusNotFound, "Not found")
	if n := y.parts.link.count(); n != 0 {
		t.Errorf("%d calls left", n)
	}
}

func TestALimitThatCannotBeKeptIsRefused(t *testing.T) {
	const needs = "limit: cannot be kept: "
	t.Run("when chargers need more", func(t *testing.T) {
		y := newFurnishedYard(t)
		y.cannot(15_000, "W", needs+"15 kW is less than the 15.76 kW that the site may take at least: its chargers need at least 15.76 kW")
	})
	t.Run("when one is not connected", func(t *testing.T) {
		y := newFurnishedYard(t)
		y.goes(41)
		y.cannot(300_000, "W", needs+"300 kW is less than the 325.76 kW that the site may take at least: Bay 4 counts with 320 kW (not connected), the other charger needs at least 5.76 kW")
		y.limits("capacity", 326_000, "W")
		y.powerIs("kept 41:320000 42:6000")
	})
	for name, tt := range map[string]struct {
		answer charging.Answer
		why    string
	}{
		"when one rejects":           {saying("Rejected"), "it rejected the charging profile"},
		"when one fails":             {failing("InternalError"), "it rejected the charging profile"},
		"when one does not support":  {saying("NotSupported"), "it does not support charging profiles"},
		"when one does not know it":  {failing("NotImplemented"), "it does not support charging profiles"},
		"when one does not answer":   {charging.Answer{Status: charging.CommandTimedOut}, "it did not answer"},
		"when its connection breaks": {charging.Answer{Status: charging.CommandConnectionLost}, "it did not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			y := newFurnishedYard(t)
			y.parts.link.answersBy(func(c charging.Call) charging.Answer {
				if c.ChargerID == 41 {
					return tt.answer
				}
				return accepts(c)
			})
			y.cannot(100_000, "W", needs+"100 kW is less than the 325.76 kW that the site may take at least: Bay 4 counts with 320 kW ("+tt.why+"), the other charger needs at least 5.76 kW")
			if list := y.get(limitsPath, fullKey).envelope(t, 200)["sitePowerLimitSchedules"].([]any); len(list) != 0 {
				t.Errorf("%v", list)
			}
			y.eventually("42 is told that the limit is gone", func() bool { return len(y.parts.link.calls("ClearChargingProfile")) > 0 })
			y.limits("capacity", 400_000, "W")
		})
	}
	t.Run("and what held before holds", func(t *testing.T) {
		y := newFurnishedYard(t)
		before := y.limits("capacity", 100_000, "W")
		y.parts.link.answers(saying("Rejected"))
		y.cannot(20_000, "W", needs+"20 kW is less than the 100 kW that the site may take at least: Bay 4 counts with 94.24 kW (it rejected the charging profile), the other charger needs at least 5.76 kW")
		row := y.get(limitsPath, fullKey).envelope(t, 200)["sitePowerLimitSchedules"].([]any)[0].(map[string]any)
		compare(t, row, "id", `"`+before+`"`)
		if got := y.power(); !strings.HasPrefix(got, "kept 41:94240") {
			t.Error(got)
		}
	})
	t.Run("when the power of one is not known", func(t *testing.T) {
		y := newFurnishedYard(t)
		y.configure(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{{ID: 43, SiteID: 12, Name: "New", OCPPID: "new"}}})
		y.cannot(400_000, "W", needs+`the power of charger "New" is not known; set maximumPowerKw of its ports`)
		y.configure(&charging.Change{Actor: "test", Ports: []charging.PortSettings{{ID: 84, ChargerID: 43, Number: 1, Name: "A", MaxPower: 22_000_000},
			{ID: 85, ChargerID: 43, Number: 2, Name: "B"}}})
		y.cannot(400_000, "W", needs+`the power of charger "New" is not known; set maximumPowerKw of its ports`)
	})
}

func TestALimitInAmperesIsDividedInAmperes(t *testing.T) {
	y := newFurnishedYard(t)
	slow := y.settings(41)
	slow.Type = charging.Level2
	y.set(slow)
	y.configure(&charging.Change{Actor: "test", Ports: []charging.PortSettings{{ID: 82, ChargerID: 41, Number: 1, Name: "Left", MaxPower: 22_000_000},
		{ID: 81, ChargerID: 41, Number: 2, Name: "Right", MaxPower: 22_000_000}}})
	y.limits("capacity", 55, "A")
	y.powerIs("kept 41:44 42:11")
	for _, c := range y.parts.link.calls("SetChargingProfile") {
		if text := string(c.Payload); !strings.Contains(text, `"chargingRateUnit":"A"`) {
			t.Error(text)
		}
	}
	t.Run("with a limit in W beside it", func(t *testing.T) {
		y.limits("cost", 21_600, "W") // 30 A at 240 V on three phases
		y.powerIs("kept 41:22 42:8")
	})
	t.Run("a charger that takes only W is told in W", func(t *testing.T) {
		y.parts.link.answersBy(func(c charging.Call) charging.Answer {
			if strings.Contains(string(c.Payload), `"chargingRateUnit":"A"`) {
				return saying("Rejected")
			}
			return accepts(c)
		})
		y.limits("cost", 18_000, "W") // 25 A
		y.powerIs("kept 41:17 42:8")
		p := y.get("/api/admin/sites/12/power", fullKey).data(t)
		told := p["chargers"].([]any)[0].(map[string]any)["told"].(map[string]any)
		if fmt.Sprintf("%v %v", told["unit"], told["limit"]) != "W 3400" { // 17 A at 200 V on one phase
			t.Errorf("%v", told)
		}
	})
	t.Run("below the least", func(t *testing.T) {
		y.cannot(23, "A", "limit: cannot be kept: 23 A is less than the 24 A that the site may take at least: its chargers need at least 24 A")
	})
}

func TestAChargerThatTakesOnlyAmperesIsToldInAmperes(t *testing.T) {
	y := newFurnishedYard(t)
	only := func(charger charging.ID, v charging.Variable) {
		v.Attribute, v.HasValue, v.ReportedAt = "Actual", true, y.now
		y.keep(func(b *charging.Batch) {
			b.Variables = append(b.Variables, charging.ChargerVariables{ChargerID: charger, Variables: []charging.Variable{v}})
		})
	}
	only(42, charging.Variable{Component: "SmartChargingCtrlr", Name: "RateUnit", Value: "A"})
	y.limits("capacity", 100_000, "W")
	y.powerIs("kept 41:94240 42:5760")
	told := y.get("/api/admin/sites/12/power", fullKey).data(t)["chargers"].([]any)[1].(map[string]any)["told"].(map[string]any)
	if fmt.Sprintf("%v %v", told["unit"], told["limit"]) != "A 8" { // at 240 V on three phases
		t.Errorf("%v", told)
	}
	t.Run("a DC charger is not, because A says nothing of its power", func(t *testing.T) {
		only(41, charging.Variable{Name: "ChargingScheduleAllowedChargingRateUnit", Value: "Current"})
		y.cannot(50_000, "W", "limit: cannot be kept: 50 kW is less than the 100 kW that the site may take at least: Bay 4 counts with 94.24 kW "+
			"(profile.unit: this charger takes limits in A only), the other charger needs at least 5.76 kW")
	})
}

func TestWhoGetsMoreIsToldLast(t *testing.T) {
	y := newFurnishedYard(t)
	y.goes(42)
	y.limits("capacity", 100_000, "W")
	y.powerIs("kept 41:89000 42:11000")
	y.comes(42, "ocpp2.0.1")
	y.powerIs("kept 41:94240 42:5760")
	var order []charging.ID
	for _, c := range y.parts.link.calls("SetChargingProfile") {
		order = append(order, c.ChargerID)
	}
	if !cmp.Equal(order, []charging.ID{41, 42, 41}) {
		t.Errorf("%v", order)
	}
}

func TestAChargerIsToldAgainAfterABoot(t *testing.T) {
	y := newFurnishedYard(t)
	y.limits("capacity", 100_000, "W")
	y.powerIs("kept 41:94240 42:5760")
	profiles := func() (ids []any) {
		for _, c := range y.parts.link.calls("SetChargingProfile") {
			if c.ChargerID == 41 {
				ids = append(ids, decode(t, c.Payload).(map[string]any)["csChargingProfiles"].(map[string]any)["chargingProfileId"])
			}
		}
		return ids
	}
	y.boots(41)
	y.eventually("it was told again", func() bool { return len(profiles()) == 2 })
	if ids := profiles(); ids[0] != ids[1] {
		t.Errorf("another profile: %v", ids)
	}
	y.powerIs("kept 41:94240 42:5760")
	t.Run("and counts whole when it does not accept again", func(t *testing.T) {
		y.parts.link.answersBy(func(c charging.Call) charging.Answer {
			if c.ChargerID == 42 {
				return saying("Rejected")
			}
			return accepts(c)
		})
		y.boots(42)
		y.powerIs("kept 41:89000 42:11000(rejected)")
	})
}

func TestLimitsHoldAfterARestart(t *testing.T) {
	y := newFurnishedYard(t)
	id := y.limits("capacity", 100_000, "W")
	y.powerIs("kept 41:94240 42:5760")
	sent := y.parts.link.count()
	y.restart(y.now)
	y.powerIs("kept 41:94240 42:5760")
	if n := y.parts.link.count(); n != sent {
		t.Errorf("%d calls more, although all have accepted", n-sent)
	}
	t.Run("also what was not accepted yet", func(t *testing.T) {
		y.goes(42)
		y.limits("capacity", 50_000, "W")
		y.powerIs("kept 41:44240 42:5760")
		y.goes(41)
		if a := y.send(http.MethodDelete, limitsPath+"/"+id, fullKey, "", ""); a.StatusCode != http.StatusNotFound {
			t.Error(a.Status)
		}
		y.restart(y.now)
		y.comes(41, "ocpp1.6")
		y.comes(42, "ocpp2.0.1")
		y.powerIs("kept 41:44240 42:5760")
	})
	t.Run("and the end of a limit that nobody could be told", func(t *testing.T) {
		y.goes(41)
		y.goes(42)
		row := y.get(limitsPath, fullKey).envelope(t, 200)["sitePowerLimitSchedules"].([]any)[0].(map[string]any)
		if a := y.send(http.MethodDelete, limitsPath+"/"+row["id"].(string), fullKey, "", ""); a.StatusCode != http.StatusOK {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		y.restart(y.now)
		y.comes(41, "ocpp1.6")
		y.comes(42, "ocpp2.0.1")
		y.eventually("both are told", func() bool { return len(y.parts.link.calls("ClearChargingProfile")) == 2 })
		y.powerIs("none 41:320000 42:11000")
	})
}

func TestALimitThatCannotBeKeptAnyMoreIsShown(t *testing.T) {
	y := newFurnishedYard(t)
	y.limits("capacity", 100_000, "W")
	y.powerIs("kept 41:94240 42:5760")
	y.configure(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{{ID: 43, SiteID: 12, Name: "New", OCPPID: "new"}},
		Ports: []charging.PortSettings{{ID: 84, ChargerID: 43, Number: 1, Name: "A", MaxPower: 90_000_000}}})
	y.powerIs("notKept 41:10000 42:5760 43:90000")
	p := y.get("/api/admin/sites/12/power", fullKey).data(t)
	compare(t, p, "problem", `"100 kW is less than the 105.76 kW that the site may take at least: New counts with 90 kW (not connected), 2 others need at least 15.76 kW"`)
	note := func(status string) func() bool {
		return func() bool {
			for _, row := range y.get("/api/chargers/43/history?note=powerLimit", fullKey).rows(t) {
				if detail := row["detail"].(map[string]any); detail["status"] == status {
					return fmt.Sprint(detail["message"].(map[string]any)["siteId"]) == "12"
				}
			}
			return false
		}
	}
	y.eventually("it is noted", note("notKept"))
	t.Run("and when it can be kept again", func(t *testing.T) {
		y.parts.link.mu.Lock()
		y.parts.link.slots[43] = make(chan struct{}, 1)
		y.parts.link.mu.Unlock()
		y.comes(43, "ocpp1.6")
		y.eventually("it is noted", note("kept"))
		y.eventually("all have accepted", func() bool { return strings.HasPrefix(y.power(), "kept") && !strings.Contains(y.power(), "(") })
	})
	t.Run("and a charger that moves away is freed", func(t *testing.T) {
		moved := y.settings(43)
		moved.SiteID = 13
		y.set(moved)
		y.powerIs("kept 41:94240 42:5760")
		y.eventually("it is freed", func() bool { return len(y.parts.link.calls("ClearChargingProfile")) == 1 })
	})
}

func TestOneLimitOfASiteIsSetAtATime(t *testing.T) {
	y := newFurnishedYard(t)
	y.parts.link.hold()
	done := make(chan answer)
	go func() { done <- y.post(limitsPath, fullKey, limitOf("capacity", 100_000, "W")) }()
	y.eventually("the chargers are asked", func() bool { return y.parts.link.count() == 2 })
	y.cannot(90_000, "W", "another limit of this site is being set; try again when that is done")
	if got := y.power(); got != "settling 41:320000(waiting) 42:11000(waiting)" {
		t.Error(got)
	}
	y.parts.link.release()
	if a := <-done; a.StatusCode != http.StatusOK {
		t.Errorf("%s %s", a.Status, a.body)
	}
	y.powerIs("kept 41:94240 42:5760")
}
