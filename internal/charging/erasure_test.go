package charging

import "testing"

func TestATagIsErasedFromJSON(t *testing.T) {
	f := func(tag, in, want string) {
		t.Helper()
		got, changed := NewTagEraser(tag, "erased-1").JSON([]byte(in))
		if string(got) != want || changed != (in != want) {
			t.Errorf("%s in %s: %s, changed %v, want %s", tag, in, got, changed, want)
		}
	}
	f("A0B1C2D3", `{"idTag":"a0b1c2d3","meterStart":1}`, `{"idTag":"erased-1","meterStart":1}`)
	f("A0B1C2D3", ` { "idToken" : { "idToken" : "A0B1C2D3" , "type":"ISO14443" } }`, ` { "idToken" : { "idToken" : "erased-1" , "type":"ISO14443" } }`)
	f("A0B1C2D3", `{"a0b1c2d3":{"group":"x"}}`, `{"erased-1":{"group":"x"}}`)
	f("A0B1C2D3", `{"data":"{\"tag\":\"A0B1C2D3\"}"}`, `{"data":"{\"tag\":\"erased-1\"}"}`)
	f("A0B1C2D3", `{"idTag":"A0B1\u0043\u0032D3"}`, `{"idTag":"erased-1"}`)
	f("A0B1C2D3", `{"info":"card a0b1c2d3, again A0B1C2D3."}`, `{"info":"card erased-1, again erased-1."}`)
	f("A0B1C2D3", `{"info":"XA0B1C2D3","serial":"A0B1C2D34"}`, `{"info":"XA0B1C2D3","serial":"A0B1C2D34"}`)
	f("12345678", `{"idTag":12345678,"meterStart":12345678}`, `{"idTag":"erased-1","meterStart":12345678}`)
	f("12", `{"idTag":"12","reservationId":12,"value":"12","localAuthorizationList":[{"idTag":"12"}]}`,
		`{"idTag":"erased-1","reservationId":12,"value":"12","localAuthorizationList":[{"idTag":"erased-1"}]}`)
	f("12", `{"12":"12"}`, `{"12":"12"}`)
	f("A0B1C2D3", `{"idTag":"A0B1C2D3"`, `{"idTag":"erased-1"`) // cut off
	f("A0B1C2D3", `{"idTag":"OTHER"}`, `{"idTag":"OTHER"}`)
	f("A0B1C2D3", `[]`, `[]`)
	f(`CARD"1"`, `{"idTag":"card\"1\""}`, `{"idTag":"erased-1"}`)
	f("KÄRTCHEN", `{"idTag":"kärtchen","info":"von kärtchen"}`, `{"idTag":"erased-1","info":"von erased-1"}`)
}

func TestTheStagesOfAnErasureEnd(t *testing.T) {
	stage, n := ErasureWaiting, 0
	for ; stage != ErasureDone; n++ {
		stage = stage.Next()
	}
	if n != len(erasureStages)-1 || ErasureStage("of another version").Next() != ErasureDone {
		t.Errorf("%d stages", n)
	}
}
