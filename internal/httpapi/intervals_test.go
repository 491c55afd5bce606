package httpapi_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// intervalYard is a live yard with the records of chargers.
func intervalYard(t *testing.T) *yard {
	y := newLiveYard(t)
	y.cfg.Records = y.store
	y.api = httpapi.New(y.cfg, y.fleet, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	return y
}

// intervals are those of an answer, each as "port what from-to by-by".
func (a answer) intervals(t *testing.T) (list []string) {
	t.Helper()
	short := func(v any) string {
		if text, ok := v.(string); ok {
			return strings.TrimSuffix(strings.TrimPrefix(text, "2026-03-02T"), ".000Z")
		}
		return "now"
	}
	by := func(v any) string {
		if o, ok := v.(map[string]any); ok {
			return fmt.Sprintf("%v#%v", o["kind"], o["messageId"])
		}
		return "none"
	}
	for _, row := range a.rows(t) {
		what := fmt.Sprint(row["connectionStatus"], row["sessionId"])
		if s, ok := row["ocppStatus"].(map[string]any); ok {
			what = fmt.Sprint(s["status"], " ", s["errorCode"])
		}
		what = strings.ReplaceAll(what, "<nil>", "")
		list = append(list, fmt.Sprintf("%v %s %s-%s %s %s", row["port"], what, short(row["startTimestamp"]), short(row["endTimestamp"]), by(row["start"]), by(row["end"])))
	}
	return list
}

func TestIntervalsHaveTheirOrigin(t *testing.T) {
	y := intervalYard(t)
	y.at("12:00:00").connects(42)
	y.reportsStatus(42, 1, "Available") // 1
	y.at("12:01:00").reportsStatus(42, 1, "Available")
	y.at("12:05:00").reportsStatus(42, 1, "Charging") // 3
	tx := y.starts(42, 1, "A0B1C2D3", 0)              // 4
	y.at("12:06:00").meters(42, 1, tx, energyWh("100"))
	y.at("12:20:00").disconnects(42, "12:15:00")
	y.at("12:30:00").connects(42)
	y.reportsStatus(42, 2, "Faulted") // 6
	y.at("12:40:00").stops(42, tx, 500)
	y.at("12:41:00").reportsStatus(42, 1, "Finishing") // 8
	session := fmt.Sprint(y.fleet.Estate().Charger(42).Recent[0].ID)
	want := func(query string, want ...string) {
		t.Helper()
		a := y.get("/api/chargers/42/intervals?"+query, northlineKey)
		if got := a.intervals(t); !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", query, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if a.next(t) != "" {
			t.Errorf("%s: there are more", query)
		}
	}
	finishing := "1 Finishing NoError 12:41:00-now status#8 none"
	charged := "1 Charging NoError 12:05:00-12:41:00 status#3 status#8"
	available := "1 Available NoError 12:00:00-12:05:00 status#1 status#3"
	want("kind=status&port=1", finishing, charged, available)
	want("kind=status&port=2", "2 Faulted NoError 12:30:00-now status#6 none")
	want("kind=connection", "<nil> Connected 12:30:00-now connected#<nil> none",
		"<nil> Disconnected 12:15:00-12:30:00 disconnected#<nil> connected#<nil>",
		"<nil> Connected 12:00:00-12:15:00 connected#<nil> disconnected#<nil>")
	want("kind=session", "1 "+session+" 12:05:00-12:40:00 sessionStarted#4 sessionStopped#7")
	want("kind=status&port=1&startTimestamp=2026-03-02T12:10:00Z", finishing, charged)
	want("kind=status&port=1&endTimestamp=2026-03-02T12:04:00Z", "1 Available NoError 12:00:00-now status#1 none")
}

func TestIntervalsComeInPagesWhileMoreIsStored(t *testing.T) {
	y := intervalYard(t)
	y.at("00:00:00").connects(41)
	words := []string{"Available", "Preparing", "Charging"}
	n := 0
	report := func() {
		y.now = clock("00:00:00").Add(time.Duration(n) * time.Minute)
		y.reportsStatus(41, 1+n%2, words[n/2%3])
		n++
	}
	for n < 450 {
		report()
	}
	seen := map[string]bool{}
	pages := 0
	for cursor := ""; ; pages++ {
		a := y.get("/api/chargers/41/intervals?kind=status&nextPageCursor="+cursor, northlineKey)
		for _, row := range a.rows(t) {
			id := fmt.Sprint(row["start"].(map[string]any)["recordId"])
			if seen[id] {
				t.Errorf("%v comes twice", row)
			}
			seen[id] = true
			if end, ok := row["end"].(map[string]any); ok && row["endTimestamp"] == nil {
				t.Errorf("%v ended and has no end: %v", row, end)
			}
		}
		report()
		if cursor = a.next(t); cursor == "" {
			break
		}
	}
	if len(seen) != 450 || pages < 3 {
		t.Errorf("%d intervals on %d pages", len(seen), pages+1)
	}
}

func TestWhatIsWrongWithARequestForIntervals(t *testing.T) {
	y := intervalYard(t)
	y.at("12:00:00").connects(41)
	for query, text := range map[string]string{
		"":                                   `kind: must be status, connection or session`,
		"kind=weather":                       `kind: must be status, connection or session`,
		"kind=status&port=33":                `port: must be a whole number from 1 to 32`,
		"kind=status&startTimestamp=soon":    `startTimestamp: "soon" is no time; write it like 2026-03-02T06:00:00Z`,
		"kind=status&endTimestamp=soon":      `endTimestamp: "soon" is no time; write it like 2026-03-02T06:00:00Z`,
		"kind=status&nextPageCursor=!":       `nextPageCursor: is none of this server's cursors; begin again without it`,
		"kind=status&nextPageCursor=MTA0IDE": `nextPageCursor: is none of this server's cursors; begin again without it`,
	} {
		y.get("/api/chargers/41/intervals?"+query, northlineKey).is(t, http.StatusBadRequest, text)
	}
	y.get("/api/chargers/95/intervals?kind=status", northlineKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/chargers/41/intervals?kind=status", "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
	y.get("/api/chargers/41/intervals?kind=status", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
}
