package messagelog

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// tagged is message number id, of which some name a tag.
func tagged(id int64) charging.Message {
	m := message(id)
	if id%10 == 3 {
		m.Action, m.Payload = "Authorize", []byte(`{"idTag":"A0B1C2D3"}`)
	}
	if id%10 == 4 {
		m.Response = []byte(`{"parentIdTag":"A0B1C2D3"}`)
	}
	return m
}

func everywhere(charging.ID) bool { return true }

func withoutTag(p []byte) ([]byte, bool) {
	next := bytes.ReplaceAll(p, []byte("A0B1C2D3"), []byte("erased-longer-than-before"))
	return next, !bytes.Equal(next, p)
}

// all returns every message, as it should be read.
func all(t *testing.T, l *Log) (list []charging.Message) {
	t.Helper()
	for charger := charging.ID(1); charger <= 3; charger++ {
		found, err := l.Read(context.Background(), charging.MessageQuery{ChargerID: charger, Limit: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, found...)
	}
	return list
}

// holding says which files of a folder hold a text, compressed blocks opened.
func holding(t *testing.T, l *Log, text string) (files []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(l.cfg.Folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := bytes.Contains(b, []byte(text))
		for i := 0; i < len(b); i++ {
			h, ok := readHead(b[i:min(len(b), i+headSize)], int64(i+headSize))
			if !ok {
				continue
			}
			raw, err := h.read(path, l.opener)
			if err != nil {
				t.Fatal(err)
			}
			found = found || bytes.Contains(raw, []byte(text))
		}
		if found {
			files = append(files, filepath.Base(path))
		}
	}
	return files
}

func TestErasedMessagesStandNowhereAndAllOthersStay(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder, small, func(c *Config) { c.SegmentBytes = 1000 })
	var want []charging.Message
	for id := int64(1); id <= 300; id++ {
		l.Append(tagged(id))
		if id%30 == 0 {
			l.inLoop(t.Context(), func() error { l.flush(time.Now()); return nil })
		}
	}
	want = all(t, l)
	for i := range want {
		want[i].Payload, _ = withoutTag(want[i].Payload)
		if want[i].Response != nil {
			want[i].Response, _ = withoutTag(want[i].Response)
		}
	}
	if len(holding(t, l, "A0B1C2D3")) < 3 {
		t.Fatal("the tag is not in several segments")
	}
	n, err := l.Erase(t.Context(), everywhere, withoutTag)
	if err != nil || n != 60 {
		t.Fatalf("%d messages were changed, %v", n, err)
	}
	check := func(when string) {
		t.Helper()
		if diff := cmp.Diff(want, all(t, l)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		if files := holding(t, l, "A0B1C2D3"); files != nil {
			t.Errorf("%s: the tag is still in %v", when, files)
		}
	}
	check("erased")
	if n, err := l.Erase(t.Context(), everywhere, withoutTag); n != 0 || err != nil {
		t.Errorf("the second time %d were changed, %v", n, err)
	}
	l.Append(message(301))
	want = append([]charging.Message{}, all(t, l)...)
	shut(t, l)
	l = open(t, folder, small)
	check("after a restart")
}

func TestErasingLeavesOtherChargersAndWhatComesMeanwhile(t *testing.T) {
	l := open(t, t.TempDir(), small)
	for id := int64(1); id <= 60; id++ {
		l.Append(tagged(id))
	}
	came := false
	n, err := l.Erase(t.Context(), func(c charging.ID) bool { return c == 1 }, func(p []byte) ([]byte, bool) {
		if !came {
			came = true
			l.Append(tagged(63))
		}
		return withoutTag(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	var left int64
	for _, m := range all(t, l) {
		if strings.Contains(string(m.Payload)+string(m.Response), "A0B1C2D3") {
			left++
			if m.ChargerID == 1 && m.ID != 63 {
				t.Errorf("message %d still has the tag", m.ID)
			}
		}
	}
	if n != 4 || n+left != 13 { // 12 of the first 60 have it, and number 63
		t.Errorf("%d were changed, %d have the tag", n, left)
	}
}

func TestAReplacedSegmentThatACrashLeftIsDeleted(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder, small)
	for id := int64(1); id <= 60; id++ {
		l.Append(tagged(id))
	}
	if err := l.inLoop(t.Context(), l.finishSegment); err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(folder, "*"+segmentSuffix))
	kept := map[string][]byte{}
	for _, path := range paths {
		kept[path], _ = os.ReadFile(path)
	}
	if _, err := l.Erase(t.Context(), everywhere, withoutTag); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(len(all(t, l)))
	shut(t, l)
	for path, b := range kept { // as if they had not been deleted yet
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l = open(t, folder, small)
	if got := fmt.Sprint(len(all(t, l))); got != want {
		t.Errorf("%s messages, want %s", got, want)
	}
	if files := holding(t, l, "A0B1C2D3"); files != nil {
		t.Errorf("the tag is back in %v", files)
	}
}

func TestErasingEndsWithTheLogAndTheContext(t *testing.T) {
	l := open(t, t.TempDir(), small)
	l.Append(tagged(3))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Erase(ctx, everywhere, withoutTag); err == nil {
		t.Error("an erasure that was called off was done")
	}
	shut(t, l)
	if _, err := l.Erase(t.Context(), everywhere, withoutTag); err == nil {
		t.Error("a closed log was changed")
	}
}
