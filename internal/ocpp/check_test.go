package ocpp

import (
	"strings"
	"testing"
)

func TestCheckNamesTheMemberAndTheRule(t *testing.T) {
	words := Words{List: []string{"Hard", "Soft"}}
	custom := Nested("customData", Text("vendorId", 5).Must()).Extensible()
	members := []Member{
		Text("text", 3), Enum("type", &words), Integer("evseId").From(1), Integer("soc").From(0).To(100),
		Number("limit").To(0), Decimal("amps"), Boolean("on"), DateTime("at"), URI("where"), Any("data"),
		Integer("ids").From(0).Listed(1).AtMost(2), Nested("evse", Integer("id").Must(), custom), custom}
	f := func(payload, want string) {
		t.Helper()
		got := ""
		if fault := Check(V201, members, []byte(payload)); fault != nil {
			got = fault.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", payload, got, want)
		}
	}
	const (
		formation  = "FormatViolation: "
		property   = "PropertyConstraintViolation: "
		occurrence = "OccurrenceConstraintViolation: "
		wrongType  = "TypeConstraintViolation: "
	)
	f(`{}`, "")
	f(`{"text":"abc"}`, "")
	f(`{"text":"\u00e4\u00f6\u00fc"}`, "")
	f(`{"text":"abcd"}`, property+"text is longer than 3 characters")
	f(`{"text":"ab\u0000d"}`, property+"text is longer than 3 characters")
	f(`{"text":null}`, wrongType+"text must be a text")
	f(`{"type":"Soft"}`, "")
	f(`{"type":"soft"}`, property+"type is none of Hard, Soft")
	f(`{"type":"So\u0000ft"}`, property+"type is none of Hard, Soft")

	f(`{"evseId":1}`, "")
	f(`{"evseId":1.0}`, "")
	f(`{"evseId":10e-1}`, "")
	f(`{"evseId":0}`, property+"evseId must be at least 1")
	f(`{"evseId":-1}`, property+"evseId must be at least 1")
	f(`{"evseId":1.5}`, wrongType+"evseId must be a whole number")
	f(`{"evseId":1.00000000000000000001}`, wrongType+"evseId must be a whole number")
	f(`{"evseId":"1"}`, wrongType+"evseId must be a number")
	f(`{"evseId":9223372036854775807}`, "")
	f(`{"evseId":9223372036854775808}`, property+"evseId is out of range")
	f(`{"evseId":1e999999999}`, property+"evseId is out of range")
	f(`{"soc":100}`, "")
	f(`{"soc":0}`, "")
	f(`{"soc":-0}`, "")
	f(`{"soc":101}`, property+"soc must be at most 100")
	f(`{"limit":0}`, "")
	f(`{"limit":-0.0001}`, "")
	f(`{"limit":1e-30}`, property+"limit must be at most 0")
	f(`{"limit":0.00000000000000000000000000000000000001}`, property+"limit must be at most 0")
	f(`{"limit":1e99}`, property+"limit is out of range")
	f(`{"limit":true}`, wrongType+"limit must be a number")
	f(`{"amps":16.1}`, "")
	f(`{"amps":16.10}`, "")
	f(`{"amps":16.1000001}`, property+"amps may have one decimal")

	f(`{"on":1}`, wrongType+"on must be true or false")
	f(`{"at":"2026-03-01T12:00:00Z"}`, "")
	f(`{"at":"2026-03-01T12:00:00.123456789+02:00"}`, "")
	f(`{"at":"2026-03-01T1:00:00Z"}`, property+"at is no RFC 3339 time")
	f(`{"at":"2026-03-01T12:00:00,5Z"}`, property+"at is no RFC 3339 time")
	f(`{"at":"2026-03-01"}`, property+"at is no RFC 3339 time")
	f(`{"where":"ftp://here/x"}`, "")
	f(`{"where":"here"}`, property+"where is no URI")
	f(`{"data":null}`, "")
	f(`{"data":[{"a":{}},1e999]}`, "")

	f(`{"ids":[0,1]}`, "")
	f(`{"ids":[]}`, occurrence+"ids has 0 items and needs at least 1")
	f(`{"ids":[1,2,3]}`, occurrence+"ids has 3 items and may have 2")
	f(`{"ids":[1,-1]}`, property+"ids[1] must be at least 0")
	f(`{"ids":1}`, wrongType+"ids must be a list")
	f(`{"evse":{}}`, occurrence+"evse.id is missing")
	f(`{"evse":[]}`, wrongType+"evse must be an object")
	f(`{"evse":{"id":1,"x":1}}`, formation+"evse.x is no member of the message")
	f(`{"evse":{"id":1,"customData":{"vendorId":"acme","x":{"y":[1]},"z":null}}}`, "")
	f(`{"customData":{"x":1}}`, occurrence+"customData.vendorId is missing")
	f(`{"customData":{"vendorId":"longer"}}`, property+"customData.vendorId is longer than 5 characters")
	f(`{"on":true,"on":true}`, formation+"on is there twice")
	f(`{"o\u006e" : true}`, "")
	f(`{"o\u0000n":true}`, formation+"o\x00n is no member of the message")
	f(`{"x":1}`, formation+"x is no member of the message")
	f(`[]`, formation+"the payload is no object")
	f(`{"on":tru}`, formation+"the payload is not well-formed JSON")
	f(`{"data":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`,
		formation+"the payload cannot be read: values nest too deep at byte 40")
}

func TestDecimalComparesExactly(t *testing.T) {
	f := func(text string, n int64, want int) {
		t.Helper()
		d, ok := parseDecimal(text)
		if got := d.compare(n); !ok || got != want {
			t.Errorf("%s against %d: %d, %v, want %d", text, n, got, ok, want)
		}
	}
	f("0", 0, 0)
	f("-0.0", 0, 0)
	f("0.1", 0, 1)
	f("-0.1", 0, -1)
	f("99.99999999999999999999", 100, -1)
	f("100.00000000000000000000", 100, 0)
	f("100.00000000000000000001", 100, 1)
	f("1e2", 100, 0)
	f("1000e-1", 100, 0)
	f("-1.5", -1, -1)
	f("-1.5", -2, 1)
	f("1e300", 100, 1)
	f("-1e300", 100, -1)
	f("0e300", 1, -1)
	f(strings.Repeat("0", 50)+"7", 7, 0)
}
