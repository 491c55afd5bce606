package ocpp

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The readers of single values. Each accepts whatever stands there, and lists
// what is not as the specification has it under the member's name.

func (c *Cursor) text(name string, limit int, lines bool) string {
	switch c.peek() {
	case '"':
		return c.quoted(name, limit, lines)
	case '{', '[':
		c.Odd.AddDetail("not-a-text", name)
		if lines {
			return c.raw()
		}
		c.skip()
		return ""
	case 'n':
		c.scalar()
		c.Odd.AddDetail("null", name)
		return ""
	default:
		c.Odd.AddDetail("not-a-text", name)
		return c.keep(c.scalar())
	}
}

func (c *Cursor) quoted(name string, limit int, lines bool) string {
	body, plain := c.scanString()
	if plain {
		body = c.keep(body)
	} else {
		var had cleaning
		body, had = cleanText(body, lines)
		if had&hadControl != 0 {
			c.Odd.AddDetail("control-characters", name)
		}
		if had&hadBadUTF8 != 0 {
			c.Odd.AddDetail("invalid-utf8", name)
		}
	}
	if limit > 0 && len(body) > limit && utf8.RuneCountInString(body) > limit {
		c.Odd.AddDetail("too-long", name)
	}
	return body
}

func (c *Cursor) integer(name string) Int {
	var text string
	switch c.peek() {
	case '"':
		text = c.quoted(name, 0, false)
		if text == "" || strings.EqualFold(text, "null") {
			c.Odd.AddDetail("null", name)
			return Int{}
		}
		c.Odd.AddDetail("quoted-number", name)
	case '{', '[':
		c.Odd.AddDetail("not-a-number", name)
		return Int{Raw: c.raw()}
	case 'n':
		c.scalar()
		c.Odd.AddDetail("null", name)
		return Int{}
	default:
		text = c.keep(c.scalar())
	}
	n := Int{Raw: text}
	var err error
	if n.V, err = strconv.ParseInt(text, 10, 64); err == nil {
		n.Set = true
		return n
	}
	if v, ok := Thousandths(text, -3); ok {
		c.Odd.AddDetail("not-a-whole-number", name)
		n.V, n.Set = v, true
		return n
	}
	n.V = 0
	if c.fail == "" {
		c.Odd.AddDetail("not-a-number", name)
	}
	return n
}

func (c *Cursor) boolean(name string) (v, ok bool) {
	switch c.peek() {
	case 't':
		return true, c.scalar() != ""
	case 'f':
		return false, c.scalar() != ""
	case '{', '[':
		c.skip()
	default:
		switch strings.ToLower(strings.TrimSpace(c.text(name, 0, false))) {
		case "true", "1":
			c.Odd.AddDetail("quoted-boolean", name)
			return true, true
		case "false", "0":
			c.Odd.AddDetail("quoted-boolean", name)
			return false, true
		}
	}
	c.Odd.AddDetail("not-a-boolean", name)
	return false, false
}

func (c *Cursor) time(name string) Time {
	written := c.text(name, 0, false)
	if c.fail != "" {
		return Time{}
	}
	t, form, ok := ParseTime(written)
	if form != 0 {
		form.list(&c.Odd, name)
	}
	if !ok {
		return Time{Written: written}
	}
	return Time{Written: written, T: t}
}
