package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// at asks for the past.
func (y *yard) past(key string, at time.Time, more string) answer {
	y.t.Helper()
	return y.get("/api/sites?at="+at.UTC().Format("2006-01-02T15:04:05.000000Z")+more, key)
}

// The past is what was answered then, to the byte, whatever happened since: names,
// moves, restarts.
func TestThePastIsWhatWasAnsweredThen(t *testing.T) {
	type kept struct {
		at   time.Time
		key  string
		body string
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			y := newLiveYard(t)
			c := newChaos(y, seed+100)
			var all []kept
			check := func() {
				t.Helper()
				for _, k := range all {
					a := y.past(k.key, k.at, "")
					if string(a.body) != k.body {
						t.Fatalf("%s at %s:\n%s\nwas answered\n%s", k.key, k.at, a.body, k.body)
					}
				}
			}
			for step := range 80 {
				c.step()
				if step%8 == 0 {
					key := liveKeys[c.r.IntN(len(liveKeys))]
					all = append(all, kept{c.now.Add(time.Duration(c.r.IntN(900)) * time.Microsecond), key, string(y.get("/api/sites", key).body)})
				}
				if step == 40 {
					c.now = c.now.Add(time.Second)
					y.restart(c.now)
				}
			}
			check()
			c.now = c.now.Add(time.Second)
			y.restart(c.now)
			check()
		})
	}
}

func TestThePastBeforeTheFirstDataIsEmpty(t *testing.T) {
	y := newLiveYard(t)
	a := y.past(holdingKey, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), "")
	if a.StatusCode != http.StatusOK || string(a.body) != `{"data":[]}` {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

func TestThePastHasTheHeadersOfTheDocument(t *testing.T) {
	y := newLiveYard(t)
	y.at("12:00:00").connects(41)
	at := y.now
	live := y.get("/api/sites", holdingKey)
	a := y.past(holdingKey, at, "")
	if string(a.body) != string(live.body) || a.Header.Get("ETag") == "" || a.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("%s %v", a.body, a.Header)
	}
	if again := y.get("/api/sites?at="+at.Format(time.RFC3339), holdingKey, "If-None-Match", a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("%s", again.Status)
	}
	if a := y.get("/api/sites?at="+at.Format(time.RFC3339), holdingKey, "Accept-Encoding", "zstd;q=1, identity;q=0"); a.Header.Get("Content-Encoding") != "zstd" {
		t.Errorf("%v", a.Header)
	}
}

func TestWhatCannotBeAskedOfThePast(t *testing.T) {
	y := newLiveYard(t)
	past := "2026-03-02T12:00:00Z"
	future := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for query, text := range map[string]string{
		"at=yesterday":                      `at: "yesterday" is no time; write it like 2026-03-02T06:00:00Z`,
		"at=" + future:                      `at: ` + future + ` is in the future`,
		"at=" + past + "&view=truth":        `view: "truth" is none of received, corrected`,
		"at=" + past + "&since=":            `since: cannot be asked for together with at`,
		"at=" + past + "&include=freshness": `include: freshness is of the present; leave out at`,
		"view=corrected":                    `view: says how the moment of the parameter at is meant, which is missing`,
		"include=all":                       `include: "all" is none of freshness`,
	} {
		y.get("/api/sites?"+query, holdingKey).is(t, http.StatusBadRequest, text)
	}
	// Forms of a moment.
	y.at("12:00:00").connects(41)
	want := string(y.get("/api/sites", holdingKey).body)
	for _, text := range []string{"2026-03-02T12:00:00Z", "2026-03-02T13:00:00%2B01:00", "2026-03-02T13:00:00+01:00", "2026-03-02T12:00"} {
		if a := y.get("/api/sites?at="+text, holdingKey); !strings.Contains(string(a.body), `"timestamp":"2026-03-02T12:00:00.000Z"`) || string(a.body) != want {
			t.Errorf("%s: %s", text, a.body)
		}
	}
	// As ever, what nobody knows is ignored.
	if a := y.get("/api/sites?at=&view=&include=&_=123", holdingKey); string(a.body) != want {
		t.Errorf("%s", a.body)
	}
}

