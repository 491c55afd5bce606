package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

var declaration = regexp.MustCompile(`(?m)^(?:export )?const (\w+) = \{`)

// ReadModule reads the schemas of a version from the JavaScript module that the
// npm package typed-ocpp has of it. The module declares each as a constant, and
// the definitions that all share as the constant named definitions.
func ReadModule(text string) (Set, error) {
	text = strings.ReplaceAll(text, "    definitions,\n", "")
	set := make(Set)
	definitions := make(map[string]*Schema)
	for _, at := range declaration.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		var value json.RawMessage
		if err := json.NewDecoder(strings.NewReader(text[at[1]-1:])).Decode(&value); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if name == "definitions" {
			value = fmt.Appendf(nil, `{"definitions":%s}`, value)
		}
		s, err := Parse(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if name == "definitions" {
			definitions = s.Definitions
			continue
		}
		set[messageName(name)] = s
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("the module declares no schemas")
	}
	for _, s := range set {
		s.Definitions = definitions
	}
	return set, nil
}
