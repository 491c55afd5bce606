package ocpp

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFrame(t *testing.T) {
	f := func(name, text string, want Frame) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			got, err := ParseFrame([]byte(text))
			if err != nil {
				t.Fatalf("ParseFrame(%q): %v", text, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ParseFrame(%q) (-want +got):\n%s", text, diff)
			}
		})
	}
	call := func(rawID, id, action, payload string, odd ...string) Frame {
		return Frame{Type: Call, RawID: []byte(rawID), ID: id, Action: action, Payload: []byte(payload), Oddities: odd}
	}

	f("a call", `[2,"19223201","Heartbeat",{}]`, call(`"19223201"`, "19223201", "Heartbeat", `{}`))
	f("blanks everywhere", " [ 2 , \"1\" ,\n\t\"Authorize\" , {\"idTag\": \"A\"} ] \r\n",
		call(`"1"`, "1", "Authorize", `{"idTag": "A"}`))
	f("a payload with brackets in its texts", `[2,"1","DataTransfer",{"vendorId":"]}","data":"[{"}]`,
		call(`"1"`, "1", "DataTransfer", `{"vendorId":"]}","data":"[{"}`))
	f("a type in quotes", `["2","1","Heartbeat",{}]`, call(`"1"`, "1", "Heartbeat", `{}`, "quoted-message-type"))
	f("a number as id is echoed as a number", `[2,288115,"Heartbeat",{}]`,
		call(`288115`, "288115", "Heartbeat", `{}`, "numeric-message-id"))
	f("an id with an escape is echoed as sent", `[2,"a\/b","Heartbeat",{}]`, call(`"a\/b"`, "a/b", "Heartbeat", `{}`))
	f("an id with a stray backslash", `[2,"a\x","Heartbeat",{}]`,
		call(`"a\\x"`, `a\x`, "Heartbeat", `{}`, "stray-backslash"))
	f("an id beyond 36 characters", `[2,"`+strings.Repeat("7", 37)+`","Heartbeat",{}]`,
		call(`"`+strings.Repeat("7", 37)+`"`, strings.Repeat("7", 37), "Heartbeat", `{}`, "long-message-id"))
	f("an id that is no UTF-8 is echoed in UTF-8", "[2,\"a\xff\",\"Heartbeat\",{}]",
		call("\"a\uFFFD\"", "a\uFFFD", "Heartbeat", `{}`, "invalid-utf8: frame"))
	f("no payload", `[2,"1","Heartbeat"]`, call(`"1"`, "1", "Heartbeat", `{}`, "no-payload"))
	f("null for a payload", `[2,"1","Heartbeat",null]`, call(`"1"`, "1", "Heartbeat", `{}`, "empty-payload"))
	f("an empty list for a payload", `[2,"1","Heartbeat",[ ]]`, call(`"1"`, "1", "Heartbeat", `{}`, "empty-payload"))
	f("a text for a payload is left to the decoder", `[2,"1","Heartbeat","x"]`, call(`"1"`, "1", "Heartbeat", `"x"`))
	f("more elements", `[2,"1","Heartbeat",{},"x",7]`,
		call(`"1"`, "1", "Heartbeat", `{}`, "extra-elements"))
	f("an object as a further element is left to the decoder", `[2,"1","Heartbeat",{},{}]`,
		call(`"1"`, "1", "Heartbeat", `{},{}`))
	f("a byte order mark", "\xef\xbb\xbf[2,\"1\",\"Heartbeat\",{}]",
		call(`"1"`, "1", "Heartbeat", `{}`, "byte-order-mark"))
	f("NULs behind the frame", "[2,\"1\",\"Heartbeat\",{}]\x00\x00",
		call(`"1"`, "1", "Heartbeat", `{}`, "control-characters"))
	f("a stray comma between elements", `[2,"1","Heartbeat",,{}]`, call(`"1"`, "1", "Heartbeat", `{}`, "stray-comma"))
	f("a send", `[6,"1","NotifyPeriodicEventStream",{}]`,
		Frame{Type: Send, RawID: []byte(`"1"`), ID: "1", Action: "NotifyPeriodicEventStream", Payload: []byte(`{}`)})

	result := func(payload string, odd ...string) Frame {
		return Frame{Type: CallResult, RawID: []byte(`"7"`), ID: "7", Payload: []byte(payload), Oddities: odd}
	}
	f("a result", `[3,"7",{"status":"Accepted"}]`, result(`{"status":"Accepted"}`))
	f("a result without a payload", `[3,"7"]`, result(`{}`, "no-payload"))
	f("a result of null", `[3,"7",null]`, result(`{}`, "empty-payload"))

	failure := func(code, description, details string, odd ...string) Frame {
		return Frame{Type: CallErrorReply, RawID: []byte(`"7"`), ID: "7", Code: code, Description: description,
			Details: []byte(details), Oddities: odd}
	}
	f("an error", `[4,"7","NotSupported","no",{"a":1}]`, failure("NotSupported", "no", `{"a":1}`))
	f("an error of four elements", `[4, "7", "FormationViolation", ""]`, failure("FormationViolation", "", `{}`, "short-error"))
	f("an error of three elements", `[4,"7","GenericError"]`, failure("GenericError", "", `{}`, "short-error"))
	f("an error with nulls", `[4,"7","GenericError",null,null]`, failure("GenericError", "", `{}`, "null: frame"))
	f("an error of six elements", `[4,"7","GenericError","x",{},1]`, failure("GenericError", "x", `{}`))
}

