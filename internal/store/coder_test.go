package store

import (
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// fill sets every field of a value to something, so that a field that is added
// to a noun and forgotten here fails the round trip.
func fill(t *rapid.T, v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(anyTime(t, name)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), name+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		if strings.HasSuffix(name, elementMark) || rapid.Bool().Draw(t, name+" set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), name)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(1, 5).Draw(t, name+" length"), 5))
		for i := range v.Len() {
			fill(t, v.Index(i), name+elementMark)
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.Just(""), rapid.SampledFrom(words), rapid.String(),
			rapid.Just("2026-03-01T12:00:00Z")).Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Uint8, reflect.Uint16:
		v.SetUint(rapid.Uint64Range(0, 1<<v.Type().Bits()-1).Draw(t, name))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-1000, 1_000_000), rapid.Int64()).Draw(t, name))
	default:
		t.Fatalf("%s: no way to make a %s", name, v.Type())
	}
}

// elementMark ends the names of elements of lists, of which none is nil.
const elementMark = "[]"

// anyTime is zero, or a time of the years 1 to 9999 in whole microseconds.
func anyTime(t *rapid.T, name string) time.Time {
	earliest := time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC).UnixMicro()
	latest := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()
	return rapid.OneOf(
		rapid.Just(time.Time{}),
		rapid.Just(time.UnixMicro(0).UTC()),
		rapid.Map(rapid.Int64Range(earliest, latest), func(n int64) time.Time { return time.UnixMicro(n).UTC() }),
	).Draw(t, name)
}

func filled[T any](t *rapid.T) *T {
	v := new(T)
	fill(t, reflect.ValueOf(v).Elem(), reflect.TypeFor[T]().Name())
	return v
}

func TestWhatIsPackedComesBackEqual(t *testing.T) {
	t.Run("state of a port", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			want := filled[charging.PortState](t)
			packed, err := packState(&charging.Record{PortNumber: 1, Port: want})
			same(t, want, packed, err, unpackPortState)
		})
	})
	t.Run("state of a charger", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			want := filled[charging.ChargerState](t)
			packed, err := packState(&charging.Record{Charger: want})
			same(t, want, packed, err, unpackChargerState)
		})
	})
	t.Run("session", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			want := filled[charging.Session](t)
			packed, err := packSession(want)
			same(t, want, packed, err, unpackSession)
		})
	})
	t.Run("readings", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			var list struct{ Readings []charging.Reading }
			fill(t, reflect.ValueOf(&list).Elem(), "")
			for i := range list.Readings {
				sometimesWritten(t, &list.Readings[i].Time)
			}
			packed, err := packReadings(list.Readings)
			same(t, list.Readings, packed, err, unpackReadings)
		})
	})
}

// sometimesWritten writes a time as chargers do, so that the short forms occur.
func sometimesWritten(t *rapid.T, at *charging.Timestamp) {
	form := rapid.SampledFrom([]string{"", time.RFC3339, timeForms[0], timeForms[1]}).Draw(t, "form")
	if form != "" {
		at.Written = at.Parsed.Format(form)
	}
}

func same[T any](t *rapid.T, want T, packed []byte, err error, unpack func([]byte) (T, error)) {
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-packed +unpacked)\n%s", diff)
	}
}

func TestOneSampleOfManyIsSmall(t *testing.T) {
	r := metersRecord(1, 1, 1)
	packed, err := packReadings(r.Readings)
	if err != nil {
		t.Fatal(err)
	}
	if each := len(packed) / len(r.Readings); each > 10 {
		t.Errorf("a reading takes %d bytes, want at most 10", each)
	}
}

