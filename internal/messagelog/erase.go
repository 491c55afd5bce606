package messagelog

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var errEnded = errors.New("the log of raw messages was closed")

// Erase changes messages of some chargers: rewrite returns what takes the place
// of a payload or an answer, and whether that is something else. It goes through
// all that was appended before it was called, and returns how many messages it
// changed. Segments that hold none of them stay as they are; the others are
// written anew, and what they were is deleted. When it is interrupted it can be
// done again.
func (l *Log) Erase(ctx context.Context, of func(charging.ID) bool, rewrite func([]byte) ([]byte, bool)) (changed int64, err error) {
	if err := l.inLoop(ctx, l.finishSegment); err != nil {
		return 0, err
	}
	// An interrupted one may have left half a segment.
	half := filepath.Join(l.cfg.Folder, renewedName)
	defer func() {
		if removed := os.Remove(half); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}()
	_, segments := l.snapshot()
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(packWindow), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return 0, err
	}
	defer packer.Close()
	e := &eraser{l: l, of: of, rewrite: rewrite, packer: packer}
	for _, s := range segments {
		e.changed = 0
		next, err := e.segment(ctx, s)
		if errors.Is(err, fs.ErrNotExist) {
			continue // too old meanwhile
		}
		if err != nil {
			return changed, fmt.Errorf("erasing in %s: %w", filepath.Base(s.path), err)
		}
		if next == nil {
			continue
		}
		if err := l.inLoop(ctx, func() error { return l.exchange(s, next) }); err != nil {
			return changed, err
		}
		changed += e.changed
	}
	return changed, nil
}

// inLoop has the loop's goroutine do something, to which the tail and the list
// of segments belong.
func (l *Log) inLoop(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	select {
	case l.jobs <- func() { done <- do() }:
	case <-l.ended:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-l.ended:
		return errEnded
	}
}

// finishSegment seals what waits, and ends the newest segment.
func (l *Log) finishSegment() error {
	now := time.Now()
	l.mu.Lock()
	asked := len(l.pending)
	l.mu.Unlock()
	if !l.flush(now) {
		l.mu.Lock()
		records := l.pending[:l.written:l.written]
		l.mu.Unlock()
		if len(records) < asked {
			return errors.New("raw messages wait for the disk")
		}
		if len(records) > 0 {
			if err := l.seal(records, now); err != nil {
				return err
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.segments); n > 0 && !l.segments[n-1].closed {
		last := *l.segments[n-1]
		last.closed = true
		l.segments = slices.Clone(l.segments)
		l.segments[n-1] = &last
	}
	return nil
}

// exchange puts a segment that was written anew in the place of the old one.
func (l *Log) exchange(old, next *segment) error {
	l.mu.Lock()
	at := slices.IndexFunc(l.segments, func(s *segment) bool { return s.path == old.path })
	if at >= 0 {
		l.segments = slices.Clone(l.segments)
		l.segments[at] = next
	}
	l.mu.Unlock()
	if at < 0 { // it was too old meanwhile
		return next.remove()
	}
	return old.remove()
}

// eraser writes segments anew.
type eraser struct {
	l       *Log
	of      func(charging.ID) bool
	rewrite func([]byte) ([]byte, bool)
	packer  *zstd.Encoder
	changed int64 // messages of this segment
}

// segment writes a segment anew, beside the old one; nil when nothing of it
// changes. Blocks that stay are copied as they are, and with them their seals.
func (e *eraser) segment(ctx context.Context, s *segment) (*segment, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	heads, _, err := readHeads(file, s.size)
	if err != nil {
		return nil, err
	}
	first := 0
	for ; first < len(heads) && e.changed == 0; first++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, err := e.block(s, &heads[first]); err != nil {
			return nil, err
		}
	}
	if e.changed == 0 {
		return nil, nil
	}
	e.changed, first = 0, first-1
	next := s.renewed()
	if err := e.write(ctx, file, s, next, heads, first); err != nil {
		return nil, err
	}
	return next, next.writeIndex()
}

// block returns what a block will hold, nil when it stays as it is. One that is
// damaged stays so: nobody can read it.
func (e *eraser) block(s *segment, h *head) (body []byte, err error) {
	raw, err := h.read(s.path, e.l.opener)
	if errors.Is(err, errDamaged) {
		e.l.complain("raw messages are damaged and left out", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	before := e.changed
	err = eachRecord(raw, func(r *record) error {
		data, err := e.message(r)
		body = appendFramed(body, data)
		return err
	})
	if e.changed == before {
		body = nil
	}
	return body, err
}

// message returns a message as it will be stored.
func (e *eraser) message(r *record) ([]byte, error) {
	if !e.of(r.charger) {
		return r.data, nil
	}
	m, err := decode(r.data)
	if err != nil {
		return nil, err
	}
	payload, inPayload := e.rewrite(m.Payload)
	response, inResponse := m.Response, false
	if response != nil {
		response, inResponse = e.rewrite(response)
	}
	if !inPayload && !inResponse {
		return r.data, nil
	}
	e.changed++
	m.Payload, m.Response = payload, response
	changed := encode(&m)
	return changed.data, nil
}

// renewed is the segment that takes the place of this one: of the same seals,
// begun a millisecond later, so that it has another name. Were both there after a
// crash, the later one counts.
func (s *segment) renewed() *segment {
	next := newSegment(filepath.Dir(s.path), s.began.Add(time.Millisecond), s.first)
	next.lastSeal, next.closed = s.lastSeal, true
	return next
}

const renewedName = "erasing"

// write writes the segment to a file of another name first, so that half of one
// is never taken for a segment. The blocks before first stay as they are.
func (e *eraser) write(ctx context.Context, old *os.File, s, next *segment, heads []head, first int) (err error) {
	path := filepath.Join(filepath.Dir(next.path), renewedName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for i := range heads {
		if err := ctx.Err(); err != nil {
			return err
		}
		h := heads[i]
		var body []byte
		if i >= first {
			if body, err = e.block(s, &h); err != nil {
				return err
			}
		}
		if body != nil {
			h.raw = uint32(len(body))
			body = e.packer.EncodeAll(body, nil)
			h.length, h.sum = uint32(len(body)), crc32.Checksum(body, castagnoli)
		} else {
			body = make([]byte, h.length)
			if _, err := old.ReadAt(body, h.offset); err != nil {
				return err
			}
		}
		h.offset = next.size + int64(headSize)
		if _, err := file.Write(append(h.append(nil), body...)); err != nil {
			return err
		}
		next.size += int64(headSize + len(body))
		next.add(h.block)
	}
	if err := errors.Join(file.Sync(), os.Rename(path, next.path)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(next.path))
}

// withoutReplaced leaves out, and deletes, segments that others took the place
// of: a crash came before they were deleted. They come in the order of their
// first seals, of which each has its own.
func withoutReplaced(segments []*segment) (left []*segment, problems []error) {
	for i, s := range segments {
		if i+1 < len(segments) && segments[i+1].first == s.first {
			if err := s.remove(); err != nil {
				problems = append(problems, err)
			}
			continue
		}
		left = append(left, s)
	}
	return left, problems
}
