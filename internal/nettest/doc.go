// Package nettest is the proof that bad networks and bad neighbours harm nobody
// else. It builds the real program, runs it in a process of its own, and lets
// chargers live behind a proxy that breaks their connections in every way that a
// network can, fight over an identity, come back all in the same second, flood,
// send what no charger should, and guess passwords and keys. After each it holds
// what the chargers had answered against what the server shows and stored, and
// the server's descriptors, goroutines and memory against those before.
//
// There is nothing here but tests. They may import any room, run processes and
// read the database file. What happens is drawn from a seed, round by round, so
// any round can be run again; the report at the end counts each fault that was
// injected and says what it did.
//
//	CHARGEYARD_NET_ROUNDS=100   how many rounds; 1 unless set
//	CHARGEYARD_NET_SEED=n       repeats the faults of an earlier run
//	CHARGEYARD_NET_FROM=n       begins with round n, counted from 1
//	CHARGEYARD_NET_STORM=n      how many chargers come back at once; 2000 unless set
package nettest
