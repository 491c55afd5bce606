package auth

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestNewKeyTextIsRandomAndRecognisable(t *testing.T) {
	form := regexp.MustCompile(`^cy_[0-9A-Za-z]{43}$`)
	seen := make(map[string]bool)
	letters := make(map[rune]int)
	for range 2000 {
		text := NewKeyText()
		if !form.MatchString(text) || seen[text] {
			t.Fatalf("key %q has another form or came twice", text)
		}
		seen[text] = true
		for _, r := range text[3:] {
			letters[r]++
		}
	}
	if len(letters) != 62 {
		t.Errorf("%d letters are used, want 62", len(letters))
	}
	const expected = 2000 * 43 / 62
	for r, n := range letters {
		if n < expected/2 || n > expected*2 {
			t.Errorf("letter %q came %d times, expected about %d", r, n, expected)
		}
	}
	if p := KeyPrefix("cy_ABCDEFGHI"); p != "cy_ABCDEF" {
		t.Errorf("prefix %q", p)
	}
	if p := KeyPrefix("cy_A"); p != "cy_A" {
		t.Errorf("prefix of a short text %q", p)
	}
}

func TestBearerKeyReadsTheHeaderAsTheContractSays(t *testing.T) {
	f := func(header, want string, ok bool) {
		t.Helper()
		if got, gotOK := BearerKey(header); got != want || gotOK != ok {
			t.Errorf("%q: %q %v, want %q %v", header, got, gotOK, want, ok)
		}
	}
	f("Bearer cy_x", "cy_x", true)
	f("bearer cy_x", "cy_x", true)
	f("BEARER   cy_x", "cy_x", true)
	f(" \tBearer \t cy_x  ", "cy_x", true)
	f("", "", false)
	f("Bearer", "", false)
	f("Bearer ", "", false)
	f("Bearercy_x", "", false)
	f("Basic cy_x", "", false)
	f("cy_x", "", false)
	f("Bearer cy_x cy_y", "", false)
	f("Bearer cy_x, Bearer cy_y", "", false)
}

type keysByHash map[[32]byte]*charging.APIKey

func (k keysByHash) Key(hash [32]byte) *charging.APIKey { return k[hash] }

func TestFindKeyKnowsRevokedAndExpiredKeys(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	good := &charging.APIKey{ID: 1}
	revoked := &charging.APIKey{ID: 2, RevokedAt: now.Add(-time.Hour)}
	expiring := &charging.APIKey{ID: 3, ExpiresAt: now}
	keys := keysByHash{HashKey("good"): good, HashKey("revoked"): revoked, HashKey("expiring"): expiring}
	f := func(text string, at time.Time, want *charging.APIKey) {
		t.Helper()
		if got := FindKey(keys, text, at); got != want {
			t.Errorf("%s at %v: %v, want %v", text, at, got, want)
		}
	}
	f("good", now, good)
	f("Good", now, nil)
	f("", now, nil)
	f("revoked", now, nil)
	f("expiring", now.Add(-time.Nanosecond), expiring)
	f("expiring", now, nil)
}

func TestPermissionsAreReadAndWrittenAsWords(t *testing.T) {
	f := func(list string, want charging.Permission, formatted string) {
		t.Helper()
		got, err := ParsePermissions(list)
		if err != nil || got != want {
			t.Errorf("%q: %b %v, want %b", list, got, err, want)
		}
		if s := FormatPermissions(got); s != formatted {
			t.Errorf("%q is written %q, want %q", list, s, formatted)
		}
	}
	f("read", charging.PermitRead, "read")
	f("manage, read,read", charging.PermitRead|charging.PermitManage, "read,manage")
	f("read,control,manage", charging.PermitRead|charging.PermitControl|charging.PermitManage, "read,control,manage")
	for list, want := range map[string]string{
		"":            `permissions: name at least one of read, control and manage`,
		"read,":       `permissions: name at least one of read, control and manage`,
		"read,delete": `permissions: "delete" is unknown; there are read, control and manage`,
		"READ":        `permissions: "READ" is unknown; there are read, control and manage`,
	} {
		if _, err := ParsePermissions(list); err == nil || err.Error() != want || charging.KindOf(err) != charging.Invalid {
			t.Errorf("%q: %v, want %s", list, err, want)
		}
	}
	if s := FormatPermissions(DefaultPermissions); s != "read,control" {
		t.Errorf("a key has %q by default", s)
	}
}

