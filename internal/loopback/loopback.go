// Package loopback finds addresses on this machine for servers that run as
// programs of their own and are told where to listen.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports that no system hands out by itself: those of listeners on port 0 and of
// outgoing connections lie above (from 32768 on Linux, from 49152 elsewhere).
const firstPort, endPort = 10_000, 32_000

// attempts are enough for a machine on which half of the ports are in use.
const attempts = 50

// FreeAddress returns an address of this machine on which nobody listens, as
// "127.0.0.1:PORT". Nothing keeps it free until the program starts that is to
// listen there; so it is drawn from the ports that no other program gets by
// chance, and at random, because tests of other rooms draw at the same time.
func FreeAddress() (string, error) {
	var last error
	for range attempts {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(endPort-firstPort))
		l, err := net.Listen("tcp", address)
		if err != nil {
			last = err
			continue
		}
		return address, l.Close()
	}
	return "", fmt.Errorf("no free port among %d tried between %d and %d: %w", attempts, firstPort, endPort-1, last)
}
