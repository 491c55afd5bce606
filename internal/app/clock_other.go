//go:build !linux

package app

// clockUnsynchronized is only known on Linux.
func clockUnsynchronized() bool { return false }
