// Package soak lets the real program live under the load of a small estate and
// looks for what grows: memory, goroutines, descriptors, files. A line is fitted
// through the samples after a warm-up; its slope, less twice its standard error,
// must stay under a limit. Files must follow the number of messages, and the log
// of raw messages must stay within what it is allowed.
//
// There is nothing here but tests. They run processes.
//
//	CHARGEYARD_SOAK_TIME=10m   how long; 20 s unless set ("make soak")
package soak
