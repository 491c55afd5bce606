package v201

import (
	"strings"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

func authorize(m *wire.Authorize, e *charging.Event) {
	e.Body = charging.TagPresented{
		Tag:  reading.Shorten(e, "idToken", m.IDToken.IDToken),
		Type: reading.Text(e, "type", m.IDToken.Type),
	}
}

// answerAuthorize lets nobody charge with a certificate that is not known to be
// good.
func answerAuthorize(m *wire.Authorize, out charging.Outcome, s Settings) wire.Response {
	response := &wire.AuthorizeResponse{IDTokenInfo: tokenInfo(out.Tag, &s)}
	if m.Certificate == "" && len(m.HashData) == 0 {
		return response
	}
	response.CertificateStatus = s.CertificateStatus
	if response.CertificateStatus == "" {
		response.CertificateStatus = wire.CertificateNotAvailable
	}
	if response.CertificateStatus != wire.CertificateAccepted && response.IDTokenInfo.Status == string(charging.TagAccepted) {
		response.IDTokenInfo = wire.IDTokenInfo{Status: string(charging.TagInvalid)}
	}
	return response
}

// CertificatesOf returns the certificates that a message shows of a vehicle's
// contract: their names, and the chain as PEM. Both are empty for a message
// without any; then there is nothing to check.
func CertificatesOf(m wire.Message) (hashes []wire.HashData, chain string) {
	if a, ok := m.(*wire.Authorize); ok {
		return a.HashData, a.Certificate
	}
	return nil, ""
}

// tokenUnknown is the status of a token that nobody registered (OCPP 2.0.1
// AuthorizationStatusEnumType).
const tokenUnknown = "Unknown"

// How long a token may be in what we send.
const (
	maxToken     = 36
	maxLongToken = 255 // 2.1
)

// tokenInfo says what was decided about a token.
func tokenInfo(d charging.TagDecision, s *Settings) wire.IDTokenInfo {
	info := wire.IDTokenInfo{Status: string(d.Status), CacheExpiryDateTime: d.ExpiresAt}
	switch {
	case d.Status == "":
		info.Status = string(charging.TagInvalid)
	case d.Status == charging.TagInvalid && d.AccessID == 0:
		info.Status = tokenUnknown
	}
	limit := maxToken
	if s.long() {
		limit = maxLongToken
	}
	// A longer group token would break the message; no charger could match it.
	if d.GroupTag != "" && utf8.RuneCountInString(d.GroupTag) <= limit {
		info.GroupIDToken = wire.TokenOf(d.GroupTag, wire.TokenCentral)
	}
	return info
}

// isNoAuthorization reports whether a token stands for none: charging that
// nobody asked leave for (OCPP 2.0.1 C02).
func isNoAuthorization(t *wire.IDToken) bool {
	return strings.EqualFold(t.Type, wire.TokenNoAuthorization)
}
