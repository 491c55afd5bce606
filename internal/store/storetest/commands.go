package storetest

import (
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// command is one that is queued.
func command(id charging.ID) *charging.Command {
	return &charging.Command{ID: id, ChargerID: 3, Actor: "key Depot display", KeyID: 15, Action: "Reset", Payload: []byte(`{"type":"Soft"}`),
		Protocol: "ocpp1.6", Status: charging.CommandQueued, CreatedAt: after(int(id)), Deadline: after(int(id) + 60)}
}

func commandByID(t *testing.T, e Engine, id charging.ID) *charging.Command {
	t.Helper()
	found, err := e.Command(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func commandIDs(t *testing.T, commands []*charging.Command, err error) []charging.ID {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	ids := []charging.ID{}
	for _, c := range commands {
		ids = append(ids, c.ID)
	}
	return ids
}

func testCommand(t *testing.T, e Engine) {
	queued := command(1)
	commit(t, e, &charging.Batch{Commands: []*charging.Command{queued}})
	equal(t, queued, commandByID(t, e, 1))
	equal(t, (*charging.Command)(nil), commandByID(t, e, 2))

	whole := &charging.Command{ID: 1, ChargerID: 3, Actor: "upkeep", KeyID: 15, Order: "start", Action: "RequestStartTransaction",
		Payload: []byte(`{"a":"ä"}`), Protocol: "ocpp2.0.1", MessageID: "m", Status: charging.CommandAnswered, Response: []byte(`{}`),
		Error: &charging.CommandError{Code: "InternalError", Description: "no", Details: []byte(`{"x":1}`)}, CreatedAt: after(1),
		Deadline: after(2), SentAt: after(3), AnsweredAt: after(4), IdempotencyKey: "k", Fingerprint: []byte{1, 2}, Session: 9, ConfirmedAt: after(5)}
	commit(t, e, &charging.Batch{Commands: []*charging.Command{whole}})
	equal(t, whole, commandByID(t, e, 1))

	bare := &charging.Command{ID: 2, ChargerID: 3, Status: charging.CommandRefused, Error: new(charging.CommandError)}
	commit(t, e, &charging.Batch{Commands: []*charging.Command{bare}})
	if _, err := e.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, bare, commandByID(t, e, 2))
}

func testCommandPages(t *testing.T, e Engine) {
	b := new(charging.Batch)
	for id := charging.ID(1); id <= 5; id++ {
		b.Commands = append(b.Commands, command(id))
	}
	b.Commands[2].ChargerID = 99
	commit(t, e, b)
	for _, tt := range []struct {
		q    charging.CommandQuery
		want []charging.ID
	}{
		{charging.CommandQuery{ChargerID: 3}, []charging.ID{5, 4, 2, 1}},
		{charging.CommandQuery{ChargerID: 3, Limit: 2}, []charging.ID{5, 4}},
		{charging.CommandQuery{ChargerID: 3, Limit: 2, Before: 4}, []charging.ID{2, 1}},
		{charging.CommandQuery{ChargerID: 3, Limit: 2, Before: 1}, []charging.ID{}},
		{charging.CommandQuery{ChargerID: 99}, []charging.ID{3}},
		{charging.CommandQuery{ChargerID: 98}, []charging.ID{}},
	} {
		list, err := e.Commands(t.Context(), tt.q)
		equal(t, tt.want, commandIDs(t, list, err))
	}
}

func testCommandByKey(t *testing.T, e Engine) {
	first, second, foreign, unnamed := command(10), command(20), command(30), command(40)
	first.IdempotencyKey, second.IdempotencyKey, foreign.IdempotencyKey, foreign.KeyID = "k", "k", "k", 16
	commit(t, e, &charging.Batch{Commands: []*charging.Command{first, second, foreign, unnamed}})
	for _, tt := range []struct {
		name  string
		key   charging.ID
		text  string
		since int
		want  *charging.Command
	}{
		{"the newest of two", 15, "k", 0, second},
		{"created just then", 15, "k", 20, second},
		{"of another API key", 16, "k", 0, foreign},
		{"too old", 15, "k", 21, nil},
		{"another text", 15, "K", 0, nil},
		{"none", 15, "", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := e.CommandByKey(t.Context(), tt.key, tt.text, after(tt.since))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.want, found)
		})
	}
}

func testPendingCommands(t *testing.T, e Engine) {
	with := func(id charging.ID, status charging.CommandStatus, action string, session charging.ID) *charging.Command {
		c := command(id)
		c.Status, c.Action, c.Session = status, action, session
		return c
	}
	b := &charging.Batch{Commands: []*charging.Command{
		with(1, charging.CommandQueued, "Reset", 0), with(2, charging.CommandSent, "RemoteStartTransaction", 0),
		with(3, charging.CommandAnswered, "RemoteStartTransaction", 0), with(4, charging.CommandAnswered, "RequestStopTransaction", 0),
		with(5, charging.CommandAnswered, "RemoteStopTransaction", 8), with(6, charging.CommandAnswered, "Reset", 0),
		with(7, charging.CommandTimedOut, "RequestStartTransaction", 0), with(8, charging.CommandAnswered, "RequestStartTransaction", 0),
	}}
	twin := with(9, charging.CommandAnswered, "RemoteStopTransaction", 0)
	twin.CreatedAt = after(8)
	b.Commands = append(b.Commands, twin)
	commit(t, e, b)
	open, err := e.OpenCommands(t.Context())
	equal(t, []charging.ID{1, 2}, commandIDs(t, open, err))
	for since, want := range map[int][]charging.ID{0: {3, 4, 8, 9}, 4: {4, 8, 9}, 8: {8, 9}, 9: {}} {
		list, err := e.UnconfirmedCommands(t.Context(), after(since))
		equal(t, want, commandIDs(t, list, err))
	}

	// There may be more of them than a page holds.
	b = new(charging.Batch)
	for id := charging.ID(100); id < 2100; id++ {
		c := with(id, charging.CommandAnswered, "RemoteStopTransaction", 0)
		c.CreatedAt = after(100 + int(id)/700)
		b.Commands = append(b.Commands, c, with(id+10_000, charging.CommandSent, "Reset", 0))
	}
	commit(t, e, b)
	list, err := e.UnconfirmedCommands(t.Context(), after(100))
	if ids := commandIDs(t, list, err); len(ids) != 2000 || ids[0] != 100 || ids[1999] != 2099 {
		t.Errorf("%d commands are unconfirmed", len(ids))
	}
	open, err = e.OpenCommands(t.Context())
	if ids := commandIDs(t, open, err); len(ids) != 2002 {
		t.Errorf("%d commands are open", len(ids))
	}
}
