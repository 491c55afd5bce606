package main

import (
	"fmt"
	"io"
	"sync"
	"unicode"
	"unicode/utf8"
)

// plainWriter hands on text without what a terminal obeys or reads the wrong
// way round: names and answers of chargers are strangers' words. Control
// characters but line ends and tabs, and those that turn the direction of text,
// are written as JSON escapes them, so that JSON stays what it was.
type plainWriter struct {
	mu   sync.Mutex
	to   io.Writer
	rest []byte // the beginning of a character whose end has not come
}

// Write implements io.Writer.
func (w *plainWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := p
	if len(w.rest) > 0 {
		text = append(w.rest, p...)
		w.rest = nil
	}
	out := make([]byte, 0, len(text)+16)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1 && !utf8.FullRune(text):
			w.rest = append(w.rest, text...)
			size = len(text)
		case plain(r):
			out = utf8.AppendRune(out, r)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[size:]
	}
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// plain reports whether a terminal shows a character and does nothing else.
func plain(r rune) bool {
	return r == '\n' || r == '\t' || !unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
