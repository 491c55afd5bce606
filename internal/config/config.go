// Package config holds every setting of chargeyard, in one struct. A setting
// is a field: its tags name the flag, the default and the help text, and from
// them come the flags of each command, the CHARGEYARD_* variables and
// docs/reference/settings.md. There is no settings file.
//
// It reads the environment that it is handed, performs no other I/O and
// imports nothing of ours.
package config

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config is every setting. A field's tags are
//
//	name     the flag, and as CHARGEYARD_NAME the variable
//	on       the commands that know it: "all" or "serve"
//	default  in the flag's own form
//	oneof    the words that it takes, if only those
//	help     one or two sentences for --help and the reference
type Config struct {
	Data      string `name:"data" on:"all" default:"./chargeyard-data" help:"Folder that holds everything: the database, the key file for charger passwords, the lock and the control socket."`
	LogFormat string `name:"log-format" on:"all" default:"auto" oneof:"auto,text,json" help:"How log lines are written; auto is text on a terminal and JSON otherwise."`
	LogLevel  string `name:"log-level" on:"all" default:"info" oneof:"debug,info,warn,error" help:"The least important log lines that are still written."`

	Listen         string         `name:"listen" on:"serve" default:":8080" help:"Address and port for everything: chargers at /ocpp/{identity}, the API at /api. Port 0 takes any free one."`
	PublicURL      string         `name:"public-url" on:"serve" default:"" help:"How people and chargers reach this server from outside, such as https://charge.example.org. Used in links and hints; empty derives it from the listen address."`
	TrustedProxies []netip.Prefix `name:"trusted-proxies" on:"serve" default:"" help:"Addresses or networks of reverse proxies, separated by commas, whose X-Forwarded-For header is believed."`
	MetricsListen  string         `name:"metrics-listen" on:"serve" default:"" help:"Separate address for /metrics, such as 127.0.0.1:9090. Empty serves /metrics on the main address."`
	PprofListen    string         `name:"pprof-listen" on:"serve" default:"" help:"Separate address for Go profiles at /debug/pprof, such as 127.0.0.1:6060; whoever reaches it sees into the program. Empty serves none."`
	CORSOrigins    []string       `name:"cors-origins" on:"serve" default:"" help:"Web origins, separated by commas, whose pages may call the API from a browser; * allows all. Empty allows none."`
	RateLimit      int            `name:"rate-limit" on:"serve" default:"200" help:"API requests a minute that one key may make, unless the key has a limit of its own."`

	TLSListen    string   `name:"tls-listen" on:"serve" default:"" help:"Address and port for TLS, such as :8443: chargers at wss://…/ocpp/{identity} and the API over https. Empty serves no TLS; a proxy can."`
	TLSCert      []string `name:"tls-cert" on:"serve" default:"" help:"Certificate files in PEM for --tls-listen, separated by commas: best one ECDSA and one RSA, each with its intermediates. Empty uses those of --ca-folder."`
	TLSKey       []string `name:"tls-key" on:"serve" default:"" help:"Private key files in PEM, in the order of --tls-cert."`
	TLSClientCA  []string `name:"tls-client-ca" on:"serve" default:"" help:"PEM files with roots of chargers' client certificates, besides the built-in authority."`
	CAFolder     string   `name:"ca-folder" on:"all" default:"" help:"Folder of the built-in certificate authority, made by \"chargeyard ca init\". Empty means ca in the data folder."`
	Organization string   `name:"certificate-organization" on:"serve" default:"" help:"Organization that chargers' client certificates must name (O); empty accepts any of a trusted root."`
	ExpiredCerts bool     `name:"accept-expired-certificates" on:"serve" default:"false" help:"Let a charger in whose client certificate has expired, so that it can be renewed."`
	ClientHeader []string `name:"client-certificate-header" on:"serve" default:"" help:"Headers, separated by commas, in which trusted proxies hand on chargers' client certificates: Client-Cert, X-Forwarded-Client-Cert, X-Forwarded-Tls-Client-Cert or X-Ssl-Client-Cert. Empty believes none."`
	OCSP         []string `name:"ocsp" on:"serve" default:"" help:"Hosts of OCSP responders, separated by commas, that are asked about contract certificates (plug and charge); any asks every public one. Empty asks none, and such certificates are not accepted."`
	ContractCA   []string `name:"contract-ca" on:"serve" default:"" help:"PEM files with roots of drivers' contract certificates, by which answers of responders are checked."`
	MinProfile   int      `name:"security-profile" on:"serve" default:"0" help:"Lowest security profile that any charger may connect with: 0 none, 1 password, 2 TLS and password, 3 TLS with a client certificate."`

	MapTiles  string `name:"map-tiles" on:"serve" default:"" help:"Address of map tiles that lie over the console's own map, with {z}, {x} and {y}, such as https://tiles.example.org/{z}/{x}/{y}.png. People's browsers fetch them there. Empty needs no internet."`
	MapCredit string `name:"map-credit" on:"serve" default:"" help:"What the map says of where its tiles come from, as their owner wants it."`

	AdminEmail        string `name:"admin-email" on:"serve" default:"" help:"E-mail address of the first owner, who is made when the server starts and there is no owner, so that nobody has to open the link; needs --admin-password-file. Nothing happens when there is an owner."`
	AdminPasswordFile string `name:"admin-password-file" on:"serve" default:"" help:"File whose first line is the password of --admin-email; it is read only while there is no owner, and may go afterwards."`
	OpenIDIssuer      string `name:"openid-issuer" on:"serve" default:"" help:"OpenID Connect provider by which people may sign in, such as https://login.example.org/realms/depot; needs --public-url and --openid-client-id. Empty leaves passwords and links."`
	OpenIDClient      string `name:"openid-client-id" on:"serve" default:"" help:"Name of this server at the provider, which must send browsers back to PUBLIC-URL/api/sign-in/openid/callback."`
	OpenIDSecretFile  string `name:"openid-secret-file" on:"serve" default:"" help:"File whose first line is the client's secret. Empty for a public client, which has none."`
	OpenIDName        string `name:"openid-name" on:"serve" default:"" help:"What the button says that one signs in with; empty takes the provider's host name."`
	OpenIDNewUsers    string `name:"openid-new-users" on:"serve" default:"none" oneof:"none,viewer" help:"What happens to somebody whom the provider knows and nobody here: none refuses, viewer makes an account that may look."`
	OpenIDInto        int    `name:"openid-organization" on:"serve" default:"0" help:"Id of the organization that such viewers get into. 0 is the oldest one."`

	UnknownIDTags string        `name:"unknown-id-tags" on:"serve" default:"reject" oneof:"reject,accept" help:"What a charger is answered about an id tag that nobody entered. Sites and chargers can have their own answer."`
	Adopt         string        `name:"adopt" on:"serve" default:"none" oneof:"none,any" help:"What happens to a charger whose identity is unknown: none refuses it and lists it under \"charger refused\"; any enters it at the first site, for labs only."`
	Strict        bool          `name:"strict" on:"serve" default:"false" help:"Refuse what the specification lets a server refuse: messages before an accepted BootNotification, and payloads that do not fit their schema. Some real chargers need the default."`
	QueryIdentity []string      `name:"query-identity" on:"serve" default:"" help:"Names of query parameters, separated by commas, that may hold a charger's identity when its path has none, such as chargePointId."`
	UserIdentity  bool          `name:"user-identity" on:"serve" default:"false" help:"Take the user name of Basic authentication as a charger's identity when its address has none."`
	Heartbeat     time.Duration `name:"heartbeat" on:"serve" default:"5m" help:"Heartbeat interval that chargers are told."`
	LostStop      time.Duration `name:"lost-stop" on:"serve" default:"10m" help:"A session ends provisionally when its port has said Available and no sample followed for this long."`
	Silence       time.Duration `name:"silence" on:"serve" default:"24h" help:"A session ends provisionally when nothing was heard of it for this long."`

	BootRetry   time.Duration `name:"boot-retry" on:"serve" default:"1m" help:"When a charger whose boot was answered Pending or Rejected is to try again."`
	CallTimeout time.Duration `name:"call-timeout" on:"serve" default:"30s" help:"How long a charger has to answer a call, unless it has a time of its own. Reports and certificates get at least 90 s."`
	Upkeep      string        `name:"upkeep" on:"serve" default:"auto" oneof:"auto,off" help:"Whether chargers are set up after their boot: configuration read, what differs from the wishes set, local list kept in step. Off leaves all of them alone."`
	Measurands  string        `name:"measurands" on:"serve" default:"Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC" help:"What chargers are to measure while charging, unless the site says otherwise."`
	SampleEvery time.Duration `name:"sample-interval" on:"serve" default:"1m" help:"How often chargers are to measure while charging, unless the site says otherwise."`
	Offline     string        `name:"offline-authorization" on:"serve" default:"yes" oneof:"yes,no" help:"Whether chargers may start charging for tags of their local list while they are offline, unless the site says otherwise."`
	EnergyPrice string        `name:"energy-price" on:"serve" default:"0" help:"Price of a kWh, told to 2.x chargers as the cost of a session. 0 is free."`

	KeepMessages   int    `name:"keep-messages" on:"serve" default:"30" help:"Days for which raw OCPP messages are kept. 0 keeps none."`
	MaxMessages    int    `name:"max-messages" on:"serve" default:"0" help:"Largest room on the disk that raw OCPP messages may take, in MiB; the oldest are given up beyond it. 0 is no limit but --keep-messages."`
	MaxUpload      int    `name:"max-upload" on:"serve" default:"100" help:"Largest log or diagnostics file that a charger may upload, in MiB."`
	KeepReadings   int    `name:"keep-readings" on:"serve" default:"90" help:"Days for which meter readings are kept as sent; later only 15-minute values remain. 0 keeps them for ever."`
	SMTPServer     string `name:"smtp-server" on:"serve" default:"" help:"Mail server that alerts are sent over, as host:port, such as smtp.example.org:587. Empty sends no e-mail."`
	SMTPFrom       string `name:"smtp-from" on:"serve" default:"" help:"Address that alerts are from, such as \"Depot <depot@example.org>\"."`
	SMTPUser       string `name:"smtp-user" on:"serve" default:"" help:"User at the mail server; empty logs in as nobody."`
	SMTPPassword   string `name:"smtp-password" on:"serve" default:"" help:"Password at the mail server. Give it as CHARGEYARD_SMTP_PASSWORD: others on the machine can read flags."`
	SMTPSecurity   string `name:"smtp-security" on:"serve" default:"starttls" oneof:"starttls,tls,none" help:"How the connection to the mail server is secured: starttls insists on STARTTLS, tls begins with TLS (port 465), none sends in plain, for a server on this machine."`
	WebhookPrivate bool   `name:"webhook-private" on:"serve" default:"false" help:"Let webhooks go to private, loopback and link-local addresses. Without it a key with the permission manage cannot reach into your network."`

	ShutdownTimeout time.Duration `name:"shutdown-timeout" on:"serve" default:"20s" help:"Longest time that stopping may take; chargers are sent away spread over half of it, so that they do not return all at once."`
}

