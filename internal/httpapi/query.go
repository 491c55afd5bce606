package httpapi

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// parameters are the query of a request. Names may come as name, name[] or
// name[0]; a parameter that nobody asks for is ignored (contract 1.7, 1.8).
type parameters struct {
	values url.Values
	err    error // the first that was wrong
}

func parametersOf(r *http.Request) *parameters {
	p := &parameters{values: url.Values{}}
	for name, values := range r.URL.Query() {
		if i := strings.IndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") {
			name = name[:i]
		}
		p.values[name] = append(p.values[name], values...)
	}
	return p
}

func (p *parameters) wrong(name, format string, args ...any) {
	if p.err == nil {
		p.err = charging.Errorf(charging.Invalid, name+": "+format, args...)
	}
}

// text returns the parameter, "" when it is absent.
func (p *parameters) text(name string) string { return p.values.Get(name) }

// texts returns all values of the parameter without the empty ones.
func (p *parameters) texts(name string) []string {
	var list []string
	for _, v := range p.values[name] {
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// integer returns a whole number from least to most, or absent.
func (p *parameters) integer(name string, least, most, absent int64) int64 {
	text := p.text(name)
	if text == "" {
		return absent
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		p.wrong(name, "must be a whole number from %d to %d", least, most)
		return absent
	}
	return n
}

// truth returns a truth value: true, 1 and nothing are true, false and 0 are
// false (contract 1.8).
func (p *parameters) truth(name string, absent bool) bool {
	if !p.values.Has(name) {
		return absent
	}
	switch strings.ToLower(p.text(name)) {
	case "true", "1", "":
		return true
	case "false", "0":
		return false
	}
	p.wrong(name, "must be true or false")
	return absent
}

// instants are the forms of ISO 8601 that are understood; what has no offset
// is UTC, a bare date midnight (contract 1.8).
var instants = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	"2006-01-02T15:04:05.999999999Z0700", time.DateOnly}

// instant returns a point in time, zero when it is absent.
func (p *parameters) instant(name string) time.Time {
	text := p.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := parseInstant(text)
	if err != nil {
		// A plus that was not escaped arrives as a blank.
		if t, err = parseInstant(strings.Replace(text, " ", "+", 1)); err != nil {
			p.wrong(name, "%q is no time; write it like 2026-03-02T06:00:00Z", text)
		}
	}
	return t
}

func parseInstant(text string) (t time.Time, err error) {
	for _, layout := range instants {
		if t, err = time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, err
}

// cursor returns the key behind which the next page begins, "" for the first
// page.
func (p *parameters) cursor() string {
	text := strings.TrimRight(p.text("nextPageCursor"), "=")
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || text != cursorText(string(key)) {
		p.wrongCursor()
		return ""
	}
	return string(key)
}

// cursorText is how a key is written in a cursor.
func cursorText(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

func (p *parameters) wrongCursor() {
	p.wrong("nextPageCursor", "is none of this server's cursors; begin again without it")
}

// before is the cursor of lists whose key is an id, newest first; 0 for the
// first page.
func (p *parameters) before() int64 {
	key := p.cursor()
	if key == "" {
		return 0
	}
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != key {
		p.wrongCursor()
	}
	return id
}

// page is the member pagination of a list (contract 1.5).
type page struct {
	HasNextPage    bool    `json:"hasNextPage"`
	NextPageCursor *string `json:"nextPageCursor"`
}

// pageAfter says how to go on behind key; "" says that there is no more.
func pageAfter(key string) page {
	if key == "" {
		return page{}
	}
	text := cursorText(key)
	return page{HasNextPage: true, NextPageCursor: &text}
}
