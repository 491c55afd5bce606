package charging

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// registerAt is a message with one register sample, in Wh.
func registerAt(wh int64, at time.Time) []Reading {
	r := reading(EnergyActiveImportRegister, PhaseNone, Milli(wh*1000))
	r.Time.Parsed = at
	return []Reading{r}
}

func started(wh int64) *Session {
	s := &Session{StartedAt: noon, StartSeen: noon, StartWritten: "2026-03-02T12:00:00Z", PortNumber: 1, Tag: "CARD"}
	s.Begin(Milli(wh * 1000))
	return s
}

func TestEnergyIsTheSumOfRises(t *testing.T) {
	f := func(what string, meterStart int64, registers []int64, want int64) {
		t.Helper()
		s := started(meterStart)
		for i, wh := range registers {
			at := noon.Add(time.Duration(i+1) * time.Minute)
			s.Take(registerAt(wh, at), at, true, false)
		}
		if got := s.Energy.Thousand(); got != want {
			t.Errorf("%s: %d Wh, want %d", what, got, want)
		}
	}
	f("no sample", 1000, nil, 0)
	f("rises", 1000, []int64{1500, 4000}, 3000)
	f("a small fall is noise", 100_000, []int64{105_000, 104_950, 105_100}, 5_100)
	f("a fall of 100 Wh or less is noise", 0, []int64{150, 60, 150}, 150)
	f("a reset opens a segment", 1000, []int64{3000, 100, 600}, 2500)
	f("the register is per session", 1_000_000, []int64{0, 700}, 700)
}

func TestEnergyNeverFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := started(rapid.Int64Range(0, 1e9).Draw(t, "start"))
		at, last := noon, Milli(0)
		for range rapid.IntRange(1, 30).Draw(t, "samples") {
			at = at.Add(time.Duration(rapid.Int64Range(-60, 600).Draw(t, "seconds")) * time.Second)
			s.Take(registerAt(rapid.Int64Range(-5, 1e9).Draw(t, "wh"), at), at, true, false)
			if s.Energy < last {
				t.Fatalf("energy fell from %d to %d", last, s.Energy)
			}
			last = s.Energy
		}
	})
}

func TestIntervalsCountWhereThereIsNoRegister(t *testing.T) {
	s := &Session{StartedAt: noon}
	for i := range 3 {
		r := reading(EnergyActiveImportInterval, PhaseNone, 250_000)
		r.Time.Parsed = noon.Add(time.Duration(i) * time.Minute)
		s.Take([]Reading{r}, noon.Add(time.Hour), true, false)
	}
	if got := s.Energy.Thousand(); got != 750 {
		t.Errorf("%d Wh, want 750", got)
	}
}

func TestLatestReadings(t *testing.T) {
	at := func(r Reading, minutes int) []Reading {
		r.Time.Parsed = noon.Add(time.Duration(minutes) * time.Minute)
		return []Reading{r}
	}
	s := started(0)
	take := func(readings []Reading, sinceStart bool) { s.Take(readings, noon.Add(time.Hour), true, sinceStart) }
	take(at(reading(PowerActiveImport, PhaseNone, 50_000_000), 10), false)
	take(at(reading(PowerActiveImport, PhaseNone, 40_000_000), 5), false)
	if got := s.Latest.Power; got.Value != 50_000_000 || !got.At.Equal(noon.Add(10*time.Minute)) {
		t.Errorf("an older sample replaced a newer one: %+v", got)
	}
	take(at(inContext(reading(PowerActiveImport, PhaseNone, 0), ContextTransactionBegin), 20), false)
	if s.Latest.Power.Value != 50_000_000 {
		t.Error("a sample of the begin replaced the present")
	}
	take(at(inContext(reading(PowerActiveImport, PhaseNone, 0), ContextTransactionEnd), 21), false)
	if s.Latest.Power.Value != 0 {
		t.Error("the sample of the end did not replace the present")
	}
	take(at(reading(CurrentImport, PhaseNone, 1000), -1), true)
	if !s.Latest.Current.At.IsZero() {
		t.Error("a sample of before the session counted for it")
	}
}

func TestSoCStart(t *testing.T) {
	f := func(what string, minutes int, value Milli, dc bool, want bool) {
		t.Helper()
		s := started(0)
		r := reading(SoC, PhaseNone, value)
		r.Time.Parsed = noon.Add(time.Duration(minutes) * time.Minute)
		s.Take([]Reading{r}, noon.Add(time.Hour), dc, false)
		if s.HasSoCStart != want {
			t.Errorf("%s: set %v, want %v", what, s.HasSoCStart, want)
		}
	}
	f("within 15 minutes", 15, 31_000, true, true)
	f("later", 16, 31_000, true, false)
	f("0 on a DCFC", 1, 0, true, true)
	f("0 on Level 2", 1, 0, false, false)
	f("101", 1, 101_000, true, false)
}

