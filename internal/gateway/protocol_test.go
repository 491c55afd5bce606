package gateway

import "testing"

func TestProtocolIsTheFirstOfferedThatIsSpoken(t *testing.T) {
	f := func(want string, headers ...string) {
		t.Helper()
		got := ""
		if p := negotiate(offeredProtocols(headers)); p != nil {
			got = p.name
		}
		if got != want {
			t.Errorf("%q: %q, want %q", headers, got, want)
		}
	}
	f("ocpp1.6", "ocpp1.6")
	f("ocpp1.6", "OCPP1.6")
	f("ocpp1.6", "ocpp0.1, ocpp1.6")
	f("ocpp1.6", "ocpp0.1,ocpp1.6,ocpp1.5")
	f("ocpp1.6", ",ocpp1.6")
	f("ocpp1.6", " , ocpp1.6 ,")
	f("ocpp1.6", "ocpp1.5", "ocpp1.6")
	f("", "ocpp0.1")
	f("", "ocpp1.5", "ocpp2.0")
	f("", "ocpp1.60")
	f("", "")
	f("", " ,, ")
	f("")
}
