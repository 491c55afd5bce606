package fleet

import "time"

// commitMode exists for the proof that the crash test works: the build tag
// answerbeforecommit makes a server that answers at once and stores a little
// later, as servers with a write-behind queue do, which the crash test must
// catch. Every other build answers when it has stored.
var commitMode = struct {
	answerFirst bool
	storeAfter  time.Duration
}{answersBeforeCommit, 100 * time.Millisecond}
