package httpapi_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestTheReferencePage(t *testing.T) {
	y := emptyYard(t, everyPart())
	page := y.get("/api/docs", "")
	if page.StatusCode != http.StatusOK || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%s %s", page.Status, page.Header.Get("Content-Type"))
	}
	text := string(page.body)
	t.Run("shows every route", func(t *testing.T) {
		for _, known := range y.api.Routes() {
			method, path, _ := strings.Cut(known, " ")
			if want := `<b class="` + method + `">` + method + `</b> <code>` + path + `</code>`; !strings.Contains(text, want) {
				t.Errorf("%s is not there", known)
			}
		}
	})
	t.Run("has no link that leads nowhere", func(t *testing.T) {
		for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(text, ` id="`+link[1]+`"`) {
				t.Errorf("#%s", link[1])
			}
		}
	})
	t.Run("loads only what this server has", func(t *testing.T) {
		for _, from := range regexp.MustCompile(`(?:src|href)="([^#"][^"]*)"`).FindAllStringSubmatch(text, -1) {
			if a := y.get(from[1], ""); a.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", from[1], a.Status)
			}
		}
		if strings.Contains(text, "<script") || strings.Contains(text, "style=") {
			t.Error("a script or a style inside the page is refused by its Content-Security-Policy")
		}
	})
	t.Run("says which need no key", func(t *testing.T) {
		if n := strings.Count(text, "(no key needed)"); n < 5 || n > 20 {
			t.Errorf("%d", n)
		}
	})
}
