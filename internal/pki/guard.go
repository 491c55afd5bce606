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

// carrierNAT is shared address space (RFC 6598), which is nobody's in public.
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !carrierNAT.Contains(a)
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
