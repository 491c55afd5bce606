package auth

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// DefaultPermissions are those of a key made without stating any: everything
// that the contract knows, which is not the administration (contract 1.4).
const DefaultPermissions = charging.PermitRead | charging.PermitControl

var permissionNames = []struct {
	permission charging.Permission
	name       string
}{
	{charging.PermitRead, "read"},
	{charging.PermitControl, "control"},
	{charging.PermitManage, "manage"},
}

// ParsePermissions reads a list such as "read,control,manage". Blanks around
// the words and repeats do not matter; an empty list is an error.
func ParsePermissions(list string) (charging.Permission, error) {
	var all charging.Permission
next:
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		for _, p := range permissionNames {
			if word == p.name {
				all |= p.permission
				continue next
			}
		}
		if word == "" {
			return 0, charging.Errorf(charging.Invalid, "permissions: name at least one of read, control and manage")
		}
		return 0, charging.Errorf(charging.Invalid, "permissions: %q is unknown; there are read, control and manage", word)
	}
	return all, nil
}

// FormatPermissions is the reverse of ParsePermissions; "" for none.
func FormatPermissions(all charging.Permission) string {
	var words []string
	for _, p := range permissionNames {
		if all&p.permission != 0 {
			words = append(words, p.name)
		}
	}
	return strings.Join(words, ",")
}

// Permits reports with a Refused error that a key lacks a permission, in the
// words of contract 1.4; nil when it has it.
func Permits(k *charging.APIKey, need charging.Permission) error {
	if missing := need &^ k.Permissions; missing != 0 {
		return charging.Errorf(charging.Refused, "This API key may not do that: it lacks %q", FormatPermissions(missing))
	}
	return nil
}
