package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// adminUserRoutes are people who may sign in.
func (a *API) adminUserRoutes() []route {
	const path = "/api/admin/users"
	return []route{
		a.owned(http.MethodGet, path, unlimited(a.adminUsers)),
		a.owned(http.MethodPost, path, unlimited(a.addUser)),
		a.owned(http.MethodGet, path+"/{id}", unlimited(a.adminUser)),
		a.owned(http.MethodPatch, path+"/{id}", unlimited(a.changeUser)),
		a.owned(http.MethodDelete, path+"/{id}", unlimited(a.removeUser)),
	}
}

type adminUserJSON struct {
	ID             charging.ID   `json:"id"`
	OrganizationID charging.ID   `json:"organizationId"`
	Email          string        `json:"email"`
	Name           *string       `json:"name"`
	Role           charging.Role `json:"role"`
	Sites          []charging.ID `json:"siteIds"`
	HasPassword    bool          `json:"hasPassword"`
	Disabled       bool          `json:"disabled"`
	CreatedAt      instantJSON   `json:"createdAt"`
	UpdatedAt      instantJSON   `json:"updatedAt"`
}

func userRow(u *charging.User) adminUserJSON {
	return adminUserJSON{ID: u.ID, OrganizationID: u.OrganizationID, Email: u.Email, Name: orNull(u.Name), Role: u.Role,
		Sites: append([]charging.ID{}, u.Sites...), HasPassword: u.PasswordHash != "", Disabled: u.Disabled,
		CreatedAt: instantJSON(u.CreatedAt), UpdatedAt: instantJSON(u.UpdatedAt)}
}

// adminUsers answers GET /api/admin/users, by id.
func (a *API) adminUsers(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	all, err := a.cfg.Administration.Users(r.Context())
	if err != nil {
		return err
	}
	sorted := make([]*charging.User, len(all))
	for i := range all {
		sorted[i] = &all[i]
	}
	e := a.fleet.Estate()
	list, err := adminList(parametersOf(r), sorted, func(u *charging.User) charging.ID { return u.ID },
		func(u *charging.User) bool { return sees(e, key, u.OrganizationID) }, userRow)
	if err == nil {
		a.writeData(w, r, http.StatusOK, list)
	}
	return err
}

// userOf finds the user that the path names among all.
func (a *API) userOf(r *http.Request, key *charging.APIKey, all []charging.User) (*charging.User, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(u charging.User) bool { return u.ID == id })
	if i < 0 || !sees(a.fleet.Estate(), key, all[i].OrganizationID) {
		return nil, errNotFound
	}
	return &all[i], nil
}

func (a *API) pathUser(r *http.Request, key *charging.APIKey) (*charging.User, error) {
	all, err := a.cfg.Administration.Users(r.Context())
	if err != nil {
		return nil, err
	}
	return a.userOf(r, key, all)
}

// adminUser answers GET /api/admin/users/{id}.
func (a *API) adminUser(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	u, err := a.pathUser(r, key)
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminUserJSON]{userRow(u)})
	}
	return err
}

type userBody struct {
	OrganizationID optional[charging.ID]   `json:"organizationId"`
	Email          optional[string]        `json:"email"`
	Name           optional[string]        `json:"name"`
	Role           optional[string]        `json:"role"`
	Sites          optional[[]charging.ID] `json:"siteIds"`
	Password       optional[string]        `json:"password"`
	Disabled       optional[bool]          `json:"disabled"`

	hash string // of the password
}

// readUser reads the body of a request, and hashes the password in it before
// anything is locked, since that takes its time.
func readUser(w http.ResponseWriter, r *http.Request, email string) (*userBody, error) {
	b := &userBody{}
	if err := readMembers(w, r, maxBody, b); err != nil {
		return nil, err
	}
	if b.Email.has() {
		email = b.Email.value
	}
	if b.Password.has() {
		if err := auth.CheckPasswordPolicy(b.Password.value, strings.TrimSpace(email)); err != nil {
			return nil, err
		}
		b.hash = auth.HashPassword(b.Password.value)
	}
	return b, nil
}

