package upkeep

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/store"
)

// yard is an upkeep over a real fleet and store, and one charger that answers
// as the test has it.
type yard struct {
	t       *testing.T
	fleet   *fleet.Fleet
	store   *store.Store
	upkeep  *Upkeep
	charger *charger
}

const (
	chargerID = 41
	siteID    = 12
)

var wishes = charging.Wishes{Measurands: "Energy.Active.Import.Register,SoC", SampleInterval: time.Minute, Heartbeat: 5 * time.Minute, Offline: "yes"}

func newYard(t *testing.T, v ocpp.Version) *yard {
	t.Helper()
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	f := fleet.New(fleet.Config{LifeEvery: time.Hour}, st, log, prometheus.NewRegistry())
	if err := f.Start(ctx); err != nil {
		t.Fatal(err)
	}
	y := &yard{t: t, fleet: f, store: st, charger: &charger{version: v, settings: map[string]string{}, connected: true}}
	y.upkeep = New(Config{Wishes: wishes, AfterBoot: time.Millisecond, AfterConnect: time.Hour, AfterChange: time.Millisecond, Rest: time.Millisecond},
		y.charger, f, st, log, prometheus.NewRegistry())
	y.upkeep.Start()
	t.Cleanup(func() {
		if err := y.upkeep.Stop(ctx); err != nil {
			t.Error(err)
		}
		if err := f.Stop(ctx); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	y.change(&charging.Change{Actor: "test",
		Organizations: []charging.Organization{{ID: 1, Name: "Holding"}, {ID: 3, ParentID: 1, Name: "Northline"}, {ID: 9, Name: "Stranger"}},
		Sites:         []charging.Site{{ID: siteID, OrganizationID: 3, Name: "Harbor", Timezone: "UTC"}},
		Chargers:      []charging.ChargerSettings{{ID: chargerID, SiteID: siteID, Name: "Bay 4", OCPPID: "bay-4"}},
		AccessIDs: []charging.AccessID{
			{ID: 1, OrganizationID: 3, Tag: "0A0B0C0D", Type: charging.TypeRFID},
			{ID: 2, OrganizationID: 1, Tag: "GROUPCARD", Type: charging.TypeRFID, GroupTag: "G1"},
			{ID: 3, OrganizationID: 3, Tag: "REVOKED1", Type: charging.TypeRFID, Revoked: true},
			{ID: 4, OrganizationID: 9, Tag: "STRANGER", Type: charging.TypeRFID},
		}})
	return y
}

func (y *yard) change(ch *charging.Change) {
	y.t.Helper()
	if err := y.fleet.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return ch, nil }); err != nil {
		y.t.Fatal(err)
	}
}

// boot lets the charger connect and boot.
func (y *yard) boot() {
	y.t.Helper()
	ctx := context.Background()
	generation, err := y.fleet.Connect(ctx, chargerID, charging.Connected{Protocol: "ocpp1.6", Remote: "192.0.2.1"}, time.Now())
	if err != nil {
		y.t.Fatal(err)
	}
	if _, err := y.fleet.Handle(ctx, charging.Event{ChargerID: chargerID, Generation: generation, Received: time.Now(),
		Body: charging.Booted{Boot: charging.Boot{Firmware: "1.0"}}}); err != nil {
		y.t.Fatal(err)
	}
}

// until waits for what the upkeep does by itself.
func (y *yard) until(what string, check func() bool) {
	y.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !check(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			y.t.Fatalf("never happened: %s; the charger was told\n%s", what, strings.Join(y.charger.told(), "\n"))
		}
	}
}

// rests waits until nothing is planned or under way.
func (y *yard) rests() {
	y.t.Helper()
	y.until("rest", func() bool {
		y.upkeep.mu.Lock()
		defer y.upkeep.mu.Unlock()
		v := y.upkeep.visits[chargerID]
		return v != nil && !v.busy && v.due == 0 && !v.last.IsZero()
	})
}

// charger is a charger of either version: its settings, its list, and what it
// cannot do.
type charger struct {
	version ocpp.Version

	mu        sync.Mutex
	connected bool
	settings  map[string]string
	readonly  map[string]bool
	// refuse says why a setting is refused: its status; "" takes it.
	refuse func(key, value string) string
	// fail answers an action with a CALLERROR of that code, or "timeout".
	fail    map[string]string
	maxKeys int
	// partsOnly refuses triggers for the whole charger.
	partsOnly bool
	list      map[string]bool
	version0  int64 // of the list
	calls     []string
}

func (c *charger) told() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.calls...)
}

// count counts the calls that begin with a text.
func (c *charger) count(begin string) (n int) {
	for _, call := range c.told() {
		if strings.HasPrefix(call, begin) {
			n++
		}
	}
	return n
}

func (c *charger) tags() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, tag := range []string{"0A0B0C0D", "GROUPCARD", "NEWCARD1", "REVOKED1", "STRANGER"} {
		if c.list[tag] {
			all = append(all, tag)
		}
	}
	return strings.Join(all, " ")
}

// Protocol implements Link.
func (c *charger) Protocol(charging.ID) (string, ocpp.Version, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return "", c.version, c.connected
}

