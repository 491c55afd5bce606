package httpapi

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

func query(text string) *parameters {
	return parametersOf(httptest.NewRequest(http.MethodGet, "/?"+text, nil))
}

// says holds the first error of parameters against a text, "" for none.
func (p *parameters) says(t *testing.T, text string) {
	t.Helper()
	got := ""
	if p.err != nil {
		got = p.err.Error()
	}
	if got != text {
		t.Errorf("%v: %q, want %q", p.values, got, text)
	}
}

func TestListsComeInEveryForm(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		got := query(text).texts("a")
		slices.Sort(got) // forms may be mixed; then no order is kept
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
	f("")
	f("a=")
	f("a=&a[]=")
	f("a=x", "x")
	f("a=x&a=y", "x", "y")
	f("a[]=x&a[]=y", "x", "y")
	f("a%5B%5D=x", "x")
	f("a[0]=x&a[1]=y", "x", "y")
	f("a=x&a[]=y", "x", "y")
	f("a=x,y", "x,y")
	f("ab=x&[a]=y&a[=z")
}

func TestWholeNumbersHaveBounds(t *testing.T) {
	f := func(text string, want int64, wrong bool) {
		t.Helper()
		p := query(text)
		if got := p.integer("n", 1, 500, 50); got != want {
			t.Errorf("%s: %d", text, got)
		}
		if wrong {
			p.says(t, "n: must be a whole number from 1 to 500")
		} else {
			p.says(t, "")
		}
	}
	f("", 50, false)
	f("n=", 50, false)
	f("n=1", 1, false)
	f("n=500", 500, false)
	f("n[]=7", 7, false)
	for _, text := range []string{"0", "501", "-1", "1.0", "1e2", "x", "99999999999999999999", "%201"} {
		f("n="+text, 50, true)
	}
}

func TestTruthValues(t *testing.T) {
	for text, want := range map[string]bool{"b=true": true, "b=1": true, "b": true, "b=": true, "b=TRUE": true, "b=false": false, "b=0": false, "": false} {
		if p := query(text); p.truth("b", false) != want || p.err != nil {
			t.Errorf("%q: %v", text, p.err)
		}
	}
	if !query("").truth("b", true) {
		t.Error("the default is not taken")
	}
	p := query("b=yes")
	p.truth("b", true)
	p.says(t, "b: must be true or false")
}

func TestTimesInEveryForm(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		p := query("t=" + text)
		got := p.instant("t")
		p.says(t, "")
		if got.Format(time.RFC3339Nano) != want || got.Location() != time.UTC {
			t.Errorf("%s: %s", text, got)
		}
	}
	f("2026-03-02T06:00:00Z", "2026-03-02T06:00:00Z")
	f("2026-03-02T06:00:00.123Z", "2026-03-02T06:00:00.123Z")
	f("2026-03-02T06:00:00.123456789Z", "2026-03-02T06:00:00.123456789Z")
	f("2026-03-02T08:00:00%2B02:00", "2026-03-02T06:00:00Z")
	f("2026-03-02T08:00:00+02:00", "2026-03-02T06:00:00Z") // a plus that was not escaped
	f("2026-03-02T08:00:00%2B0200", "2026-03-02T06:00:00Z")
	f("2026-03-02T01:00:00-05:00", "2026-03-02T06:00:00Z")
	f("2026-03-02T06:00:00", "2026-03-02T06:00:00Z")
	f("2026-03-02T06:00:00.5", "2026-03-02T06:00:00.5Z")
	f("2026-03-02T06:00", "2026-03-02T06:00:00Z")
	f("2026-03-02T06:00Z", "2026-03-02T06:00:00Z")
	f("2026-03-02", "2026-03-02T00:00:00Z")
	if p := query(""); !p.instant("t").IsZero() || p.err != nil {
		t.Error("an absent time is not zero")
	}
	for _, text := range []string{"now", "1772431200", "2026-13-01", "2026-02-30", "06:00", "2026-03-02T25:00:00Z"} {
		p := query("t=" + text)
		p.instant("t")
		p.says(t, `t: "`+text+`" is no time; write it like 2026-03-02T06:00:00Z`)
	}
}

func TestCursors(t *testing.T) {
	if p := query(""); p.cursor() != "" || p.before() != 0 || p.err != nil {
		t.Error("there is a cursor")
	}
	if last := pageAfter(""); last.HasNextPage || last.NextPageCursor != nil {
		t.Errorf("%+v", last)
	}
	next := pageAfter("512")
	if p := query("nextPageCursor=" + *next.NextPageCursor + "=="); !next.HasNextPage || p.before() != 512 || p.err != nil {
		t.Errorf("%+v, %v", next, p.err)
	}
	// -5, 0, x; and 512 in ways in which it is never written
	for _, text := range []string{"%25", "a", "LTU", "MA", "eA", "KzUxMg", "MDUxMg", "NTEy%0A", "NTEyCg"} {
		p := query("nextPageCursor=" + text)
		p.before()
		p.says(t, "nextPageCursor: is none of this server's cursors; begin again without it")
	}
}

func TestOnlyTheFirstMistakeIsTold(t *testing.T) {
	p := query("n=x&b=y")
	p.integer("n", 0, 1, 0)
	p.truth("b", false)
	p.says(t, "n: must be a whole number from 0 to 1")
}
