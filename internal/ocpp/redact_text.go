package ocpp

import (
	"regexp"
	"strings"
)

var (
	scheme     = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*:\\?/\\?/`)
	encodedURL = regexp.MustCompile(`(?i)(%3A%2F%2F)(?:[^%\s"'<>&/]|%(?:[013-9a-f][0-9a-f]|2[0-9a-e]))*%40`)
	queryKeys  = regexp.MustCompile(`(?i)([?&](?:[a-z_-]*token|[a-z_-]*key|pass|sig|signature)=)[^&\s"'<>#\\]+`)
	// uploads are the addresses at which the server takes a charger's file:
	// whoever knows one can send a file in the charger's place.
	uploads     = regexp.MustCompile(`(:\\?/\\?/[^\s"'<>]*/uploads\\?/)[A-Za-z0-9_-]{16,}`)
	privateKeys = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`)
	headers     = regexp.MustCompile(`(?i)(authorization["']?\s*[:=]\s*["']?(?:basic|bearer|digest)\s+)[^\s"',;]+`)

	// assigned is a secret's name with its value behind it, as in a frame that
	// was cut off, or in a line of settings.
	assigned = regexp.MustCompile(`(?i)((?:` + secretName + `)[a-z0-9_-]*\\?["']?\s*[:=>]\s*)` + assignedValue)
	// valued are the values of a frame that cannot be read; which of them is
	// the secret's nobody knows.
	valued = regexp.MustCompile(`(?i)(["'](?:value|attributeValue|actualValue)\\?["']\s*:\s*)` + assignedValue)
)

// assignedValue ends a quoted value at its closing quote, or at the end.
const assignedValue = `(\\"(?:[^"\\]|\\[^"])*(?:\\"|$)|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&}\]"'<{[]+)`

// RedactText returns a text without credentials in addresses, private keys and
// values behind the names of secrets. It is for log lines, and for frames that
// cannot be read.
func RedactText(s string) string {
	if !suspicious(s) {
		return s
	}
	s = privateKeys.ReplaceAllString(s, Redacted)
	s = hideCredentials(s)
	s = encodedURL.ReplaceAllString(s, "${1}"+Redacted+"%40")
	s = queryKeys.ReplaceAllString(s, "${1}"+Redacted)
	s = uploads.ReplaceAllString(s, "${1}"+Redacted)
	s = headers.ReplaceAllString(s, "${1}"+Redacted)
	if !secretNames.MatchString(s) {
		return s
	}
	s = assigned.ReplaceAllString(s, "${1}"+Redacted)
	return valued.ReplaceAllString(s, "${1}"+Redacted)
}

// hideCredentials replaces what stands before the host of an address. People
// write passwords into addresses as they are, signs that end a host included.
func hideCredentials(s string) string {
	var b strings.Builder
	done := 0
	for _, at := range scheme.FindAllStringIndex(s, -1) {
		start := at[1]
		if start < done {
			continue // in the credentials of the one before
		}
		n := credentialsLen(s[start:])
		if n < 0 {
			continue
		}
		b.WriteString(s[done:start])
		b.WriteString(Redacted)
		done = start + n
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// maxAddress bounds how far credentials are looked for, in bytes; OCPP's longest
// address has 2,000.
const maxAddress = 4096

// credentialsLen returns the length of the credentials that an address has
// behind its scheme, or -1 for none.
func credentialsLen(rest string) int {
	rest = rest[:min(len(rest), maxAddress)]
	if end := strings.IndexAny(rest, " \t\r\n\"<>"); end >= 0 {
		rest = rest[:end]
	}
	host := rest
	if end := strings.IndexAny(rest, `/?#\`); end >= 0 {
		host = rest[:end]
	}
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		return at
	}
	// A colon that no port follows was that of a password.
	_, port, ok := strings.Cut(host, ":")
	if !ok || strings.HasPrefix(host, "[") || digits(port, 0) == len(port) {
		return -1
	}
	return strings.LastIndexByte(rest, '@')
}
