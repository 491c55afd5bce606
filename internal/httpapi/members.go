package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// optional is a member of a body that may be left out, which differs from null
// (contract sections 7 and 8).
type optional[T any] struct {
	given, null bool
	value       T
}

// UnmarshalJSON notes that the member is there.
func (o *optional[T]) UnmarshalJSON(b []byte) error {
	o.given, o.null = true, string(b) == "null"
	if o.null {
		return nil
	}
	return json.Unmarshal(b, &o.value)
}

// has reports whether the member has a value.
func (o *optional[T]) has() bool { return o.given && !o.null }

// maxText bounds names and the like, in characters.
const maxText = 255

// memberError says what is wrong with a member of a body.
type memberError struct{ member, reason string }

func wrongMember(member, reason string) *memberError { return &memberError{member, reason} }

// in is the error of a member that stands inside another (contract 1.4).
func (e *memberError) in(place string) error {
	return charging.Errorf(charging.Invalid, "%s: %s", joinMember(place, e.member), e.reason)
}

// plain is the error as batches tell it (contract section 7).
func (e *memberError) plain() string { return e.member + " " + e.reason }

func joinMember(place, member string) string {
	switch {
	case place == "":
		return member
	case member == "":
		return place
	}
	return place + "." + member
}

// checkText says what is wrong with a text that may be empty; nil for nothing.
func checkText(member, text string, most int) *memberError {
	if utf8.RuneCountInString(text) > most {
		return wrongMember(member, "must be at most "+strconv.Itoa(most)+" characters")
	}
	for _, r := range text {
		if unicode.IsControl(r) {
			return wrongMember(member, "must be one line of plain text")
		}
	}
	return nil
}

// firstWrong is the first of checks that found something.
func firstWrong(checks ...*memberError) *memberError {
	for _, wrong := range checks {
		if wrong != nil {
			return wrong
		}
	}
	return nil
}

// readMembers reads the JSON body of a request, of at most limit bytes, into v.
// Members that v does not have are ignored (contract 1.8).
func readMembers(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	body, err := readBody(w, r, limit)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return charging.Errorf(charging.Invalid, "The body must be a JSON object")
	}
	return decodeMembers(body, "", v)
}

// decodeMembers reads what stands at a place of a body into v.
func decodeMembers(text []byte, place string, v any) error {
	err := json.Unmarshal(text, v)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &kind):
		return charging.Errorf(charging.Invalid, "The body is no JSON: %v", err)
	}
	at := joinMember(place, kind.Field)
	if at == "" {
		return charging.Errorf(charging.Invalid, "The body must be a JSON object")
	}
	return charging.Errorf(charging.Invalid, "%s: must be %s", at, typeWord(kind.Type))
}

// typeWord says in plain words what a member must be.
func typeWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return kindWord(t.Kind())
}
