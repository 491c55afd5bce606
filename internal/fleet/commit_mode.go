package fleet

// commitMode exists for the proof that the crash test works: the build tag
// answerbeforecommit makes a server that answers before it has stored, which
// the crash test must catch. Every other build answers afterwards.
var commitMode = struct{ answerFirst bool }{answerFirst: answersBeforeCommit}
