package sim_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // what the server stored is read from its file

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/sim"
	"github.com/chargeyard/chargeyard/internal/store"
)

// lively is a life of sessions of two or three seconds.
func lively() sim.Life {
	return sim.Life{ArrivalsPerHour: 3600, FirstArrivals: 1, Haste: 60, SessionLength: 2 * time.Second,
		SampleInterval: 500 * time.Millisecond, FaultsPerHour: 60, FaultLength: 500 * time.Millisecond}
}

// labServer takes any charger and any card.
func labServer(t *testing.T) *apptest.Server {
	return apptest.Start(t, apptest.Options{Settings: func(c *config.Config) { c.Adopt, c.UnknownIDTags = "any", "accept" }})
}

// TestMisbehaviours lets chargers with every misbehaviour, of every version,
// live on one server: each stays connected and its sessions begin and end.
func TestMisbehaviours(t *testing.T) {
	s := labServer(t)
	protocols := []string{sim.Protocol16, sim.Protocol201, sim.Protocol21}
	cfg := sim.Config{Life: lively(), Retry: sim.QuickRetry(), Ramp: 2 * time.Second}
	for _, protocol := range protocols {
		for _, m := range sim.Misbehaviours() {
			cfg.Chargers = append(cfg.Chargers, sim.ChargerConfig{Identity: protocol + "-" + m.Name, Ports: 1, Make: sim.Makes[1],
				Protocols: []string{protocol}, Misbehave: []string{m.Name}})
		}
	}
	f := s.Simulate(cfg)
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		late := waiting(f)
		if len(late) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("in a minute not enough sessions ended at %v", late)
		}
	}
	f.Freeze()
	left := make(map[string]*sim.Charger)
	for _, c := range f.Chargers() {
		if admitted(c) {
			left[c.Identity()] = c
		}
	}
	for end := time.Now().Add(30 * time.Second); len(left) > 0; time.Sleep(200 * time.Millisecond) {
		why := settled(s, left)
		if time.Now().After(end) {
			for identity := range left {
				t.Errorf("%s: %s", identity, why[identity])
			}
			break
		}
	}
	f.Stop()
	s.Stop()
	began, ended := sessionsOf(t, s.Data())
	for _, c := range cfg.Chargers {
		if c.Misbehave[0] != "no-subprotocol" && (began[c.Identity] == 0 || ended[c.Identity] == 0) {
			t.Errorf("%s: %d sessions began and %d ended", c.Identity, began[c.Identity], ended[c.Identity])
		}
	}
}

// waiting returns the chargers that have not ended a session; those that never
// tell the end of one need a second, whose start tells it.
func waiting(f *sim.Fleet) (late []string) {
	for _, c := range f.Chargers() {
		enough := 1
		if strings.HasSuffix(c.Identity(), "-lost-stops") {
			enough = 3
		}
		if c.Ended() < enough && admitted(c) {
			late = append(late, c.Identity())
		}
	}
	return late
}

// admitted says whether the server lets a charger in: one that offers no
// subprotocol it may refuse, and ours does.
func admitted(c *sim.Charger) bool { return !strings.HasSuffix(c.Identity(), "-no-subprotocol") }

// settled takes out of left the chargers of which the server shows the truth:
// they are connected, and no session runs at their port that they do not have.
// It says what is wrong with the others.
func settled(s *apptest.Server, left map[string]*sim.Charger) map[string]string {
	why := make(map[string]string)
	for identity := range left {
		why[identity] = "it is not shown"
	}
	tree, _ := s.Sites()
	for _, site := range tree["data"].([]any) {
		for _, v := range site.(map[string]any)["chargers"].([]any) {
			shown := v.(map[string]any)
			identity, _ := shown["ocppId"].(string)
			c := left[identity]
			if c == nil {
				continue
			}
			if why[identity] = untrue(shown, c); why[identity] == "" {
				delete(left, identity)
			}
		}
	}
	return why
}

func untrue(shown map[string]any, c *sim.Charger) string {
	if status, _ := shown["connectionStatus"].(map[string]any); status["status"] != "Connected" {
		return fmt.Sprint("the connection is shown as ", status)
	}
	if c.Queued() > 0 && c.Ports()[0].Session == nil {
		return fmt.Sprint("it still has messages to say: ", c.Queued())
	}
	for _, v := range shown["ports"].([]any) {
		port := v.(map[string]any)
		number := int(port["portNumber"].(float64))
		own := c.Ports()[min(number, len(c.Ports()))-1].Session
		if port["currentChargingSession"] != nil && own == nil && !strings.HasSuffix(c.Identity(), "-lost-stops") {
			return fmt.Sprintf("port %d shows the session %v, which the charger does not have", number, port["currentChargingSession"])
		}
	}
	return ""
}

// sessionsOf counts the sessions of each charger in a data folder.
func sessionsOf(t *testing.T, data string) (began, ended map[string]int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, store.DatabaseName)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT c.ocpp_id, s.state, count(*) FROM sessions s JOIN chargers c ON c.id = s.charger_id GROUP BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	began, ended = make(map[string]int), make(map[string]int)
	for rows.Next() {
		var identity string
		var state charging.SessionState
		var n int
		if err := rows.Scan(&identity, &state, &n); err != nil {
			t.Fatal(err)
		}
		began[identity] += n
		if state != charging.SessionOpen {
			ended[identity] += n
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return began, ended
}
