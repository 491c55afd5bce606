// Package reading normalises single values that chargers of all versions write:
// meter samples, texts, numbers of ports. Each dialect turns the words of its
// version into a Sample; what follows is the same for all.
//
// Everything here is a plain function: no state, no clock, no I/O. It imports
// charging and ocpp.
package reading
