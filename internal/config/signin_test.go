package config

import "testing"

func TestHowPeopleSignInMakesSense(t *testing.T) {
	f := func(want string, pairs ...string) {
		t.Helper()
		c := Default()
		err := c.FromEnvironment(environment(pairs...), notGiven)
		if err == nil {
			err = c.Validate()
		}
		if got := errorText(err); got != want {
			t.Errorf("%v: got %q, want %q", pairs, got, want)
		}
	}
	openID := func(issuer string, more ...string) []string {
		return append(more, "CHARGEYARD_OPENID_ISSUER", issuer, "CHARGEYARD_OPENID_CLIENT_ID", "yard", "CHARGEYARD_PUBLIC_URL", "https://charge.example.org")
	}
	f("", openID("https://login.example.org/realms/depot")...)
	f("", openID("http://127.0.0.1:9000")...)
	f("", openID("http://localhost")...)
	f("", openID("http://[::1]:80/")...)
	const plain = "--openid-issuer: needs https, or anybody on the way could say who somebody is; http is for a provider on this machine"
	f(plain, openID("http://login.example.org")...)
	f(plain, openID("http://10.0.0.7:9000")...)
	f(`--openid-issuer: "login.example.org" is no issuer; write it as the provider does, such as https://login.example.org/realms/depot`, openID("login.example.org")...)
	f(`--openid-issuer: "https://login.example.org/?a=b" is no issuer; write it as the provider does, such as https://login.example.org/realms/depot`,
		openID("https://login.example.org/?a=b")...)
	f("--openid-organization: must be the id of an organization, or 0 for the oldest", openID("https://login.example.org", "CHARGEYARD_OPENID_ORGANIZATION", "-1")...)
	f(`CHARGEYARD_OPENID_NEW_USERS: "owner" is none of none, viewer`, openID("https://login.example.org", "CHARGEYARD_OPENID_NEW_USERS", "owner")...)
	f("--openid-client-id: is needed with --openid-issuer; the provider gives it to you", "CHARGEYARD_OPENID_ISSUER", "https://login.example.org")
	f("--public-url: is needed with --openid-issuer; the provider sends browsers back there",
		"CHARGEYARD_OPENID_ISSUER", "https://login.example.org", "CHARGEYARD_OPENID_CLIENT_ID", "yard")
	f("--openid-issuer: is needed with --openid-client-id and --openid-secret-file; write the provider's address", "CHARGEYARD_OPENID_CLIENT_ID", "yard")
	f("--admin-password-file: is needed with --admin-email; name the file with the first owner's password", "CHARGEYARD_ADMIN_EMAIL", "ada@example.org")
	f("--admin-email: is needed with --admin-password-file; write the first owner's address", "CHARGEYARD_ADMIN_PASSWORD_FILE", "/run/secrets/ada")
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAProviderWithoutANameIsKnownByItsHost(t *testing.T) {
	c := &Config{OpenIDIssuer: "https://login.example.org:8443/realms/depot"}
	if got := c.OpenIDLabel(); got != "login.example.org" {
		t.Errorf("got %q", got)
	}
	if c.OpenIDName = "Depot account"; c.OpenIDLabel() != "Depot account" {
		t.Errorf("got %q", c.OpenIDLabel())
	}
}
