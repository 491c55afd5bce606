package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/apptest"
)

func TestThePageOfMetricsIsTheServers(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	s := apptest.Start(t, apptest.Options{})
	s.Get("/api/sites")
	_, text := s.Get("/metrics")
	served := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (chargeyard_\w+) (\w+)$`).FindAllStringSubmatch(string(text), -1) {
		served[m[1]] = m[2]
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(chargeyard_\\w+)` \\| (\\w+) \\|.*$").FindAllStringSubmatch(string(page), -1) {
		name, kind := m[1], m[2]
		told[name] = true
		later := strings.Contains(m[0], "appears with the first") || strings.Contains(m[0], "`--tls-listen` only")
		switch {
		case served[name] == "" && !later:
			t.Errorf("the server has no %s", name)
		case served[name] != "" && served[name] != kind:
			t.Errorf("%s is a %s", name, served[name])
		}
	}
	for name := range served {
		if !told[name] {
			t.Errorf("the page does not tell of %s", name)
		}
	}
}
