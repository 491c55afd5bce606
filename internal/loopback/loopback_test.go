package loopback

import (
	"net"
	"strconv"
	"testing"
)

// TestAFreeAddressIsOneThatNobodyElseGets takes many at once: none may be of the
// ports that systems hand out, and each can be listened on.
func TestAFreeAddressIsOneThatNobodyElseGets(t *testing.T) {
	for range 200 {
		address, err := FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatalf("%s was said to be free: %v", address, err)
		}
		defer l.Close()
		_, text, _ := net.SplitHostPort(address)
		if port, _ := strconv.Atoi(text); port < firstPort || port >= endPort {
			t.Errorf("%s is one of those that the system hands out", address)
		}
	}
}
