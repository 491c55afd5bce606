package config

import (
	"bytes"
	"fmt"
	"strings"
)

// Reference returns docs/reference/settings.md.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString(`# Settings

Every setting is a flag and a variable of the environment; a flag wins. There is no settings file.
This page is made from the settings themselves (` + "`go generate ./internal/config`" + `).

## On every command
`)
	writeTable(&b, OnAll)
	b.WriteString("\n## On `chargeyard serve`\n")
	writeTable(&b, OnServe)
	b.WriteString(`
Durations are written like ` + "`90s`, `10m` or `24h`" + `; lists are separated by commas.
`)
	return b.Bytes()
}

func writeTable(b *bytes.Buffer, group string) {
	b.WriteString("\n| flag | variable | default | what it does |\n| --- | --- | --- | --- |\n")
	for _, s := range Settings() {
		if s.On != group {
			continue
		}
		def := "none"
		if s.Default != "" {
			def = "`" + s.Default + "`"
		}
		help := s.Help
		if s.OneOf != nil {
			help += " One of `" + strings.Join(s.OneOf, "`, `") + "`."
		}
		fmt.Fprintf(b, "| `--%s` | `%s` | %s | %s |\n", s.Name, s.Variable, def, strings.ReplaceAll(help, "|", `\|`))
	}
}
