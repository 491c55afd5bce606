package charging

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTransactionNumber(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "5521": 5521, "9007199254740991": MaxID, "9007199254740992": 0, "0": 0, "007": 0,
		"-3": 0, "+3": 0, "3.0": 0, " 3": 0, "": 0, "a1b2": 0, "99999999999999999999": 0} {
		if got := TransactionNumber(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestSeenNumbers(t *testing.T) {
	var s Session
	for _, seq := range []int64{7, 5, 6, 10, 7} {
		s.see(seq)
	}
	if diff := cmp.Diff([]SeqRange{{5, 7}, {10, 10}}, s.Seen); diff != "" {
		t.Fatal(diff)
	}
	for seq, want := range map[int64]bool{4: false, 5: true, 7: true, 8: false, 10: true, 11: false} {
		if s.HasSeen(seq) != want {
			t.Errorf("%d: %v", seq, !want)
		}
	}
	if from, to, missing := s.Gap(13); !missing || from != 11 || to != 12 {
		t.Errorf("gap %d-%d %v", from, to, missing)
	}
	if _, _, missing := s.Gap(11); missing {
		t.Error("a gap before the next number")
	}
	for i := range int64(1000) {
		s.see(2 * i)
	}
	if len(s.Seen) != maxSeqRanges || !s.HasSeen(1998) {
		t.Errorf("%d ranges", len(s.Seen))
	}
}

// register is a reading of the import register in Wh.
func register(wh int64, context ReadingContext, at time.Time) Reading {
	return Reading{Measurand: EnergyActiveImportRegister, Value: Milli(wh * 1000), Valid: true, Context: context,
		Time: Timestamp{Written: at.Format(time.RFC3339), Parsed: at}}
}

// charged is a sample of the state of charge.
func charged(percent int64, at Timestamp) []Reading {
	return []Reading{{Measurand: SoC, Value: Milli(percent * 1000), Valid: true, Time: at}}
}

// story is one session in the order in which it happened: 10,000 to 14,000 Wh.
func story(withBegin bool) []SessionReported {
	when := func(minute int) Timestamp {
		at := one.Add(time.Duration(minute) * time.Minute)
		return Timestamp{Written: at.Format(time.RFC3339), Parsed: at}
	}
	read := func(minute int, wh int64, context ReadingContext) []Reading {
		return []Reading{register(wh, context, when(minute).Parsed)}
	}
	all := []SessionReported{
		{Phase: PhaseStarted, Time: when(0), State: StateEVConnected, Readings: charged(20, when(0))},
		{Time: when(1), State: StateCharging, HasTag: true, Tag: "A", Readings: read(1, 10_000, ContextTransactionBegin)},
		{Time: when(2), Readings: append(read(2, 11_000, ContextSamplePeriodic), charged(30, when(2))...), Connector: 2},
		{Time: when(3), State: StateSuspendedEV, Readings: read(3, 12_000, ContextSamplePeriodic), RemoteStart: 7},
		{Phase: PhaseEnded, Time: when(4), State: StateEVConnected, HasTag: true, Tag: "B", Reason: "Remote",
			Readings: append(read(3, 12_000, ContextSamplePeriodic), read(4, 14_000, ContextTransactionEnd)...)},
	}
	if !withBegin {
		all[1].Readings[0].Context = ContextSamplePeriodic
	}
	for i := range all {
		all[i].Transaction, all[i].Seq, all[i].HasSeq = "T", int64(i), true
	}
	return all
}

func permutations(n int, each func(order []int)) {
	order := make([]int, 0, n)
	var walk func(used int)
	walk = func(used int) {
		if len(order) == n {
			each(order)
			return
		}
		for i := range n {
			if used&(1<<i) == 0 {
				order = append(order, i)
				walk(used | 1<<i)
				order = order[:len(order)-1]
			}
		}
	}
	walk(0)
}

func TestASessionComesOutTheSameInWhateverOrderItsMessagesCome(t *testing.T) {
	for _, withBegin := range []bool{true, false} {
		permutations(5, func(order []int) {
			all := story(withBegin)
			var s Session
			for n, i := range order {
				r := &all[i]
				received := two.Add(time.Duration(n) * time.Second)
				if s.Repeats(r, received) {
					t.Fatalf("%v: message %d counts as a repeat", order, i)
				}
				s.Report(r, r.Readings, received, false)
				s.Identify(r, TagDecision{Status: TagAccepted})
				if !s.Repeats(r, received) {
					t.Fatalf("%v: message %d sent again does not count as a repeat", order, i)
				}
				if s.HasStop && s.Incomplete != (n < 4) {
					t.Fatalf("%v: incomplete %v after %d messages", order, s.Incomplete, n+1)
				}
			}
			got := fmt.Sprint(s.State, s.StartedAt, s.EndedAt, s.Energy.Thousand(), s.Tag, s.Connector, s.RemoteStart, s.Phase, s.EndReason, s.MeterStop.Thousand(), s.SoCStart.Thousand())
			want := fmt.Sprint(SessionClosed, one, one.Add(4*time.Minute), 4000, "A", 2, 7, StateEVConnected, "Remote", 14000, 20)
			if got != want {
				t.Fatalf("order %v, begin %v:\n got %s\nwant %s", order, withBegin, got, want)
			}
			if withBegin != s.HasMeterStart || withBegin && s.MeterStart.Thousand() != 10_000 {
				t.Fatalf("order %v: began at %d", order, s.MeterStart.Thousand())
			}
		})
	}
}

func TestReports(t *testing.T) {
	at := func(minute int) Timestamp {
		return Timestamp{Written: fmt.Sprint(minute), Parsed: one.Add(time.Duration(minute) * time.Minute)}
	}
	report := func(s *Session, r SessionReported) { s.Report(&r, r.Readings, two, false) }
	t.Run("an older charging state never replaces a newer one", func(t *testing.T) {
		var s Session
		report(&s, SessionReported{Seq: 5, HasSeq: true, Time: at(5), State: StateCharging})
		report(&s, SessionReported{Seq: 4, HasSeq: true, Time: at(9), State: StateSuspendedEV})
		report(&s, SessionReported{Seq: 6, HasSeq: true, Time: at(6)})
		if s.Phase != StateCharging {
			t.Errorf("%s", s.Phase)
		}
		report(&s, SessionReported{Seq: 7, HasSeq: true, Time: at(1), State: StateIdle})
		if s.Phase != StateIdle {
			t.Errorf("%s: the clock counts for more than the number", s.Phase)
		}
		report(&s, SessionReported{Seq: 8, HasSeq: true, Time: at(8), State: "Dancing"})
		if s.Phase != StateIdle {
			t.Errorf("%s: an unknown word", s.Phase)
		}
	})
	t.Run("without numbers the times decide, and the content tells a repeat", func(t *testing.T) {
		var s Session
		started := SessionReported{Phase: PhaseStarted, Time: at(0)}
		charging := SessionReported{Time: at(5), State: StateCharging}
		ended := SessionReported{Phase: PhaseEnded, Time: at(9)}
		for _, r := range []SessionReported{started, charging, ended} {
			if s.Repeats(&r, two) {
				t.Errorf("%+v is a repeat", r)
			}
			report(&s, r)
			if !s.Repeats(&r, two) {
				t.Errorf("%+v is no repeat", r)
			}
		}
		report(&s, SessionReported{Time: at(4), State: StateSuspendedEV})
		if s.Phase != StateCharging || s.EndReason != "Local" || s.Incomplete {
			t.Errorf("%+v", s)
		}
	})
	t.Run("an end is never lost to a number that came before", func(t *testing.T) {
		var s Session
		report(&s, SessionReported{Seq: 0, HasSeq: true, Time: at(0)})
		ended := SessionReported{Phase: PhaseEnded, Seq: 0, HasSeq: true, Time: at(1)}
		if s.Repeats(&ended, two) {
			t.Error("it counts as a repeat")
		}
	})
	t.Run("free vending gives way to the first tag", func(t *testing.T) {
		var s Session
		s.Identify(&SessionReported{HasTag: true, HasSeq: true}, TagDecision{Status: TagAccepted})
		s.Identify(&SessionReported{}, TagDecision{})
		s.Identify(&SessionReported{HasTag: true, HasSeq: true, Tag: "A", Seq: 1}, TagDecision{Status: TagBlocked, AccessID: 3})
		s.Identify(&SessionReported{HasTag: true, HasSeq: true, Tag: "B", Seq: 2}, TagDecision{Status: TagAccepted, AccessID: 4})
		if s.Tag != "A" || s.TagStatus != TagBlocked || s.AccessID != 3 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a begin that comes after a reset of the register counts nothing twice", func(t *testing.T) {
		var s Session
		report(&s, SessionReported{Seq: 2, HasSeq: true, Time: at(2), Readings: []Reading{register(5, ContextSamplePeriodic, at(2).Parsed)}})
		report(&s, SessionReported{Seq: 3, HasSeq: true, Time: at(3), Readings: []Reading{register(505, ContextSamplePeriodic, at(3).Parsed)}})
		report(&s, SessionReported{Seq: 1, HasSeq: true, Time: at(1), Readings: []Reading{register(90_000, ContextTransactionBegin, at(1).Parsed)}})
		if s.Energy.Thousand() != 500 || s.MeterStart.Thousand() != 90_000 {
			t.Errorf("%d Wh", s.Energy.Thousand())
		}
	})
	t.Run("late samples without a believable time reset nothing", func(t *testing.T) {
		var s Session
		year0 := time.Date(1970, 1, 1, 0, 0, 9, 0, time.UTC)
		for _, seq := range []int64{1, 3, 2, 0} {
			report(&s, SessionReported{Seq: seq, HasSeq: true, Time: Timestamp{Parsed: year0},
				Readings: []Reading{register(1000*seq, ContextSamplePeriodic, year0)}})
		}
		if s.Energy.Thousand() != 3000 {
			t.Errorf("%d Wh", s.Energy.Thousand())
		}
	})
}
