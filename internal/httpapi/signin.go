package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// SignIns keeps who is signed in; *store.Store is one.
type SignIns interface {
	SignIns(ctx context.Context) ([]charging.SignIn, error)
	SaveSignIns(ctx context.Context, list []charging.SignIn) error
	RemoveSignIns(ctx context.Context, ids []charging.ID) error
}

// signInPath is where people sign in and out.
const signInPath = "/api/sign-in"

// signInRoutes are how people sign in. They are nothing for keys.
func (a *API) signInRoutes() []route {
	if a.cfg.SignIns == nil || a.cfg.Administration == nil {
		return nil
	}
	return []route{
		{path: signInPath, handle: a.permitted(0, a.whoAsks)},
		{method: http.MethodPost, path: signInPath, handle: a.byPerson(a.signIn)},
		{method: http.MethodDelete, path: signInPath, handle: a.byPerson(a.signOut)},
		{path: signInPath + "/ways", handle: a.signInWays},
		{method: http.MethodPost, path: signInPath + "/link", handle: a.byPerson(a.useLink)},
		{method: http.MethodPost, path: signInPath + "/link/look", handle: a.byPerson(a.lookAtLink)},
		{method: http.MethodPost, path: signInPath + "/password", handle: a.permitted(0, a.changePassword)},
		{path: "/api/admin/sign-ins", handle: a.permitted(0, a.listSignIns)},
		{method: http.MethodDelete, path: "/api/admin/sign-ins/{id}", handle: a.permitted(0, a.endSignIn)},
		{method: http.MethodPost, path: "/api/admin/users/{id}/link", handle: a.permitted(charging.PermitManage|charging.PermitOwn, unlimited(a.linkForUser))},
	}
}

// byPerson makes a handler for requests without a key, which pages of other
// origins may not make.
func (a *API) byPerson(answer func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := sameOrigin(r)
		if err == nil {
			err = answer(w, r)
		}
		if err != nil {
			a.fail(w, r, err)
		}
	}
}

type signedInUser struct {
	ID             charging.ID   `json:"id"`
	Email          string        `json:"email"`
	Name           *string       `json:"name"`
	Role           charging.Role `json:"role"`
	OrganizationID charging.ID   `json:"organizationId"`
	Sites          []charging.ID `json:"siteIds"`
}

type askingKey struct {
	ID       charging.ID   `json:"id"`
	Name     string        `json:"name"`
	Sites    []charging.ID `json:"siteIds"`
	Chargers []charging.ID `json:"chargerIds"`
}

type whoJSON struct {
	User         *signedInUser `json:"user"`
	Key          *askingKey    `json:"key"`
	Permissions  []string      `json:"permissions"`
	Organization struct {
		ID   charging.ID `json:"id"`
		Name string      `json:"name"`
	} `json:"organization"`
	ExpiresAt instantJSON `json:"expiresAt"`
}

func (a *API) who(key *charging.APIKey) whoJSON {
	v := whoJSON{Permissions: auth.PermissionWords(key), ExpiresAt: instantJSON(key.ExpiresAt)}
	v.Organization.ID = key.OrganizationID
	if o := a.fleet.Estate().Organization(key.OrganizationID); o != nil {
		v.Organization.Name = o.Name
	}
	if u, known := a.people.User(-key.ID); auth.IsUser(key) && known {
		v.User = &signedInUser{ID: u.ID, Email: u.Email, Name: orNull(u.Name), Role: u.Role, OrganizationID: u.OrganizationID,
			Sites: append([]charging.ID{}, u.Sites...)}
	} else {
		v.Key = &askingKey{ID: key.ID, Name: key.Name, Sites: append([]charging.ID{}, key.Sites...),
			Chargers: append([]charging.ID{}, key.Chargers...)}
	}
	return v
}

// whoAsks answers GET /api/sign-in.
func (a *API) whoAsks(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	a.writeData(w, r, http.StatusOK, dataJSON[whoJSON]{a.who(key)})
	return nil
}

type signInWays struct {
	Password   bool         `json:"password"`
	NeedsOwner bool         `json:"needsOwner"`
	OpenID     *openIDNamed `json:"openId"`
}

