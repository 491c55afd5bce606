package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// NewUser asks for a person who may sign in.
type NewUser struct {
	Email        string        `json:"email"`
	Name         string        `json:"name"`
	Role         string        `json:"role"`         // "" for owner
	Organization charging.ID   `json:"organization"` // 0 for the first one
	Sites        []charging.ID `json:"sites"`
	Password     string        `json:"password"` // "" for a link with which the person sets one
}

// MadeUser is a new user.
type MadeUser struct {
	ID   charging.ID `json:"id"`
	Link string      `json:"link"` // "" when the password was given
}

// UserRow is a row of the list of users.
type UserRow struct {
	ID           charging.ID   `json:"id"`
	Email        string        `json:"email"`
	Name         string        `json:"name"`
	Role         string        `json:"role"`
	Organization charging.ID   `json:"organizationId"`
	Sites        []charging.ID `json:"siteIds"`
	HasPassword  bool          `json:"hasPassword"`
	Disabled     bool          `json:"disabled"`
}

// UserByEmail asks for something about the user with an address.
type UserByEmail struct {
	Email string `json:"email"`
}

// UserLink is a link that signs a person in once.
type UserLink struct {
	Link string `json:"link"`
}

func listUsers(ctx context.Context, a *Admin, _ None) ([]UserRow, error) {
	all, err := a.store.Users(ctx)
	rows := []UserRow{}
	for _, u := range all {
		rows = append(rows, UserRow{ID: u.ID, Email: u.Email, Name: u.Name, Role: string(u.Role), Organization: u.OrganizationID,
			Sites: orEmpty(u.Sites), HasPassword: u.PasswordHash != "", Disabled: u.Disabled})
	}
	return rows, err
}

func createUser(ctx context.Context, a *Admin, in NewUser) (MadeUser, error) {
	u, err := a.newUser(&in)
	if err != nil {
		return MadeUser{}, err
	}
	if in.Password == "" && a.server == nil {
		return MadeUser{}, errNoLinks
	}
	if u.ID, err = a.fleet.NextID(charging.IDUser); err != nil {
		return MadeUser{}, err
	}
	err = a.updateUsers(ctx, "user create", func([]charging.User) (charging.UserChange, error) { return charging.UserChange{Save: u}, nil })
	if err != nil || in.Password != "" {
		return MadeUser{ID: u.ID}, err
	}
	link, err := a.userLink(u.ID)
	return MadeUser{u.ID, link}, err
}

func (a *Admin) newUser(in *NewUser) (*charging.User, error) {
	u := &charging.User{OrganizationID: in.Organization, Email: strings.TrimSpace(in.Email), Name: in.Name, Role: charging.Role(in.Role),
		Sites: in.Sites, CreatedAt: now(), UpdatedAt: now()}
	if wrong := auth.CheckEmail(u.Email); wrong != "" {
		return nil, charging.Errorf(charging.Invalid, "the e-mail address %s", wrong)
	}
	if u.Role == "" {
		u.Role = charging.RoleOwner
	}
	if !slices.Contains([]charging.Role{charging.RoleOwner, charging.RoleManager, charging.RoleViewer}, u.Role) {
		return nil, charging.Errorf(charging.Invalid, "--role: must be owner, manager or viewer")
	}
	e := a.fleet.Estate()
	if u.OrganizationID == 0 {
		u.OrganizationID = firstOrganization(e)
	}
	if e.Organization(u.OrganizationID) == nil {
		return nil, charging.Errorf(charging.Invalid, "--org: there is no organization %d", u.OrganizationID)
	}
	for _, id := range u.Sites {
		if s := e.Site(id); s == nil || !e.Inside(s.OrganizationID, u.OrganizationID) {
			return nil, charging.Errorf(charging.Invalid, "--site: there is no site %d in organization %d", id, u.OrganizationID)
		}
	}
	if len(u.Sites) > 0 && u.Role == charging.RoleOwner {
		return nil, charging.Errorf(charging.Invalid, "--site: an owner is limited to no sites; add --role manager or --role viewer")
	}
	if in.Password != "" {
		if err := auth.CheckPasswordPolicy(in.Password, u.Email); err != nil {
			return nil, err
		}
		u.PasswordHash = auth.HashPassword(in.Password)
	}
	return u, nil
}

func removeUser(ctx context.Context, a *Admin, in UserByEmail) (None, error) {
	u, err := a.userByEmail(ctx, in.Email)
	if err != nil {
		return None{}, err
	}
	return None{}, a.updateUsers(ctx, "user remove", func([]charging.User) (charging.UserChange, error) {
		return charging.UserChange{Remove: u.ID}, nil
	})
}

func linkUser(ctx context.Context, a *Admin, in UserByEmail) (UserLink, error) {
	if a.server == nil {
		return UserLink{}, errNoLinks
	}
	u, err := a.userByEmail(ctx, in.Email)
	if err != nil {
		return UserLink{}, err
	}
	if u.Disabled {
		return UserLink{}, charging.Errorf(charging.Invalid, "the user %s is disabled", u.Email)
	}
	link, err := a.userLink(u.ID)
	return UserLink{link}, err
}

var errNoLinks = charging.Errorf(charging.Unavailable, "links are good only while the server that made them runs; "+
	"start \"chargeyard serve\" first, or give a password with --password-file")

func (a *Admin) userByEmail(ctx context.Context, email string) (*charging.User, error) {
	u, err := a.store.UserByEmail(ctx, email)
	if err == nil && u == nil {
		err = charging.Errorf(charging.NotFound, "there is no user %q; \"chargeyard user list\" shows them", email)
	}
	return u, err
}

// userLink makes a link with which a user sets a password.
func (a *Admin) userLink(id charging.ID) (string, error) {
	path, err := a.server.api.UserLink(auth.LinkPassword, id)
	web, _ := Addresses(a.server.cfg, a.server.Addr())
	return web + path, err
}

func (a *Admin) updateUsers(ctx context.Context, actor string, plan func([]charging.User) (charging.UserChange, error)) error {
	if err := a.store.UpdateUsers(ctx, now().Truncate(time.Microsecond), actor, plan); err != nil {
		return err
	}
	if a.server != nil {
		return a.server.api.LoadUsers(ctx)
	}
	return nil
}

// OwnerLink is where the first user is made, who owns everything; "" when there
// are users. Each call makes an older link good for nothing.
func (a *App) OwnerLink() (string, error) {
	path, err := a.api.OwnerLink()
	if path == "" || err != nil {
		return "", err
	}
	web, _ := Addresses(a.cfg, a.Addr())
	return web + path, nil
}
