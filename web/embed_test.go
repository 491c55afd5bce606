package web

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheServerKnowsEveryPage(t *testing.T) {
	source, err := os.ReadFile("src/pages/index.ts")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`path: '([^']+)'`).FindAllStringSubmatch(string(source), -1) {
		want = append(want, m[1])
	}
	if len(want) == 0 || !slices.Equal(want, Pages) {
		t.Errorf("Pages is\n%s\nsrc/pages/index.ts has\n%s", strings.Join(Pages, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatIsServedIsWhole(t *testing.T) {
	index, err := fs.ReadFile(Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:src|href)="/([^"]+)"`).FindAllStringSubmatch(string(index), -1)
	assets := 0
	for _, m := range named {
		if strings.HasPrefix(m[1], "api/") {
			continue
		}
		if _, err := fs.Stat(Files(), m[1]); err != nil {
			t.Errorf("index.html names %s: %v", m[1], err)
		}
		assets++
	}
	if assets < 2 {
		t.Errorf("index.html names %d files", assets)
	}
	// The page's policy forbids what stands within it.
	if regexp.MustCompile(`<script>|<style|\sstyle=|\son\w+=`).Match(index) {
		t.Error("index.html has a script or a style within it")
	}
}
