package app

import (
	"errors"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The exit codes of commands. Scripts rely on them: never change one.
const (
	ExitDone     = 0
	ExitFailed   = 1
	ExitUsage    = 2
	ExitNotFound = 3
	ExitRefused  = 4
)

// exitCodes maps the kind of an error to the exit code. Invalid input of a
// command is what was typed, so it is usage; BadFile says otherwise.
var exitCodes = map[charging.Kind]int{
	charging.Internal:    ExitFailed,
	charging.Invalid:     ExitUsage,
	charging.NotFound:    ExitNotFound,
	charging.Refused:     ExitRefused,
	charging.Conflict:    ExitFailed,
	charging.Unavailable: ExitFailed,
}

// ExitCode is the exit code that an error ends a command with.
func ExitCode(err error) int {
	if err == nil {
		return ExitDone
	}
	var own *exitError
	if errors.As(err, &own) {
		return own.code
	}
	return exitCodes[charging.KindOf(err)]
}

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// Exit gives an error an exit code of its own.
func Exit(code int, err error) error { return &exitError{code, err} }

// BadFile gives invalid input that came in a file the exit code of a failure:
// the command line itself was right.
func BadFile(err error) error {
	if IsInvalid(err) {
		return Exit(ExitFailed, err)
	}
	return err
}

// IsInvalid reports whether an error is about the input, so that each line of
// its text names a place and a fix.
func IsInvalid(err error) bool { return err != nil && charging.KindOf(err) == charging.Invalid }
