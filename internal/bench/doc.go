// Package bench measures a CSMS from outside: it drives it with simulated
// OCPP 1.6 chargers from this process, while the server is a process of its
// own whose processor time and memory are read from /proc. In the same run and
// with the same load it measures a server that stores nothing and answers from
// a canned text (the floor), so that the ratio of the two means something on a
// noisy machine.
//
// Its chargers are cheaper than those of package sim: no life of their own, one
// message outstanding, one goroutine each. A message counts when its answer has
// come and is a result; everything else is an error.
//
// It may import config and sim, start processes and open sockets.
package bench