// What a charger sends after it was offline tells what was true then; what was
// answered then stays what it was.
func TestTheCorrectedPastKnowsWhatCameLate(t *testing.T) {
	y := newLiveYard(t)
	y.at("12:00:00").connects(42)
	y.reportsStatus(42, 1, "Available")
	y.at("12:30:00").disconnects(42, "12:10:00") // noticed late
	y.at("13:00:00").connects(42)
	y.reportsStatus(42, 1, "Finishing") // live, before the queue
	y.at("13:00:05").sends(42, "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Charging","timestamp":"2026-03-02T12:15:00Z"}`)
	tx := y.startsAt(42, 1, "A0B1C2D3", 1000, "2026-03-02T12:14:00Z")
	y.metersAt(42, 1, tx, "2026-03-02T12:19:00Z", energyWh("3500"), powerW("11000"))
	y.metersAt(42, 1, tx, "2026-03-02T12:45:00Z", energyWh("9000"), powerW("10000"))
	y.sends(42, "StopTransaction", fmt.Sprintf(`{"transactionId":%d,"meterStop":9500,"timestamp":"2026-03-02T12:50:00Z"}`, tx))

	at := func(clockTime, more string) map[string]any {
		t.Helper()
		a := y.past(holdingKey, clock(clockTime), more)
		c := newCopy()
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		c.document(a.body)
		return decode(t, c.chargers[42].json).(map[string]any)
	}
	port := func(charger map[string]any) map[string]any { return charger["ports"].([]any)[0].(map[string]any) }

	then := at("12:20:00", "")
	compare(t, then, "connectionStatus.status", `"Connected"`)
	compare(t, port(then), "ocppStatus.status", `"Available"`)
	compare(t, port(then), "currentChargingSession", `null`)

	known := at("12:20:00", "&view=corrected")
	compare(t, known, "connectionStatus", `{"status":"Disconnected","timestamp":"2026-03-02T12:10:00.000Z"}`)
	compare(t, port(known), "ocppStatus.status", `"Charging"`)
	compare(t, port(known), "ocppStatus.timestamp", `"2026-03-02T12:15:00.000Z"`)
	compare(t, port(known), "currentChargingSession.startTime", `"2026-03-02T12:14:00.000Z"`)
	compare(t, port(known), "currentChargingSession.energyDeliveredKwh", `2.5`)
	compare(t, port(known), "currentChargingSession.latestReadings.powerKw", `{"value":11,"timestamp":"2026-03-02T12:19:00.000Z"}`)
	compare(t, port(known), "currentChargingSession.rfid.name", `"Card 12"`)

	compare(t, port(at("12:13:59", "&view=corrected")), "currentChargingSession", `null`)
	compare(t, port(at("12:14:00", "&view=corrected")), "currentChargingSession.energyDeliveredKwh", `0`)
	compare(t, port(at("12:50:00", "&view=corrected")), "currentChargingSession", `null`)
	compare(t, at("12:05:00", "&view=corrected"), "connectionStatus.status", `"Connected"`)
	late := at("13:00:04", "&view=corrected")
	compare(t, late, "connectionStatus.status", `"Connected"`)
	compare(t, port(late), "ocppStatus.status", `"Finishing"`)

	// A session that runs now.
	y.at("14:00:00").starts(42, 1, "CARD13", 9500)
	y.at("14:10:00")
	compare(t, port(at("14:05:00", "&view=corrected")), "currentChargingSession.ocppIdTag", `"CARD13"`)
	compare(t, port(at("13:55:00", "&view=corrected")), "currentChargingSession", `null`)
}

func TestNamesInThePastAreThoseOfThen(t *testing.T) {
	y := newLiveYard(t)
	y.at("12:00:00").connects(41)
	y.starts(41, 1, "A0B1C2D3", 0)
	first := y.now
	body := string(y.get("/api/sites", northlineKey).body)
	y.at("12:10:00")
	v, a, s, o := *y.fleet.Estate().Vehicle(700), *y.fleet.Estate().AccessID(310), *y.fleet.Estate().Site(12), *y.fleet.Estate().Organization(3)
	v.Name, a.Name, s.Name, o.Name = "Van 99", "Card 99", "Harbor 99", "Northline 99"
	p := y.fleet.Estate().Charger(41).Ports[0].PortSettings
	p.Name, p.MaxPower = "Port 99", 99_000_000
	y.configure(&charging.Change{Actor: "test", At: y.now, Vehicles: []charging.Vehicle{v}, AccessIDs: []charging.AccessID{a},
		Sites: []charging.Site{s}, Organizations: []charging.Organization{o}, Ports: []charging.PortSettings{p}})
	if got := string(y.past(northlineKey, first, "").body); got != body {
		t.Errorf("%s\nwas\n%s", got, body)
	}
	if got := string(y.past(northlineKey, y.now.Add(-time.Microsecond), "").body); got != body {
		t.Errorf("just before: %s", got)
	}
	if got := string(y.past(northlineKey, y.now, "").body); strings.Count(got, " 99") != 6 {
		t.Errorf("%s", got)
	}
}
