package charging

import "strings"

// What a charger's answer means, in words that are the same for all versions.
// Others are the charger's own word with a small first letter.
const (
	OutcomeAccepted     = "accepted"
	OutcomeRejected     = "rejected"
	OutcomeScheduled    = "scheduled" // it will happen when the session has ended
	OutcomeNotSupported = "notSupported"
	OutcomeReboot       = "rebootRequired"
	OutcomeNotFound     = "notFound" // there was nothing that it could be done to
	OutcomePartly       = "partly"   // some of several things were done
	OutcomeUnlocked     = "unlocked"
)

// outcomes are the statuses of OCPP, in small letters, that mean the same as
// another word.
var outcomes = map[string]string{
	"accepted":                  OutcomeAccepted,
	"acceptedcanceled":          OutcomeAccepted, // an earlier request gave way
	"rejected":                  OutcomeRejected,
	"scheduled":                 OutcomeScheduled,
	"notsupported":              OutcomeNotSupported,
	"notimplemented":            OutcomeNotSupported,
	"notsupportedattributetype": OutcomeNotSupported,
	"rebootrequired":            OutcomeReboot,
	"unlocked":                  OutcomeUnlocked,
	"unknown":                   OutcomeNotFound,
	"notfound":                  OutcomeNotFound,
	"noprofiles":                OutcomeNotFound,
	"emptyresultset":            OutcomeNotFound,
	"unknowncomponent":          OutcomeNotFound,
	"unknownvariable":           OutcomeNotFound,
}

// OutcomeOf returns what a status in an answer means, whatever the case of its
// letters; "" for none.
func OutcomeOf(status string) string {
	status = strings.TrimSpace(status)
	if status == "" {
		return ""
	}
	if word, ok := outcomes[strings.ToLower(status)]; ok {
		return word
	}
	if b := status[0]; 'A' <= b && b <= 'Z' {
		return string(b+'a'-'A') + status[1:]
	}
	return status
}

// OutcomeOfAll returns what the statuses of several things in one answer mean
// together.
func OutcomeOfAll(statuses []string) string {
	together := ""
	for _, s := range statuses {
		switch word := OutcomeOf(s); {
		case together == "" || together == word:
			together = word
		case done(together) && done(word):
			together = OutcomeReboot // the one that is not accepted alone
		case done(together) || done(word) || together == OutcomePartly:
			together = OutcomePartly
		default:
			together = OutcomeRejected
		}
	}
	return together
}

func done(outcome string) bool { return outcome == OutcomeAccepted || outcome == OutcomeReboot }
