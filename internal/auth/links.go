package auth

import (
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// LinkKind is what a one-time link is good for.
type LinkKind string

// The kinds of links. The API shows them.
const (
	LinkOwner    LinkKind = "owner"    // makes the first user, who owns everything
	LinkPassword LinkKind = "password" // sets the password of a user, who is signed in then
	LinkSignIn   LinkKind = "signIn"   // signs a user in
)

// Link is a one-time link.
type Link struct {
	Kind      LinkKind
	UserID    charging.ID // 0 for LinkOwner
	ExpiresAt time.Time
}

// maxLinks bounds how many links there are at a time.
const maxLinks = 10_000

// Links are one-time links. They live in memory: a restart makes them useless,
// and nobody finds one in a backup. Its methods may be called by any goroutine.
type Links struct {
	mu     sync.Mutex
	byHash map[[32]byte]Link
}

// New makes a link and returns its token. An older one of the same kind and user
// is good for nothing any more.
func (l *Links) New(kind LinkKind, user charging.ID, expires time.Time) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for hash, old := range l.byHash {
		if old.Kind == kind && old.UserID == user {
			delete(l.byHash, hash)
		}
	}
	if len(l.byHash) >= maxLinks {
		return "", charging.Errorf(charging.Unavailable, "There are too many links that nobody used; they expire within a day")
	}
	if l.byHash == nil {
		l.byHash = make(map[[32]byte]Link)
	}
	token := NewToken()
	l.byHash[HashKey(token)] = Link{kind, user, expires}
	return token, nil
}

// Look returns what a token is good for at now; ok is false for nothing.
func (l *Links) Look(token string, now time.Time) (link Link, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hash := HashKey(token)
	link, ok = l.byHash[hash]
	if ok && !link.ExpiresAt.After(now) {
		delete(l.byHash, hash)
		ok = false
	}
	return link, ok
}

// Use is Look, and the link is good for nothing afterwards.
func (l *Links) Use(token string, now time.Time) (link Link, ok bool) {
	link, ok = l.Look(token, now)
	l.mu.Lock()
	defer l.mu.Unlock()
	_, still := l.byHash[HashKey(token)]
	delete(l.byHash, HashKey(token))
	return link, ok && still // another may have used it meanwhile
}
