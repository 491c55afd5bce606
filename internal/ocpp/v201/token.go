package v201

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// IDToken is what somebody identifies with (OCPP 2.0.1 IdTokenType).
type IDToken struct {
	IDToken string // may be "" for the type NoAuthorization
	Type    string // a word of IdTokenEnumType, or as sent; "" when absent
	// Additional are the tokens beside it, as JSON; "" for none.
	Additional string
	Set        bool // there was a token
}

// The types of tokens with a meaning of their own (OCPP 2.0.1
// IdTokenEnumType).
const (
	TokenCentral         = "Central"
	TokenNoAuthorization = "NoAuthorization"
)

// TokenOf returns a token for writing.
func TokenOf(token, kind string) IDToken { return IDToken{IDToken: token, Type: kind, Set: true} }

// maxToken is how long a token may be in 2.0.1; 2.1 allows more.
const maxToken = 36

func (t *IDToken) append(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("idToken", t.IDToken)
	w.Text("type", t.Type)
	optRaw(&w, "additionalInfo", t.Additional)
	return w.End()
}

// appendTo writes the token as a member, if there is one.
func (t *IDToken) appendTo(w *ocpp.Writer, name string) {
	if t.Set {
		w.Value(name, t.append)
	}
}

// optRaw writes a member that is kept as JSON, unless it is "".
func optRaw(w *ocpp.Writer, name, json string) {
	if json != "" {
		w.Value(name, func(dst []byte) []byte { return append(dst, json...) })
	}
}

// Token reads a token. A text in its place is the token itself.
func (r *Reader) Token(o *ocpp.Object) (t IDToken) {
	if o.IsText() {
		r.Odd.AddDetail("not-an-object", o.Name)
		t.IDToken, t.Set = o.Text(maxToken), true
		return t
	}
	text := false
	in := o.Object()
	for in.Next() {
		switch in.Name {
		case "idToken":
			text = in.IsText()
			t.IDToken = in.Text(r.maxToken())
		case "type":
			t.Type = r.word(&in, r.words.IDTokenType)
		case "additionalInfo":
			t.Additional = in.Raw()
		default:
			r.Other(&in)
		}
	}
	// The token of NoAuthorization is empty; so presence counts.
	t.Set = text || t.IDToken != "" || t.Type != ""
	if !t.Set {
		return IDToken{}
	}
	in.Want("idToken", "type")
	return t
}

// maxToken is how long a token may be before it is listed. Where types are open,
// in 2.1, tokens are longer.
func (r *Reader) maxToken() int {
	if r.words.IDTokenType == nil {
		return 255
	}
	return maxToken
}

// IDTokenInfo is what a charger is told about a token (OCPP 2.0.1
// IdTokenInfoType).
type IDTokenInfo struct {
	Status              string
	CacheExpiryDateTime time.Time // zero for none
	GroupIDToken        IDToken
}

// appendTo writes the info as the member idTokenInfo.
func (i *IDTokenInfo) appendTo(w *ocpp.Writer) {
	w.Value("idTokenInfo", func(dst []byte) []byte {
		w := ocpp.NewWriter(dst)
		w.Text("status", i.Status)
		w.OptTime("cacheExpiryDateTime", i.CacheExpiryDateTime)
		i.GroupIDToken.appendTo(&w, "groupIdToken")
		return w.End()
	})
}

func (r *Reader) tokenInfo(o ocpp.Object) (i IDTokenInfo) {
	for o.Next() {
		switch o.Name {
		case "status":
			i.Status = o.Word(&authorizationStatusWords)
		case "cacheExpiryDateTime":
			i.CacheExpiryDateTime = o.Time().T
		case "groupIdToken":
			i.GroupIDToken = r.Token(&o)
		default:
			r.Skip()
		}
	}
	return i
}
