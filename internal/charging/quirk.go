package charging

import (
	"strings"
	"time"
)

// Quirk is what a charger does in its own way: oddities of one code, over many
// of its messages.
type Quirk struct {
	Code        string // without details, such as "unknown-status"
	Count       int    // messages, or where they have no id records, that showed it
	First, Last time.Time
	// LastMessage is the id of the newest raw message that showed it; 0 for none.
	LastMessage int64
}

// OddityCode is an oddity without its details.
func OddityCode(o Oddity) string {
	code, _, _ := strings.Cut(o, ":")
	return code
}
