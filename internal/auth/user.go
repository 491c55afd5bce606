package auth

import (
	"strings"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// nobodysHash is checked when there is no user, so that a guess takes as long
// whether the address is known or not.
var nobodysHash = sync.OnceValue(func() string { return HashPassword("nobody has this password") })

// checking bounds how many passwords are checked at once, and so the memory
// that guesses can take.
var checking = make(chan struct{}, 4)

// SignedIn returns the user when the password is theirs, else nil: for an
// unknown user (nil), one without a password and a disabled one, too. It always
// takes the time of one check.
func SignedIn(user *charging.User, password string) *charging.User {
	checking <- struct{}{}
	defer func() { <-checking }()
	hash := nobodysHash()
	known := user != nil && user.PasswordHash != "" && !user.Disabled
	if known {
		hash = user.PasswordHash
	}
	if !CheckPassword(hash, password) || !known {
		return nil
	}
	return user
}

// CheckEmail says what is wrong with an e-mail address; "" for nothing. Only its
// form is looked at.
func CheckEmail(email string) string {
	name, host, ok := strings.Cut(email, "@")
	switch {
	case len(email) > 254:
		return "must be at most 254 characters"
	case !ok || name == "" || host == "" || strings.ContainsAny(host, "@") || strings.ContainsAny(email, " \t\r\n<>,;\"") ||
		strings.HasPrefix(host, ".") || strings.HasSuffix(host, "."):
		return "must be an e-mail address such as ada@example.org"
	}
	for _, r := range email {
		if r < ' ' || r == 0x7f {
			return "must be an e-mail address such as ada@example.org"
		}
	}
	return ""
}

// UserPermissions are what a role may do.
func UserPermissions(role charging.Role) charging.Permission {
	switch role {
	case charging.RoleOwner:
		return charging.PermitRead | charging.PermitControl | charging.PermitManage | charging.PermitOwn
	case charging.RoleManager:
		return charging.PermitRead | charging.PermitControl | charging.PermitManage
	default:
		return charging.PermitRead
	}
}