func TestParseFrameTellsWhatItRecovered(t *testing.T) {
	f := func(text string, want FrameError) {
		t.Helper()
		_, err := ParseFrame([]byte(text))
		var got *FrameError
		if !errors.As(err, &got) {
			t.Errorf("ParseFrame(%q): error %v, want a FrameError", text, err)
			return
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("ParseFrame(%q) (-want +got):\n%s", text, diff)
		}
	}
	f(``, FrameError{Problem: ProblemFrame, Reason: notAnArray})
	f(`{"a":1}`, FrameError{Problem: ProblemFrame, Reason: notAnArray})
	f(`hello`, FrameError{Problem: ProblemFrame, Reason: notAnArray})
	f(`[]`, FrameError{Problem: ProblemFrame, Reason: noType})
	f(`[2]`, FrameError{Problem: ProblemFrame, Reason: noID})
	f(`[2,{},"Heartbeat",{}]`, FrameError{Problem: ProblemFrame, Type: Call, Reason: noID})
	f(`[2,"","Heartbeat"`, FrameError{Problem: ProblemFrame, Type: Call, Reason: brokenElements})
	f(`[2,"1"]`, FrameError{Problem: ProblemFormation, Type: Call, ID: "1", RawID: []byte(`"1"`), Reason: noAction})
	f(`[2,"1","MeterValues",{"connectorId":1`, FrameError{Problem: ProblemFormation, Type: Call, ID: "1",
		RawID: []byte(`"1"`), Reason: brokenElements})
	f(`[2,12,"MeterValues",{`, FrameError{Problem: ProblemFormation, Type: Call, ID: "12", RawID: []byte(`12`),
		Reason: brokenElements})
	f(`[3,"64b4a0fc",{"configurationKey":[]`, FrameError{Problem: ProblemFormation, Type: CallResult, ID: "64b4a0fc",
		RawID: []byte(`"64b4a0fc"`), Reason: brokenElements})
	f(`[1,"E","StartTransaction",{}]`, FrameError{Problem: ProblemMessageType, Type: 1, ID: "E", RawID: []byte(`"E"`),
		Reason: unknownType})
	f(`[2,"`+strings.Repeat("x", 65)+`","Heartbeat",{`, FrameError{Problem: ProblemFrame, Type: Call, Reason: brokenElements})

	_, err := ParseFrame([]byte(`[2,"1"]`))
	if got, want := err.Error(), `the frame has no action (message "1")`; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestAppendFramesAreStrict(t *testing.T) {
	f := func(got []byte, want string) {
		t.Helper()
		if string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(AppendCall(nil, "1", "Reset", []byte(`{"type":"Soft"}`)), `[2,"1","Reset",{"type":"Soft"}]`)
	f(AppendCall(nil, "1", "ClearCache", nil), `[2,"1","ClearCache",{}]`)
	f(AppendCallResult(nil, []byte(`7`), nil), `[3,7,{}]`)
	f(AppendCallError(nil, []byte(`"1"`), OccurenceConstraintViolation, "idTag is \"missing\"\x01"),
		`[4,"1","OccurenceConstraintViolation","idTag is \"missing\"\u0001",{}]`)
	f(AppendCallError(nil, nil, RPCFrameworkError, ""), `[4,"-1","RpcFrameworkError","",{}]`)
	f(AppendCallError(nil, []byte(`"1"`), GenericError, strings.Repeat("é", 300)),
		`[4,"1","GenericError","`+strings.Repeat("é", 255)+`",{}]`)
}

func TestErrorCodesAreSpeltPerVersion(t *testing.T) {
	for p := range problemCount {
		for _, v := range []Version{V16, V201, V21} {
			code := p.Code(v)
			back, ok := ParseErrorCode(string(code))
			if !ok || back.Code(v) != code {
				t.Errorf("%v of problem %d reads back as %v", code, p, back)
			}
		}
	}
	f := func(code string, want Problem, ok bool) {
		t.Helper()
		if got, gotOK := ParseErrorCode(code); got != want || gotOK != ok {
			t.Errorf("ParseErrorCode(%q) = %v, %v", code, got, gotOK)
		}
	}
	f("OccurenceConstraintViolation", ProblemOccurrence, true)
	f("OccurrenceConstraintViolation", ProblemOccurrence, true)
	f("FormatViolation", ProblemFormation, true)
	f("formationviolation ", ProblemFormation, true)
	f("Whatever", ProblemGeneric, false)
	if got := ProblemOccurrence.Code(V16); got != "OccurenceConstraintViolation" {
		t.Errorf("1.6 spells it %q", got)
	}
}

func BenchmarkParseFrame(b *testing.B) {
	run := func(name, text string) {
		b.Run(name, func(b *testing.B) {
			data := []byte(text)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseFrame(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("status", `[2,"658ae207-02ad-4051-8ecb-51d90e8bbf21","StatusNotification",{"connectorId":2,"errorCode":"NoError","status":"Preparing","timestamp":"2024-04-26T14:35:02Z"}]`)
	run("result", `[3,"658ae207-02ad-4051-8ecb-51d90e8bbf21",{"status":"Accepted"}]`)
}

func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{
		`[2,"19223201","Heartbeat",{}]`, `["2",288115,"StartTransaction",{"connectorId":1}]`,
		`[3,"64b4a0fc-7282-4e26-ab30-cc3c2955c70d",{"configurationKey":[]`, `[4,"7","FormationViolation",""]`,
		`[1,"E","StartTransaction",{}]`, `[2,"213","StartTransaction",{"idTag":"336699\",`, "\xef\xbb\xbf[2,\"1\",\"x\"]\x00",
		`[2,"a1","MeterValues",{"transactionId":,"meterValue":[,{}]}]`, `[2,"1","A",{},{}]`, `[2,,{}]`, `[2,"a\x","A",{}]`, "[2,\"\xff\",\"A\",null]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := string(data)
		frame, err := ParseFrame(data)
		if string(data) != in {
			t.Fatal("the text was changed")
		}
		if err != nil {
			var frameErr *FrameError
			if !errors.As(err, &frameErr) {
				t.Fatalf("error %v is no FrameError", err)
			}
			return
		}
		// What we answer must be a frame that names the same message.
		for _, out := range [][]byte{
			AppendCallResult(nil, frame.RawID, nil),
			AppendCallError(nil, frame.RawID, GenericError, frame.Action),
		} {
			if !json.Valid(out) {
				t.Fatalf("the answer %q to %q is no JSON", out, in)
			}
			back, err := ParseFrame(out)
			if err != nil || back.ID != frame.ID {
				t.Fatalf("the answer %q to %q reads back as %q, %v", out, in, back.ID, err)
			}
		}
	})
}
