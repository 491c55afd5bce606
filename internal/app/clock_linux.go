package app

import "golang.org/x/sys/unix"

// timeError is the clock state TIME_ERROR of adjtimex(2): not synchronised.
const timeError = 5

// clockUnsynchronized reports whether the kernel knows that its clock is not
// kept right. A container may not be allowed to ask.
func clockUnsynchronized() bool {
	state, err := unix.Adjtimex(&unix.Timex{})
	return err == nil && state == timeError
}