// signInWays answers GET /api/sign-in/ways.
func (a *API) signInWays(w http.ResponseWriter, r *http.Request) {
	ways := signInWays{Password: true, NeedsOwner: a.people.Empty()}
	if a.cfg.OpenID != nil {
		ways.OpenID = &openIDNamed{a.cfg.OpenIDRules.Name}
	}
	a.writeData(w, r, http.StatusOK, dataJSON[signInWays]{ways})
}

// Guesses at passwords: of one address at one user, and of one address at all.
// Nobody is locked out by others: a user who comes from elsewhere is counted
// there.
const (
	guessesAtUser    = 10 // a minute
	guessesOfAddress = 60
)

// guess is who tries whose password.
type guess struct {
	from  netip.Prefix
	email string
}

var errWrongPassword = charging.Errorf(charging.Invalid, "The e-mail address or the password is wrong")

// mayGuess counts a try to sign in; false, and answered, when there were too many.
func (a *API) mayGuess(w http.ResponseWriter, r *http.Request, email string) bool {
	now := time.Now()
	from := networkOf(auth.ClientAddr(r, a.cfg.TrustedProxies))
	left := a.guesses.take(guess{from: from}, guessesOfAddress, now)
	if left.ok && email != "" {
		left = a.guesses.take(guess{from, strings.ToLower(strings.TrimSpace(email))}, guessesAtUser, now)
	}
	if left.ok {
		return true
	}
	if a.guesses.alarm(guess{from: from}, guessesOfAddress, now) {
		a.log.Warn("many tries to sign in from one address", "remote", from.String(),
			"fix", "If that is nobody of yours, block the address. Who signs in from elsewhere is not kept out.")
	}
	left.tell(w.Header())
	writeError(w, http.StatusTooManyRequests, "Too many tries to sign in; wait a moment")
	return false
}

// signIn answers POST /api/sign-in.
func (a *API) signIn(w http.ResponseWriter, r *http.Request) error {
	var b struct {
		Email    optional[string] `json:"email"`
		Password optional[string] `json:"password"`
	}
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	if !b.Email.has() || !b.Password.has() {
		return charging.Errorf(charging.Invalid, "email and password are needed")
	}
	if !a.mayGuess(w, r, b.Email.value) {
		return nil
	}
	user, err := a.cfg.Administration.UserByEmail(r.Context(), b.Email.value)
	if err != nil && !errors.Is(err, errNotFound) {
		return err
	}
	if user = auth.SignedIn(user, b.Password.value); user == nil {
		a.signInsRefused.Inc()
		writeError(w, http.StatusUnauthorized, errWrongPassword.Error())
		return nil
	}
	return a.begin(w, r, user.ID)
}

// begin signs a user in and answers who that is.
func (a *API) begin(w http.ResponseWriter, r *http.Request, user charging.ID) error {
	key, err := a.enter(w, r, user)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[whoJSON]{a.who(key)})
	return nil
}

// enter signs a user in: it stores that and sets the cookie. It returns what the
// user is as a key.
func (a *API) enter(w http.ResponseWriter, r *http.Request, user charging.ID) (*charging.APIKey, error) {
	id, err := a.cfg.Configuration.NextID(charging.IDSignIn)
	if err != nil {
		return nil, err
	}
	token, now := auth.NewToken(), time.Now().UTC().Truncate(time.Microsecond)
	v := charging.SignIn{ID: id, UserID: user, TokenHash: auth.HashKey(token), MadeAt: now, SeenAt: now, ExpiresAt: now.Add(auth.SignInLasts),
		Address: auth.ClientAddr(r, a.cfg.TrustedProxies).String(), Browser: strings.ToValidUTF8(cutText(r.UserAgent(), maxText), "")}
	if err := a.cfg.SignIns.SaveSignIns(r.Context(), []charging.SignIn{v}); err != nil {
		return nil, err
	}
	a.people.AddSignIns(v)
	a.setCookie(w, r, token)
	key := a.people.Find(v.TokenHash, now)
	if key == nil {
		return nil, charging.Errorf(charging.Refused, "This user may not sign in any more")
	}
	return key, nil
}

func cutText(text string, most int) string { return text[:min(len(text), most)] }

