package httpapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzQuery reads a query in every way that there is: what is taken over lies
// within its bounds, what is wrong is told, and a cursor that is taken is one
// that this server writes.
func FuzzQuery(f *testing.F) {
	cursor := *pageAfter("512").NextPageCursor
	window := *pageAfter("7 1772431200000000 1772434800000000").NextPageCursor
	for _, seed := range []string{
		"", "chargerId=41&limit=500&messageType=Heartbeat&messageType[]=BootNotification&messageType[1]=x",
		"chargerId=41&startTimestamp=2026-03-02T08:00:00+02:00&endTimestamp=2026-03-02", "nextPageCursor=" + cursor + "==",
		"chargerId=41&nextPageCursor=" + window, "nextPageCursor=KzUxMg", "nextPageCursor=NTEy%0A", "wait=false&wait=1", "limit=-1", "a[=1&]=2&%=3",
		"chargerId=9007199254740993", "startTimestamp=2026-03-02T06:00:00,5Z&endTimestamp=0000-01-01", "limit=0x10&chargerId=+41",
	} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		p := &parameters{values: url.Values{}}
		r := &http.Request{URL: &url.URL{RawQuery: text}}
		p = parametersOf(r)
		if n := p.integer("limit", 1, 1000, 100); n < 1 || n > 1000 {
			t.Errorf("limit %d", n)
		}
		p.truth("wait", true)
		p.instant("startTimestamp")
		wantText(t, p)
		wantOwnCursor(t, r)
		q, err := messageQuery(parametersOf(r), now)
		if err != nil {
			return
		}
		switch span := q.To.Sub(q.From); {
		case q.ChargerID < 1, q.Limit < 1, q.Limit > maxMessages, q.Before < 0:
			t.Errorf("%q became %+v", text, q)
		case span < 0 || span >= maxSpan:
			t.Errorf("%q asks for %v", text, span)
		}
		if q.Before > 0 { // the next page begins where the cursor says
			next := "chargerId=1&nextPageCursor=" + *pageAfter(messageCursor(q.Before, &q)).NextPageCursor
			again, err := messageQuery(parametersOf(&http.Request{URL: &url.URL{RawQuery: next}}), now.Add(time.Hour))
			if err != nil || again.Before != q.Before || !again.From.Equal(q.From) || !again.To.Equal(q.To) {
				t.Errorf("%q reads back as %+v, %v; was %+v", next, again, err, q)
			}
		}
	})
}

// wantText demands that what is wrong can be told: one line of a parameter.
func wantText(t *testing.T, p *parameters) {
	t.Helper()
	if p.err == nil {
		return
	}
	w := httptest.NewRecorder()
	writeError(w, http.StatusBadRequest, p.err.Error())
	var body struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || !strings.Contains(body.Error, ": ") {
		t.Errorf("the error is told as %s", w.Body)
	}
}

// wantOwnCursor demands that a cursor that is taken is written by us.
func wantOwnCursor(t *testing.T, r *http.Request) {
	t.Helper()
	p := parametersOf(r)
	id, sent := p.before(), strings.TrimRight(p.text("nextPageCursor"), "=")
	if p.err != nil || sent == "" {
		return
	}
	if id <= 0 || *pageAfter(itoa(id)).NextPageCursor != sent {
		t.Errorf("the cursor %q was taken as %d", sent, id)
	}
}

func itoa(n int64) string { return string(appendInt(nil, n)) }

// FuzzAcceptEncoding compares the choice of a coding with a plain reading of
// RFC 9110 section 12.5.3: nothing is sent that the header forbids, while it
// allows anything that we speak.
func FuzzAcceptEncoding(f *testing.F) {
	for _, seed := range []string{"", "gzip, deflate, br, zstd", "gzip;q=0.5, zstd;q=0.4", "identity;q=0", "*;q=0", "gzip;q=0, *", "x-gzip",
		"zstd;q=1.001", "gzip;Q=1", "gzip;q=", " , ,gzip ; q=0.001", "*;q=0, identity;q=1", "gzip;q=NaN, zstd;q=0"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, header string, small bool) {
		got := chooseCoding([]string{header}, small)
		allowed := map[string]bool{}
		for item := range strings.SplitSeq(header, ",") {
			name, parameters, _ := strings.Cut(item, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "x-gzip" {
				name = "gzip"
			}
			allowed[name] = weight(parameters) > 0
		}
		star, starred := allowed["*"]
		may := func(name string) bool {
			if own, named := allowed[name]; named {
				return own
			}
			switch name {
			case "identity":
				return !starred || star
			case "gzip":
				return star
			}
			return false
		}
		if name := got.name(); name != "" && !may(name) {
			t.Errorf("%q is answered in %s", header, name)
		}
		if got == identity && !may("identity") && (may("gzip") || may("zstd")) {
			t.Errorf("%q is answered plainly", header)
		}
		if small && may("identity") && got != identity {
			t.Errorf("%q: a small body is compressed", header)
		}
		if chooseCoding(strings.Split(header, ","), small) != got {
			t.Errorf("%q means something else when it comes as several headers", header)
		}
	})
}

// FuzzIfNoneMatch holds our comparison against a strict reader of RFC 9110
// section 8.8.3: a list that names the tag gives 304, one that does not, 200.
func FuzzIfNoneMatch(f *testing.F) {
	const tag = `"5up3r-gzip"`
	for _, seed := range []string{"", "*", tag, "W/" + tag, `"a", ` + tag, `"a,b" , W/` + tag + `,`, `"5up3r"`, `"5up3r-gzip`, "5up3r-gzip", `W/"x` + tag} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := matches([]string{header}, tag)
		if named, valid := entityTags(header); valid {
			want := header == "*"
			for _, n := range named {
				want = want || n == tag
			}
			if got != want {
				t.Errorf("%q matches %s: %v", header, tag, got)
			}
		}
		if got && !strings.Contains(header, tag) && !strings.Contains(header, "*") {
			t.Errorf("%q matches %s", header, tag)
		}
	})
}

// entityTags reads a list of entity tags without their W/; valid says that it
// is one. Tags with a comma are left out: no server of ours writes them.
func entityTags(header string) (tags []string, valid bool) {
	if header == "*" {
		return nil, true
	}
	for item := range strings.SplitSeq(header, ",") {
		item = strings.TrimPrefix(strings.Trim(item, " \t"), "W/")
		if len(item) < 2 || item[0] != '"' || item[len(item)-1] != '"' {
			return nil, false
		}
		for _, c := range []byte(item[1 : len(item)-1]) {
			if c < 0x21 || c == '"' || c == 0x7f {
				return nil, false
			}
		}
		tags = append(tags, item)
	}
	return tags, true
}
