//go:build answerbeforecommit

package fleet

const answersBeforeCommit = true
