package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// ownerLinkLasts is for the link that a first start prints, userLinkLasts for
	// those that owners hand to people.
	ownerLinkLasts = 30 * time.Minute
	userLinkLasts  = 24 * time.Hour
)

var errOldLink = charging.Errorf(charging.Invalid, "This link was used already, or is too old. "+
	"An owner makes a new one; on the server, \"chargeyard user link\" does")

// OwnerLink makes the link with which the first user is made; "" when there are
// users.
func (a *API) OwnerLink() (string, error) {
	if a.cfg.SignIns == nil || !a.people.Empty() {
		return "", nil
	}
	return a.link(auth.LinkOwner, 0, ownerLinkLasts)
}

// UserLink makes a link for a user, which is good for a day.
func (a *API) UserLink(kind auth.LinkKind, user charging.ID) (string, error) {
	return a.link(kind, user, userLinkLasts)
}

// link returns the path of a new link. What makes it good is behind the #, which
// browsers send to nobody and no log holds.
func (a *API) link(kind auth.LinkKind, user charging.ID, lasts time.Duration) (string, error) {
	token, err := a.links.New(kind, user, time.Now().Add(lasts))
	return "/setup#" + token, err
}

type linkBody struct {
	Token    optional[string] `json:"token"`
	Email    optional[string] `json:"email"`
	Name     optional[string] `json:"name"`
	Password optional[string] `json:"password"`
}

type linkJSON struct {
	Kind      auth.LinkKind `json:"kind"`
	Email     *string       `json:"email"`
	ExpiresAt instantJSON   `json:"expiresAt"`
}

// lookAtLink answers POST /api/sign-in/link/look.
func (a *API) lookAtLink(w http.ResponseWriter, r *http.Request) error {
	var b linkBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	if !a.mayGuess(w, r, "") {
		return nil
	}
	link, ok := a.links.Look(b.Token.value, time.Now())
	if !ok {
		return errOldLink
	}
	v := linkJSON{Kind: link.Kind, ExpiresAt: instantJSON(link.ExpiresAt)}
	if u, known := a.people.User(link.UserID); known {
		v.Email = &u.Email
	}
	a.writeData(w, r, http.StatusOK, dataJSON[linkJSON]{v})
	return nil
}

// useLink answers POST /api/sign-in/link, which signs somebody in.
func (a *API) useLink(w http.ResponseWriter, r *http.Request) error {
	var b linkBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	if !a.mayGuess(w, r, "") {
		return nil
	}
	link, ok := a.links.Look(b.Token.value, time.Now())
	if !ok {
		return errOldLink
	}
	user, known := a.people.User(link.UserID)
	if link.Kind != auth.LinkOwner && (!known || user.Disabled) {
		return errOldLink
	}
	if link.Kind != auth.LinkSignIn {
		email := user.Email
		if link.Kind == auth.LinkOwner {
			email = strings.TrimSpace(b.Email.value)
			if wrong := auth.CheckEmail(email); wrong != "" {
				return charging.Errorf(charging.Invalid, "email: %s", wrong)
			}
		}
		if err := auth.CheckPasswordPolicy(b.Password.value, email); err != nil {
			return err
		}
	}
	// What was wrong can be mended; only now is the link used up.
	if _, ok := a.links.Use(b.Token.value, time.Now()); !ok {
		return errOldLink
	}
	switch link.Kind {
	case auth.LinkOwner:
		id, err := a.addOwner(r, &b)
		if err != nil {
			return err
		}
		return a.begin(w, r, id)
	case auth.LinkPassword:
		if err := a.setUserPassword(r.Context(), user.ID, b.Password.value, "user "+user.Email); err != nil {
			return err
		}
		// Whoever knew the old password is signed out.
		if err := a.endSignIns(r.Context(), func(v *charging.SignIn) bool { return v.UserID == user.ID }); err != nil {
			return err
		}
	}
	return a.begin(w, r, user.ID)
}

// addOwner makes the first user, of the oldest organization.
func (a *API) addOwner(r *http.Request, b *linkBody) (charging.ID, error) {
	id, err := a.cfg.Configuration.NextID(charging.IDUser)
	if err != nil {
		return 0, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	made := charging.User{ID: id, Email: strings.TrimSpace(b.Email.value), Role: charging.RoleOwner,
		PasswordHash: auth.HashPassword(b.Password.value), CreatedAt: now, UpdatedAt: now}
	if err := textGiven("name", b.Name, maxText, &made.Name); err != nil {
		return 0, err
	}
	made.OrganizationID = a.oldestOrganization()
	err = a.updateUsers(r.Context(), now, "user "+made.Email, func(all []charging.User) (ch charging.UserChange, err error) {
		if len(all) > 0 {
			return ch, errOldLink
		}
		ch.Save = &made
		return ch, nil
	})
	return id, err
}

type userLinkJSON struct {
	Link      string      `json:"link"`
	ExpiresAt instantJSON `json:"expiresAt"`
}

// linkForUser answers POST /api/admin/users/{id}/link: a link with which a user
// sets a password, the first or a new one.
func (a *API) linkForUser(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	u, err := a.pathUser(r, key)
	if err != nil {
		return err
	}
	if u.Disabled {
		return charging.Errorf(charging.Invalid, "User %d is disabled; enable the user first", u.ID)
	}
	path, err := a.UserLink(auth.LinkPassword, u.ID)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[userLinkJSON]{userLinkJSON{a.cfg.PublicURL + path, instantJSON(time.Now().Add(userLinkLasts))}})
	return nil
}

type signInJSON struct {
	ID        charging.ID `json:"id"`
	UserID    charging.ID `json:"userId"`
	Email     string      `json:"email"`
	Address   string      `json:"address"`
	Browser   string      `json:"browser"`
	MadeAt    instantJSON `json:"madeAt"`
	SeenAt    instantJSON `json:"seenAt"`
	ExpiresAt instantJSON `json:"expiresAt"`
	Own       bool        `json:"own"`
}

// signInsSeen are the sign-ins that may be seen and ended with a key: a user's
// own, and an owner's of the whole organization.
func (a *API) signInsSeen(key *charging.APIKey) []charging.SignIn {
	e := a.fleet.Estate()
	owns := !key.Limited() && auth.Permits(key, charging.PermitOwn) == nil
	return slices.DeleteFunc(a.people.SignIns(time.Now()), func(v charging.SignIn) bool {
		u, _ := a.people.User(v.UserID)
		return v.UserID != -key.ID && !(owns && sees(e, key, u.OrganizationID))
	})
}

// listSignIns answers GET /api/admin/sign-ins, newest first.
func (a *API) listSignIns(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	rows, own := []signInJSON{}, a.people.SignInOf(key.Hash)
	for _, v := range a.signInsSeen(key) {
		u, _ := a.people.User(v.UserID)
		rows = append(rows, signInJSON{ID: v.ID, UserID: v.UserID, Email: u.Email, Address: v.Address, Browser: v.Browser,
			MadeAt: instantJSON(v.MadeAt), SeenAt: instantJSON(v.SeenAt), ExpiresAt: instantJSON(v.ExpiresAt), Own: v.ID == own})
	}
	a.writeData(w, r, http.StatusOK, dataJSON[[]signInJSON]{rows})
	return nil
}

// endSignIn answers DELETE /api/admin/sign-ins/{id}.
func (a *API) endSignIn(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(a.signInsSeen(key), func(v charging.SignIn) bool { return v.ID == id }) {
		return errNotFound
	}
	if err := a.endSignIns(r.Context(), func(v *charging.SignIn) bool { return v.ID == id }); err != nil {
		return err
	}
	return a.done(w, r)
}
