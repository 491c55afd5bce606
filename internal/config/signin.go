package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
)

// validateSignIn reports what is wrong with how people sign in.
func (c *Config) validateSignIn() error {
	switch {
	case c.AdminEmail == "" && c.AdminPasswordFile != "":
		return errors.New("--admin-email: is needed with --admin-password-file; write the first owner's address")
	case c.AdminEmail != "" && c.AdminPasswordFile == "":
		return errors.New("--admin-password-file: is needed with --admin-email; name the file with the first owner's password")
	}
	if c.OpenIDIssuer == "" {
		if c.OpenIDClient != "" || c.OpenIDSecretFile != "" {
			return errors.New("--openid-issuer: is needed with --openid-client-id and --openid-secret-file; write the provider's address")
		}
		return nil
	}
	u, err := url.Parse(c.OpenIDIssuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("--openid-issuer: %q is no issuer; write it as the provider does, such as https://login.example.org/realms/depot", c.OpenIDIssuer)
	}
	switch {
	case u.Scheme == "http" && !onThisMachine(u.Hostname()):
		return errors.New("--openid-issuer: needs https, or anybody on the way could say who somebody is; http is for a provider on this machine")
	case c.OpenIDClient == "":
		return errors.New("--openid-client-id: is needed with --openid-issuer; the provider gives it to you")
	case c.PublicURL == "":
		return errors.New("--public-url: is needed with --openid-issuer; the provider sends browsers back there")
	case c.OpenIDInto < 0:
		return errors.New("--openid-organization: must be the id of an organization, or 0 for the oldest")
	}
	return nil
}

// onThisMachine reports whether a host is this machine.
func onThisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// OpenIDLabel is what people know the provider by.
func (c *Config) OpenIDLabel() string {
	if c.OpenIDName != "" {
		return c.OpenIDName
	}
	if u, err := url.Parse(c.OpenIDIssuer); err == nil {
		return u.Hostname()
	}
	return c.OpenIDIssuer
}