func TestWhatCannotBeUnpackedSaysWhy(t *testing.T) {
	packed, err := packSession(openSession(1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	session := packed[:len(packed)-4]
	summed := func(body []byte) []byte {
		return binary.LittleEndian.AppendUint32(body[:len(body):len(body)], crc32.Checksum(body, castagnoli))
	}
	changed := func(at int, to byte) []byte {
		body := append([]byte(nil), session...)
		body[at] = to
		return summed(body)
	}
	flipped := append([]byte(nil), packed...)
	flipped[len(flipped)/2] ^= 4
	for _, tt := range []struct {
		name   string
		packed []byte
		want   string
	}{
		{"another form", changed(0, 9), "session: packed in form 9, and only form 2 is known: a newer chargeyard wrote it"},
		{"another noun", changed(1, packedPort), "session: packed data of sort 1 where sort 3 was expected"},
		{"unknown fields", changed(7, session[7]|0x80), "session: packed data has fields that are not known: a newer chargeyard wrote it"},
		{"nothing", nil, "session: packed data ends early"},
		{"half", summed(session[:len(session)/2]), "session: packed data ends early"},
		{"hardly anything", packed[:3], "session: packed data ends early"},
		{"a flipped bit", flipped, "session: its checksum is wrong: the database is damaged there"},
		{"more", summed(append(session[:len(session):len(session)], 0)), "session: packed data has 1 bytes too many"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := unpackSession(tt.packed)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestRecordWithoutItsOwnStateIsRefused(t *testing.T) {
	for _, r := range []charging.Record{
		{ID: 7, PortNumber: 1},
		{ID: 7, PortNumber: 1, Charger: new(charging.ChargerState)},
		{ID: 7, PortNumber: 0, Port: new(charging.PortState)},
		{ID: 7, PortNumber: 1, Port: new(charging.PortState), Charger: new(charging.ChargerState)},
	} {
		if _, err := packState(&r); err == nil || !strings.Contains(err.Error(), "record 7") {
			t.Errorf("port %d: %v", r.PortNumber, err)
		}
	}
}

// FuzzUnpack feeds bytes to all unpackers: none may panic, and what one accepts
// must survive another round.
func FuzzUnpack(f *testing.F) {
	record := metersRecord(5, 1, 1)
	for _, pack := range []func() ([]byte, error){
		func() ([]byte, error) { return packState(&record) },
		func() ([]byte, error) { return packReadings(record.Readings) },
		func() ([]byte, error) { return packSession(record.Port.Session) },
		func() ([]byte, error) {
			return packState(&charging.Record{Charger: &charging.ChargerState{Boot: &charging.Boot{Model: "M"},
				Connection: &charging.Connection{Connected: true, Since: start, Protocol: "ocpp1.6"}}})
		},
		func() ([]byte, error) {
			problems := []charging.Problem{{ProblemKey: charging.ProblemKey{Component: "EVSE"}, Severity: -1, At: start}}
			floating := []*charging.Session{{ID: 1, Transaction: "tx", Seen: []charging.SeqRange{{From: 1, To: 2}, {From: 9, To: 9}}}}
			return packState(&charging.Record{Charger: &charging.ChargerState{Problems: problems, NextBoot: "Pending", Floating: floating}})
		},
	} {
		packed, err := pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		again(t, data, unpackSession, packSession)
		again(t, data, unpackReadings, packReadings)
		again(t, data, unpackPortState, func(s *charging.PortState) ([]byte, error) {
			return packState(&charging.Record{PortNumber: 1, Port: s})
		})
		again(t, data, unpackChargerState, func(s *charging.ChargerState) ([]byte, error) {
			return packState(&charging.Record{Charger: s})
		})
	})
}

func again[T any](t *testing.T, data []byte, unpack func([]byte) (T, error), pack func(T) ([]byte, error)) {
	first, err := unpack(data)
	if err != nil {
		return
	}
	packed, err := pack(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if reflect.ValueOf(first).Kind() == reflect.Slice && reflect.ValueOf(first).Len() == 0 {
		return
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("(-first +second)\n%s", diff)
	}
}

// TestWhatIsPackedIsReadByOthers packs the same state in several goroutines,
// which the race detector watches: what is packed is published.
func TestWhatIsPackedIsReadByOthers(t *testing.T) {
	port := metersRecord(1, 1, 1)
	problems := []charging.Problem{{ProblemKey: charging.ProblemKey{Component: "EVSE"}, Severity: -1, At: start}}
	port.Port.Connectors, port.Port.Problems, port.Port.Served = []charging.Connector{{Number: 1, State: "Occupied"}}, problems, true
	port.Port.Session.Transaction, port.Port.Session.Seen = "tx", []charging.SeqRange{{From: 1, To: 2}}
	charger := charging.Record{Charger: &charging.ChargerState{Boot: &charging.Boot{Reason: "PowerUp"}, Connection: new(charging.Connection),
		Problems: problems, NextBoot: "Pending", Profile: 2, Floating: []*charging.Session{port.Port.Session}}}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, r := range []*charging.Record{&port, &charger} {
				if _, err := packState(r); err != nil {
					t.Error(err)
				}
			}
			if _, err := packSession(port.Port.Session); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestMissingSessionOfAListIsRefused(t *testing.T) {
	_, err := packState(&charging.Record{ID: 7, Charger: &charging.ChargerState{Floating: []*charging.Session{nil}}})
	if err == nil || err.Error() != "a session without a port is missing" {
		t.Errorf("got %v", err)
	}
}

// TestOldSessionsStaySmall keeps what 2.x needs from costing the sessions of 1.6.
func TestOldSessionsStaySmall(t *testing.T) {
	r := metersRecord(1000, 1, 1)
	packed, err := packState(&r)
	if err != nil {
		t.Fatal(err)
	}
	if len(packed) > 113+4 { // as many as before 2.x was known, and the checksum
		t.Errorf("the state of a port takes %d bytes", len(packed))
	}
}

// What is packed is published: others read it at the same time.
func TestPackingChangesNothing(t *testing.T) {
	v := charging.Connection{Connected: true, Since: time.Unix(1, 0), Protocol: "ocpp1.6"}
	before := v
	for _, failed := range []error{nil, errTruncated} {
		c := coder{err: failed}
		c.connection(&v)
		if v != before {
			t.Errorf("with error %v: %+v became %+v", failed, before, v)
		}
	}
}

// TestWhatWasPackedWithoutAChecksumIsStillRead: databases hold it.
func TestWhatWasPackedWithoutAChecksumIsStillRead(t *testing.T) {
	want := openSession(1, 2, 3)
	packed, err := packSession(want)
	if err != nil {
		t.Fatal(err)
	}
	old := packed[:len(packed)-4]
	old[0] = uncheckedVersion
	got, err := unpackSession(old)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
