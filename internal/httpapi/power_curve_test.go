package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
	"github.com/chargeyard/chargeyard/internal/store"
)

const curvePath = "/api/sites/12/power-curve"

// curve returns a member of the points of a curve, one after another.
func (y *yard) curve(query, key, member string) string {
	y.t.Helper()
	var list []string
	for _, point := range y.get(curvePath+query, key).data(y.t)["points"].([]any) {
		value := point.(map[string]any)[member]
		if value == nil {
			value = "-"
		}
		list = append(list, fmt.Sprint(value))
	}
	return strings.Join(list, " ")
}

func (y *yard) curveIs(query, key, member, want string) {
	y.t.Helper()
	if got := y.curve(query, key, member); got != want {
		y.t.Errorf("%s %s: %s\nwant %s", query, member, got, want)
	}
}

// newCurveYard is a yard in which a session had 60 kW from 12:01 and 30 from 12:06
// to 12:10, and another 10 kW at 12:05 and nothing since.
func newCurveYard(t *testing.T) *yard {
	y := newDayYard(t)
	y.at("11:50:00").connects(41)
	y.connects(42)
	first := y.at("12:00:00").starts(41, 1, "A0B1C2D3", 0)
	y.at("12:01:00").meters(41, 1, first, powerW("60000"))
	second := y.at("12:05:00").starts(42, 1, "CARD13", 0)
	y.meters(42, 1, second, powerW("10000"))
	y.at("12:06:00").meters(41, 1, first, powerW("30000"))
	y.at("12:10:00").stops(41, first, 5000)
	return y
}

const noon = "?from=2026-03-02T11:55:00Z&to=2026-03-02T12:30:00Z"

func TestThePowerOfASiteIsTheMeanOfItsSessions(t *testing.T) {
	y := newCurveYard(t)
	y.curveIs(noon, northlineKey, "powerKw", "- 60 46 10 10 10 -")
	y.curveIs(noon, limitedKey, "powerKw", "- - 10 10 10 10 -") // charger 42
	y.curveIs(noon, holdingKey, "powerKw", "- 60 46 10 10 10 -")
	y.curveIs("?from=2026-03-02T12:07:30Z&to=2026-03-02T12:12:30Z", northlineKey, "powerKw", "25") // 30 for half of it
	y.curveIs("?from=2026-03-02T12:00:00Z&to=2026-03-02T12:07:00Z", northlineKey, "powerKw", "60 55")
	a := y.get(curvePath+noon, northlineKey).data(t)
	compare(t, a, "stepSeconds", "300")
	compare(t, a, "from", `"2026-03-02T11:55:00.000Z"`)
	compare(t, a, "to", `"2026-03-02T12:30:00.000Z"`)
	compare(t, a, "siteId", "12")
	point := a["points"].([]any)[1].(map[string]any)
	compare(t, point, "timestamp", `"2026-03-02T12:00:00.000Z"`)
	// A charger that was offline tells it later; between its sessions it had none.
	y.at("13:00:00").connects(41)
	queued := y.startsAt(41, 2, "CARD13", 0, "2026-03-02T12:10:00Z")
	y.metersAt(41, 2, queued, "2026-03-02T12:10:00Z", powerW("20000"))
	y.metersAt(41, 2, queued, "2026-03-02T12:15:00Z", powerW("40000"))
	y.sends(41, "StopTransaction", fmt.Sprintf(`{"transactionId":%d,"meterStop":900,"timestamp":"2026-03-02T12:20:00Z"}`, queued))
	y.curveIs(noon, northlineKey, "powerKw", "- 60 46 30 50 10 -")
	y.restart(clock("13:00:01"))
	y.curveIs(noon, northlineKey, "powerKw", "- 60 46 30 50 10 -")
	// A retired charger stood there all the same.
	c := y.settings(41)
	c.RetiredAt = clock("14:00:00")
	y.set(c)
	y.curveIs(noon, northlineKey, "powerKw", "- 60 46 30 50 10 -")
}

