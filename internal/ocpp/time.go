package ocpp

import (
	"strings"
	"time"
)

// TimeForm says in what ways a timestamp departs from RFC 3339, as bits.
type TimeForm uint16

// The departures of a timestamp that ParseTime lists.
const (
	TimeEmpty      TimeForm = 1 << iota // nothing was written
	TimeUnreadable                      // it is no time
	TimeNoZone                          // no zone: UTC is assumed
	TimeShortZone                       // +02 or +0200 instead of +02:00
	TimeSeparator                       // something else than T between date and time
	TimeLowerCase                       // t or z
	TimeShort                           // digits left out, as in T3:11:55
	TimeNoSeconds                       // hours and minutes only
	TimeDateOnly                        // no time of day: midnight is assumed
)

var timeForms = []string{"time-empty", "time-unreadable", "time-no-zone", "time-short-zone", "time-separator",
	"time-lower-case", "time-short", "time-no-seconds", "time-date-only"}

func (f TimeForm) list(to *Oddities, member string) {
	for i, code := range timeForms {
		if f&(1<<i) != 0 {
			to.AddDetail(code, member)
		}
	}
}

// ParseTime reads a timestamp as chargers write it, in UTC: RFC 3339 with a
// fraction of any length, and everything TimeForm lists (server-rules 4.1). It
// does not judge whether the time is plausible. ok is false for no time, also
// for the empty text.
func ParseTime(s string) (t time.Time, form TimeForm, ok bool) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, TimeEmpty, false
	}
	p := timeParser{s: s}
	t, ok = p.parse()
	if !ok {
		return time.Time{}, TimeUnreadable, false
	}
	return t, p.form, true
}

type timeParser struct {
	s    string
	i    int
	form TimeForm
}

func (p *timeParser) parse() (time.Time, bool) {
	year, ok1 := p.number(4, 4)
	ok2 := p.accept("-/.")
	month, ok3 := p.number(1, 2)
	ok4 := p.accept("-/.")
	day, ok5 := p.number(1, 2)
	if !(ok1 && ok2 && ok3 && ok4 && ok5) || month < 1 || month > 12 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	hour, minute, second, nano, ok := p.clock()
	if !ok {
		return time.Time{}, false
	}
	offset, ok := p.zone()
	if !ok || p.i != len(p.s) {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nano, time.UTC)
	if hour < 24 && second < 60 && t.Day() != day {
		return time.Time{}, false // 30 February
	}
	return t.Add(-offset), true
}

// clock reads the time of day and the separator before it.
func (p *timeParser) clock() (hour, minute, second, nano int, ok bool) {
	if p.i == len(p.s) {
		p.form |= TimeDateOnly
		return 0, 0, 0, 0, true
	}
	switch b := p.s[p.i]; b {
	case 'T':
		p.i++
	case 't':
		p.i++
		p.form |= TimeLowerCase
	case ' ', '_':
		for p.i < len(p.s) && p.s[p.i] == b {
			p.i++
		}
		p.form |= TimeSeparator
	default:
		return 0, 0, 0, 0, false
	}
	hour, ok = p.number(1, 2)
	if !ok || !p.accept(":") {
		return 0, 0, 0, 0, false
	}
	if minute, ok = p.number(1, 2); !ok {
		return 0, 0, 0, 0, false
	}
	if p.accept(":") {
		if second, ok = p.number(1, 2); !ok {
			return 0, 0, 0, 0, false
		}
		nano, ok = p.fraction()
	} else {
		p.form |= TimeNoSeconds
	}
	// 24:00 is the end of the day, and second 60 a leap second.
	ok = ok && minute < 60 && second <= 60 && (hour < 24 || hour == 24 && minute == 0 && second == 0)
	return hour, minute, second, nano, ok
}

func (p *timeParser) fraction() (nano int, ok bool) {
	if !p.accept(".,") {
		return 0, true
	}
	start := p.i
	for scale := 100_000_000; p.i < len(p.s) && isDigit(p.s[p.i]); p.i++ {
		nano += int(p.s[p.i]-'0') * scale
		scale /= 10
	}
	return nano, p.i > start
}

// zone reads the offset from UTC.
func (p *timeParser) zone() (time.Duration, bool) {
	rest := strings.TrimLeft(p.s[p.i:], " ")
	p.i = len(p.s) - len(rest)
	switch {
	case rest == "Z":
		p.i++
		return 0, true
	case rest == "":
		p.form |= TimeNoZone
		return 0, true
	case rest == "z", strings.EqualFold(rest, "UTC"), strings.EqualFold(rest, "GMT"):
		p.form |= TimeLowerCase
		p.i = len(p.s)
		return 0, true
	}
	west := rest[0] == '-'
	if !p.accept("+-") {
		return 0, false
	}
	hours, ok := p.number(1, 2)
	if !ok {
		return 0, false
	}
	minutes := 0
	if colon := p.accept(":"); colon || p.i < len(p.s) {
		if minutes, ok = p.number(2, 2); !ok {
			return 0, false
		}
		if !colon {
			p.form |= TimeShortZone
		}
	} else {
		p.form |= TimeShortZone
	}
	// Offsets reach from -12:00 to +14:00; a little more does no harm.
	if hours > 18 || minutes > 59 {
		return 0, false
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if west {
		offset = -offset
	}
	return offset, true
}

// number reads from least to most digits, as many as there are.
func (p *timeParser) number(least, most int) (int, bool) {
	n, start := 0, p.i
	for p.i < len(p.s) && p.i-start < most && isDigit(p.s[p.i]) {
		n = n*10 + int(p.s[p.i]-'0')
		p.i++
	}
	got := p.i - start
	if got >= least && got < most {
		p.form |= TimeShort
	}
	return n, got >= least
}

// accept reads one byte if it is one of set.
func (p *timeParser) accept(set string) bool {
	if p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
		return true
	}
	return false
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
