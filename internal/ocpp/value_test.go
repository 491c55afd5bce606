package ocpp

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

func TestThousandths(t *testing.T) {
	f := func(text string, exp int, want int64) {
		t.Helper()
		if got, ok := Thousandths(text, exp); !ok || got != want {
			t.Errorf("Thousandths(%q, %d) = %d, %v, want %d", text, exp, got, ok, want)
		}
	}
	f("0", 0, 0)
	f("-0", 0, 0)
	f("14", 0, 14_000)
	f("234.73", 0, 234_730)
	f("  0.5 ", 0, 500)
	f("1,5", 0, 1500)
	f("+7", 0, 7000)
	f(".5", 0, 500)
	f("5.", 0, 5000)
	f("19091.351", 3, 19_091_351_000)
	f("1.6250000000000002", 3, 1_625_000)
	f("1.005", 0, 1005)
	f("0.0004", 0, 0)
	f("0.0005", 0, 1)
	f("-0.0005", 0, -1)
	f("0.00049999999999999999999999", 0, 0)
	f("2.5e3", 0, 2_500_000)
	f("25E-4", 0, 3)
	f("1e-30", 0, 0)
	f("5995441.000", 0, 5_995_441_000)
	f("85", -2, 850)
	f("9223372036854775.807", 0, 9_223_372_036_854_775_807)
	f("-9223372036854775.807", 0, -9_223_372_036_854_775_807)
	f(strings.Repeat("0", 1000)+"1", 0, 1000)
	f("0e300", 0, 0)

	bad := func(text string) {
		t.Helper()
		if got, ok := Thousandths(text, 0); ok {
			t.Errorf("Thousandths(%q) = %d, want no number", text, got)
		}
	}
	for _, text := range []string{"", " ", "-", "+", ".", "NaN", "null", "1.2.3", "1,234.5", "12 W", "1e", "1e+", "e5",
		"0x1F", "9223372036854775.808", "1e99", "1e999999999", strings.Repeat("9", 100)} {
		bad(text)
	}
}

func TestParseTime(t *testing.T) {
	f := func(text, want string, form TimeForm) {
		t.Helper()
		got, gotForm, ok := ParseTime(text)
		if !ok || got.Format("2006-01-02T15:04:05.999999999Z07:00") != want || gotForm != form {
			t.Errorf("ParseTime(%q) = %v, %b, %v, want %s, %b", text, got, gotForm, ok, want, form)
		}
	}
	f("2024-04-26T14:35:02Z", "2024-04-26T14:35:02Z", 0)
	f("2024-04-26T14:35:02.5Z", "2024-04-26T14:35:02.5Z", 0)
	f("2024-04-26T14:35:02.1234567891234Z", "2024-04-26T14:35:02.123456789Z", 0)
	f("2024-04-26T14:35:02+02:00", "2024-04-26T12:35:02Z", 0)
	f("2024-04-26T14:35:02-05:30", "2024-04-26T20:05:02Z", 0)
	f("2024-03-23T10:54:46.767+00:00", "2024-03-23T10:54:46.767Z", 0)
	f("2024-04-26T14:35:02+02", "2024-04-26T12:35:02Z", TimeShortZone)
	f("2024-04-26T14:35:02+0200", "2024-04-26T12:35:02Z", TimeShortZone)
	f("2023-10-19T15:28:07", "2023-10-19T15:28:07Z", TimeNoZone)
	f("2024-04-26 14:35:02Z", "2024-04-26T14:35:02Z", TimeSeparator)
	f("2024-04-26t14:35:02z", "2024-04-26T14:35:02Z", TimeLowerCase)
	f("2024-04-26T14:35:02 UTC", "2024-04-26T14:35:02Z", TimeLowerCase)
	f("2022-07-10T3:11:55Z", "2022-07-10T03:11:55Z", TimeShort)
	f("2022-7-1T03:11:55Z", "2022-07-01T03:11:55Z", TimeShort)
	f("2022-07-10T03:11Z", "2022-07-10T03:11:00Z", TimeNoSeconds)
	f("2022-07-10", "2022-07-10T00:00:00Z", TimeDateOnly|TimeNoZone)
	f(" 2022/07/10 3:11 ", "2022-07-10T03:11:00Z", TimeSeparator|TimeShort|TimeNoSeconds|TimeNoZone)
	f("2022-07-10T03:11:55,25Z", "2022-07-10T03:11:55.25Z", 0)
	f("1970-01-01T00:00:00.740Z", "1970-01-01T00:00:00.74Z", 0)
	f("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", 0)
	f("2024-02-29T24:00:00Z", "2024-03-01T00:00:00Z", 0)
	f("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", 0)

	bad := func(text string, form TimeForm) {
		t.Helper()
		if got, gotForm, ok := ParseTime(text); ok || gotForm != form {
			t.Errorf("ParseTime(%q) = %v, %b, want none, %b", text, got, gotForm, form)
		}
	}
	bad("", TimeEmpty)
	bad("  ", TimeEmpty)
	for _, text := range []string{"AnyStringHere100", "2024", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
		"2024-01-01T25:00:00Z", "2024-01-01T24:00:01Z", "2024-01-01T10:60:00Z", "2024-01-01T10:00:61Z", "2024-01-01T",
		"2024-01-01T10", "2024-01-01T10:00:00.Z", "2024-01-01T10:00:00+", "2024-01-01T10:00:00+25:00",
		"2024-01-01T10:00:00Zjunk", "1714142102", "24-01-01T10:00:00Z"} {
		bad(text, TimeUnreadable)
	}
}