func TestASessionHasNoPowerAfterItsEnd(t *testing.T) {
	y := newDayYard(t)
	y.at("11:50:00").connects(41)
	transaction := y.at("12:00:00").starts(41, 1, "A0B1C2D3", 0)
	y.metersAt(41, 1, transaction, "2026-03-02T12:05:00.900Z", powerW("60000"))
	y.at("12:05:03").sends(41, "StopTransaction", fmt.Sprintf(`{"transactionId":%d,"meterStop":5,"timestamp":"2026-03-02T12:04:58Z"}`, transaction))
	y.curveIs("?from=2026-03-02T12:05:00Z&to=2026-03-02T12:25:00Z", northlineKey, "powerKw", "0 0 0 0")
	// Whole seconds are no way back to before the session.
	y.at("12:30:00.700").sends(41, "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Preparing","timestamp":"2026-03-02T12:30:00.700Z"}`)
	y.startsAt(41, 1, "A0B1C2D3", 0, "2026-03-02T12:30:00Z")
	y.curveIs("?from=2026-03-02T12:30:00Z&to=2026-03-02T12:40:00Z", northlineKey, "powerKw", "- -")
}

func TestThePowerOfLongAgoIsKnownByTheQuarterHour(t *testing.T) {
	y := newCurveYard(t)
	if _, err := y.store.Prune(context.Background(), store.Policy{Readings: time.Hour}, clock("18:00:00")); err != nil {
		t.Fatal(err)
	}
	y.curveIs(noon, northlineKey, "powerKw", "- - 40 10 10 10 -")
}

func TestACurveHasTheLimitsThatHeld(t *testing.T) {
	y := newCurveYard(t)
	limit := func(id charging.ID, kw charging.Milli, unit, from, to string) charging.SiteLimit {
		l := charging.SiteLimit{ID: id, UUID: fmt.Sprint("u", id), SiteID: 12, Kind: charging.LimitCapacity, Limit: kw * 1_000_000, Unit: unit, CreatedAt: clock(from)}
		if to != "" {
			l.RemovedAt = clock(to)
		}
		return l
	}
	other := limit(6, 1, "W", "10:00:00", "")
	other.SiteID = 13
	list := []charging.SiteLimit{limit(1, 70, "W", "10:00:00", "12:05:00"), limit(2, 50, "W", "12:10:00", "12:20:00"),
		limit(3, 20, "A", "10:00:00", ""), limit(4, 80, "W", "12:15:00", ""), limit(5, 1, "W", "09:00:00", "11:00:00"), other}
	if err := y.store.SaveSiteLimits(context.Background(), list, clock("12:00:00"), "test"); err != nil {
		t.Fatal(err)
	}
	y.curveIs(noon, northlineKey, "limitKw", "70 70 - 50 50 80 80")
	compare(t, y.get(curvePath+noon, northlineKey).data(t), "limitKw", "80")
	compare(t, y.get(curvePath+"?from=2026-03-02T12:00:00Z&to=2026-03-02T12:15:00Z", northlineKey).data(t), "limitKw", "50")
	y.curveIs(noon, limitedKey, "limitKw", "- - - - - - -") // it does not see the whole site
	compare(t, y.get(curvePath+noon, limitedKey).data(t), "limitKw", "null")
}

func TestACurveIsOfTheSitesDayUnlessSaidOtherwise(t *testing.T) {
	y := newDayYard(t)
	zone, midnight := zoneAfterMidnight(time.Now())
	y.zone(12, zone, midnight.AddDate(0, 0, -2))
	a := y.get(curvePath, northlineKey).data(t)
	compare(t, a, "from", `"`+midnight.Format(charging.TimeLayout)+`"`)
	to, err := time.Parse(time.RFC3339, a["to"].(string))
	if err != nil || time.Since(to) > time.Minute || len(a["points"].([]any)) != int((to.Sub(midnight)+5*time.Minute-1)/(5*time.Minute)) {
		t.Errorf("to %v, %d points since %v", a["to"], len(a["points"].([]any)), midnight)
	}
	// The day of to, where that is said: 23 hours with the clock that is set forward.
	y.zone(12, "America/Los_Angeles", midnight)
	a = y.get(curvePath+"?to=2026-03-09T07:00:00Z", northlineKey).data(t)
	compare(t, a, "from", `"2026-03-08T08:00:00.000Z"`)
	if n := len(a["points"].([]any)); n != 23*12 {
		t.Errorf("%d points", n)
	}
	for _, c := range []struct{ zone, to, from string }{
		{"America/Santiago", "2026-09-06T12:00:00Z", "2026-09-06T04:00:00.000Z"}, // begins at 01:00
		{"America/Santiago", "2026-04-05T12:00:00Z", "2026-04-05T04:00:00.000Z"}, // after 23:00 twice
		{"America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00.000Z"},   // has midnight twice
		{"America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00.000Z"},   // begins at 01:00
		{"Asia/Kathmandu", "2026-03-02T18:15:00Z", "2026-03-01T18:15:00.000Z"},   // ends at midnight
	} {
		y.zone(12, c.zone, midnight)
		compare(t, y.get(curvePath+"?to="+c.to, northlineKey).data(t), "from", strconv.Quote(c.from))
	}
	for query, want := range map[string]int{
		"?from=2026-03-01T00:00:00Z&to=2026-03-02T02:00:00Z": 300, "?from=2026-03-01T00:00:00Z&to=2026-03-02T02:00:01Z": 900,
		"?from=2026-03-01T00:00:00Z&to=2026-03-04T00:00:01Z": 1800, "?from=2026-03-01T00:00:00Z&to=2026-03-09T00:00:00Z": 1800,
	} {
		compare(t, y.get(curvePath+query, northlineKey).data(t), "stepSeconds", fmt.Sprint(want))
	}
}

func TestWhatIsToComeIsNotKnown(t *testing.T) {
	y := newFurnishedYard(t)
	y.reportsStatus(41, 1, "Available")
	from, to := y.now.Add(-time.Second).Format(time.RFC3339Nano), y.now.Add(14*time.Minute).Format(time.RFC3339Nano)
	y.curveIs("?from="+from+"&to="+to, northlineKey, "powerKw", "0 - -")
}

func TestACurveSaysWhatIsWrong(t *testing.T) {
	y := newDayYard(t)
	for query, want := range map[string]string{
		"?from=yesterday": `from: "yesterday" is no time; write it like 2026-03-02T06:00:00Z`,
		"?to=later":       `to: "later" is no time; write it like 2026-03-02T06:00:00Z`,
		"?from=2026-03-02T12:00:00Z&to=2026-03-02T12:00:00Z": "to: must be after from",
		"?from=2026-03-02T12:00:00Z&to=2026-03-01":           "to: must be after from",
		"?from=2026-03-01&to=2026-03-09T00:00:01Z":           "to: must be at most 8 days after from",
		"?from=9999-01-01": "to: must be after from",
	} {
		y.get(curvePath+query, northlineKey).is(t, http.StatusBadRequest, want)
	}
	for _, c := range []struct{ site, key string }{{"12", strangerKey}, {"13", limitedKey}, {"999", northlineKey}, {"twelve", northlineKey}, {"90", northlineKey}} {
		y.get("/api/sites/"+c.site+"/power-curve", c.key).is(t, http.StatusNotFound, "Not found")
	}
	y.get(curvePath, controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
	y.get(curvePath, "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
	// A site without chargers has a curve of nothing.
	a := y.get("/api/sites/13/power-curve?from=2026-03-02T12:00:00Z&to=2026-03-02T12:10:00Z", northlineKey).data(t)
	compare(t, a, "points", `[{"timestamp":"2026-03-02T12:00:00.000Z","powerKw":null,"limitKw":null},{"timestamp":"2026-03-02T12:05:00.000Z","powerKw":null,"limitKw":null}]`)
}

// memoryCurves has a reading a minute of each port.
type memoryCurves struct{}

func (memoryCurves) PowerDuring(_ context.Context, ports []charging.PortPlace, during charging.Span, each func(int, charging.PowerPoint)) error {
	for i := range ports {
		for at := during.From; at.Before(during.To); at = at.Add(time.Minute) {
			each(i, charging.PowerPoint{At: at, SessionID: 1, Power: 50_000_000, Known: true})
		}
	}
	return nil
}

func (memoryCurves) SiteLimitsDuring(context.Context, charging.ID, charging.Span) ([]charging.SiteLimit, error) {
	return nil, nil
}

// BenchmarkPowerCurve measures the day of a site with 500 ports, each with a reading
// a minute, without the database.
func BenchmarkPowerCurve(b *testing.B) {
	api := httpapi.New(httpapi.Config{PowerCurves: memoryCurves{}}, busyFleet(b, 500, 1), slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/api/sites/1/power-curve?from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z", nil)
		r.Header.Set("Authorization", "Bearer "+holdingKey)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		var a struct {
			Data struct{ Points []json.RawMessage }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || len(a.Data.Points) != 288 {
			b.Fatal(err, w.Body.String())
		}
	}
}
