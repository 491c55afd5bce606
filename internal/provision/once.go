package provision

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// key is something that may stand once in a file.
type key struct {
	kind  string
	value any
}

// seen holds where each key was first met.
type seen map[key]*path

// once reports a key that stood in the file before, naming both places. Zero
// ids and empty texts are no keys.
func (p *parser) once(o *object, member, kind string, value any) {
	if value == charging.ID(0) || value == "" {
		return
	}
	k := key{kind, value}
	first, repeated := p.seen[k]
	if !repeated {
		p.seen[k] = o.at
		return
	}
	text, _ := json.Marshal(o.members[member])
	o.bad(member, "%s is also at %s; it may stand once", text, first.member(member))
}
