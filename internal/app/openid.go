package app

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
	"github.com/chargeyard/chargeyard/internal/openid"
)

// useOpenID lets people sign in by the provider of the settings, if there is one.
// It is not asked for anything yet.
func (a *App) useOpenID(cfg *httpapi.Config) error {
	if a.cfg.OpenIDIssuer == "" {
		return nil
	}
	into := charging.ID(a.cfg.OpenIDInto)
	if into != 0 && a.admin.fleet.Estate().Organization(into) == nil {
		return charging.Errorf(charging.Invalid, "--openid-organization: there is no organization %d; \"chargeyard org list\" shows them", into)
	}
	provider := openid.Config{Issuer: a.cfg.OpenIDIssuer, ClientID: a.cfg.OpenIDClient,
		RedirectURL: strings.TrimRight(a.cfg.PublicURL, "/") + "/api/sign-in/openid/callback"}
	if a.cfg.OpenIDSecretFile != "" {
		var err error
		if provider.ClientSecret, err = readSecretFile("--openid-secret-file", a.cfg.OpenIDSecretFile); err != nil {
			return err
		}
	}
	cfg.OpenID = openid.New(provider)
	cfg.OpenIDRules = httpapi.OpenIDRules{Name: a.cfg.OpenIDLabel(), Viewers: a.cfg.OpenIDNewUsers == "viewer", Organization: into}
	return nil
}
