package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// profileText makes a charging profile of 1.6 with one schedule.
func profileText(connector, id, stack int, purpose, rest string) string {
	return fmt.Sprintf(`{"connectorId":%d,"csChargingProfiles":{"chargingProfileId":%d,"stackLevel":%d,"chargingProfilePurpose":"%s",%s}}`,
		connector, id, stack, purpose, rest)
}

func TestLimits(t *testing.T) {
	const relative = `"chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":%s}]}`
	watts := func(limit string) string { return fmt.Sprintf(relative, limit) }
	// charges is a DC charger of two ports, 50 kW, of which one charges.
	charges := func(t *testing.T) (*server, *Charger) {
		s := newServer(t)
		f := startOne(s, func(cfg *Config) {
			cfg.Chargers[0].Ports, cfg.Life.FirstArrivals, cfg.Life.SessionLength = 2, 0, 10*time.Hour
			cfg.Life.SampleInterval = time.Hour
		})
		time.Sleep(time.Second)
		ask(t, s, "RemoteStartTransaction", `{"connectorId":1,"idTag":"REMOTE"}`, accepted)
		return s, f.Chargers()[0]
	}
	limitOf := func(c *Charger) int64 { return c.Ports()[0].LimitW }

	bubble(t, "the least of all purposes holds, of one purpose the highest level", func(t *testing.T) {
		s, c := charges(t)
		for _, step := range []struct {
			payload string
			want    int64
		}{
			{profileText(1, 1, 0, "TxDefaultProfile", watts("30000")), 30000},
			{profileText(0, 2, 3, "TxDefaultProfile", watts("20000")), 30000}, // that of the port goes before
			{profileText(1, 3, 1, "TxDefaultProfile", watts("40000")), 40000},
			{profileText(1, 4, 0, "TxProfile", watts("35000")), 35000},
			{profileText(0, 5, 0, "ChargePointMaxProfile", strings.Replace(watts("25000"), "Relative", "Absolute", 1)), 25000},
			{profileText(1, 4, 0, "TxProfile", watts("9000")), 9000},
		} {
			ask(t, s, "SetChargingProfile", step.payload, accepted)
			if got := limitOf(c); got != step.want {
				t.Errorf("%s: %d W, not %d", step.payload, got, step.want)
			}
		}
		ask(t, s, "ClearChargingProfile", `{"chargingProfilePurpose":"TxProfile"}`, accepted)
		ask(t, s, "ClearChargingProfile", `{"chargingProfilePurpose":"ChargePointMaxProfile","connectorId":0}`, accepted)
		if got := limitOf(c); got != 40000 {
			t.Errorf("%d W after some were cleared", got)
		}
		ask(t, s, "ClearChargingProfile", `{}`, accepted)
		ask(t, s, "ClearChargingProfile", `{}`, `{"status":"Unknown"}`)
		if got := limitOf(c); got != 50000 {
			t.Errorf("%d W after all were cleared", got)
		}
	})

	bubble(t, "what cannot be is refused", func(t *testing.T) {
		s, _ := charges(t)
		for _, payload := range []string{
			profileText(3, 1, 0, "TxDefaultProfile", watts("1000")),
			profileText(1, 1, 11, "TxDefaultProfile", watts("1000")),
			profileText(2, 1, 0, "TxProfile", watts("1000")), // nobody charges there
			profileText(1, 1, 0, "ChargePointMaxProfile", watts("1000")),
			profileText(1, 1, 0, "TxProfile", `"transactionId":99,`+watts("1000")),
			profileText(1, 1, 0, "TxDefaultProfile", strings.Replace(watts("1000"), `"startPeriod":0`, `"startPeriod":5`, 1)),
		} {
			ask(t, s, "SetChargingProfile", payload, `{"status":"Rejected"}`)
		}
	})

	bubble(t, "periods pass, 0 pauses, and energy follows", func(t *testing.T) {
		s, c := charges(t)
		before := c.Ports()[0].RegisterWh
		n := len(s.received("StatusNotification"))
		schedule := fmt.Sprintf(`"chargingProfileKind":"Absolute","chargingSchedule":{"startSchedule":"%s","duration":10800,"chargingRateUnit":"A",`+
			`"chargingSchedulePeriod":[{"startPeriod":0,"limit":25},{"startPeriod":1800,"limit":0},{"startPeriod":3600,"limit":50.5}]}`, stamp(time.Now()))
		ask(t, s, "SetChargingProfile", profileText(1, 1, 0, "TxProfile", schedule), accepted)
		f := s.call("CP1", "GetCompositeSchedule", `{"connectorId":1,"duration":7200,"chargingRateUnit":"W"}`)
		want := `"chargingSchedulePeriod":[{"startPeriod":0,"limit":10000},{"startPeriod":1798,"limit":0},{"startPeriod":3598,"limit":20200}]`
		if text := string(f.Payload); !strings.Contains(text, `"limit":10000}`) || !strings.Contains(text, `"limit":0}`) || !strings.Contains(text, `"limit":20200}`) {
			t.Errorf("%s\nwant %s", text, want)
		}
		for _, step := range []struct {
			wait  time.Duration
			limit int64
		}{{20 * time.Minute, 10000}, {20 * time.Minute, 0}, {30 * time.Minute, 20200}, {2 * time.Hour, 50000}} {
			time.Sleep(step.wait)
			if got := limitOf(c); got != step.limit {
				t.Errorf("after %v: %d W, not %d", step.wait, got, step.limit)
			}
		}
		if text := outline(s.received("StatusNotification")[n:]); !strings.HasPrefix(text, "1:SuspendedEVSE 1:Charging") {
			t.Error(text)
		}
		if drawn := c.Ports()[0].RegisterWh - before; drawn < 5000+20000 {
			t.Errorf("%d Wh drawn", drawn)
		}
	})

	bubble(t, "a profile of 2.x is reported as it was set, and one too many is refused", func(t *testing.T) {
		s, f := quiet2x(t, Protocol201, nil)
		ask(t, s, "RequestStartTransaction", startOn1, accepted)
		profile := func(id int) string {
			return fmt.Sprintf(`{"evseId":1,"chargingProfile":{"id":%d,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative",`+
				`"transactionId":"%s","chargingSchedule":[{"id":1,"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":7000}]}]}}`, id, transactionOf(t, s))
		}
		ask(t, s, "SetChargingProfile", profile(1), accepted)
		ask(t, s, "SetChargingProfile", profile(2), `{"status":"Rejected","statusInfo":{"reasonCode":"DuplicateProfile"}}`)
		if got := limitOf(f.Chargers()[0]); got != 7000 {
			t.Errorf("%d W", got)
		}
		list := s.received("TransactionEvent")
		if text := chapter(list[len(list)-1]); text != "Updated2(ChargingRateChanged,Charging)" {
			t.Error(text)
		}
		ask(t, s, "GetChargingProfiles", `{"requestId":4,"chargingProfile":{"chargingProfilePurpose":"TxProfile"}}`, accepted)
		if list := s.received("ReportChargingProfiles"); len(list) != 1 || !strings.Contains(list[0].payload, `"limit":7000`) {
			t.Errorf("%+v", list)
		}
		ask(t, s, "RequestStopTransaction", `{"transactionId":"`+transactionOf(t, s)+`"}`, accepted)
		ask(t, s, "GetChargingProfiles", `{"requestId":5,"chargingProfile":{}}`, `{"status":"NoProfiles"}`)
	})
}
