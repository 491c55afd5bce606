package pki

import (
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesAreReachedForStrangers(t *testing.T) {
	f := func(want bool, addresses ...string) {
		t.Helper()
		for _, a := range addresses {
			if got := isPublic(netip.MustParseAddr(a).Unmap()); got != want {
				t.Errorf("%s is called public: %v", a, got)
			}
		}
	}
	f(true, "9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9")
	f(false, "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3", "255.255.255.255",
		"224.0.0.1", "192.0.0.8", "198.18.0.1", "240.0.0.1")
	f(false, "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1")
}
