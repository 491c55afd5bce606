package v16

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// FuzzFrames sends frames the way that a charger's frames go; observe demands
// that every answer is as the schema has it.
func FuzzFrames(f *testing.F) {
	file, err := os.Open("testdata/quirks.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var q quirk
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			f.Fatal(err)
		}
		f.Add(q.Frame)
	}
	for _, a := range wire.Table.Actions {
		f.Add(`[2,"a","` + a.Name + `",` + string(ocpptest.Full(a.Request)) + `]`)
	}
	f.Fuzz(func(t *testing.T, frame string) {
		seen := observe(t, frame)
		if seen.Answer != "" && !json.Valid([]byte(seen.Answer)) {
			t.Errorf("the answer %q to %q is no JSON", seen.Answer, frame)
		}
	})
}
