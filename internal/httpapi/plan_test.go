package httpapi_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"
)

func drawing(width, height int) *image.Paletted {
	return image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
}

func pngOf(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawing(width, height)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// planOf is the plan of a site as a key sees it.
func (y *yard) planOf(site, key string) map[string]any {
	y.t.Helper()
	return y.get("/api/sites/"+site+"/plan", key).data(y.t)
}

func TestAFloorPlanShowsWhereChargersStand(t *testing.T) {
	y := newFurnishedYard(t)
	if got := asText(y.planOf("12", fullKey)); got != `{"chargers":[],"picture":null}` {
		t.Errorf("a site without a plan has %s", got)
	}
	const admin = "/api/admin/sites/12/plan"
	picture := pngOf(t, 640, 480)
	shown := y.send(http.MethodPut, admin+"/picture", fullKey, "application/octet-stream", picture).data(t)
	url, _ := shown["picture"].(map[string]any)["url"].(string)
	shows(t, shown["picture"].(map[string]any), map[string]any{"width": 640, "height": 480, "contentType": "image/png", "bytes": len(picture)})

	const spots = `{"chargers":[{"chargerId":42,"x":1,"y":0},{"chargerId":41,"x":0.25,"y":0.6}]}`
	const sorted = `[{"chargerId":41,"x":0.25,"y":0.6},{"chargerId":42,"x":1,"y":0}]`
	if got := asText(y.put(admin, fullKey, spots).data(t)["chargers"]); got != sorted {
		t.Errorf("the spots are %s", got)
	}
	y.restart(y.now)
	if got := asText(y.planOf("12", northlineKey)["chargers"]); got != sorted {
		t.Errorf("after a restart the spots are %s", got)
	}
	// Who sees one charger sees that one's spot.
	if got := asText(y.planOf("12", limitedKey)["chargers"]); got != `[{"chargerId":42,"x":1,"y":0}]` {
		t.Errorf("a limited key sees %s", got)
	}
	y.get("/api/sites/12/plan", strangerKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/sites/12/plan/picture", strangerKey).is(t, http.StatusNotFound, "Not found")

	got := y.get(url, northlineKey)
	if string(got.body) != picture || got.Header.Get("Content-Type") != "image/png" || got.Header.Get("Cache-Control") != "private, max-age=31536000, immutable" {
		t.Errorf("the picture is %d bytes of %v", len(got.body), got.Header)
	}
	if got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("a browser may run it: %v", got.Header)
	}
	if _, screen := y.screen("12"); string(y.get(url, screen).body) != picture {
		t.Error("a screen does not show it")
	}
	if again := y.get("/api/sites/12/plan/picture", northlineKey, "If-None-Match", got.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same picture again: %s", again.Status)
	}

	// A charger that stands elsewhere now is off the plan; another picture leaves the others.
	y.post("/api/admin/chargers/41/move", fullKey, `{"siteId":13}`)
	y.send(http.MethodPut, admin+"/picture", fullKey, "image/png", pngOf(t, 20, 10))
	plan := y.planOf("12", fullKey)
	if got := asText(plan["chargers"]); got != `[{"chargerId":42,"x":1,"y":0}]` {
		t.Errorf("after a move: %s", got)
	}
	if plan["picture"].(map[string]any)["url"] == url {
		t.Error("another picture has the same address")
	}
	y.delete(admin+"/picture", fullKey)
	if plan := y.planOf("12", fullKey); plan["picture"] != nil || asText(plan["chargers"]) != `[{"chargerId":42,"x":1,"y":0}]` {
		t.Errorf("without its picture: %v", plan)
	}
	y.get("/api/sites/12/plan/picture", fullKey).is(t, http.StatusNotFound, "Not found")
}

func TestOnlyPicturesBecomePlans(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/admin/sites/12/plan/picture"
	const kinds = "The picture must be PNG, JPEG, WebP or GIF; "
	for _, c := range []struct{ body, text string }{
		{"", kinds + "the body is empty"},
		{"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", kinds + "an SVG can hold programs, so export it as PNG"},
		{"<?xml version='1.0'?><svg/>", kinds + "an SVG can hold programs, so export it as PNG"},
		{"<html><script>alert(1)</script>", kinds + "this is text/html"},
		{"%PDF-1.7", kinds + "this is application/pdf"},
		{pngOf(t, 10, 10)[:20], "The picture is damaged: its size cannot be read"},
		{"RIFF\x20\x00\x00\x00WEBPVP8 ", "The picture is damaged: its size cannot be read"},
		{pngOf(t, 8001, 1), "The picture is 8001 by 1 px; make it at most 8000 px on its longer side"},
		{strings.Repeat("x", 8<<20+1), "The body is longer than 8388608 bytes"},
	} {
		y.send(http.MethodPut, path, fullKey, "image/png", c.body).is(t, http.StatusBadRequest, c.text)
	}
	var jpg, gf bytes.Buffer
	if err := jpeg.Encode(&jpg, drawing(30, 20), nil); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&gf, drawing(31, 21), nil); err != nil {
		t.Fatal(err)
	}
	// One white pixel each: lossy, lossless, and with an extended header of 7 by 5.
	webp := func(text string) string {
		body, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	lossy := webp("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vv9UAA=")
	lossless := webp("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	extended := "RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x04\x00\x00"
	for _, c := range []struct {
		body, kind    string
		width, height int
	}{
		{jpg.String(), "image/jpeg", 30, 20}, {gf.String(), "image/gif", 31, 21},
		{lossy, "image/webp", 1, 1}, {lossless, "image/webp", 1, 1}, {extended, "image/webp", 7, 5},
	} {
		// What the client says of it does not count.
		shown := y.send(http.MethodPut, path, fullKey, "application/octet-stream", c.body).data(t)
		shows(t, shown["picture"].(map[string]any), map[string]any{"contentType": c.kind, "width": c.width, "height": c.height})
		if got := y.get("/api/sites/12/plan/picture", fullKey); string(got.body) != c.body || got.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s is shown as %s", c.kind, got.Header.Get("Content-Type"))
		}
	}
	y.send(http.MethodPut, path, northlineKey, "image/png", pngOf(t, 1, 1)).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
}

func TestASpotThatCannotBeIsRefused(t *testing.T) {
	y := newFurnishedYard(t)
	for body, text := range map[string]string{
		`{}`: "chargers: is missing; an empty list takes all off the plan",
		`{"chargers":[{"chargerId":50,"x":0,"y":0}]}`:                                "chargers: 50 does not stand at this site",
		`{"chargers":[{"chargerId":7777,"x":0,"y":0}]}`:                              "chargers: 7777 does not stand at this site",
		`{"chargers":[{"chargerId":41,"x":1.01,"y":0}]}`:                             "chargers: x and y of 41 must be from 0 to 1, shares of the picture's width and height",
		`{"chargers":[{"chargerId":41,"x":0,"y":-0.1}]}`:                             "chargers: x and y of 41 must be from 0 to 1, shares of the picture's width and height",
		`{"chargers":[{"chargerId":41,"x":0,"y":0},{"chargerId":41,"x":0.5,"y":0}]}`: "chargers: 41 is there twice",
	} {
		y.put("/api/admin/sites/12/plan", fullKey, body).is(t, http.StatusBadRequest, text)
	}
	y.put("/api/admin/sites/90/plan", fullKey, `{"chargers":[]}`).is(t, http.StatusNotFound, "Not found")
	if got := asText(y.planOf("12", fullKey)); got != `{"chargers":[],"picture":null}` {
		t.Errorf("something was kept: %s", got)
	}
}
