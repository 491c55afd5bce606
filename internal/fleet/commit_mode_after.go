//go:build !answerbeforecommit

package fleet

const answersBeforeCommit = false