// Validate reports the first setting whose value makes no sense, as a
// sentence that names the flag and says what to write.
func (c *Config) Validate() error {
	if c.Data == "" {
		return fmt.Errorf("--data: is empty; name a folder")
	}
	if c.RateLimit < 1 {
		return fmt.Errorf("--rate-limit: must be at least 1 request a minute")
	}
	if c.MinProfile < 0 || c.MinProfile > 3 {
		return fmt.Errorf("--security-profile: must be from 0 to 3")
	}
	if c.MinProfile > 1 && c.TLSListen == "" && len(c.TrustedProxies) == 0 {
		return fmt.Errorf("--security-profile: profile %d needs TLS; set --tls-listen, or --trusted-proxies when a proxy does TLS", c.MinProfile)
	}
	if len(c.TLSCert) != len(c.TLSKey) {
		return fmt.Errorf("--tls-key: there are %d certificates and %d keys; each certificate needs its key, in the same order", len(c.TLSCert), len(c.TLSKey))
	}
	if len(c.TLSCert) > 0 && c.TLSListen == "" {
		return fmt.Errorf("--tls-cert: is used by --tls-listen only; set that too, such as --tls-listen :8443")
	}
	if _, err := c.Price(); err != nil {
		return err
	}
	if c.KeepMessages < 0 {
		return fmt.Errorf("--keep-messages: must be 0 (none) or a number of days")
	}
	if c.MaxMessages < 0 {
		return fmt.Errorf("--max-messages: must be 0 (no limit) or a number of MiB")
	}
	if c.MaxUpload < 1 {
		return fmt.Errorf("--max-upload: must be at least 1 MiB")
	}
	if c.KeepReadings < 0 {
		return fmt.Errorf("--keep-readings: must be 0 (for ever) or a number of days")
	}
	if err := c.validateMail(); err != nil {
		return err
	}
	if err := c.validateSignIn(); err != nil {
		return err
	}
	if err := c.validateMap(); err != nil {
		return err
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
		least time.Duration
	}{
		{"heartbeat", c.Heartbeat, 10 * time.Second},
		{"lost-stop", c.LostStop, time.Minute},
		{"silence", c.Silence, 10 * time.Minute},
		{"boot-retry", c.BootRetry, time.Second},
		{"call-timeout", c.CallTimeout, time.Second},
		{"sample-interval", c.SampleEvery, time.Second},
		{"shutdown-timeout", c.ShutdownTimeout, time.Second},
	} {
		if d.value < d.least {
			return fmt.Errorf("--%s: must be at least %v", d.flag, d.least)
		}
	}
	return c.validatePublicURL()
}

