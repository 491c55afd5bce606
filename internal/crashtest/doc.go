// Package crashtest is the proof of the first promise: answered means stored.
// It builds the real program, lets 200 virtual chargers (package sim) live on
// it, half of them of OCPP 1.6 and half of 2.0.1, kills it with SIGKILL at
// random instants, starts it again, and in the end compares what each charger
// had answered with what the server shows, with what a fresh process on the
// same data shows, and with the rows in the database. The same comparison must
// find losses in a build that answers before the commit, or it would prove
// nothing.
//
// There is nothing here but tests. They may import any room, run processes and
// read the database file.
//
//	CHARGEYARD_CRASH_ROUNDS=50   how often the server is killed; 5 unless set
//	CHARGEYARD_CRASH_SEED=n      repeats the instants of an earlier run
package crashtest