func TestPermitsNamesWhatAKeyLacks(t *testing.T) {
	k := &charging.APIKey{Permissions: charging.PermitRead}
	if err := Permits(k, charging.PermitRead); err != nil {
		t.Error(err)
	}
	err := Permits(k, charging.PermitRead|charging.PermitControl)
	if err == nil || err.Error() != `This API key may not do that: it lacks "control"` || charging.KindOf(err) != charging.Refused {
		t.Errorf("%v", err)
	}
}

// chain is organizations 1 > 3 and 1 > 4, and 9 by itself.
type chain struct{}

func (chain) Inside(org, ancestor charging.ID) bool {
	return org == ancestor || ancestor == 1 && (org == 3 || org == 4)
}

func TestScopeIsAUnionOfSitesAndChargersInsideTheOrganization(t *testing.T) {
	f := func(k charging.APIKey, site charging.Site, charger charging.ID, whole, sees bool) {
		t.Helper()
		s := ScopeOf(&k)
		if got := s.WholeSite(chain{}, &site); got != whole {
			t.Errorf("%s: site %d whole %v, want %v", s, site.ID, got, whole)
		}
		if got := s.Charger(chain{}, &site, charger); got != sees {
			t.Errorf("%s: charger %d %v, want %v", s, charger, got, sees)
		}
	}
	site12, site90 := charging.Site{ID: 12, OrganizationID: 3}, charging.Site{ID: 90, OrganizationID: 9}
	all := charging.APIKey{OrganizationID: 1}
	f(all, site12, 41, true, true)
	f(all, site90, 95, false, false)
	f(charging.APIKey{OrganizationID: 4}, site12, 41, false, false)
	sites := charging.APIKey{OrganizationID: 1, Sites: []charging.ID{90, 12}}
	f(sites, site12, 41, true, true)
	f(sites, site90, 95, false, false)
	f(sites, charging.Site{ID: 13, OrganizationID: 3}, 44, false, false)
	chargers := charging.APIKey{OrganizationID: 1, Chargers: []charging.ID{95, 41}}
	f(chargers, site12, 41, false, true)
	f(chargers, site12, 42, false, false)
	f(chargers, site90, 95, false, false)
	both := charging.APIKey{OrganizationID: 1, Sites: []charging.ID{13}, Chargers: []charging.ID{41}}
	f(both, site12, 41, false, true)
	f(both, site12, 42, false, false)
}

func TestEqualScopesHaveEqualText(t *testing.T) {
	f := func(k charging.APIKey, want string) {
		t.Helper()
		if got := ScopeOf(&k).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(charging.APIKey{ID: 5, OrganizationID: 3}, "organization 3")
	f(charging.APIKey{OrganizationID: 3, Sites: []charging.ID{14, 12, 14}}, "organization 3 sites 12 14")
	f(charging.APIKey{OrganizationID: 3, Sites: []charging.ID{12}, Chargers: []charging.ID{42, 41}}, "organization 3 sites 12 chargers 41 42")
	k := charging.APIKey{Sites: []charging.ID{14, 12}}
	if ScopeOf(&k); k.Sites[0] != 14 {
		t.Error("the key's own list was changed")
	}
	if strings.Contains(ScopeOf(&charging.APIKey{OrganizationID: 3, Chargers: []charging.ID{1}}).String(), "sites") {
		t.Error("a limit to chargers reads like one to sites")
	}
}
