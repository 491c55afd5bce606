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

// Read returns messages of one charger, newest first, at most q.Limit. Messages
// without an id are not found.
func (l *Log) Read(ctx context.Context, q charging.MessageQuery) ([]charging.Message, error) {
	pending, segments := l.snapshot()
	w := &wanted{q: q, from: micros(q.From), to: micros(q.To)}
	for _, action := range q.Actions {
		w.actions |= actionBit(action)
	}
	for i := range pending {
		if err := w.look(&pending[i]); err != nil {
			return nil, err
		}
	}
	// Newest first: once enough are found, what holds only older ids can be left
	// alone. Ids do not rise strictly from block to block.
	for _, s := range slices.Backward(segments) {
		if s.maxAt < w.from || w.to != 0 && s.minAt > w.to || w.enough(s.maxID) {
			continue
		}
		if err := l.readSegment(ctx, s, w); err != nil {
			return nil, err
		}
	}
	w.cut()
	return w.found, nil
}

func (l *Log) readSegment(ctx context.Context, s *segment, w *wanted) error {
	var left []*block
	for i := range s.blocks {
		if w.mayHold(&s.blocks[i]) {
			left = append(left, &s.blocks[i])
		}
	}
	slices.SortFunc(left, func(a, b *block) int { return cmp.Compare(b.maxID, a.maxID) })
	for _, b := range left {
		if w.enough(b.maxID) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.each(s, b, w.look); err != nil {
			return err
		}
	}
	return nil
}

// Find returns a message by id; ok is false when it was not kept.
func (l *Log) Find(ctx context.Context, id int64) (m charging.Message, ok bool, err error) {
	if id == 0 {
		return m, false, nil
	}
	take := func(r *record) error {
		if r.id != id || ok {
			return nil
		}
		m, err = decode(r.data)
		ok = err == nil
		m.Payload, m.Response = bytes.Clone(m.Payload), bytes.Clone(m.Response)
		return err
	}
	pending, segments := l.snapshot()
	for i := range pending {
		if err := take(&pending[i]); err != nil {
			return m, false, err
		}
	}
	for _, s := range slices.Backward(segments) {
		for i := range s.blocks {
			b := &s.blocks[i]
			if ok || id < b.minID || id > b.maxID {
				continue
			}
			if err := ctx.Err(); err != nil {
				return m, false, err
			}
			if err := l.each(s, b, take); err != nil {
				return m, false, err
			}
		}
	}
	return m, ok, nil
}

// snapshot returns what there is to look through.
func (l *Log) snapshot() (pending []record, segments []*segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pending[:len(l.pending):len(l.pending)], l.segments
}

// each calls f with each message of a block. A segment that was deleted
// meanwhile holds nothing, and neither does a damaged block.
func (l *Log) each(s *segment, b *block, f func(*record) error) error {
	raw, err := b.read(s.path, l.opener)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errDamaged):
		l.complain("raw messages are damaged and left out", err)
		return nil
	case err != nil:
		return err
	}
	return eachRecord(raw, f)
}

// wanted gathers the messages of a query.
type wanted struct {
	q        charging.MessageQuery
	from, to int64
	actions  uint64 // the bits of q.Actions
	found    []charging.Message
}

// mayHold reports whether the bounds of a block leave room for a match.
func (w *wanted) mayHold(b *block) bool {
	return w.q.ChargerID >= b.minCharger && w.q.ChargerID <= b.maxCharger && b.maxAt >= w.from && (w.to == 0 || b.minAt <= w.to) &&
		(w.q.Before == 0 || b.minID < w.q.Before) && (w.actions == 0 || b.actions&w.actions != 0)
}

// look takes a message when it is wanted.
func (w *wanted) look(r *record) error {
	if r.charger != w.q.ChargerID || r.id == 0 || w.q.Before != 0 && r.id >= w.q.Before ||
		r.at < w.from || w.to != 0 && r.at > w.to || w.actions != 0 && r.action&w.actions == 0 {
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
