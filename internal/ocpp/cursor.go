package ocpp

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values may nest; the deepest message of OCPP 2.1
// needs 12.
const maxDepth = 32

// shareLimit is the length up to which texts share the memory of the payload
// that they came in. Beyond it they are copied, so that a short text that is
// kept does not hold a long payload in memory.
const shareLimit = 4096

// Cursor reads one JSON value in one pass, without reflection, and tolerates
// what real chargers write. Texts that it returns are substrings of its own
// copy of the payload, so most cost nothing.
//
// After a syntax error every read returns nothing; Err tells at the end.
type Cursor struct {
	s     string
	i     int
	depth int
	first bool // an object or array was just entered
	fail  string
	at    int

	// Odd lists what was odd about the text so far.
	Odd Oddities
}

// NewCursor returns a cursor at the start of a payload, which it copies.
func NewCursor(payload []byte) *Cursor { return &Cursor{s: string(payload)} }

// Skip reads over the value at the cursor and checks its syntax.
func (c *Cursor) Skip() { c.skip() }

// Err returns the syntax error that ended reading, or nil.
func (c *Cursor) Err() error {
	if c.fail == "" {
		return nil
	}
	return &SyntaxError{Reason: c.fail, Offset: c.at}
}

// End reads what follows the value: nothing, or more elements of the frame,
// which are ignored. It returns Err.
func (c *Cursor) End() error {
	for c.fail == "" {
		c.space()
		if c.i >= len(c.s) {
			break
		}
		if c.s[c.i] != ',' {
			c.syntax("text after the end of the value")
			break
		}
		c.i++
		c.Odd.Add("extra-elements")
		c.skip()
	}
	return c.Err()
}

// CountObjects returns an estimate, from above, of how many objects the text
// holds, for sizing a slice. It is cheap.
func (c *Cursor) CountObjects() int { return strings.Count(c.s, "{") }

// SyntaxError says why a text is no JSON.
type SyntaxError struct {
	Reason string
	Offset int // in bytes from the start of the text
}

// Error returns the reason and the place.
func (e *SyntaxError) Error() string {
	return e.Reason + " at byte " + strconv.Itoa(e.Offset)
}

func (c *Cursor) syntax(reason string) {
	if c.fail == "" {
		c.fail, c.at = reason, c.i
	}
	c.i = len(c.s)
}

