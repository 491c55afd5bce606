package gateway

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestRealAddressIsBelievedOnlyFromTrustedProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	f := func(peer string, forwarded []string, want string) {
		t.Helper()
		r := httptest.NewRequest("GET", "/ocpp/CP1", nil)
		r.RemoteAddr = peer
		for _, v := range forwarded {
			r.Header.Add("X-Forwarded-For", v)
		}
		if got := realAddress(r, trusted); got != want {
			t.Errorf("peer %s, forwarded %q: %s, want %s", peer, forwarded, got, want)
		}
	}
	f("192.0.2.1:4000", nil, "192.0.2.1")
	f("192.0.2.1:4000", []string{"203.0.113.9"}, "192.0.2.1")
	f("[::ffff:192.0.2.1]:4000", nil, "192.0.2.1")
	f("10.0.0.1:4000", nil, "10.0.0.1")
	f("10.0.0.1:4000", []string{"203.0.113.9"}, "203.0.113.9")
	f("[::1]:4000", []string{"203.0.113.9:5000"}, "203.0.113.9")
	f("10.0.0.1:4000", []string{"1.1.1.1, 203.0.113.9, 10.0.0.2"}, "203.0.113.9")
	f("10.0.0.1:4000", []string{"1.1.1.1, 203.0.113.9", "10.0.0.2"}, "203.0.113.9")
	f("10.0.0.1:4000", []string{"[2001:db8::1]:80"}, "2001:db8::1")
	f("10.0.0.1:4000", []string{"203.0.113.9, unknown"}, "10.0.0.1")
	f("10.0.0.1:4000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3")
	f("@", nil, "@")
}