func (c *Config) validateMail() error {
	if c.SMTPServer == "" {
		return nil
	}
	if host, port, ok := strings.Cut(c.SMTPServer, ":"); !ok || host == "" || port == "" {
		return fmt.Errorf("--smtp-server: %q is no host with a port; write it like smtp.example.org:587", c.SMTPServer)
	}
	if _, err := mail.ParseAddress(c.SMTPFrom); err != nil {
		return fmt.Errorf("--smtp-from: %q is no mail address; --smtp-server needs one, such as depot@example.org", c.SMTPFrom)
	}
	return nil
}

// Price is the price of a kWh in thousandths of the currency.
func (c *Config) Price() (int64, error) {
	whole, fraction, _ := strings.Cut(c.EnergyPrice, ".")
	n, err := strconv.ParseUint(whole+(fraction + "000")[:3], 10, 40)
	if err != nil || len(fraction) > 3 {
		return 0, fmt.Errorf("--energy-price: %q is no price; write it like 0.45, with at most three decimals", c.EnergyPrice)
	}
	return int64(n), nil
}

func (c *Config) validatePublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("--public-url: %q is no web address; write it like https://charge.example.org", c.PublicURL)
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("--public-url: write only scheme, host and port, like %s://%s", u.Scheme, u.Host)
	}
	return nil
}
