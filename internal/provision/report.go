package provision

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Report says what an import changes.
type Report struct {
	Lines []Line `json:"changes"`
	Notes []Note `json:"notes"`
}

// Line is one thing that is new or changes.
type Line struct {
	Action  string      `json:"action"` // "new", "change" or "move"
	Kind    string      `json:"kind"`   // "organization", "site", "charger", "port", "customer", "vehicle" or "accessId"
	ID      charging.ID `json:"id"`     // 0 when a plan that is only shown gave it none
	Name    string      `json:"name"`
	Path    string      `json:"path"`
	Details []string    `json:"details,omitempty"` // of a change: what becomes what
}

// String returns the line as people read it.
func (l Line) String() string {
	s := fmt.Sprintf("%-6s %-12s %q", l.Action, l.Kind, l.Name)
	if l.ID != 0 {
		s += fmt.Sprintf(" (id %d)", l.ID)
	}
	if len(l.Details) > 0 {
		s += ": " + strings.Join(l.Details, ", ")
	}
	return s
}

// Forget takes ids that are not real out of the lines.
func (r *Report) Forget(unreal func(charging.ID) bool) {
	for i := range r.Lines {
		if unreal(r.Lines[i].ID) {
			r.Lines[i].ID = 0
		}
	}
}

// Summary says how much changes, in one line without a full stop.
func (r *Report) Summary() string {
	if len(r.Lines) == 0 {
		return "nothing changes"
	}
	fresh, changed := r.count()
	var parts []string
	for _, kind := range []string{"organization", "site", "charger", "port", "customer", "vehicle", "accessId"} {
		if n := fresh[kind]; n > 0 {
			parts = append(parts, count(n, "new", kind))
		}
	}
	for _, kind := range []string{"organization", "site", "charger", "port", "customer", "vehicle", "accessId"} {
		if n := changed[kind]; n > 0 {
			parts = append(parts, count(n, "changed", kind))
		}
	}
	return strings.Join(parts, ", ")
}

func (r *Report) count() (fresh, changed map[string]int) {
	fresh, changed = map[string]int{}, map[string]int{}
	for _, l := range r.Lines {
		if l.Action == "new" {
			fresh[l.Kind]++
		} else {
			changed[l.Kind]++
		}
	}
	return fresh, changed
}

func count(n int, what, kind string) string {
	if kind == "accessId" {
		kind = "access ID"
	}
	if n != 1 {
		kind += "s"
	}
	return strconv.Itoa(n) + " " + what + " " + kind
}

// changes collects what becomes what in one thing.
type changes []string

// text takes over a text that the file gives.
func (c *changes) text(field string, to *string, from string) {
	if from == "" || from == *to {
		return
	}
	*c = append(*c, fmt.Sprintf("%s %q -> %q", field, *to, from))
	*to = from
}

// id takes over a reference.
func (c *changes) id(field string, to *charging.ID, from charging.ID) {
	if from == 0 || from == *to {
		return
	}
	*c = append(*c, fmt.Sprintf("%s %d -> %d", field, *to, from))
	*to = from
}

// setting takes over a text that may stand for the word that takes it back.
func (c *changes) setting(field string, to *string, from, back string) {
	if from == back && *to != "" {
		*c = append(*c, fmt.Sprintf("%s %q -> %q", field, *to, ""))
		*to = ""
	} else if from != back {
		c.text(field, to, from)
	}
}

// seconds takes over a time; nil is nothing said.
func (c *changes) seconds(field string, to, from *time.Duration) {
	if from == nil || *from == *to {
		return
	}
	*c = append(*c, fmt.Sprintf("%s %d -> %d", field, *to/time.Second, *from/time.Second))
	*to = *from
}

// flag takes over a truth value; nil is nothing said.
func (c *changes) flag(field string, to, from *bool) {
	if from != nil && *from != *to {
		*to = *from
		*c = append(*c, fmt.Sprintf("%s %t", field, *to))
	}
}

// policy takes over an unknownIdTags setting.
func (c *changes) policy(to *charging.TagPolicy, from string) {
	if from == "" {
		return
	}
	policy, _ := charging.ParseTagPolicy(strings.TrimSuffix(from, "inherit"))
	if policy == *to {
		return
	}
	*c = append(*c, fmt.Sprintf("unknownIdTags %q -> %q", *to, policy))
	*to = policy
}
