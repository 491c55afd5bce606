package messagelog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Config is how messages are kept. Zero values mean the defaults.
type Config struct {
	Folder string // made when it is not there; private
	// Days is how long messages are kept, at least; 30 by default. As whole
	// segments are deleted, a message may stay a day and a half longer.
	Days int
	// MaxBytes is how much the folder may take; the oldest segments go when it
	// is more. 0 is no limit.
	MaxBytes int64
	// FlushEvery is how often new messages are written; 1 second by default.
	FlushEvery time.Duration
	// SealBytes is how many bytes of messages the tail holds before they are
	// compressed; 4 MiB by default.
	SealBytes int
	// SegmentBytes is when a new segment is begun; 64 MiB by default, and never
	// more than an eighth of MaxBytes, but 1 MiB.
	SegmentBytes int64
	// WaitingBytes is how many bytes of messages may wait for the disk before
	// new ones are dropped; 32 MiB by default.
	WaitingBytes int
}

func (c Config) withDefaults() Config {
	if c.Days <= 0 {
		c.Days = 30
	}
	if c.FlushEvery <= 0 {
		c.FlushEvery = time.Second
	}
	if c.SealBytes <= 0 {
		c.SealBytes = 4 << 20
	}
	if c.SegmentBytes <= 0 {
		c.SegmentBytes = 64 << 20
	}
	if c.MaxBytes > 0 {
		// Whole segments are given up: one must not be most of what there is.
		c.SegmentBytes = min(c.SegmentBytes, max(c.MaxBytes/8, 1<<20))
	}
	if c.WaitingBytes <= 0 {
		c.WaitingBytes = 32 << 20
	}
	return c
}

// Log is an open message log. Its methods may be called by any goroutine.
type Log struct {
	cfg     Config
	log     *slog.Logger
	lock    *os.File
	packer  *zstd.Encoder
	opener  *zstd.Decoder
	metrics metrics
	tail    *tail // of the loop's goroutine

	mu sync.Mutex
	// pending are the messages that are in no segment, oldest first; those from
	// written on are not in the tail either.
	pending  []record
	written  int
	waiting  int        // bytes behind written
	unsealed int        // bytes of pending
	since    time.Time  // when pending was last begun
	segments []*segment // oldest first; replaced, never changed
	closed   bool

	complaining sync.Mutex
	complained  time.Time // when a failure was last logged

	jobs  chan func() // for the loop's goroutine
	quit  chan struct{}
	ended chan struct{}
}

// Open opens the log of a folder, and brings what the last run left into
// order. Close ends it.
func Open(cfg Config, log *slog.Logger, reg prometheus.Registerer) (*Log, error) {
	cfg = cfg.withDefaults()
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return nil, charging.Errorf(charging.Invalid, "the folder for raw messages cannot be made: %w", err)
	}
	lock, err := lockFolder(cfg.Folder)
	if err != nil {
		return nil, err
	}
	l := &Log{cfg: cfg, log: log.With("room", "messagelog"), lock: lock, jobs: make(chan func()), quit: make(chan struct{}), ended: make(chan struct{})}
	if err := l.restore(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("opening the raw messages in %s: %w", cfg.Folder, err)
	}
	l.metrics = newMetrics(reg, l)
	go l.loop()
	return l, nil
}

// packWindow is how far back the encoder looks for what repeats, which it holds
// in memory. Blocks are no longer.
const packWindow = 256 << 10

// restore reads what is there.
func (l *Log) restore() (err error) {
	// One goroutine seals; readers share the decoder.
	if l.packer, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(packWindow), zstd.WithLowerEncoderMem(true)); err != nil {
		return err
	}
	if l.opener, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err != nil {
		return err
	}
	t, records, problem, err := openTail(l.cfg.Folder)
	if err != nil {
		return err
	}
	segments, problems, err := openSegments(l.cfg.Folder, t.seal)
	if err != nil {
		return errors.Join(err, t.file.Close())
	}
	if problem != nil {
		problems = append(problems, problem)
	}
	for _, problem := range problems {
		l.log.Warn("raw messages were damaged", "err", problem)
	}
	next := uint64(1)
	for _, s := range segments {
		next = max(next, s.lastSeal+1, s.first)
	}
	l.tail, l.segments = t, segments
	if t.size == 0 || slices.ContainsFunc(segments, func(s *segment) bool { return s.lastSeal >= t.seal }) {
		// It is new, or was sealed just before the server ended.
		return t.reset(next)
	}
	for i := range records {
		l.unsealed += len(records[i].data)
	}
	l.pending, l.written, l.since = records, len(records), time.Now()
	return nil
}

// Append keeps a message. It never waits for a disk: when too many wait
// already, the message is dropped and counted. m's payload and response may be
// used again when it returns.
func (l *Log) Append(m charging.Message) {
	r := encode(&m)
	l.mu.Lock()
	defer l.mu.Unlock()
	// The second limit is for a disk that takes the tail but no segments.
	if l.closed || l.waiting+len(r.data) > l.cfg.WaitingBytes || l.unsealed+len(r.data) > 2*l.cfg.WaitingBytes+l.cfg.SealBytes {
		l.metrics.dropped.Inc()
		return
	}
	if len(l.pending) == 0 {
		l.since = time.Now()
	}
	l.pending = append(l.pending, r)
	l.waiting += len(r.data)
	l.unsealed += len(r.data)
}