// apply takes over what was given.
func (b *userBody) apply(e *fleet.Estate, key *charging.APIKey, u *charging.User) (err error) {
	if b.OrganizationID.given {
		if u.OrganizationID, err = organizationGiven(e, key, "organizationId", b.OrganizationID); err != nil {
			return err
		}
	}
	if b.Email.given {
		email := strings.TrimSpace(b.Email.value)
		if !strings.EqualFold(email, u.Email) { // it may be another person's account now
			u.OpenIDIssuer, u.OpenIDSubject = "", ""
		}
		u.Email = email
	}
	if wrong := auth.CheckEmail(u.Email); wrong != "" {
		return charging.Errorf(charging.Invalid, "email: %s", wrong)
	}
	if err := textGiven("name", b.Name, maxText, &u.Name); err != nil {
		return err
	}
	if b.Role.given {
		u.Role = charging.Role(b.Role.value)
	}
	switch u.Role {
	case charging.RoleOwner, charging.RoleManager, charging.RoleViewer:
	default:
		return charging.Errorf(charging.Invalid, "role: must be owner, manager or viewer")
	}
	if b.Sites.given {
		u.Sites = idSet(b.Sites.value)
	}
	for _, id := range u.Sites {
		if s := e.Site(id); s == nil && b.Sites.given || s != nil && !e.Inside(s.OrganizationID, u.OrganizationID) {
			return charging.Errorf(charging.Invalid, "siteIds: there is no site %d in organization %d", id, u.OrganizationID)
		}
	}
	if len(u.Sites) > 0 && u.Role == charging.RoleOwner {
		return charging.Errorf(charging.Invalid, "siteIds: an owner is limited to no sites; make the user a manager or viewer")
	}
	if b.Disabled.given {
		u.Disabled = b.Disabled.value
	}
	if b.Password.given {
		u.PasswordHash = b.hash
	}
	return nil
}

// idSet returns ids in order, each once.
func idSet(ids []charging.ID) []charging.ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// addUser answers POST /api/admin/users.
func (a *API) addUser(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	b, err := readUser(w, r, "")
	if err != nil {
		return err
	}
	id, err := a.cfg.Configuration.NextID(charging.IDUser)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	made := charging.User{ID: id, OrganizationID: key.OrganizationID, CreatedAt: now, UpdatedAt: now}
	err = a.updateUsers(r.Context(), now, actorOf(key), func([]charging.User) (ch charging.UserChange, err error) {
		if err = b.apply(a.fleet.Estate(), key, &made); err != nil {
			return ch, err
		}
		ch.Save = &made
		return ch, nil
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminUserJSON]{userRow(&made)})
	}
	return err
}

// changeUser answers PATCH /api/admin/users/{id}.
func (a *API) changeUser(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	old, err := a.pathUser(r, key)
	if err != nil {
		return err // before the body is looked at
	}
	b, err := readUser(w, r, old.Email)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	var next charging.User
	err = a.updateUsers(r.Context(), now, actorOf(key), func(all []charging.User) (ch charging.UserChange, err error) {
		old, err := a.userOf(r, key, all)
		if err != nil {
			return ch, err
		}
		next = *old
		if err = b.apply(a.fleet.Estate(), key, &next); err != nil {
			return ch, err
		}
		if err = a.stillOwned(all, old, &next); err != nil {
			return ch, err
		}
		next.UpdatedAt = now
		ch.Save = &next
		return ch, nil
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminUserJSON]{userRow(&next)})
	}
	return err
}

// removeUser answers DELETE /api/admin/users/{id}.
func (a *API) removeUser(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	err := a.updateUsers(r.Context(), now, actorOf(key), func(all []charging.User) (ch charging.UserChange, err error) {
		old, err := a.userOf(r, key, all)
		if err != nil {
			return ch, err
		}
		if err = a.stillOwned(all, old, nil); err != nil {
			return ch, err
		}
		ch.Remove = old.ID
		return ch, nil
	})
	if err != nil {
		return err
	}
	return a.done(w, r)
}

// stillOwned sees to it that an organization that has an owner, its own or of
// one above it, still has one when a user changes, or goes (nil).
func (a *API) stillOwned(all []charging.User, old, next *charging.User) error {
	e := a.fleet.Estate()
	if !old.Owns() || next != nil && next.Owns() && e.Inside(old.OrganizationID, next.OrganizationID) {
		return nil
	}
	for i := range all {
		if u := &all[i]; u.ID != old.ID && u.Owns() && e.Inside(old.OrganizationID, u.OrganizationID) {
			return nil
		}
	}
	return charging.Errorf(charging.Invalid, "This is the last owner of organization %d; make somebody else one first", old.OrganizationID)
}
