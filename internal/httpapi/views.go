package httpapi

import (
	"container/list"
	"sync"

	"github.com/chargeyard/chargeyard/internal/auth"
)

// views keeps the documents of the scopes that are asked for, those asked for
// last within a budget of bytes. A document that was let go is joined again
// from the pieces.
type views struct {
	pieces  pieces
	screens pieces // without who charges
	budget  int64

	mu    sync.Mutex
	of    map[string]*list.Element // by scope
	order list.List                // of *viewEntry, asked for last in front
	used  int64
}

type viewEntry struct {
	key  string
	view *view
	size int64 // as last counted
}

func newViews(budget int64) *views {
	return &views{screens: pieces{nobody: true}, budget: budget, of: make(map[string]*list.Element)}
}

// piecesOf returns the pieces that a scope may see.
func (v *views) piecesOf(scope auth.Scope) *pieces {
	if scope.Nobody() {
		return &v.screens
	}
	return &v.pieces
}

// get returns the view of a scope. Keys of equal scope share it.
func (v *views) get(scope auth.Scope) *view {
	key := scope.String()
	v.mu.Lock()
	defer v.mu.Unlock()
	if at, ok := v.of[key]; ok {
		v.order.MoveToFront(at)
		return at.Value.(*viewEntry).view
	}
	entry := &viewEntry{key: key, view: &view{sight: sight{scope: scope}, pieces: v.piecesOf(scope)}}
	v.of[key] = v.order.PushFront(entry)
	return entry.view
}

// count notes how large a view's document has become and lets go of what is
// over the budget, the view itself if it alone is too large.
func (v *views) count(of *view, size int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, ok := v.of[of.sight.String()]
	if !ok || at.Value.(*viewEntry).view != of {
		return
	}
	entry := at.Value.(*viewEntry)
	v.used += size - entry.size
	entry.size = size
	for v.used > v.budget {
		last := v.order.Back()
		gone := last.Value.(*viewEntry)
		v.order.Remove(last)
		delete(v.of, gone.key)
		v.used -= gone.size
	}
}
