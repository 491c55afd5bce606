package pki

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// maxRedirects are followed at most.
const maxRedirects = 3

var errPrivate = errors.New("the host has an address that is not public; name it among the responders that may be asked")

// guardedTransport connects to public addresses only, unless any is allowed.
// The check comes after the name was resolved, so that a name cannot lie.
func guardedTransport(anyAddress bool) *http.Transport {
	dialer := &net.Dialer{Timeout: defaultOCSPTimeout}
	t := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: defaultOCSPTimeout, MaxIdleConnsPerHost: 2,
		IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
	}
	if anyAddress {
		t.Proxy = http.ProxyFromEnvironment
		return t
	}
	dialer.Control = func(_, address string, _ syscall.RawConn) error {
		peer, err := netip.ParseAddrPort(address)
		if err != nil || !isPublic(peer.Addr().Unmap()) {
			return errPrivate
		}
		return nil
	}
	return t
}

// notPublic are networks that lead nowhere in public, or may lead to any
// address inside (IANA's registries of special-purpose addresses), besides
// those that package netip knows.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by the customers of a carrier
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // these five hold an address of IPv4
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("fec0::/10"), // what site-local once was
}

func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// checkURL says why a responder may not be asked.
func (c *OCSPClient) checkURL(text string) error {
	if text == "" {
		return charging.Errorf(charging.Invalid, "no responder is named")
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" {
		return charging.Errorf(charging.Invalid, "%q is no address of a responder", text)
	}
	return c.checkParsed(u)
}

func (c *OCSPClient) checkParsed(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return charging.Errorf(charging.Refused, "responders are asked by http and https only, and not by %q", u.Scheme)
	}
	if len(c.cfg.Hosts) > 0 && !slices.ContainsFunc(c.cfg.Hosts, fold(u.Hostname())) && !slices.ContainsFunc(c.cfg.Hosts, fold(u.Host)) {
		return charging.Errorf(charging.Refused, "the responder %s is not among those that may be asked", u.Host)
	}
	return nil
}

func (c *OCSPClient) checkRedirect(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("it redirects too often")
	}
	return c.checkParsed(request.URL)
}
