package messagelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	// Days is how long messages are kept; 30 by default.
	Days int
	// FlushEvery is how often new messages are written; 1 second by default.
	FlushEvery time.Duration
	// SealBytes is how many bytes of messages the tail holds before they are
	// compressed; 4 MiB by default.
	SealBytes int
	// SegmentBytes is when a new segment is begun; 64 MiB by default.
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
	tail    *tail
	packer  *zstd.Encoder
	opener  *zstd.Decoder
	metrics metrics

	mu sync.Mutex
	// pending are the messages that are in no segment, oldest first; those from
	// written on are not in the tail either.
	pending  []record
	written  int
	waiting  int        // bytes behind written
	unsealed int        // bytes of pending
	segments []*segment // oldest first; replaced, never changed
	closed   bool

	complained time.Time // when a failure was last logged
	quit       chan struct{}
	ended      chan struct{}
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
	l := &Log{cfg: cfg, log: log.With("room", "messagelog"), lock: lock, quit: make(chan struct{}), ended: make(chan struct{})}
	if err := l.restore(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("opening the raw messages in %s: %w", cfg.Folder, err)
	}
	l.metrics = newMetrics(reg, l)
	go l.loop()
	return l, nil
}

// restore reads what is there.
func (l *Log) restore() (err error) {
	// One goroutine seals; readers share the decoder.
	if l.packer, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		return err
	}
	if l.opener, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err != nil {
		return err
	}
	segments, problems, err := openSegments(l.cfg.Folder)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		l.log.Warn("raw messages were damaged", "err", problem)
	}
	l.segments = segments
	var records []record
	var cut int64
	if l.tail, records, cut, err = openTail(l.cfg.Folder); err != nil {
		return err
	}
	if cut > 0 {
		l.log.Warn("cut off raw messages that were not finished", "bytes", cut)
	}
	next := l.lastSeal() + 1
	if l.tail.size == 0 || l.tail.seal < next {
		// It is new, or was sealed just before the server ended.
		return l.tail.reset(next)
	}
	for _, r := range records {
		l.unsealed += len(r.data)
	}
	l.pending, l.written = records, len(records)
	return nil
}

// lastSeal is the number of the newest seal; 0 for none.
func (l *Log) lastSeal() uint64 {
	var last uint64
	for _, s := range l.segments {
		last = max(last, s.blocks[len(s.blocks)-1].seal)
	}
	return last
}

// Append keeps a message. It never waits for a disk: when too many wait
// already, the message is dropped and counted. m's payload and response may be
// used again when it returns.
func (l *Log) Append(m charging.Message) {
	r := encode(&m)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.waiting+len(r.data) > l.cfg.WaitingBytes {
		l.metrics.dropped.Inc()
		return
	}
	l.pending = append(l.pending, r)
	l.waiting += len(r.data)
	l.unsealed += len(r.data)
}

// pruneEvery is how often old segments are looked for.
const pruneEvery = 10 * time.Minute

func (l *Log) loop() {
	defer close(l.ended)
	tick := time.NewTicker(l.cfg.FlushEvery)
	defer tick.Stop()
	var pruned time.Time
	for {
		select {
		case <-tick.C:
		case <-l.quit:
			l.flush()
			return
		}
		l.flush()
		if now := time.Now(); now.Sub(pruned) >= pruneEvery {
			pruned = now
			l.prune(now)
		}
	}
}

// flush writes what is new to the tail, and seals the tail when it has grown.
func (l *Log) flush() {
	l.mu.Lock()
	fresh := l.pending[l.written:len(l.pending):len(l.pending)]
	l.mu.Unlock()
	if len(fresh) > 0 {
		if err := l.tail.append(fresh); err != nil {
			l.complain("raw messages cannot be written; new ones are dropped when too many wait", err)
			return
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
	full, records := l.unsealed >= l.cfg.SealBytes, l.pending[:l.written:l.written]
	l.mu.Unlock()
	if full && len(records) > 0 {
		if err := l.seal(records); err != nil {
			l.complain("raw messages cannot be compressed; they stay as they are", err)
		}
	}
}

// seal moves messages from the tail to the newest segment.
func (l *Log) seal(records []record) error {
	current, begun := l.currentSegment()
	blocks, out := sealed(records, l.tail.seal, current.size, l.packer)
	if err := current.append(blocks, out); err != nil {
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
	for i := range records {
		l.unsealed -= len(records[i].data)
	}
	return err
}

// currentSegment returns a copy of the newest segment, or a new one.
func (l *Log) currentSegment() (s *segment, begun bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.segments); n > 0 && l.segments[n-1].size < l.cfg.SegmentBytes {
		same := *l.segments[n-1]
		return &same, false
	}
	return &segment{path: newSegmentPath(l.cfg.Folder, time.Now(), l.tail.seal)}, true
}

// prune deletes segments that are older than what is kept.
func (l *Log) prune(now time.Time) {
	before := now.AddDate(0, 0, -l.cfg.Days).UnixMicro()
	l.mu.Lock()
	var old []*segment
	for len(l.segments) > 0 && l.segments[0].maxAt < before {
		old = append(old, l.segments[0])
		l.segments = l.segments[1:]
	}
	l.mu.Unlock()
	for _, s := range old {
		if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			l.complain("old raw messages cannot be deleted", err)
			continue
		}
		l.log.Info("deleted old raw messages", "file", filepath.Base(s.path), "until", timeOf(s.maxAt))
	}
}

// complain logs a failure, at most once a minute.
func (l *Log) complain(what string, err error) {
	l.metrics.failures.Inc()
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
