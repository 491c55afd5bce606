package sim

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// pickPortLate lets the kernel choose the local port when it knows the remote
// address. A socket bound to an address would take a port of its own at once,
// and the address would have no port left long before its 28,000 connections.
func pickPortLate(_, _ string, conn syscall.RawConn) error {
	return conn.Control(func(fd uintptr) {
		// Without it a fleet only gets smaller.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	})
}
