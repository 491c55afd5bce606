package openid

import (
	"io"
	"net/http"
)

// maxAnswer bounds what is read of any answer of the provider, in bytes.
const maxAnswer = 1 << 20

// limited reads no more of an answer than is sensible.
type limited struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}