const (
	// pruneEvery is how often old segments are looked for.
	pruneEvery = 10 * time.Minute
	// sealAfter is how long messages wait in the tail when few come.
	sealAfter = 6 * time.Hour
)

func (l *Log) loop() {
	defer close(l.ended)
	tick := time.NewTicker(l.cfg.FlushEvery)
	defer tick.Stop()
	var pruned time.Time
	for {
		select {
		case <-tick.C:
		case job := <-l.jobs:
			job()
			continue
		case <-l.quit:
			l.flush(time.Now())
			return
		}
		now := time.Now()
		if sealed := l.flush(now); sealed || now.Sub(pruned) >= pruneEvery {
			pruned = now
			l.prune(now)
		}
	}
}

// flush writes what is new to the tail, and seals the tail when it has grown,
// or is old.
func (l *Log) flush(now time.Time) (sealed bool) {
	l.mu.Lock()
	fresh := l.pending[l.written:len(l.pending):len(l.pending)]
	l.mu.Unlock()
	if len(fresh) > 0 {
		if err := l.tail.append(fresh); err != nil {
			l.complain("raw messages cannot be written; new ones are dropped when too many wait", err)
			return false
		}
		l.mu.Lock()
		l.written += len(fresh)
		for i := range fresh {
			l.waiting -= len(fresh[i].data)
		}
		l.mu.Unlock()
		l.metrics.kept.Add(float64(len(fresh)))
	}
	l.mu.Lock()
	due, records := l.unsealed >= l.cfg.SealBytes || now.Sub(l.since) >= sealAfter, l.pending[:l.written:l.written]
	l.mu.Unlock()
	if !due || len(records) == 0 {
		return false
	}
	if err := l.seal(records, now); err != nil {
		l.complain("raw messages cannot be compressed; they stay as they are", err)
	}
	return true
}

// seal moves messages from the tail to the newest segment.
func (l *Log) seal(records []record, now time.Time) error {
	current, begun := l.currentSegment(now)
	blocks, out := sealed(records, l.tail.seal, current.size, l.packer)
	if err := current.append(blocks, out, l.tail.seal); err != nil {
		return err
	}
	// Only now: until the segment has them, the tail is where they are.
	err := l.tail.reset(l.tail.seal + 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.segments)
	if begun {
		all = append(all, current)
	} else {
		all[len(all)-1] = current
	}
	l.segments = all
	l.pending = slices.Clone(l.pending[len(records):])
	l.written -= len(records)
	l.since = now
	for i := range records {
		l.unsealed -= len(records[i].data)
	}
	return err
}

// currentSegment returns a copy of the newest segment, or a new one.
func (l *Log) currentSegment(now time.Time) (s *segment, begun bool) {
	l.mu.Lock()
	var last *segment
	if n := len(l.segments); n > 0 {
		last = l.segments[n-1]
	}
	l.mu.Unlock()
	if last == nil {
		return newSegment(l.cfg.Folder, now, l.tail.seal), true
	}
	if last.full(now, l.cfg.SegmentBytes) {
		if err := last.writeIndex(); err != nil {
			l.complain("the index of a raw message file cannot be written; it is made at the next start", err)
		}
		return newSegment(l.cfg.Folder, now, l.tail.seal), true
	}
	same := *last
	return &same, false
}

// prune deletes segments that are older than what is kept, and the oldest ones
// when all take too much.
func (l *Log) prune(now time.Time) {
	before := now.AddDate(0, 0, -l.cfg.Days).UnixMicro()
	l.mu.Lock()
	segments, total := l.segments, int64(l.unsealed)
	l.mu.Unlock()
	for _, s := range segments {
		total += s.size
	}
	var left []*segment
	for _, s := range segments {
		if s.maxAt >= before && (l.cfg.MaxBytes == 0 || total <= l.cfg.MaxBytes) {
			left = append(left, s)
			continue
		}
		if err := s.remove(); err != nil {
			l.complain("old raw messages cannot be deleted", err)
			left = append(left, s)
			continue
		}
		total -= s.size
		l.log.Info("deleted old raw messages", "file", filepath.Base(s.path), "until", timeOf(s.maxAt))
	}
	l.mu.Lock()
	l.segments = left
	l.mu.Unlock()
}

// complain logs a failure, at most once a minute.
func (l *Log) complain(what string, err error) {
	l.metrics.failures.Inc()
	l.complaining.Lock()
	defer l.complaining.Unlock()
	if time.Since(l.complained) < time.Minute {
		return
	}
	l.complained = time.Now()
	l.log.Error(what, "err", err)
}

// Close writes what waits and releases the folder.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	close(l.quit)
	select {
	case <-l.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.packer.Close()
	l.opener.Close()
	return errors.Join(l.tail.file.Close(), l.lock.Close())
}
