package httpapi

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// userAt returns the user who somebody at the other service is: who was found
// before, by the service's name of the person, which stays; else once by an e-mail
// address that the service verified, and which may be somebody else's later.
func (a *API) userAt(ctx context.Context, p *auth.OpenIDPerson) (charging.ID, error) {
	all, err := a.cfg.Administration.Users(ctx)
	if err != nil {
		return 0, err
	}
	if u := linked(all, p); u != nil {
		return u.ID, mayEnter(u)
	}
	if p.Email == "" || !p.EmailVerified {
		return 0, &auth.OpenIDError{Problem: auth.OpenIDNotVerified}
	}
	id := charging.ID(0)
	if a.cfg.OpenIDRules.Viewers && withEmail(all, p.Email) == nil {
		if id, err = a.cfg.Configuration.NextID(charging.IDUser); err != nil {
			return 0, err
		}
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	err = a.updateUsers(ctx, now, "user "+p.Email, func(all []charging.User) (ch charging.UserChange, err error) {
		u := linked(all, p) // in another browser meanwhile
		if u == nil {
			if u, err = a.joining(all, p, id, now); err != nil {
				return ch, err
			}
			ch.Save = u
		}
		id = u.ID
		return ch, mayEnter(u)
	})
	return id, err
}

// joining returns the user with a person's address, who from now on is that
// person, or a new viewer with the id if there is one to be.
func (a *API) joining(all []charging.User, p *auth.OpenIDPerson, id charging.ID, now time.Time) (*charging.User, error) {
	u := withEmail(all, p.Email)
	switch {
	case u != nil && u.OpenIDIssuer == p.Issuer && u.OpenIDSubject != "":
		return nil, &auth.OpenIDError{Problem: auth.OpenIDOther}
	case u != nil:
		u.OpenIDIssuer, u.OpenIDSubject, u.UpdatedAt = p.Issuer, p.Subject, now
		return u, nil
	case id == 0 || len(all) == 0: // the first user is an owner, who is made with the link of the start
		return nil, &auth.OpenIDError{Problem: auth.OpenIDUnknown}
	case auth.CheckEmail(p.Email) != "":
		return nil, &auth.OpenIDError{Problem: auth.OpenIDNotVerified}
	}
	organization := a.cfg.OpenIDRules.Organization
	if organization == 0 {
		organization = a.oldestOrganization()
	}
	if a.fleet.Estate().Organization(organization) == nil {
		return nil, charging.Errorf(charging.NotFound, "--openid-organization: there is no organization %d", organization)
	}
	return &charging.User{ID: id, OrganizationID: organization, Email: p.Email, Name: strings.ToValidUTF8(cutText(p.Name, maxText), ""),
		Role: charging.RoleViewer, OpenIDIssuer: p.Issuer, OpenIDSubject: p.Subject, CreatedAt: now, UpdatedAt: now}, nil
}

// linked is the user who was found as a person before; nil for none.
func linked(all []charging.User, p *auth.OpenIDPerson) *charging.User {
	i := slices.IndexFunc(all, func(u charging.User) bool {
		return u.OpenIDSubject != "" && u.OpenIDSubject == p.Subject && u.OpenIDIssuer == p.Issuer
	})
	if i < 0 {
		return nil
	}
	return &all[i]
}

// withEmail is the user with an address; nil for none. Letter case does not matter
// in ASCII: elsewhere two signs of different people can be the same one's cases.
func withEmail(all []charging.User, email string) *charging.User {
	plain := printable(email) == email
	i := slices.IndexFunc(all, func(u charging.User) bool { return u.Email == email || plain && strings.EqualFold(u.Email, email) })
	if i < 0 {
		return nil
	}
	return &all[i]
}

func mayEnter(u *charging.User) error {
	if u.Disabled {
		return &auth.OpenIDError{Problem: auth.OpenIDDisabled}
	}
	return nil
}

// oldestOrganization is the one that a first start made; 0 for none.
func (a *API) oldestOrganization() charging.ID {
	for _, o := range a.fleet.Estate().Organizations() {
		if o.ParentID == 0 {
			return o.ID
		}
	}
	return 0
}
