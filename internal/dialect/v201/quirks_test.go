package v201

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quirk is one thing that real chargers did, a line of testdata/quirks.jsonl.
type quirk struct {
	Source string `json:"source"` // where it was reported
	About  string `json:"about"`
	Frame  string `json:"frame,omitempty"` // what the charger sent
	// Left says why a quirk has no frame here: it is tested in another room.
	Left string `json:"left,omitempty"`
	Want *seen  `json:"want,omitempty"`
}

func quirks(t testing.TB) []quirk {
	t.Helper()
	file, err := os.Open("testdata/quirks.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var list []quirk
	for lines.Scan() {
		var q quirk
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&q); err != nil {
			t.Fatalf("line %d: %v", len(list)+1, err)
		}
		list = append(list, q)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("there are no quirks")
	}
	return list
}

func TestQuirksOfRealChargers(t *testing.T) {
	for i, q := range quirks(t) {
		switch {
		case q.Source == "" || q.About == "":
			t.Errorf("line %d: source and about must be there", i+1)
		case (q.Left == "") == (q.Frame == ""):
			t.Errorf("line %d (%s): either a frame, or why it was left", i+1, q.Source)
		case q.Left == "":
			t.Run(fmt.Sprintf("%d %s", i+1, q.Source), func(t *testing.T) {
				if diff := cmp.Diff(q.Want, observe(t, q.Frame)); diff != "" {
					t.Errorf("%s\n%s\n(-want +got):\n%s", q.About, q.Frame, diff)
				}
			})
		}
	}
}