// Call implements Link.
func (c *charger) Call(_ context.Context, call charging.Call) charging.Answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call.Action+" "+string(call.Payload))
	if !call.Background {
		panic("the upkeep went before an operator")
	}
	if !c.connected {
		return charging.Answer{Status: charging.CommandConnectionLost, Error: &charging.CommandError{}}
	}
	switch why := c.fail[call.Action]; why {
	case "":
	case "timeout":
		return charging.Answer{Status: charging.CommandTimedOut, Error: &charging.CommandError{Description: "no answer"}}
	default:
		return charging.Answer{Status: charging.CommandRefused, Error: &charging.CommandError{Code: why}}
	}
	if c.version == ocpp.V16 {
		return answered(c.do16(call))
	}
	return answered(c.do2x(call))
}

func answered(v any) charging.Answer {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if string(b) == `"timeout"` {
		return charging.Answer{Status: charging.CommandTimedOut, Error: &charging.CommandError{Description: "no answer"}}
	}
	return charging.Answer{Status: charging.CommandAnswered, Response: b, AnsweredAt: time.Now()}
}

type object = map[string]any

func (c *charger) do16(call charging.Call) any {
	var p struct {
		Key                    any
		Value                  string
		ConnectorID            int
		ListVersion            int64
		UpdateType             string
		LocalAuthorizationList []entry16
	}
	if err := json.Unmarshal(call.Payload, &p); err != nil {
		panic(err)
	}
	switch call.Action {
	case "GetConfiguration":
		return c.configuration(p.Key)
	case "ChangeConfiguration":
		return object{"status": c.set(p.Key.(string), p.Value)}
	case "TriggerMessage":
		return object{"status": c.triggered(p.ConnectorID == 0)}
	case "GetLocalListVersion":
		return object{"listVersion": c.version0}
	case "SendLocalList":
		entries := map[string]bool{}
		for _, e := range p.LocalAuthorizationList {
			entries[e.IDTag] = e.IDTagInfo != nil
		}
		return object{"status": c.take(p.ListVersion, p.UpdateType, entries)}
	}
	panic(call.Action)
}

// triggered is the answer to a trigger for the whole charger, or for a part.
func (c *charger) triggered(whole bool) string {
	if whole && c.partsOnly {
		return "Rejected"
	}
	return "Accepted"
}

func (c *charger) configuration(asked any) any {
	keys, _ := asked.([]any)
	if c.maxKeys > 0 && (keys == nil || len(keys) > c.maxKeys) {
		return "timeout"
	}
	list, unknown := []object{}, []any{}
	if keys == nil {
		for key := range c.settings {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		value, ok := c.settings[key.(string)]
		if !ok {
			unknown = append(unknown, key)
			continue
		}
		list = append(list, object{"key": key, "readonly": c.readonly[key.(string)], "value": value})
	}
	return object{"configurationKey": list, "unknownKey": unknown}
}

func (c *charger) set(key, value string) string {
	if c.refuse != nil {
		if why := c.refuse(key, value); why != "" {
			return why
		}
	}
	c.settings[key] = value
	return "Accepted"
}

func (c *charger) take(version int64, kind string, entries map[string]bool) string {
	if kind == "Full" {
		c.list = nil
	} else if version <= c.version0 {
		return "VersionMismatch"
	}
	if c.list == nil {
		c.list = map[string]bool{}
	}
	for tag, in := range entries {
		if c.list[tag] = in; !in {
			delete(c.list, tag)
		}
	}
	c.version0 = version
	return "Accepted"
}

func (c *charger) do2x(call charging.Call) any {
	var p struct {
		GetVariableData, SetVariableData []item2x
		VersionNumber                    int64
		UpdateType                       string
		LocalAuthorizationList           []entry2x
	}
	if err := json.Unmarshal(call.Payload, &p); err != nil {
		panic(err)
	}
	switch call.Action {
	case "GetBaseReport":
		return object{"status": "Accepted"}
	case "SetChargingProfile":
		return object{"status": "Accepted"}
	case "GetVariables":
		var results []object
		for _, d := range p.GetVariableData {
			r := object{"attributeStatus": "UnknownVariable", "component": d.Component, "variable": d.Variable}
			if value, ok := c.settings[keyOf(d)]; ok {
				r["attributeStatus"], r["attributeValue"] = "Accepted", value
			}
			results = append(results, r)
		}
		return object{"getVariableResult": results}
	case "SetVariables":
		var results []object
		for _, d := range p.SetVariableData {
			results = append(results, object{"attributeStatus": c.set(keyOf(d), *d.Value), "component": d.Component, "variable": d.Variable})
		}
		return object{"setVariableResult": results}
	case "TriggerMessage":
		return object{"status": c.triggered(false)}
	case "GetLocalListVersion":
		return object{"versionNumber": c.version0}
	case "SendLocalList":
		entries := map[string]bool{}
		for _, e := range p.LocalAuthorizationList {
			entries[e.IDToken.IDToken] = e.IDTokenInfo != nil
		}
		return object{"status": c.take(p.VersionNumber, p.UpdateType, entries)}
	}
	panic(fmt.Sprint(call.Action))
}

func keyOf(d item2x) string {
	return variable2x{d.Component.Name, d.Variable.Name, d.Variable.Instance}.key()
}
