package v16

import (
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func authorize(m *wire.Authorize, e *charging.Event) {
	e.Body = charging.TagPresented{Tag: reading.Shorten(e, "idTag", m.IDTag)}
}

func answerAuthorize(_ *wire.Authorize, out charging.Outcome, _ Settings) wire.Response {
	return &wire.AuthorizeResponse{IDTagInfo: idTagInfo(out.Tag)}
}

// maxIDTag is how long an id tag may be in what we send (OCPP 1.6 §7.28).
const maxIDTag = 20

func idTagInfo(d charging.TagDecision) wire.IDTagInfo {
	info := wire.IDTagInfo{Status: string(d.Status), ExpiryDate: d.ExpiresAt}
	if info.Status == "" {
		info.Status = string(charging.TagInvalid)
	}
	// A longer group tag would break the message; no charger could match it.
	if utf8.RuneCountInString(d.GroupTag) <= maxIDTag {
		info.ParentIDTag = d.GroupTag
	}
	return info
}
