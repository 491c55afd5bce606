package main

import (
	"strings"
	"unicode"
)

// goName returns the name of a definition as that of a variable:
// ConnectorStatusEnumType is connectorStatus, EVSEType is evse.
func goName(definition string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(definition, "Type"), "Enum")
	run := 0 // of capitals and digits at the begin
	for run < len(name) && !unicode.IsLower(rune(name[run])) {
		run++
	}
	if run > 1 && run < len(name) {
		run-- // the last capital begins the next word
	}
	return strings.ToLower(name[:run]) + name[run:]
}

// constant returns the name of the constant that holds an action's name.
func constant(action string) string {
	if stem, ok := strings.CutSuffix(action, "Ids"); ok {
		action = stem + "IDs"
	}
	return "Action" + action
}

// oddity returns the code that lists a word outside the list of a member: of
// connectorStatus it is unknown-status, of errorCode unknown-error-code.
func oddity(member string) string {
	var words []string
	begin := 0
	for i, r := range member {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(rune(member[i-1])) {
			words = append(words, strings.ToLower(member[begin:i]))
			begin = i
		}
	}
	words = append(words, strings.ToLower(member[begin:]))
	last := len(words) - 1
	if words[last] == "code" && last > 0 {
		last--
	}
	return "unknown-" + strings.Join(words[last:], "-")
}