// signOut answers DELETE /api/sign-in. Who is not signed in is signed out.
func (a *API) signOut(w http.ResponseWriter, r *http.Request) error {
	if token := cookieOf(r); token != "" {
		id := a.people.SignInOf(auth.HashKey(token))
		if err := a.endSignIns(r.Context(), func(v *charging.SignIn) bool { return v.ID == id }); err != nil {
			return err
		}
	}
	a.setCookie(w, r, "")
	return a.done(w, r)
}

// endSignIns signs out those for which is reports true.
func (a *API) endSignIns(ctx context.Context, is func(*charging.SignIn) bool) error {
	ids := a.people.RemoveSignIns(is)
	if len(ids) == 0 {
		return nil
	}
	return a.cfg.SignIns.RemoveSignIns(ctx, ids)
}

// changePassword answers POST /api/sign-in/password: one's own. All other
// browsers of the user are signed out.
func (a *API) changePassword(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if !auth.IsUser(key) {
		return charging.Errorf(charging.Invalid, "A key has no password; sign in as a user")
	}
	var b struct {
		Old optional[string] `json:"old"`
		New optional[string] `json:"new"`
	}
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	if !a.mayGuess(w, r, key.Name) {
		return nil
	}
	user, _ := a.people.User(-key.ID)
	if auth.SignedIn(&user, b.Old.value) == nil {
		return charging.Errorf(charging.Invalid, "old: is not your password")
	}
	if err := auth.CheckPasswordPolicy(b.New.value, user.Email); err != nil {
		return charging.Errorf(charging.Invalid, "new: %s", strings.TrimPrefix(err.Error(), "password: "))
	}
	if err := a.setUserPassword(r.Context(), user.ID, b.New.value, actorOf(key)); err != nil {
		return err
	}
	own := a.people.SignInOf(key.Hash)
	err := a.endSignIns(r.Context(), func(v *charging.SignIn) bool { return v.UserID == user.ID && v.ID != own })
	if err != nil {
		return err
	}
	return a.done(w, r)
}

func (a *API) setUserPassword(ctx context.Context, id charging.ID, password, actor string) error {
	hash, now := auth.HashPassword(password), time.Now().UTC().Truncate(time.Microsecond)
	return a.updateUsers(ctx, now, actor, func(all []charging.User) (ch charging.UserChange, err error) {
		i := slices.IndexFunc(all, func(u charging.User) bool { return u.ID == id })
		if i < 0 {
			return ch, errNotFound
		}
		all[i].PasswordHash, all[i].UpdatedAt = hash, now
		ch.Save = &all[i]
		return ch, nil
	})
}

// updateUsers changes a user, and lets those who are signed in feel it at once.
func (a *API) updateUsers(ctx context.Context, at time.Time, actor string, plan func([]charging.User) (charging.UserChange, error)) error {
	if err := a.cfg.Administration.UpdateUsers(ctx, at, actor, plan); err != nil {
		return err
	}
	return a.LoadUsers(ctx)
}

// LoadUsers reads the users anew, after they were changed elsewhere.
func (a *API) LoadUsers(ctx context.Context) error {
	all, err := a.cfg.Administration.Users(ctx)
	if err == nil {
		a.people.SetUsers(all)
	}
	return err
}

// LoadPeople reads the users and who is signed in, at the start.
func (a *API) LoadPeople(ctx context.Context) error {
	if a.cfg.SignIns == nil || a.cfg.Administration == nil {
		return nil
	}
	if err := a.LoadUsers(ctx); err != nil {
		return err
	}
	list, err := a.cfg.SignIns.SignIns(ctx)
	if err == nil {
		a.people.AddSignIns(list...)
	}
	return err
}

// SaveSignInUses writes down which browsers were used, and forgets those that
// expired. It is to be called once a minute, and when the server stops.
func (a *API) SaveSignInUses(ctx context.Context) error {
	if a.cfg.SignIns == nil {
		return nil
	}
	used, expired := a.people.Used(time.Now())
	var err1, err2 error
	if len(used) > 0 {
		err1 = a.cfg.SignIns.SaveSignIns(ctx, used)
	}
	if len(expired) > 0 {
		err2 = a.cfg.SignIns.RemoveSignIns(ctx, expired)
	}
	return errors.Join(err1, err2)
}
