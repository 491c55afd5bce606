package main

import "strings"

// width is how wide lines get, a tab as four.
const width = 116

// expr is a Go expression: a call or a literal with a list inside, or, without
// args, just a text.
type expr struct {
	head string
	args []expr
	tail string
}

func (e expr) flat() string {
	var parts []string
	for _, arg := range e.args {
		parts = append(parts, arg.flat())
	}
	return e.head + strings.Join(parts, ", ") + e.tail
}

// text returns the expression for a place in a line that is indented by so many
// tabs and already holds used columns. What does not fit is broken behind head;
// its list then fills lines one tab further in.
func (e expr) text(indent, used int) string {
	if flat := e.flat(); 4*indent+used+len(flat) <= width || len(e.args) == 0 {
		return flat
	}
	return strings.TrimRight(e.head, " ") + fill(e.args, indent+1) + e.tail
}

func fill(list []expr, indent int) string {
	var b strings.Builder
	column := width // of the current line; full, so that the first begins one
	for i, item := range list {
		comma := ","
		if i == len(list)-1 {
			comma = ""
		}
		flat := item.flat()
		if column+1+len(flat)+1 > width {
			b.WriteString("\n" + strings.Repeat("\t", indent))
			column = 4 * indent
		} else {
			b.WriteString(" ")
			column++
		}
		text := item.text(indent, column-4*indent)
		b.WriteString(text + comma)
		column += len(flat) + 1
		if text != flat {
			column = width
		}
	}
	return b.String()
}

// comment returns a text as a comment, in lines of at most 80 columns.
func comment(text string) string {
	line, all := "//", ""
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 80 {
			all += line + "\n"
			line = "//"
		}
		line += " " + word
	}
	return all + line + "\n"
}
