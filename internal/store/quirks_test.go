package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// oddRecordOf is a record of a message with oddities.
func oddRecordOf(id int64, port int, message int64, oddities ...charging.Oddity) charging.Record {
	r := statusRecord(id, 41, port)
	r.Message, r.Oddities = message, oddities
	return r
}

func TestQuirksAreCountedByMessage(t *testing.T) {
	s := openTest(t)
	other := oddRecordOf(8, 1, 95, "b")
	other.ChargerID = 42
	mustCommit(t, s, &charging.Batch{Records: []charging.Record{
		oddRecordOf(1, 1, 90, "a: x", "a: y", "b"), // one message, with two details
		oddRecordOf(2, 2, 90, "a: x", "a: y", "b"), // the same of another port
		oddRecordOf(3, 1, 91, "a"),
		oddRecordOf(4, 1, 0, "c"), // nobody kept these messages
		oddRecordOf(5, 2, 0, "c"),
		oddRecordOf(6, 0, 93, "a: z"),
		oddRecordOf(7, 1, 94),
		other,
	}})
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for name, tt := range map[string]struct {
		since time.Time
		want  []charging.Quirk
	}{
		"all": {start, []charging.Quirk{
			{Code: "a", Count: 3, First: at(1), Last: at(6), LastMessage: 93},
			{Code: "c", Count: 2, First: at(4), Last: at(5)},
			{Code: "b", Count: 1, First: at(1), Last: at(2), LastMessage: 90},
		}},
		"from then on": {at(5), []charging.Quirk{
			{Code: "a", Count: 1, First: at(6), Last: at(6), LastMessage: 93}, {Code: "c", Count: 1, First: at(5), Last: at(5)},
		}},
		"none": {at(9), []charging.Quirk{}},
	} {
		got, err := s.Quirks(t.Context(), 41, tt.since)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// Quirks are found in all of a long past, of which a part is looked through at
// once.
func TestQuirksOfALongPastAreFound(t *testing.T) {
	s := openTest(t)
	const records = 3*historySearch + 10
	var b charging.Batch
	for id := int64(1); id <= records; id++ {
		var oddities []charging.Oddity
		if id%1000 == 1 {
			oddities = []charging.Oddity{"a"}
		}
		b.Records = append(b.Records, oddRecordOf(id, 1, id, oddities...))
	}
	mustCommit(t, s, &b)
	got, err := s.Quirks(t.Context(), 41, start)
	if err != nil || len(got) != 1 || got[0].Count != records/1000+1 || got[0].LastMessage != 12_001 || !got[0].First.Equal(start.Add(time.Second)) {
		t.Errorf("%+v, %v", got, err)
	}
}
