package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// refusal is one from a charger that nobody knows.
func refusal(host int, identity string, seconds int) charging.Refusal {
	return charging.Refusal{At: start.Add(time.Duration(seconds) * time.Second), Remote: fmt.Sprintf("192.0.2.%d:%d", host, 40000+seconds),
		Request: "GET /ocpp/" + identity + " HTTP/1.1", Identity: identity, Status: 404, Reason: "unknown charger", Fix: "add it"}
}

func addRefusals(t *testing.T, s *Store, list ...charging.Refusal) {
	t.Helper()
	for _, r := range list {
		if err := s.AddRefusal(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func listRefused(t *testing.T, s *Store, limit int) []charging.Refusal {
	t.Helper()
	list, err := s.Refusals(t.Context(), limit)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRefusalsThatAreAlikeAreCounted(t *testing.T) {
	s := openTest(t)
	first, other, again := refusal(1, "A", 0), refusal(2, "A", 5), refusal(1, "A", 10)
	addRefusals(t, s, first, other)
	listRefused(t, s, 10) // stores them
	addRefusals(t, s, again, refusal(1, "A", 20))
	want := refusal(1, "A", 20)
	want.Count, want.FirstAt = 3, first.At
	other.Count, other.FirstAt = 1, other.At
	got := listRefused(t, s, 10)
	if len(got) == 2 && (got[0].ID == 0 || got[1].ID == 0 || got[0].ID == got[1].ID) {
		t.Errorf("ids %d and %d", got[0].ID, got[1].ID)
	}
	for i := range got {
		got[i].ID = 0
	}
	if diff := cmp.Diff([]charging.Refusal{want, other}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := listRefused(t, s, 1); len(got) != 1 || got[0].Remote != want.Remote {
		t.Errorf("the newest is %+v", got)
	}
	mustClose(t, s)
	if got := listRefused(t, openDir(t, s.Dir()), 10); len(got) != 2 {
		t.Errorf("after opening again: %+v", got)
	}
}

func TestRefusalsThatWaitAreStoredAtTheEnd(t *testing.T) {
	s := openTest(t)
	addRefusals(t, s, refusal(1, "A", 0))
	mustClose(t, s)
	if got := listRefused(t, openDir(t, s.Dir()), 10); len(got) != 1 {
		t.Errorf("stored %+v", got)
	}
}

func TestLoudOnesDoNotPushOthersOut(t *testing.T) {
	s := openTest(t)
	addRefusals(t, s, refusal(1, "quiet", 0))
	listRefused(t, s, 1)
	// One charger with ever new reasons, and one host with ever new identities.
	for i := range 900 {
		loud := refusal(2, "loud", i+1)
		loud.Reason = fmt.Sprintf("reason %d", i)
		addRefusals(t, s, loud)
	}
	listRefused(t, s, 1)
	for i := range 900 {
		addRefusals(t, s, refusal(3, fmt.Sprintf("scan %d", i), i+1000))
	}
	byHost := make(map[string]int)
	for _, r := range listRefused(t, s, 5000) {
		byHost[hostOf(r.Remote)]++
	}
	want := map[string]int{"192.0.2.1": 1, "192.0.2.2": maxRefusalsAlike, "192.0.2.3": maxRefusalsOfRemote}
	if diff := cmp.Diff(want, byHost); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestOnlyTheNewestRefusalsAreKept(t *testing.T) {
	s := openTest(t)
	for round := range 3 {
		for i := range 800 {
			addRefusals(t, s, refusal(i%100, fmt.Sprintf("%d-%d", round, i), round*1000+i))
		}
		listRefused(t, s, 1)
	}
	got := listRefused(t, s, 5000)
	if len(got) != maxRefusals || got[0].Identity != "2-799" || got[len(got)-1].Identity != "1-600" {
		t.Errorf("kept %d, from %q to %q", len(got), got[len(got)-1].Identity, got[0].Identity)
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	s := openTest(t)
	r := refusal(1, "A", 0)
	r.Request, r.Identity = strings.Repeat("x", 100_000), "bad \xff"
	addRefusals(t, s, r)
	for i := range 3 * maxRefusals { // nothing takes them away
		addRefusals(t, s, refusal(i%200, fmt.Sprint(i), i))
	}
	if waiting := len(s.refusals.waiting); waiting > maxRefusals {
		t.Errorf("%d wait in memory", waiting)
	}
	for _, r := range listRefused(t, s, 5000) {
		if len(r.Request) > maxRefusalText || strings.Contains(r.Identity, "\xff") {
			t.Errorf("kept %d bytes of %q", len(r.Request), r.Identity)
		}
	}
}

func TestRefusalsWaitUntilTheDatabaseIsBack(t *testing.T) {
	s := oneCharger(t)
	addRefusals(t, s, refusal(1, "A", 0))
	failOnce(s, "commit")
	if _, err := s.Refusals(t.Context(), 10); err == nil {
		t.Fatal("it did not fail")
	}
	addRefusals(t, s, refusal(1, "A", 1))
	if _, err := s.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := listRefused(t, s, 10); len(got) != 1 || got[0].Count != 2 || !got[0].FirstAt.Equal(start) {
		t.Errorf("kept %+v", got)
	}
}
