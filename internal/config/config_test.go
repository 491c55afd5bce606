package config

import (
	"flag"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func none(string) (string, bool) { return "", false }

func notGiven(string) bool { return false }

func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestDefaultsAreValidAndSet(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if c.Data != "./chargeyard-data" || c.Listen != ":8080" || c.UnknownIDTags != "reject" || c.RateLimit != 200 ||
		c.LostStop != 10*time.Minute || c.Silence != 24*time.Hour || c.Strict || c.Adopt != "none" {
		t.Errorf("unexpected defaults: %+v", c)
	}
	if err := c.FromEnvironment(none, notGiven); err != nil {
		t.Error(err)
	}
}

func TestEverySettingIsNamedAndExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Settings() {
		if s.Name == "" || s.Help == "" || seen[s.Name] || (s.On != OnAll && s.On != OnServe) {
			t.Errorf("setting %q: needs a name of its own, a help text and a group", s.Name)
		}
		if !strings.HasSuffix(s.Help, ".") {
			t.Errorf("setting %q: the help text is no sentence", s.Name)
		}
		if s.OneOf != nil && !slices.Contains(s.OneOf, s.Default) {
			t.Errorf("setting %q: the default %q is not among %v", s.Name, s.Default, s.OneOf)
		}
		seen[s.Name] = true
	}
}

func TestFlagsWinOverVariablesOverDefaults(t *testing.T) {
	c := Default()
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	c.Bind(flags, OnAll, OnServe)
	if err := flags.Parse([]string{"--listen", "127.0.0.1:0", "--strict", "--trusted-proxies", "10.0.0.5, 192.168.7.9/16"}); err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	env := environment("CHARGEYARD_LISTEN", ":9", "CHARGEYARD_SILENCE", "36h", "CHARGEYARD_CORS_ORIGINS", "https://a.example,https://b.example")
	if err := c.FromEnvironment(env, func(n string) bool { return given[n] }); err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:0" || !c.Strict || c.Silence != 36*time.Hour || len(c.CORSOrigins) != 2 {
		t.Errorf("got %+v", c)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("192.168.0.0/16")}
	if !slices.Equal(c.TrustedProxies, want) {
		t.Errorf("trusted proxies %v, want %v", c.TrustedProxies, want)
	}
}

func TestCommandsOtherThanServeKnowOnlyTheCommonFlags(t *testing.T) {
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	Default().Bind(flags, OnAll)
	if flags.Lookup("data") == nil || flags.Lookup("listen") != nil {
		t.Error("want --data but not --listen")
	}
}

func TestBadValuesAreRefusedWithAFix(t *testing.T) {
	f := func(variable, text, want string) {
		t.Helper()
		c := Default()
		err := c.FromEnvironment(environment(variable, text), notGiven)
		if err == nil {
			err = c.Validate()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s=%q: got %v, want %s", variable, text, err, want)
		}
	}
	f("CHARGEYARD_SILENCE", "soon", `CHARGEYARD_SILENCE: "soon" is no duration; write it like 90s, 10m or 24h`)
	f("CHARGEYARD_SILENCE", "1s", `--silence: must be at least 10m0s`)
	f("CHARGEYARD_STRICT", "maybe", `CHARGEYARD_STRICT: "maybe" is neither true nor false`)
	f("CHARGEYARD_ADOPT", "all", `CHARGEYARD_ADOPT: "all" is none of none, any`)
	f("CHARGEYARD_RATE_LIMIT", "many", `CHARGEYARD_RATE_LIMIT: "many" is no whole number`)
	f("CHARGEYARD_RATE_LIMIT", "0", `--rate-limit: must be at least 1 request a minute`)
	f("CHARGEYARD_KEEP_READINGS", "-1", `--keep-readings: must be 0 (for ever) or a number of days`)
	f("CHARGEYARD_TRUSTED_PROXIES", "proxy", `CHARGEYARD_TRUSTED_PROXIES: "proxy" is neither an address nor a network; write it like 10.0.0.5 or 10.0.0.0/8`)
	f("CHARGEYARD_PUBLIC_URL", "charge.example.org", `--public-url: "charge.example.org" is no web address; write it like https://charge.example.org`)
	f("CHARGEYARD_PUBLIC_URL", "https://charge.example.org/x?y=1", `--public-url: write only scheme, host and port, like https://charge.example.org`)
	f("CHARGEYARD_SECURITY_PROFILE", "4", `--security-profile: must be from 0 to 3`)
	f("CHARGEYARD_SECURITY_PROFILE", "2", `--security-profile: profile 2 needs TLS; set --tls-listen, or --trusted-proxies when a proxy does TLS`)
	f("CHARGEYARD_TLS_CERT", "a.pem,b.pem", `--tls-key: there are 2 certificates and 0 keys; each certificate needs its key, in the same order`)
	f("CHARGEYARD_ENERGY_PRICE", "cheap", `--energy-price: "cheap" is no price; write it like 0.45, with at most three decimals`)
	f("CHARGEYARD_ENERGY_PRICE", "0.4567", `--energy-price: "0.4567" is no price; write it like 0.45, with at most three decimals`)
	f("CHARGEYARD_KEEP_MESSAGES", "-1", `--keep-messages: must be 0 (none) or a number of days`)
	f("CHARGEYARD_MAX_MESSAGES", "-1", `--max-messages: must be 0 (no limit) or a number of MiB`)
	f("CHARGEYARD_MAX_UPLOAD", "0", `--max-upload: must be at least 1 MiB`)
	f("CHARGEYARD_CALL_TIMEOUT", "1ms", `--call-timeout: must be at least 1s`)
	f("CHARGEYARD_UPKEEP", "on", `CHARGEYARD_UPKEEP: "on" is none of auto, off`)
	f("CHARGEYARD_DATA", "", `--data: is empty; name a folder`)
}

func TestAPriceIsReadInThousandths(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		c := &Config{EnergyPrice: text}
		if got, err := c.Price(); got != want || err != nil {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
	f("0", 0)
	f("0.45", 450)
	f("12", 12_000)
	f("1.234", 1234)
	f(".5", 500)
}

func TestTheReferencePageIsTheSettings(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != string(Reference()) {
		t.Error("docs/reference/settings.md is out of date: run go generate ./internal/config")
	}
}
