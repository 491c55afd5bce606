package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// access says who may do what with a setting.
type access uint8

const (
	readWrite access = iota
	readOnly
	writeOnly
)

// setting is one configuration key of 1.6, or one variable of 2.x, or both.
type setting struct {
	key                           string // of 1.6; "" for none
	component, variable, instance string // of 2.x; "" for none
	kind                          string // dataType of 2.x
	unit                          string
	access                        access
	reboot                        bool // a change holds after the next boot
	least, most                   int64
	words                         string // allowed values, or members of a list, with commas
	value                         string // unless it was set
	// read returns the value, nil when it is kept as it was set.
	read func(c *Charger) string
	// check may refuse a value that fits otherwise, apply does what a change
	// means; both may be nil.
	check func(c *Charger, value string) bool
	apply func(c *Charger, value string, now instant)
}

// name is what a setting is kept under.
func (s *setting) name() string {
	if s.variable == "" {
		return s.key
	}
	return s.component + "." + s.variable + "[" + s.instance + "]"
}

// get returns the value as it holds now.
func (c *Charger) get(s *setting) string {
	if s.read != nil {
		return s.read(c)
	}
	if c.mem != nil {
		if v, set := c.mem.settings[s.name()]; set {
			return v
		}
	}
	return s.value
}

// fits reports whether a value has the right type and is in bounds.
func (s *setting) fits(value string) bool {
	switch s.kind {
	case "integer":
		n, err := strconv.ParseInt(value, 10, 64)
		return err == nil && n >= s.least && (s.most == 0 || n <= s.most)
	case "boolean":
		return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
	case "dateTime":
		_, err := time.Parse(time.RFC3339, value)
		return err == nil
	case "OptionList", "MemberList", "SequenceList":
		if s.words == "" {
			return true
		}
		allowed := strings.Split(s.words, ",")
		for _, word := range strings.Split(value, ",") {
			if word = strings.TrimSpace(word); word != "" && !slices.Contains(allowed, word) {
				return false
			}
		}
	}
	return int64(len(value)) >= s.least && (s.most == 0 || int64(len(value)) <= s.most)
}

// set changes a setting and returns the status of the answer.
func (c *Charger) set(s *setting, value string, now instant) string {
	if s.access == readOnly || !s.fits(value) || s.check != nil && !s.check(c, value) {
		return "Rejected"
	}
	m := c.memory()
	if s.reboot {
		if m.pending == nil {
			m.pending = make(map[string]string)
		}
		m.pending[s.name()] = value
		return "RebootRequired"
	}
	if m.settings == nil {
		m.settings = make(map[string]string)
	}
	m.settings[s.name()] = value
	if s.apply != nil {
		s.apply(c, value, now)
	}
	return "Accepted"
}

// settle lets hold what was set for after the next boot.
func (c *Charger) settle(now instant) {
	if c.mem == nil {
		return
	}
	for _, s := range settings {
		value, waits := c.mem.pending[s.name()]
		if !waits {
			continue
		}
		if c.mem.settings == nil {
			c.mem.settings = make(map[string]string)
		}
		c.mem.settings[s.name()] = value
		if s.apply != nil {
			s.apply(c, value, now)
		}
	}
	c.mem.pending = nil
}

// findKey returns the setting with a key of 1.6, nil for none.
func findKey(key string) *setting {
	for _, s := range settings {
		if s.key != "" && strings.EqualFold(s.key, key) {
			return s
		}
	}
	return nil
}
