package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// maxBody bounds the JSON of a request.
const maxBody = 1 << 20

// readBody returns the body of a request, which is at most limit bytes long.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, charging.Errorf(charging.Invalid, "The body is longer than %d bytes", limit)
	case err != nil:
		return nil, charging.Errorf(charging.Invalid, "The body could not be read: %w", err)
	}
	return body, nil
}

// readJSON reads the JSON body of a request into v; an absent body leaves v as
// it is. Members that v does not have are ignored (contract 1.8).
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r, maxBody)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	err = json.Unmarshal(body, v)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &kind):
		return charging.Errorf(charging.Invalid, "The body is no JSON: %v", err)
	case kind.Field == "":
		return charging.Errorf(charging.Invalid, "The body must be a JSON object")
	}
	return charging.Errorf(charging.Invalid, "%s: must be %s", kind.Field, kindWord(kind.Type.Kind()))
}

// kindWord says in plain words what a member must be.
func kindWord(kind reflect.Kind) string {
	switch kind {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a whole number"
	}
}

// writeData answers with v as JSON, which is not on the hot path.
func (a *API) writeData(w http.ResponseWriter, r *http.Request, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, bytes.TrimSuffix(b.Bytes(), []byte{'\n'}))
}

// instantJSON is a time as the API writes it; the zero time is null.
type instantJSON time.Time

// MarshalJSON writes the time (contract 1.8).
func (t instantJSON) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return appendTime(nil, time.Time(t)), nil
}

// orNull is a text, or null when it is empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// idOrNull is an id, or null when it is 0.
func idOrNull(id charging.ID) *charging.ID {
	if id == 0 {
		return nil
	}
	return &id
}
