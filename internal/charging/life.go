package charging

import (
	"slices"
	"strings"
)

// ChargerLife is something that an operator did with a whole charger. The
// history says so with a note of its kind.
type ChargerLife struct {
	ChargerID ID
	Kind      NoteKind // one of those below
	Detail    string   // compact JSON object about it; "" for none
}

// The kinds of ChargerLife. They are stored: never change one.
const (
	// NoteMoved is a charger that stands at another site from now on. Nothing
	// else changes: its connection stays.
	NoteMoved NoteKind = "moved"
	// NoteReplaced is a new box in the place of an old one: what the old one
	// reported is forgotten, its sessions that run lapse, its connection ends.
	NoteReplaced NoteKind = "replaced"
	// NoteRetired is a charger that was taken out of service for good: its
	// sessions that run lapse, its connection ends.
	NoteRetired NoteKind = "retired"
	// NoteRestored is a retired charger that serves again.
	NoteRestored NoteKind = "restored"
)

// EndChargerGone is why a session ended whose charger was retired or replaced
// while it ran.
const EndChargerGone = "ChargerGone"

// MaxIdentity bounds the identity of a charger, in bytes.
const MaxIdentity = 255

// CheckIdentity says with an Invalid error what is wrong with the OCPP identity
// of a charger; nil for nothing.
func CheckIdentity(identity string) error {
	switch {
	case strings.TrimSpace(identity) == "":
		return Errorf(Invalid, "the identity is empty; it is the last part of the address that the charger connects to")
	case strings.Contains(identity, "/"):
		return Errorf(Invalid, "the identity %q contains a slash; it is only the last part of the address that the charger connects to", identity)
	case len(identity) > MaxIdentity:
		return Errorf(Invalid, "the identity has %d characters; at most %d are allowed", len(identity), MaxIdentity)
	}
	return nil
}

// RefusedAs reports whether a handshake with that identity is among those that
// were refused, which is what may be adopted.
func RefusedAs(list []Refusal, identity string) bool {
	return identity != "" && slices.ContainsFunc(list, func(r Refusal) bool { return r.Identity == identity })
}