func TestRepair(t *testing.T) {
	f := func(text, want string, odd ...string) {
		t.Helper()
		got, gotOdd := Repair([]byte(text))
		if string(got) != want {
			t.Errorf("Repair(%s)\n got %s\nwant %s", text, got, want)
		}
		if diff := cmp.Diff(odd, gotOdd); diff != "" {
			t.Errorf("Repair(%s) oddities (-want +got):\n%s", text, diff)
		}
	}
	f(`{"a":[1,2.5e3,true,null,"x,}"]}`, `{"a":[1,2.5e3,true,null,"x,}"]}`)
	f("\xef\xbb\xbf{\x00\"a\x01\":1}", `{"a":1}`, "byte-order-mark", "control-characters")
	f(`{"a":,"b": }`, `{"a":null,"b": null}`, "missing-value")
	f(`[,{"a":1,},,2,]`, `[{"a":1},2]`, "stray-comma")
	f(`{"a":NaN,"b":-Infinity,"c":TRUE,"d":None}`, `{"a":null,"b":null,"c":true,"d":null}`, "bare-word: NaN",
		"bare-word: Infinity", "bare-word: TRUE", "bare-word: None")
	f(`{"a":"C:\dir\qx"}`, `{"a":"C:\\dir\\qx"}`, "stray-backslash")
	f(`{"a":"336699\","b":1}`, `{"a":"336699\\","b":1}`, "stray-backslash")
	f(`{"b":1,"a":"336699\"}`, `{"b":1,"a":"336699\\"}`, "stray-backslash")
	f(`{"a":"say \"x\", then","b":\u00e9}`, `{"a":"say \"x\", then","b":\u00e9}`)
	f(`{"a":"\u12"}`, `{"a":"\\u12"}`, "stray-backslash")
	f(`{"a":"open`, `{"a":"open`)
}

func TestRepairIsLinear(t *testing.T) {
	// A quadratic repair would take minutes for any of these.
	for _, text := range []string{
		strings.Repeat(" ", 400_000) + strings.Repeat(",", 400_000),
		`"` + strings.Repeat(`\"`, 400_000) + strings.Repeat(" ", 400_000),
		strings.Repeat(`"\"  ,`, 200_000),
		strings.Repeat("[", 400_000) + strings.Repeat(",]", 200_000),
	} {
		Repair([]byte(text))
	}
}

func TestCursorBoundsWhatAHostileMessageCosts(t *testing.T) {
	c := NewCursor([]byte(`{` + strings.Repeat(`"`+strings.Repeat("x", 500)+`1":1,`, 100) + `"a":1}`))
	o := c.Object()
	for o.Next() {
		o.Unknown()
	}
	if err := c.End(); err != nil {
		t.Fatal(err)
	}
	var many Oddities
	for i := range 100 {
		many.AddDetail("unknown-member", strings.Repeat("y", i))
	}
	if len(many) != maxOddities+1 || many[maxOddities] != moreOddities {
		t.Errorf("%d oddities, the last %q", len(many), many[len(many)-1])
	}
	for _, odd := range c.Odd {
		if len(odd) > 100 {
			t.Errorf("an oddity of %d bytes", len(odd))
		}
	}
}