func (c *Cursor) space() {
	for c.i < len(c.s) && isSpace(c.s[c.i]) {
		c.i++
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\r' || b == '\t' }

// peek returns the first byte of the next token, or 0 at the end.
func (c *Cursor) peek() byte {
	c.space()
	if c.i < len(c.s) {
		return c.s[c.i]
	}
	return 0
}

func (c *Cursor) enter() bool {
	c.i++
	c.depth++
	if c.depth > maxDepth {
		c.syntax("values nest too deep")
		return false
	}
	c.first = true
	return true
}

func (c *Cursor) leave() {
	c.i++
	c.depth--
	c.first = false
}

// more moves to the next element of an object or array that ends with end; it
// returns false, having left it, when there is none.
func (c *Cursor) more(end byte) bool {
	b := c.peek()
	switch {
	case b == end:
		c.leave()
		return false
	case c.first:
		c.first = false
	case b == ',':
		c.i++
		if c.peek() == end {
			c.syntax("comma before the end")
			return false
		}
	default:
		c.syntax("comma expected")
		return false
	}
	return c.fail == ""
}

// skip reads over any value and checks its syntax.
func (c *Cursor) skip() {
	switch b := c.peek(); {
	case b == '"':
		c.scanString()
	case b == '{':
		for ok := c.enter() && c.more('}'); ok; ok = c.more('}') {
			c.memberName()
			c.skip()
		}
	case b == '[':
		for ok := c.enter() && c.more(']'); ok; ok = c.more(']') {
			c.skip()
		}
	default:
		c.scalar()
	}
}

// memberName reads a name and its colon.
func (c *Cursor) memberName() string {
	if c.peek() != '"' {
		c.syntax("member name expected")
		return ""
	}
	body, plain := c.scanString()
	if !plain {
		body, _ = cleanText(body, false)
	}
	if c.peek() != ':' {
		c.syntax("colon expected")
		return ""
	}
	c.i++
	return body
}

// scalar reads a number, true, false or null and returns it as written.
func (c *Cursor) scalar() string {
	c.space()
	rest := c.s[c.i:]
	n := 0
	switch {
	case strings.HasPrefix(rest, "true"), strings.HasPrefix(rest, "null"):
		n = 4
	case strings.HasPrefix(rest, "false"):
		n = 5
	default:
		n = numberLen(rest)
	}
	if n == 0 || n < len(rest) && !endsScalar(rest[n]) {
		c.syntax("value expected")
		return ""
	}
	c.i += n
	return rest[:n]
}

func endsScalar(b byte) bool { return b == ',' || b == '}' || b == ']' || isSpace(b) }

// numberLen returns the length of the JSON number that s begins with, or 0.
func numberLen(s string) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := digits(s, i)
	if whole == i || s[i] == '0' && whole > i+1 {
		return 0
	}
	i = whole
	if i < len(s) && s[i] == '.' {
		end := digits(s, i+1)
		if end == i+1 {
			return 0
		}
		i = end
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		end := digits(s, i)
		if end == i {
			return 0
		}
		i = end
	}
	return i
}

func digits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// plainText has the bytes that stand for themselves in a string: those that
// most strings consist of.
var plainText = func() (t [256]bool) {
	for b := ' '; b < 0x7f; b++ {
		t[b] = b != '"' && b != '\\'
	}
	return t
}()

// scanString reads the string at the cursor and returns what stands between
// its quotes. plain says that this is the text: ASCII without escapes.
func (c *Cursor) scanString() (body string, plain bool) {
	s, start := c.s, c.i+1
	plain = true
	for i := start; i < len(s); {
		b := s[i]
		switch {
		case plainText[b]:
			i++
		case b == '"':
			c.i = i + 1
			return s[start:i], plain
		case b == '\\':
			n := escapeLen(s, i)
			if n == 0 {
				c.i = i
				c.syntax("unknown escape in a string")
				return "", true
			}
			plain = false
			i += n
		default:
			plain = false
			i++
		}
	}
	c.syntax("string without an end")
	return "", true
}

// escapeLen returns the length of the escape at s[i], or 0 for none of JSON's.
func escapeLen(s string, i int) int {
	if i+1 >= len(s) {
		return 0
	}
	switch s[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if i+6 <= len(s) {
			if _, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				return 6
			}
		}
	}
	return 0
}

// cleaning says what was wrong with the text of a string.
type cleaning uint8

const (
	hadControl cleaning = 1 << iota // control characters were left out
	hadBadUTF8                      // U+FFFD stands for bytes that are no UTF-8
)

// cleanText resolves the escapes of a string that scanString accepted. Control
// characters are left out; with lines, tabs and line ends stay.
func cleanText(body string, lines bool) (string, cleaning) {
	var b strings.Builder
	b.Grow(len(body))
	var had cleaning
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRuneInString(body[i:])
		switch {
		case r == '\\':
			r, n = unescape(body, i)
		case r == utf8.RuneError && n == 1:
			had |= hadBadUTF8
		}
		i += n
		switch {
		case !unicode.IsControl(r), lines && r < ' ' && isSpace(byte(r)):
			b.WriteRune(r)
		case r < ' ' && isSpace(byte(r)):
			b.WriteByte(' ')
			had |= hadControl
		default:
			had |= hadControl
		}
	}
	return b.String(), had
}

// unescape returns the character that the escape at s[i] means and its length.
func unescape(s string, i int) (rune, int) {
	switch e := s[i+1]; e {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r := hexRune(s, i)
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if i+12 <= len(s) && s[i+6] == '\\' && s[i+7] == 'u' {
			if pair := utf16.DecodeRune(r, hexRune(s, i+6)); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	default:
		return rune(e), 2
	}
}

// hexRune reads the four digits of the \u escape at s[i], checked by escapeLen.
func hexRune(s string, i int) rune {
	n, _ := strconv.ParseUint(s[i+2:i+6], 16, 16)
	return rune(n)
}
