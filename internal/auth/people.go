package auth

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// SignInLasts is how long a browser stays signed in after it was last used.
const SignInLasts = 30 * 24 * time.Hour

// UserPerMinute is how many requests a user may make in a minute: a page makes
// several at once.
const UserPerMinute = 1200

// NewToken makes 256 random bits as text, for a cookie or a link.
func NewToken() string { return rand.Text() + rand.Text() }

// People are the users and the browsers in which they are signed in, in memory.
// Its methods may be called by any goroutine.
type People struct {
	mu      sync.RWMutex
	users   map[charging.ID]charging.User
	signIns map[[32]byte]*signIn
}

type signIn struct {
	charging.SignIn
	used bool // since it was last taken by Used
}

// SetUsers replaces all users. Who is signed in without being one any more is
// not found.
func (p *People) SetUsers(all []charging.User) {
	users := make(map[charging.ID]charging.User, len(all))
	for i := range all {
		users[all[i].ID] = all[i]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users = users
}

// Empty reports whether there is no user at all.
func (p *People) Empty() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.users) == 0
}

// AddSignIns adds browsers in which users are signed in.
func (p *People) AddSignIns(list ...charging.SignIn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.signIns == nil {
		p.signIns = make(map[[32]byte]*signIn)
	}
	for _, v := range list {
		p.signIns[v.TokenHash] = &signIn{SignIn: v}
	}
}

// RemoveSignIns takes away those for which is reports true, and returns their ids.
func (p *People) RemoveSignIns(is func(*charging.SignIn) bool) (ids []charging.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for hash, v := range p.signIns {
		if is(&v.SignIn) {
			ids = append(ids, v.ID)
			delete(p.signIns, hash)
		}
	}
	slices.Sort(ids)
	return ids
}

// SignIns returns who is signed in at now, newest first.
func (p *People) SignIns(now time.Time) []charging.SignIn {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var list []charging.SignIn
	for _, v := range p.signIns {
		if _, known := p.users[v.UserID]; known && v.ExpiresAt.After(now) {
			list = append(list, v.SignIn)
		}
	}
	slices.SortFunc(list, func(a, b charging.SignIn) int { return int(b.ID - a.ID) })
	return list
}

// User returns the user with an id, and whether there is one.
func (p *People) User(id charging.ID) (charging.User, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	u, known := p.users[id]
	return u, known
}

// SignInOf returns the id of the sign-in with a token; 0 for none.
func (p *People) SignInOf(hash [32]byte) charging.ID {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if v := p.signIns[hash]; v != nil {
		return v.ID
	}
	return 0
}

// Find returns who is signed in with a token at now, as a key that may do what
// the user may; nil when nobody is. The key's id is the user's, negative, since no
// key has that.
func (p *People) Find(hash [32]byte, now time.Time) *charging.APIKey {
	p.mu.RLock()
	defer p.mu.RUnlock()
	v := p.signIns[hash]
	if v == nil || !v.ExpiresAt.After(now) {
		return nil
	}
	u, known := p.users[v.UserID]
	if !known || u.Disabled {
		return nil
	}
	return &charging.APIKey{ID: -u.ID, OrganizationID: u.OrganizationID, Name: u.Email, Hash: hash, Sites: u.Sites,
		Permissions: UserPermissions(u.Role), PerMinute: UserPerMinute, CreatedAt: v.MadeAt, ExpiresAt: v.ExpiresAt}
}

// Note remembers that a browser was used at now, from an address; to the minute,
// which is as often as it is written down.
func (p *People) Note(hash [32]byte, address string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.signIns[hash]
	if v == nil || now.Sub(v.SeenAt) < time.Minute && v.Address == address {
		return
	}
	v.SeenAt, v.ExpiresAt, v.Address, v.used = now, now.Add(SignInLasts), address, true
}

// Used returns the sign-ins that were used since it was last called, and the ids
// of those that expired, which are forgotten.
func (p *People) Used(now time.Time) (used []charging.SignIn, expired []charging.ID) {
	expired = p.RemoveSignIns(func(v *charging.SignIn) bool { return !v.ExpiresAt.After(now) })
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range p.signIns {
		if v.used {
			used = append(used, v.SignIn)
			v.used = false
		}
	}
	return used, expired
}

// IsUser reports whether a key stands for a user who is signed in.
func IsUser(k *charging.APIKey) bool { return k.ID < 0 }