func TestSameStart(t *testing.T) {
	start := SessionStarted{Port: 1, Tag: "CARD", HasMeterStart: true, MeterStart: 5_000,
		Time: Timestamp{Written: "2026-03-02T12:00:00Z", Parsed: noon}}
	s := started(5)
	f := func(what string, change func(*SessionStarted), after time.Duration, want bool) {
		t.Helper()
		b := start
		change(&b)
		if got := s.SameStart(&b, noon.Add(after)); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	f("repeat days later", func(*SessionStarted) {}, 100*time.Hour, true)
	f("another time", func(b *SessionStarted) { b.Time.Written = "2026-03-02T12:00:01Z" }, 0, false)
	f("another meter", func(b *SessionStarted) { b.MeterStart++ }, 0, false)
	f("another port", func(b *SessionStarted) { b.Port = 2 }, 0, false)
	f("another tag", func(b *SessionStarted) { b.Tag = "OTHER" }, 0, false)

	f("on connector 0", func(b *SessionStarted) { b.Port = 0 }, 0, true)

	s.StartWritten = "1970-01-01T00:00:10Z"
	clockless := func(b *SessionStarted) {
		b.Time = Timestamp{Written: "1970-01-01T00:00:10Z", Parsed: time.Unix(10, 0).UTC()}
	}
	f("without a clock, soon", clockless, 10*time.Minute, true)
	f("without a time, soon", func(b *SessionStarted) { b.Time = Timestamp{} }, 10*time.Minute, true)
	f("without a clock, late", clockless, 20*time.Minute, false)
	s.HasStop = true
	f("without a clock, after the stop", clockless, 10*time.Minute, false)
}

func TestStopThatNamesNoSessionFits(t *testing.T) {
	stop := SessionStopped{Tag: "card", MeterStop: 9_000, HasMeter: true,
		Time: Timestamp{Written: "x", Parsed: noon.Add(time.Hour)}}
	f := func(what string, change func(*SessionStopped, *Session), want bool) {
		t.Helper()
		b, s := stop, started(5)
		change(&b, s)
		if got := s.Fits(&b, noon.Add(2*time.Hour)); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	f("same tag in other case", func(*SessionStopped, *Session) {}, true)
	f("another tag", func(b *SessionStopped, _ *Session) { b.Tag = "OTHER" }, false)
	f("no tag", func(b *SessionStopped, _ *Session) { b.Tag = "" }, true)
	f("before the start", func(b *SessionStopped, _ *Session) { b.Time.Parsed = noon.Add(-time.Minute) }, false)
	f("meter below the start", func(b *SessionStopped, _ *Session) { b.MeterStop = 1 }, false)
	f("meter 0 says nothing", func(b *SessionStopped, _ *Session) { b.MeterStop = 0 }, true)
	f("stopped already", func(_ *SessionStopped, s *Session) { s.HasStop = true }, false)
	f("another port", func(b *SessionStopped, _ *Session) { b.Port = 2 }, false)
}

func TestSameStop(t *testing.T) {
	stop := SessionStopped{Tag: "card", MeterStop: 9_000, HasMeter: true, Reason: "Local", Time: Timestamp{Parsed: noon.Add(time.Hour)}}
	f := func(what string, first, second func(*SessionStopped), after time.Duration, want bool) {
		t.Helper()
		b, s := stop, started(5)
		first(&b)
		s.Stop(&b, noon.Add(time.Hour))
		second(&b)
		if got := s.SameStop(&b, noon.Add(time.Hour+after)); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	same := func(*SessionStopped) {}
	undated := func(b *SessionStopped) { b.Time = Timestamp{} }
	f("days later", same, same, 100*time.Hour, true)
	f("of before the start", func(b *SessionStopped) { b.Time.Parsed = noon.Add(-time.Hour) }, same, 100*time.Hour, true)
	f("without a time, soon", undated, same, 10*time.Minute, true)
	f("without a time, late", undated, same, 20*time.Minute, false)
	f("another time", same, func(b *SessionStopped) { b.Time.Parsed = noon.Add(2 * time.Hour) }, 2*time.Hour, false)
	f("another meter", same, func(b *SessionStopped) { b.MeterStop++ }, 0, false)
	f("another reason", same, func(b *SessionStopped) { b.Reason = "Remote" }, 0, false)
	f("another tag", same, func(b *SessionStopped) { b.Tag = "OTHER" }, 0, false)
	f("another port", same, func(b *SessionStopped) { b.Port = 2 }, 0, false)
}

func TestTheStopIsTheLastWord(t *testing.T) {
	f := func(what string, sampleWh, stopWh int64, stopAfter time.Duration, want int64) {
		t.Helper()
		s := started(1000)
		s.Take(registerAt(sampleWh, noon.Add(time.Hour)), noon.Add(time.Hour), true, false)
		s.Stop(&SessionStopped{MeterStop: Milli(stopWh * 1000), HasMeter: true, Time: Timestamp{Parsed: noon.Add(stopAfter)}}, noon.Add(3*time.Hour))
		if got := s.Energy.Thousand(); got != want {
			t.Errorf("%s: %d Wh, want %d", what, got, want)
		}
	}
	f("rises on", 5000, 6000, 2*time.Hour, 5000)
	f("the register was reset", 9000, 2000, 2*time.Hour, 8000)
	f("the meter is missing", 9000, 0, 30*time.Minute, 8000)
	f("the samples are of what came next", 9000, 4000, 30*time.Minute, 3000)
}

func TestAnEstimateIsCorrected(t *testing.T) {
	f := func(what string, change func(*Session), want int64) {
		t.Helper()
		s := started(1000)
		s.Estimate(9_000_000)
		s.Lapse(EndSuperseded, noon.Add(time.Hour))
		change(s)
		if got := s.Energy.Thousand(); got != want {
			t.Errorf("%s: %d Wh, want %d", what, got, want)
		}
	}
	f("nothing came", func(*Session) {}, 8000)
	f("its stop came", func(s *Session) { s.Stop(&SessionStopped{MeterStop: 4_000_000, HasMeter: true}, noon) }, 3000)
	f("a sample came", func(s *Session) { s.Take(registerAt(3000, noon), noon, true, false) }, 2000)
	f("it runs again", func(s *Session) { s.Reopen(noon) }, 0)
}

func TestASessionContinuesAnOlderOne(t *testing.T) {
	older := &Session{ID: 9, StartedAt: noon, TransactionID: -12}
	older.Take(registerAt(1000, noon), noon, true, false)
	older.Take(registerAt(1400, noon.Add(time.Minute)), noon, true, false)
	f := func(what string, s *Session, want int64) {
		t.Helper()
		s.Continue(older)
		if s.ID != 9 || s.TransactionID != -12 || s.AssignedID != 5 || s.Energy.Thousand() != want {
			t.Errorf("%s: %+v", what, s)
		}
	}
	metered := started(900)
	metered.TransactionID, metered.AssignedID = 5, 5
	f("with a meter at its start", metered, 500)
	begun := started(2000)
	begun.TransactionID, begun.AssignedID = 5, 5
	f("that was higher already", begun, 0)
	f("without", &Session{TransactionID: 5, AssignedID: 5, StartedAt: noon}, 400)
}

func TestOverdue(t *testing.T) {
	s := started(0)
	f := func(what string, after time.Duration, want bool) {
		t.Helper()
		if got := s.Overdue(noon.Add(after), 10*time.Minute, 24*time.Hour); (got != "") != want {
			t.Errorf("%s: %q", what, got)
		}
	}
	f("running", 23*time.Hour, false)
	f("a day of silence", 24*time.Hour, true)
	s.AvailableAt = noon.Add(time.Minute)
	f("just Available", 5*time.Minute, false)
	f("Available for 10 minutes", 11*time.Minute, true)
}

func TestDecideTag(t *testing.T) {
	card := &AccessID{ID: 3, VehicleID: 7, GroupTag: "FLEET"}
	van := &Vehicle{ID: 7, CustomerID: 9}
	f := func(what, tag string, a *AccessID, p TagPolicy, want TagStatus) TagDecision {
		t.Helper()
		d := DecideTag(tag, a, van, p, noon)
		if d.Status != want {
			t.Errorf("%s: %s, want %s", what, d.Status, want)
		}
		return d
	}
	f("unknown", "X", nil, TagPolicyInherit, TagInvalid)
	f("unknown, rejected", "X", nil, TagPolicyReject, TagInvalid)
	f("unknown, accepted", "X", nil, TagPolicyAccept, TagAccepted)
	f("free vending", "", nil, TagPolicyReject, TagAccepted)
	if d := f("known", "X", card, TagPolicyReject, TagAccepted); d.CustomerID != 9 || d.VehicleID != 7 || d.GroupTag != "FLEET" {
		t.Errorf("what is behind the tag: %+v", d)
	}
	revoked, expired, later := *card, *card, *card
	revoked.Revoked, expired.ExpiresAt, later.ExpiresAt = true, noon, noon.Add(1)
	f("revoked", "X", &revoked, TagPolicyAccept, TagBlocked)
	f("expired", "X", &expired, TagPolicyAccept, TagExpired)
	f("not yet expired", "X", &later, TagPolicyAccept, TagAccepted)
}
