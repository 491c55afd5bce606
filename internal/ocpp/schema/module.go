package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

var declaration = regexp.MustCompile(`(?m)^(?:export )?const (\w+) = \{`)

// ReadModule reads the schemas of a version from the JavaScript module that the
// npm package typed-ocpp has of it.
func ReadModule(text string) (Set, error) {
	documents, err := Documents(text)
	if err != nil {
		return nil, err
	}
	shared, err := Parse(fmt.Appendf(nil, `{"definitions":%s}`, documents[Shared]))
	if err != nil {
		return nil, err
	}
	set := make(Set)
	for name, document := range documents {
		if name == Shared {
			continue
		}
		s, err := Parse(document)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.Definitions = shared.Definitions
		set[name] = s
	}
	return set, nil
}

// Shared is the name under which Documents returns the definitions that all
// schemas of a module refer to.
const Shared = "definitions"

// Documents returns the JSON text of each schema in a module of typed-ocpp by
// message, and that of the shared definitions. The module declares each as a
// constant.
func Documents(text string) (map[string]json.RawMessage, error) {
	text = strings.ReplaceAll(text, "    definitions,\n", "")
	documents := map[string]json.RawMessage{Shared: json.RawMessage("{}")}
	for _, at := range declaration.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		var value json.RawMessage
		if err := json.NewDecoder(strings.NewReader(text[at[1]-1:])).Decode(&value); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if name != Shared {
			name = messageName(name)
		}
		documents[name] = value
	}
	if len(documents) == 1 {
		return nil, fmt.Errorf("the module declares no schemas")
	}
	return documents, nil
}
