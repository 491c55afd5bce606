package httpapi

import (
	"encoding/json"
	"testing"
)

func TestWhatIsNoJSONIsShownAsAText(t *testing.T) {
	f := func(kept, want string) {
		t.Helper()
		got, err := json.Marshal(rawOrNull([]byte(kept)))
		if err != nil || string(got) != want {
			t.Errorf("%q: got %s, %v, want %s", kept, got, err, want)
		}
	}
	f(``, `null`)
	f(`{"a":1}`, `{"a":1}`)
	f("{\"info\":\"a\tb\"}", `"{\"info\":\"a\u0009b\"}"`)
	f(`{"a":`, `"{\"a\":"`)
}
