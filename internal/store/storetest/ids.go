package storetest

import (
	"math"
	"sync"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func reserve(t *testing.T, e Engine, kind charging.IDKind, n int, above int64) int64 {
	t.Helper()
	first, err := e.ReserveIDs(t.Context(), kind, n, above)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func testIDs(t *testing.T, e Engine) {
	equal(t, int64(1), reserve(t, e, charging.IDRecord, 1000, 0))
	equal(t, int64(1001), reserve(t, e, charging.IDRecord, 1000, 5))
	equal(t, int64(1), reserve(t, e, charging.IDSession, 1, 0)) // each kind counts for itself
	equal(t, int64(5001), reserve(t, e, charging.IDRecord, 10, 5000))
	equal(t, int64(5011), reserve(t, e, charging.IDRecord, 1, 0))
	if _, err := e.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, int64(5012), reserve(t, e, charging.IDRecord, 1, 0))

	var mu sync.Mutex
	var wg sync.WaitGroup
	given := make(map[int64]bool)
	for range 4 {
		wg.Go(func() {
			for range 10 {
				first, err := e.ReserveIDs(t.Context(), charging.IDVehicle, 3, 0)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for id := first; id < first+3; id++ {
					if given[id] {
						t.Errorf("id %d was given out twice", id)
					}
					given[id] = true
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func testMarks(t *testing.T, e Engine) {
	change := everything()
	foreign := session(17, 1, 18)
	foreign.ChargerID, foreign.TransactionID = 10, 4000 // the charger keeps its own id
	commit(t, e, &charging.Batch{
		Change:   change,
		Sessions: []*charging.Session{foreign},
		Records:  []charging.Record{{ID: 900, ChargerID: 10, Received: begun, Message: 5000, Charger: new(charging.ChargerState)}},
		Commands: []*charging.Command{{ID: 60, ChargerID: 10}},
		Uploads:  []charging.Upload{{ID: 70, ChargerID: 10}},
		Firmware: []charging.Firmware{{ID: 80, Name: "fw.bin"}},
	})
	for kind, want := range map[charging.IDKind]int64{
		charging.IDOrganization: 3, charging.IDSite: 5, charging.IDCustomer: 6, charging.IDVehicle: 8, charging.IDAccessID: 10,
		charging.IDCharger: 13, charging.IDPort: 15, charging.IDKey: 17, charging.IDSession: 18, charging.IDTransaction: 4001,
		charging.IDRecord: 901, charging.IDRefusal: 1, charging.IDMessage: 5001, charging.IDCommand: 61, charging.IDUpload: 71,
		charging.IDFirmware: 81, charging.IDRequest: 1, charging.IDProfile: 1,
	} {
		if got := reserve(t, e, kind, 1, 0); got != want {
			t.Errorf("the next id of %s is %d, want %d", kind, got, want)
		}
	}
	// A charger's own id near the end of the range must not use it up.
	huge := session(30, 1, 0)
	huge.TransactionID = math.MaxInt32
	commit(t, e, &charging.Batch{Sessions: []*charging.Session{huge}})
	equal(t, int64(4002), reserve(t, e, charging.IDTransaction, 1, 0))
}

func testTransactionIDs(t *testing.T, e Engine) {
	equal(t, int64(math.MaxInt32-9), reserve(t, e, charging.IDTransaction, 10, math.MaxInt32-10))
	for _, above := range []int64{0, math.MaxInt32} {
		_, err := e.ReserveIDs(t.Context(), charging.IDTransaction, 1, above)
		if charging.KindOf(err) != charging.Conflict {
			t.Errorf("got error %v, want a conflict", err)
		}
	}
	const want = "transaction ids are used up: 2147483647 of at most 2147483647 were given out"
	if _, err := e.ReserveIDs(t.Context(), charging.IDTransaction, 1, 0); charging.MessageOf(err) != want {
		t.Errorf("got  %q\nwant %q", charging.MessageOf(err), want)
	}
	reserve(t, e, charging.IDSession, 1, 0) // the other kinds go on
}

func testSmallIDs(t *testing.T, e Engine) {
	for _, kind := range []charging.IDKind{charging.IDRequest, charging.IDProfile} {
		equal(t, int64(math.MaxInt32), reserve(t, e, kind, 1, math.MaxInt32-1))
		_, err := e.ReserveIDs(t.Context(), kind, 1, 0)
		want := string(kind) + " ids are used up: 2147483647 of at most 2147483647 were given out"
		if charging.KindOf(err) != charging.Conflict || charging.MessageOf(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	equal(t, int64(math.MaxInt32+1), reserve(t, e, charging.IDMessage, 1, math.MaxInt32)) // the log's may be larger
}
