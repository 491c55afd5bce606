package upkeep

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The forms of SendLocalList. An entry without information is removed.
type (
	request16 struct {
		ListVersion            int64     `json:"listVersion"`
		UpdateType             string    `json:"updateType"`
		LocalAuthorizationList []entry16 `json:"localAuthorizationList,omitempty"`
	}
	entry16 struct {
		IDTag     string  `json:"idTag"`
		IDTagInfo *info16 `json:"idTagInfo,omitempty"`
	}
	info16 struct {
		Status      string `json:"status"`
		ParentIDTag string `json:"parentIdTag,omitempty"`
		ExpiryDate  string `json:"expiryDate,omitempty"`
	}
	request2x struct {
		VersionNumber          int64     `json:"versionNumber"`
		UpdateType             string    `json:"updateType"`
		LocalAuthorizationList []entry2x `json:"localAuthorizationList,omitempty"`
	}
	entry2x struct {
		IDToken     token2x `json:"idToken"`
		IDTokenInfo *info2x `json:"idTokenInfo,omitempty"`
	}
	token2x struct {
		IDToken string `json:"idToken"`
		Type    string `json:"type"`
	}
	info2x struct {
		Status       string   `json:"status"`
		GroupIDToken *token2x `json:"groupIdToken,omitempty"`
		CacheExpiry  string   `json:"cacheExpiryDateTime,omitempty"`
	}
)

// maxTag16 is how long a tag may be in 1.6 (§7.28), maxTag2x in 2.0.1.
const (
	maxTag16 = 20
	maxTag2x = 36
)

func list16(version int64, kind string, tags []string, want entries) request16 {
	r := request16{ListVersion: version, UpdateType: kind}
	for _, tag := range tags {
		if utf8.RuneCountInString(tag) > maxTag16 {
			continue // no charger of this version can send it
		}
		e := entry16{IDTag: tag}
		if info, ok := want[tag]; ok {
			e.IDTagInfo = &info16{Status: statusAccepted, ExpiryDate: written(info.Expires)}
			if utf8.RuneCountInString(info.Group) <= maxTag16 {
				e.IDTagInfo.ParentIDTag = info.Group
			}
		}
		r.LocalAuthorizationList = append(r.LocalAuthorizationList, e)
	}
	return r
}

func list2x(version int64, kind string, tags []string, want entries) request2x {
	r := request2x{VersionNumber: version, UpdateType: kind}
	for _, tag := range tags {
		if utf8.RuneCountInString(tag) > maxTag2x {
			continue
		}
		e := entry2x{IDToken: token2x{tag, tokenType(tag)}}
		if info, ok := want[tag]; ok {
			e.IDTokenInfo = &info2x{Status: statusAccepted, CacheExpiry: written(info.Expires)}
			if info.Group != "" && utf8.RuneCountInString(info.Group) <= maxTag2x {
				e.IDTokenInfo.GroupIDToken = &token2x{info.Group, "Central"}
			}
		}
		r.LocalAuthorizationList = append(r.LocalAuthorizationList, e)
	}
	return r
}

// tokenType guesses how a charger will read a tag: a card's number is
// hexadecimal with 8, 14 or 20 digits (ISO 14443), anything else was given by
// us.
func tokenType(tag string) string {
	switch len(tag) {
	case 8, 14, 20:
		if strings.Trim(tag, "0123456789ABCDEFabcdef") == "" {
			return "ISO14443"
		}
	}
	return "Central"
}

func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return string(charging.AppendTime(nil, t))
}
