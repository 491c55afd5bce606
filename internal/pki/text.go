package pki

import (
	"strconv"
	"time"
)

func number(n int) string { return strconv.Itoa(n) }

// day writes a date for people.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// quoted writes a name for people; an absent one too.
func quoted(name string) string {
	if name == "" {
		return "nobody"
	}
	return strconv.Quote(name)
}
