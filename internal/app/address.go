package app

import (
	"net"
	"strings"

	"github.com/chargeyard/chargeyard/internal/config"
)

// Addresses are how programs and chargers reach a server that listens on an
// address: at the public URL if there is one. A server that listens on all
// addresses is told to programs by loopback, to chargers by an address of this
// machine in its network.
func Addresses(cfg *config.Config, listen net.Addr) (web, chargers string) {
	if web = strings.TrimRight(cfg.PublicURL, "/"); web != "" {
		return web, "ws" + strings.TrimPrefix(web, "http")
	}
	host, port, err := net.SplitHostPort(listen.String())
	if err != nil {
		return "http://" + listen.String(), "ws://" + listen.String()
	}
	outside := host
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host, outside = "127.0.0.1", networkAddress()
	}
	return "http://" + net.JoinHostPort(host, port), "ws://" + net.JoinHostPort(outside, port)
}

// networkAddress is the first IPv4 address of this machine that others can
// dial, else loopback.
func networkAddress() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
