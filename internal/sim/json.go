package sim

import (
	"encoding/json"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// object is a JSON object of a message that is said seldom.
type object = map[string]any

// appendJSON appends v, which must be marshallable.
func appendJSON(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("sim: " + err.Error()) // all that is said is made of texts and numbers
	}
	return append(dst, b...)
}

// stamp renders a time as all messages have it.
func stamp(t time.Time) string { return t.UTC().Format(ocpp.TimeLayout) }