func TestTextOfALongPayloadIsCopied(t *testing.T) {
	f := func(padding int, copied bool) {
		t.Helper()
		c := NewCursor([]byte(`{"a":"` + strings.Repeat("x", padding) + `","b":"short"}`))
		o := c.Object()
		var b string
		for o.Next() {
			b = o.Text(0)
		}
		inside := unsafe.StringData(c.s[len(c.s)-len(`short"}`):])
		if got := unsafe.StringData(b) != inside; b != "short" || got != copied {
			t.Errorf("with %d bytes before it, %q was copied: %v", padding, b, got)
		}
	}
	f(100, false)
	f(shareLimit, true)
}

func TestCursorRefusesWhatIsNoJSON(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		c := NewCursor([]byte(text))
		c.Skip()
		err := c.End()
		if got := errorText(err); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	f(`{"a":[1,-2.5e+3,"\u00e9",{},[],true,false,null]}`, "")
	f(`{"a":1,}`, "comma before the end at byte 7")
	f(`{"a" 1}`, "colon expected at byte 5")
	f(`{a:1}`, "member name expected at byte 1")
	f(`[1 2]`, "comma expected at byte 3")
	f(`[01]`, "value expected at byte 1")
	f(`[1.]`, "value expected at byte 1")
	f(`[-]`, "value expected at byte 1")
	f(`[1e]`, "value expected at byte 1")
	f(`[nulll]`, "value expected at byte 1")
	f(`["\x"]`, "unknown escape in a string at byte 2")
	f(`["\u12g4"]`, "unknown escape in a string at byte 2")
	f(`["abc`, "string without an end at byte 1")
	f(`[1] x`, "text after the end of the value at byte 4")
	f(``, "value expected at byte 0")
	f(strings.Repeat("[", 33)+strings.Repeat("]", 33), "values nest too deep at byte 33")
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestListsAndObjectsOfOtherShapes(t *testing.T) {
	f := func(text string, want []string, odd ...string) {
		t.Helper()
		c := NewCursor([]byte(text))
		o := c.Object()
		var got []string
		for o.Next() {
			l := o.List()
			for l.Next() {
				got = append(got, l.Text(0))
			}
		}
		if err := c.End(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(odd, []string(c.Odd)); diff != "" {
			t.Errorf("%s oddities (-want +got):\n%s", text, diff)
		}
	}
	f(`{"k":["a","b"]}`, []string{"a", "b"})
	f(`{"k":[]}`, nil)
	f(`{"k":null}`, nil)
	f(`{"k":"a"}`, []string{"a"}, "single-for-list: k")
	f(`{"k":["a",1,{"x":[]},null]}`, []string{"a", "1", "", ""}, "not-a-text: k", "null: k")
	f(`null`, nil)
	f(`[1]`, nil, "not-an-object: payload")
}

func TestBool(t *testing.T) {
	f := func(text string, want, ok bool, odd ...string) {
		t.Helper()
		c := NewCursor([]byte(`{"r":` + text + `}`))
		o := c.Object()
		for o.Next() {
			if got, gotOK := o.Bool(); got != want || gotOK != ok {
				t.Errorf("%s reads as %v, %v", text, got, gotOK)
			}
		}
		if diff := cmp.Diff(odd, []string(c.Odd)); diff != "" {
			t.Errorf("%s oddities (-want +got):\n%s", text, diff)
		}
	}
	f(`true`, true, true)
	f(`false`, false, true)
	f(`"TRUE"`, true, true, "quoted-boolean: r")
	f(`0`, false, true, "not-a-text: r", "quoted-boolean: r")
	f(`"maybe"`, false, false, "not-a-boolean: r")
	f(`{}`, false, false, "not-a-boolean: r")
}

func TestWriterLeavesOutWhatIsAbsent(t *testing.T) {
	w := NewWriter([]byte("x"))
	w.OptText("a", "")
	w.OptInt("b", Int{})
	w.OptTime("c", Time{}.T)
	w.OptInt("d", IntOf(-1))
	w.Bool("e", true)
	w.Text("f", "\xff\x7f \"")
	if got, want := string(w.End()), "x{\"d\":-1,\"e\":true,\"f\":\"\uFFFD\\u007f \\\"\"}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzThousandths(f *testing.F) {
	for _, seed := range []string{"0", "-1.5", "1e5", " 3,25", "NaN", "9223372036854775.807", "00.0005e-3"} {
		f.Add(seed, 0)
	}
	f.Fuzz(func(t *testing.T, text string, exp int) {
		exp %= 10
		n, ok := Thousandths(text, exp)
		negated, ok2 := Thousandths("-"+strings.TrimLeft(text, " "), exp)
		if ok && ok2 && negated != -n {
			t.Errorf("%q is %d, negated %d", text, n, negated)
		}
	})
}
