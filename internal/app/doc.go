// Package app is the process: it puts the rooms together (New, Start, Stop,
// Addr), runs the operations of the command line (Operations, Connect), and
// checks a machine and a data folder (Examine).
//
// An operation is a row of one table. With a running server a command sends it
// to the control socket in the data folder; without one, the command opens the
// data folder itself and runs the same function. So there is never a second
// writer, and both ways give the same result.
//
// It may import every room of ours. It decides nothing about charging: that is
// the business of packages charging and fleet.
package app
