package auth

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientAddrBelievesTrustedProxiesOnly(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	f := func(peer, want string, forwarded ...string) {
		t.Helper()
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": forwarded}}
		got := ClientAddr(r, trusted)
		if want == "" && got.IsValid() || want != "" && got.String() != want {
			t.Errorf("%s %q: %v, want %q", peer, forwarded, got, want)
		}
	}
	f("192.0.2.1:4711", "192.0.2.1")
	f("192.0.2.1:4711", "192.0.2.1", "203.0.113.5")
	f("10.0.0.1:80", "10.0.0.1")
	f("10.0.0.1:80", "203.0.113.5", "203.0.113.5")
	f("10.0.0.1:80", "203.0.113.5", "198.51.100.1, 203.0.113.5")
	f("10.0.0.1:80", "203.0.113.5", "198.51.100.1, 203.0.113.5 , 10.0.0.2")
	f("10.0.0.1:80", "203.0.113.5", "198.51.100.1", "203.0.113.5")
	f("10.0.0.1:80", "10.0.0.2", "10.0.0.2")
	f("10.0.0.1:80", "10.0.0.2", "nonsense, 10.0.0.2")
	f("10.0.0.1:80", "10.0.0.1", "unknown")
	f("10.0.0.1:80", "203.0.113.5", "203.0.113.5:9999")
	f("[fd00::1]:80", "2001:db8::1", "[2001:db8::1]:443")
	f("[fd00::1]:80", "2001:db8::1", "[2001:db8::1]")
	f("[::ffff:10.0.0.1]:80", "203.0.113.5", "::ffff:203.0.113.5")
	f("@", "")
	f("", "")
}
