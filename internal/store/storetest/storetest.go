// Package storetest holds the tests that every store must pass, whatever
// engine is behind it. It imports only charging.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Engine is what is tested: what package fleet needs of a store, and what the
// rooms that show the past read of it.
type Engine interface {
	Present
	Past
}

// Present is what package fleet needs.
type Present interface {
	Load(ctx context.Context) (*charging.Stored, error)
	Commit(ctx context.Context, b *charging.Batch) error
	Reopen(ctx context.Context) (lastRecord int64, err error)
	ReserveIDs(ctx context.Context, kind charging.IDKind, n int, above int64) (first int64, err error)
	Recall(ctx context.Context, charger charging.ID) (*charging.Recalled, error)
	FindSession(ctx context.Context, charger charging.ID, transactionID int64) (*charging.Session, error)
	FindStart(ctx context.Context, key charging.StartKey) (*charging.Session, error)
	FindTransaction(ctx context.Context, charger charging.ID, transaction string) (*charging.Session, error)
}

// Past is what is read of the rest.
type Past interface {
	History(ctx context.Context, q charging.HistoryQuery) ([]charging.Record, error)
	Command(ctx context.Context, id charging.ID) (*charging.Command, error)
	Commands(ctx context.Context, q charging.CommandQuery) ([]*charging.Command, error)
	CommandByKey(ctx context.Context, keyID charging.ID, idempotencyKey string, since time.Time) (*charging.Command, error)
	OpenCommands(ctx context.Context) ([]*charging.Command, error)
	UnconfirmedCommands(ctx context.Context, since time.Time) ([]*charging.Command, error)
	Variables(ctx context.Context, q charging.VariableQuery) (list []charging.Variable, next string, err error)
	LocalList(ctx context.Context, charger charging.ID) (*charging.LocalList, error)
	Upload(ctx context.Context, id charging.ID) (*charging.Upload, error)
	UploadByToken(ctx context.Context, hash [32]byte) (*charging.Upload, error)
	Uploads(ctx context.Context, charger charging.ID, before int64, limit int) ([]*charging.Upload, error)
	Firmware(ctx context.Context, id charging.ID) (*charging.Firmware, error)
	FirmwareByName(ctx context.Context, name string) (*charging.Firmware, error)
	Firmwares(ctx context.Context) ([]*charging.Firmware, error)
}

// Run runs the tests; open returns an empty store that ends with the test.
func Run(t *testing.T, open func(t *testing.T) Engine) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, Engine)
	}{
		{"an empty store loads as empty", testEmpty},
		{"every noun comes back as it was stored", testNouns},
		{"a change replaces what has its ids", testReplacing},
		{"things may exchange what must be unique", testExchanging},
		{"a change for another version is a conflict", testBase},
		{"what contradicts the store is a conflict and leaves nothing", testContradictions},
		{"an organization can be removed once nothing is in it", testRemoving},
		{"the present is the newest record of each port", testPresent},
		{"the present of a 2.x charger is whole", testPresent2x},
		{"a batch is stored whole or not at all", testAtomic},
		{"ports of messages are loaded", testMessagePorts},
		{"the life mark is kept", testLifeMark},
		{"an ended context stores nothing", testContext},
		{"ids are never given out twice", testIDs},
		{"ids that are stored are not given out", testMarks},
		{"transaction ids end at the largest int32", testTransactionIDs},
		{"request and profile ids end there too", testSmallIDs},
		{"the past of a charger is recalled", testRecall},
		{"a session is found by its ids", testFindSession},
		{"a session is found by its start", testFindStart},
		{"a session is found by the charger's own text", testFindTransaction},
		{"a session without a port is found as it is now", testFindFloating},
		{"the history is read newest first", testHistory},
		{"the history is read page by page", testHistoryPages},
		{"a long history is searched to its end", testLongHistory},
		{"records come back whole", testHistoryWhole},
		{"a command comes back as it was stored last", testCommand},
		{"commands are read page by page", testCommandPages},
		{"a command is found by its idempotency key", testCommandByKey},
		{"open and unconfirmed commands are found", testPendingCommands},
		{"the newest report of a variable counts", testVariables},
		{"variables are read page by page", testVariablePages},
		{"a local list comes back as it was stored last", testLocalList},
		{"uploads are found by id, token and charger", testUploads},
		{"firmware files are found by id and name", testFirmware},
		{"what is kept is stored with its batch or not at all", testKeptAtomic},
		{"what is kept may be stored again", testKeptAgain},
		{"all is there after opening again", testReopen},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t)) })
	}
}

// begun is when the time of the tests begins; stores keep microseconds.
var begun = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func after(seconds int) time.Time { return begun.Add(time.Duration(seconds) * time.Second) }

func commit(t *testing.T, e Engine, b *charging.Batch) {
	t.Helper()
	if err := e.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, e Engine) *charging.Stored {
	t.Helper()
	stored, err := e.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func equal(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
}

// wantKind checks that err is of that kind and that nothing changed.
func wantKind(t *testing.T, e Engine, err error, kind charging.Kind, before *charging.Stored) {
	t.Helper()
	if err == nil || charging.KindOf(err) != kind {
		t.Fatalf("got error %v, want one of kind %v", err, kind)
	}
	equal(t, before, load(t, e))
}

// depot is a small estate with a charger of two ports.
func depot() *charging.Change {
	return &charging.Change{
		Version: 1, At: begun, Actor: "test",
		Organizations: []charging.Organization{{ID: 1, Name: "Fleet"}},
		Sites:         []charging.Site{{ID: 2, OrganizationID: 1, Name: "Depot", Timezone: "UTC"}},
		Chargers:      []charging.ChargerSettings{{ID: 3, SiteID: 2, Name: "North", OCPPID: "CP-3"}},
		Ports: []charging.PortSettings{
			{ID: 4, ChargerID: 3, Number: 1, Name: "Left"}, {ID: 5, ChargerID: 3, Number: 2, Name: "Right"},
		},
	}
}

func status(word charging.Status, seconds int) *charging.PortStatus {
	return &charging.PortStatus{Status: word, At: after(seconds), ErrorCode: charging.NoError}
}

// portRecord is a record of the depot's charger.
func portRecord(id int64, port int, state *charging.PortState) charging.Record {
	return charging.Record{ID: id, ChargerID: 3, PortNumber: port, Kind: charging.RecordStatus, Received: after(int(id)), Port: state}
}

// chargerRecord is a record of the depot's charger itself.
func chargerRecord(id int64, state *charging.ChargerState) charging.Record {
	return charging.Record{ID: id, ChargerID: 3, Kind: charging.RecordConnected, Received: after(int(id)), Charger: state}
}

// session is a session of the depot's charger at its start.
func session(id charging.ID, port int, transaction int64) *charging.Session {
	return &charging.Session{
		ID: id, ChargerID: 3, PortNumber: port, TransactionID: transaction, AssignedID: transaction,
		StartedAt: after(int(id)), StartWritten: after(int(id)).Format(time.RFC3339), StartSeen: after(int(id)), Tag: "04A2",
		TagStatus: charging.TagAccepted, AccessID: 9, MeterStart: 1000, HasMeterStart: true, Segment: 1000, HasSegment: true,
		UpdatedAt: after(int(id)),
	}
}
