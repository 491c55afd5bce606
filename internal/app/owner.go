package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// startOwner makes the first owner that the settings name, when there is none: for
// installations at which nobody is there to open the link.
func (a *App) startOwner(ctx context.Context) error {
	if a.cfg.AdminEmail == "" {
		return nil
	}
	owned := func(all []charging.User) bool {
		return slices.ContainsFunc(all, func(u charging.User) bool { return u.Role == charging.RoleOwner })
	}
	all, err := a.admin.store.Users(ctx)
	if err != nil || owned(all) {
		return err
	}
	password, err := readSecretFile("--admin-password-file", a.cfg.AdminPasswordFile)
	if err != nil {
		return err
	}
	u, err := a.admin.newUser(&NewUser{Email: a.cfg.AdminEmail, Password: password})
	if err != nil {
		return charging.Errorf(charging.Invalid, "making the first owner (--admin-email): %w", err)
	}
	if i := slices.IndexFunc(all, func(other charging.User) bool { return strings.EqualFold(other.Email, u.Email) }); i >= 0 {
		return charging.Errorf(charging.Conflict, "--admin-email: %s is there already, as %s; make somebody else the first owner, or remove that user",
			u.Email, all[i].Role)
	}
	if u.ID, err = a.admin.fleet.NextID(charging.IDUser); err != nil {
		return err
	}
	err = a.admin.store.UpdateUsers(ctx, now().Truncate(time.Microsecond), "serve --admin-email", func([]charging.User) (charging.UserChange, error) {
		return charging.UserChange{Save: u}, nil
	})
	if err == nil {
		a.log.Info("made the first owner", "email", u.Email)
	}
	return err
}

// readSecretFile returns the first line of the file that a setting names.
func readSecretFile(flag, name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", charging.Errorf(charging.Invalid, "%s: the file cannot be read: %w", flag, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 4096))
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", charging.Errorf(charging.Invalid, "%s: there is nothing in the first line of %s", flag, name)
	}
	return line, nil
}
