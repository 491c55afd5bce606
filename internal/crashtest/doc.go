// Package crashtest is the proof of the first promise: answered means stored.
// It builds the real program, lets 200 virtual chargers (package sim) live on
// it, half of them of OCPP 1.6 and half of 2.0.1, kills it with SIGKILL at
// random and at chosen instants, starts it again, and compares what each charger
// had answered with the rows in the database after each fault, in the end also
// with what the server shows and with what a fresh process on the same data
// shows. The same comparison must find losses in a build that answers before
// the commit, and in one that syncs nothing, or it would prove nothing.
//
// The faults come from outside, at the system calls of the ordinary program,
// and on a file system of its own:
//
//   - kills before, between and after the writes of a commit, before and after
//     its fsync, within a checkpoint, a backup, a migration, a start (strace; only
//     the instant after the fsync needs a build that kills itself);
//   - power cuts at the same instants: what was written and not synced is lost;
//   - a disk that is full, read-only, slow, hangs, fails to write or to sync, or
//     whose file system breaks and is repaired;
//   - a clock that jumps an hour on or back (a build with another package time);
//   - files that are cut short, overwritten, gone, or have a flipped bit.
//
// There is nothing here but tests. They may import any room, run processes and
// read the database file.
//
//	CHARGEYARD_CRASH_ROUNDS=100    faults of the first, second and fourth kind; 20 unless set
//	CHARGEYARD_CRASH_SEED=n        repeats the faults of an earlier run
//	CHARGEYARD_CRASH_FROM=40       leaves out the rounds before that one
//	CHARGEYARD_CRASH_FAULT=hangs   only faults with that in their name
//	CHARGEYARD_CRASH_FLIPS=300     flipped bits; 12 unless set
//	CHARGEYARD_CRASH_MIGRATIONS=40 cut off migrations; 6 unless set
//
// It has to be root, with strace, e2fsprogs and mount.
package crashtest
