package charging

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// IDErasure is the sequence of erasures.
const IDErasure IDKind = "erasure"

// Erasure is the removal of a person: a pseudonym takes the place of their tag
// wherever it is kept, and the name of their access ID goes.
type Erasure struct {
	ID             ID
	OrganizationID ID // at whose chargers, and those of organizations inside it
	AccessID       ID // 0 for a tag that was of no access ID
	Tag            string
	Pseudonym      string
	Actor          string
	AskedAt        time.Time
	FinishedAt     time.Time // zero while it runs; Tag is "" then
	Stage          ErasureStage
	Position       int64 // in the stage: what was gone through
	Counts         ErasureCounts
}

// ErasureStage is what an erasure is at.
type ErasureStage string

// The stages of an erasure, in their order. They are stored.
const (
	ErasureWaiting      ErasureStage = "waiting" // for a session with the tag to end
	ErasureVersions     ErasureStage = "versions"
	ErasureSessions     ErasureStage = "sessions"
	ErasureRecords      ErasureStage = "records"
	ErasureCommands     ErasureStage = "commands"
	ErasureReservations ErasureStage = "reservations"
	ErasureLists        ErasureStage = "lists"
	ErasureAlerts       ErasureStage = "alerts"
	ErasureDeliveries   ErasureStage = "deliveries"
	ErasureMessages     ErasureStage = "messages"
	ErasureDone         ErasureStage = "done"
)

var erasureStages = []ErasureStage{ErasureWaiting, ErasureVersions, ErasureSessions, ErasureRecords, ErasureCommands,
	ErasureReservations, ErasureLists, ErasureAlerts, ErasureDeliveries, ErasureMessages, ErasureDone}

// Next is the stage behind this one.
func (s ErasureStage) Next() ErasureStage {
	if i := slices.Index(erasureStages, s); i >= 0 && i < len(erasureStages)-1 {
		return erasureStages[i+1]
	}
	return ErasureDone
}

// ErasureCounts are how many of each kind were changed.
type ErasureCounts struct {
	Sessions int64 `json:"sessions"`
	Records  int64 `json:"records"`
	Commands int64 `json:"commands"`
	Messages int64 `json:"messages"`
	// Others are versions of the access ID, reservations, local lists, alerts and
	// deliveries.
	Others int64 `json:"others"`
}

// Count returns where what a stage changed is counted.
func (c *ErasureCounts) Count(stage ErasureStage) *int64 {
	switch stage {
	case ErasureSessions:
		return &c.Sessions
	case ErasureRecords:
		return &c.Records
	case ErasureCommands:
		return &c.Commands
	case ErasureMessages:
		return &c.Messages
	}
	return &c.Others
}

// shortTag is up to how many characters a tag may be a word or a number of
// something else: such a one is replaced only where a tag must stand.
const shortTag = 5

// tagMembers are the members of messages and records in which a tag stands.
var tagMembers = []string{"idtag", "parentidtag", "idtoken", "groupidtoken", "tag", "ocppidtag"}

// TagEraser puts a pseudonym in the place of a tag, whatever its letter case.
type TagEraser struct {
	folded, pseudonym string
	short             bool
}

// NewTagEraser returns an eraser of a tag that is not empty.
func NewTagEraser(tag, pseudonym string) *TagEraser {
	return &TagEraser{FoldTag(tag), pseudonym, utf8.RuneCountInString(tag) <= shortTag}
}

// Is reports whether a text is the tag.
func (t *TagEraser) Is(text string) bool { return text != "" && FoldTag(text) == t.folded }

// Tag replaces a text that is the tag.
func (t *TagEraser) Tag(text *string) (changed bool) {
	if !t.Is(*text) {
		return false
	}
	*text = t.pseudonym
	return true
}

// MayHold is a quick look for the tag in what is not looked into yet.
func (t *TagEraser) MayHold(b []byte) bool { return strings.Contains(FoldTag(string(b)), t.folded) }

// Text replaces the tag where it stands as a word in a text for people.
func (t *TagEraser) Text(text string) (string, bool) {
	if t.short || len(FoldTag(text)) != len(text) {
		// A text whose length depends on the letter case is replaced whole, or not.
		if t.Is(text) {
			return t.pseudonym, true
		}
		return text, false
	}
	var b strings.Builder
	rest, folded, changed := text, FoldTag(text), false
	for {
		i := strings.Index(folded, t.folded)
		if i < 0 {
			break
		}
		end := i + len(t.folded)
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after, _ := utf8.DecodeRuneInString(rest[end:])
		b.WriteString(rest[:i])
		if i > 0 && wordly(before) || end < len(rest) && wordly(after) {
			b.WriteString(rest[i:end])
		} else {
			b.WriteString(t.pseudonym)
			changed = true
		}
		rest, folded = rest[end:], folded[end:]
	}
	b.WriteString(rest)
	return b.String(), changed
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// JSON replaces the tag in JSON: as the value or name of a member, or as a word
// in a text. A short tag is replaced only in the members in which tags stand.
// What is no JSON is taken for text.
func (t *TagEraser) JSON(b []byte) ([]byte, bool) {
	if !t.MayHold(b) && !strings.Contains(string(b), `\`) {
		return b, false
	}
	if !json.Valid(b) {
		text, changed := t.Text(string(b))
		return []byte(text), changed
	}
	var out []byte
	changed, member := false, ""
	for i := 0; i < len(b); {
		size := scalarSize(b[i:])
		if size == 0 {
			out = append(out, b[i])
			i++
			continue
		}
		scalar := b[i : i+size]
		i += size
		next, same := scalar, true
		if scalar[0] != '"' {
			same = !slices.Contains(tagMembers, member) || !t.Is(string(scalar))
			next, _ = json.Marshal(t.pseudonym)
		} else {
			var text string
			_ = json.Unmarshal(scalar, &text) // it is valid
			replaced, hit := t.stringIn(member, text)
			same = !hit
			next, _ = json.Marshal(replaced)
			if isName(b[i:]) {
				member = strings.ToLower(text)
			}
		}
		if same {
			next = scalar
		}
		changed = changed || !same
		out = append(out, next...)
	}
	return out, changed
}

// stringIn replaces a string that stands under a member.
func (t *TagEraser) stringIn(member, text string) (string, bool) {
	if t.Is(text) && (!t.short || slices.Contains(tagMembers, member)) {
		return t.pseudonym, true
	}
	if t.short {
		return text, false
	}
	return t.Text(text)
}

// scalarSize is how long the string or number is that begins here; 0 for none.
func scalarSize(b []byte) int {
	switch c := b[0]; {
	case c == '"':
		for i := 1; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
	case c == '-' || c >= '0' && c <= '9':
		n := 1
		for n < len(b) && strings.IndexByte("0123456789+-.eE", b[n]) >= 0 {
			n++
		}
		return n
	}
	return 0
}

// isName reports whether what came before is the name of a member.
func isName(b []byte) bool {
	for _, c := range b {
		switch c {
		case ' ', '\t', '\n', '\r':
		default:
			return c == ':'
		}
	}
	return false
}
