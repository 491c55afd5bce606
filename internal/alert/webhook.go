package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Headers of Standard Webhooks.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// maxAnswer is how much of an answer is read, so that the connection can be used
// again.
const maxAnswer = 64 << 10

// newClient returns a client that follows no redirects, uses no proxy, and
// reaches private addresses only when that is allowed. The address is looked at
// when it is dialled, after its name was resolved.
func newClient(private bool, timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: timeout}
	if !private {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return publicOnly(address) }
	}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, MaxIdleConnsPerHost: 1,
			IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// notPublic are the networks that are not of the internet, besides those that
// package netip knows.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// publicOnly refuses an address that is not of the internet.
func publicOnly(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !Public(at.Addr()) {
		return fmt.Errorf("the address %s is private; start the server with --webhook-private to allow it", at.Addr())
	}
	return nil
}

// Public reports whether an address is one of the internet.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Sign returns the signatures of a body as Standard Webhooks has them: one for
// each secret that holds at that time.
func Sign(w *charging.Webhook, id string, at time.Time, body []byte) string {
	secrets := [][]byte{w.Secret}
	if len(w.OldSecret) > 0 && at.Before(w.OldUntil) {
		secrets = append(secrets, w.OldSecret)
	}
	var list []string
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
		mac.Write(body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(list, " ")
}

// post sends one delivery to a webhook.
func (s *Sender) post(ctx context.Context, w *charging.Webhook, d *charging.Delivery) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errForGood, err)
	}
	id, now := MessageID(d), time.Now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "chargeyard")
	r.Header.Set(headerID, id)
	r.Header.Set(headerTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(headerSignature, Sign(w, id, now, d.Body))
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	switch {
	case answer.StatusCode >= 200 && answer.StatusCode <= 299:
		return answer.StatusCode, nil
	case answer.StatusCode == http.StatusGone:
		return answer.StatusCode, fmt.Errorf("%w: the receiver answered %s", errForGood, answer.Status)
	case answer.StatusCode >= 300 && answer.StatusCode <= 399:
		return answer.StatusCode, fmt.Errorf("the receiver answered %s; redirects are not followed, enter its new address", answer.Status)
	}
	return answer.StatusCode, fmt.Errorf("the receiver answered %s", answer.Status)
}
