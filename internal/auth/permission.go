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

// screenName is the permission of a screen's key, which is made for a site and not
// given to others.
const screenName = "screen"

// ownName is the permission that comes with a role, and no key is given.
const ownName = "own"

// effective are the permissions of a key with those that come by others.
func effective(k *charging.APIKey) charging.Permission {
	all := k.Permissions
	if !IsUser(k) && all&charging.PermitManage != 0 {
		all |= charging.PermitOwn
	}
	if all&charging.PermitRead != 0 {
		all |= charging.PermitScreen
	}
	return all
}

// IsScreen reports whether a key is that of a screen.
func IsScreen(k *charging.APIKey) bool { return k.Permissions&charging.PermitScreen != 0 }

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
	if all&charging.PermitScreen != 0 {
		words = append(words, screenName)
	}
	return strings.Join(words, ",")
}

// PermissionWords are the names of what a key or a user may do.
func PermissionWords(k *charging.APIKey) []string {
	var words []string
	for _, p := range permissionNames {
		if k.Permissions&p.permission != 0 {
			words = append(words, p.name)
		}
	}
	if IsScreen(k) {
		words = append(words, screenName)
	}
	if effective(k)&charging.PermitOwn != 0 {
		words = append(words, ownName)
	}
	return words
}

// Permits reports with a Refused error that a key lacks a permission, in the
// words of contract 1.4; nil when it has it.
func Permits(k *charging.APIKey, need charging.Permission) error {
	missing := need &^ effective(k)
	if missing&charging.PermitScreen != 0 { // one gets it with the other
		missing = missing&^charging.PermitScreen | charging.PermitRead
	}
	switch {
	case missing == 0:
		return nil
	case !IsUser(k):
		if missing&charging.PermitOwn != 0 {
			missing = missing&^charging.PermitOwn | charging.PermitManage
		}
		return charging.Errorf(charging.Refused, "This API key may not do that: it lacks %q", FormatPermissions(missing))
	case missing&^charging.PermitOwn == 0:
		return charging.Errorf(charging.Refused, "Only an owner may do that; ask one")
	}
	return charging.Errorf(charging.Refused, "A viewer may look, and not do that; ask a manager or an owner")
}
