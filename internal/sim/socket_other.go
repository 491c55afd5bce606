//go:build !linux

package sim

import "syscall"

// pickPortLate has nothing to do where the system has no such option.
func pickPortLate(_, _ string, _ syscall.RawConn) error { return nil }
