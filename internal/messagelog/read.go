package messagelog

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Read returns messages of one charger, newest first, at most q.Limit.
func (l *Log) Read(ctx context.Context, q charging.MessageQuery) ([]charging.Message, error) {
	pending, blocks := l.snapshot()
	w := &wanted{q: q, from: micros(q.From), to: micros(q.To)}
	for i := range pending {
		if err := w.look(&pending[i]); err != nil {
			return nil, err
		}
	}
	var left []*block
	for _, b := range blocks {
		if w.mayHold(b) {
			left = append(left, b)
		}
	}
	// Newest first: once enough are found, blocks of older ids only can be left
	// alone. Ids do not rise strictly from block to block.
	slices.SortFunc(left, func(a, b *block) int { return cmp.Compare(b.maxID, a.maxID) })
	for _, b := range left {
		if w.enough(b.maxID) {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := l.each(b, w.look); err != nil {
			return nil, err
		}
	}
	w.cut()
	return w.found, nil
}

// Find returns a message by id; ok is false when it was not kept.
func (l *Log) Find(ctx context.Context, id int64) (m charging.Message, ok bool, err error) {
	pending, blocks := l.snapshot()
	take := func(r *record) error {
		if r.id != id || ok {
			return nil
		}
		var err error
		m, err = decode(r.data)
		ok = err == nil
		m.Payload, m.Response = bytes.Clone(m.Payload), bytes.Clone(m.Response)
		return err
	}
	for i := range pending {
		if err := take(&pending[i]); err != nil {
			return m, false, err
		}
	}
	for _, b := range blocks {
		if ok || id < b.minID || id > b.maxID {
			continue
		}
		if err := ctx.Err(); err != nil {
			return m, false, err
		}
		if err := l.each(b, take); err != nil {
			return m, false, err
		}
	}
	return m, ok, nil
}

// snapshot returns what there is to look through.
func (l *Log) snapshot() (pending []record, blocks []*block) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		blocks = append(blocks, s.blocks...)
	}
	return l.pending[:len(l.pending):len(l.pending)], blocks
}

// each calls f with each message of a block. A segment that was deleted
// meanwhile holds nothing.
func (l *Log) each(b *block, f func(*record) error) error {
	raw, err := b.read(l.opener)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return eachFramed(raw, func(data []byte) error {
		r, err := recordOf(data)
		if err != nil {
			return err
		}
		return f(&r)
	})
}

// wanted gathers the messages of a query.
type wanted struct {
	q        charging.MessageQuery
	from, to int64
	found    []charging.Message
}

// mayHold reports whether the bounds of a block leave room for a match.
func (w *wanted) mayHold(b *block) bool {
	return w.q.ChargerID >= b.minCharger && w.q.ChargerID <= b.maxCharger && b.maxAt >= w.from && (w.to == 0 || b.minAt <= w.to) &&
		(w.q.Before == 0 || b.minID < w.q.Before)
}

// look takes a message when it is wanted.
func (w *wanted) look(r *record) error {
	if r.charger != w.q.ChargerID || r.at < w.from || w.to != 0 && r.at > w.to || w.q.Before != 0 && r.id >= w.q.Before {
		return nil
	}
	m, err := decode(r.data)
	if err != nil || len(w.q.Actions) > 0 && !slices.Contains(w.q.Actions, m.Action) {
		return err
	}
	m.Payload, m.Response = bytes.Clone(m.Payload), bytes.Clone(m.Response)
	w.found = append(w.found, m)
	return nil
}

// enough reports whether blocks whose newest id is maxID cannot hold any of the
// newest any more.
func (w *wanted) enough(maxID int64) bool {
	if w.q.Limit <= 0 || len(w.found) < w.q.Limit {
		return false
	}
	w.cut()
	return w.found[len(w.found)-1].ID > maxID
}

// cut keeps the newest.
func (w *wanted) cut() {
	slices.SortFunc(w.found, func(a, b charging.Message) int { return cmp.Compare(b.ID, a.ID) })
	if w.q.Limit > 0 && len(w.found) > w.q.Limit {
		w.found = w.found[:w.q.Limit]
	}
}
