package erase

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Fleet is what an erasure needs of the live estate; *fleet.Fleet is one.
type Fleet interface {
	Estate() *fleet.Estate
	Update(ctx context.Context, plan func(*fleet.Estate, *fleet.IDs) (*charging.Change, error)) error
	NextID(kind charging.IDKind) (int64, error)
}

// Store is where erasures are kept, and what they change in the database.
type Store interface {
	SaveErasure(ctx context.Context, e *charging.Erasure) error
	// EraseSlice does the next piece of a stage, and moves the erasure on.
	EraseSlice(ctx context.Context, e *charging.Erasure, charger, organization func(charging.ID) bool) error
	// OpenErasures returns those that are not finished, oldest first.
	OpenErasures(ctx context.Context) ([]charging.Erasure, error)
	Erasures(ctx context.Context, before int64, limit int) ([]charging.Erasure, error)
}

// Messages are the raw messages.
type Messages interface {
	Erase(ctx context.Context, of func(charging.ID) bool, rewrite func([]byte) ([]byte, bool)) (changed int64, err error)
}

// Config says how patient erasures are; zero values mean the defaults.
type Config struct {
	// Look is how often it is looked whether a session has ended, or whether
	// something that failed works again; 10 seconds by default.
	Look time.Duration
	// Pause is between slices; 10 ms by default.
	Pause time.Duration
}

// Service carries out erasures, one after another. Its methods may be called by
// any goroutine.
type Service struct {
	cfg      Config
	fleet    Fleet
	store    Store
	messages Messages // nil when none are kept
	log      *slog.Logger

	wake    chan struct{}
	stop    context.CancelFunc
	running sync.WaitGroup
}

// New returns a Service that is not running yet. messages may be nil.
func New(cfg Config, f Fleet, s Store, messages Messages, log *slog.Logger) *Service {
	if cfg.Look <= 0 {
		cfg.Look = 10 * time.Second
	}
	if cfg.Pause <= 0 {
		cfg.Pause = 10 * time.Millisecond
	}
	return &Service{cfg: cfg, fleet: f, store: s, messages: messages, log: log.With("room", "erase"), wake: make(chan struct{}, 1)}
}

// Start goes on with what an earlier run left, and takes new ones.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.running.Go(func() { s.loop(ctx) })
}

// Stop ends at the next slice. What is not done is gone on with at the next
// start.
func (s *Service) Stop(context.Context) error {
	if s.stop != nil {
		s.stop()
		s.running.Wait()
	}
	return nil
}

// Erase begins the erasure of an access ID, or with 0 of a tag that no access ID
// has, in an organization and those inside it. When it returns, the access ID is
// revoked and has neither its tag nor its name; the rest follows.
func (s *Service) Erase(ctx context.Context, organization, accessID charging.ID, tag, actor string) (charging.Erasure, error) {
	id, err := s.fleet.NextID(charging.IDErasure)
	if err != nil {
		return charging.Erasure{}, err
	}
	e := charging.Erasure{ID: id, OrganizationID: organization, AccessID: accessID, Tag: tag, Pseudonym: newPseudonym(), Actor: actor,
		AskedAt: time.Now().UTC().Truncate(time.Millisecond), Stage: charging.ErasureWaiting}
	if err := s.store.SaveErasure(ctx, &e); err != nil {
		return charging.Erasure{}, err
	}
	defer s.nudge() // once it is kept it is carried out, whatever comes
	return e, s.rename(ctx, &e)
}

// newPseudonym is random, so that nothing can be found out from it, and short
// enough for an idTag of OCPP 1.6.
func newPseudonym() string {
	var bytes [6]byte
	rand.Read(bytes[:]) // never fails
	return "erased-" + hex.EncodeToString(bytes[:])
}

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// rename gives the access ID its pseudonym, if it does not have it yet.
func (s *Service) rename(ctx context.Context, e *charging.Erasure) error {
	if e.AccessID == 0 {
		return nil
	}
	return s.fleet.Update(ctx, func(estate *fleet.Estate, _ *fleet.IDs) (*charging.Change, error) {
		old := estate.AccessID(e.AccessID)
		if old == nil || old.Tag == e.Pseudonym {
			return nil, nil
		}
		next := *old
		next.Tag, next.Name, next.GroupTag, next.VehicleID, next.CustomerID = e.Pseudonym, "", "", 0, 0
		next.UpdatedAt = time.Now().UTC().Truncate(time.Millisecond)
		if !next.Revoked {
			next.Revoked, next.RevokedAt = true, next.UpdatedAt
		}
		return &charging.Change{Actor: e.Actor, At: next.UpdatedAt, AccessIDs: []charging.AccessID{next}}, nil
	})
}

// loop carries out what is open.
func (s *Service) loop(ctx context.Context) {
	for {
		waits := s.carryOutAll(ctx)
		var look <-chan time.Time
		if waits {
			look = time.After(s.cfg.Look)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-look:
		}
	}
}

// carryOutAll reports whether something is left that must wait.
func (s *Service) carryOutAll(ctx context.Context) (waits bool) {
	open, err := s.store.OpenErasures(ctx)
	if err != nil {
		s.complain(ctx, err)
		return true
	}
	for i := range open {
		e := &open[i]
		done, err := s.carryOut(ctx, e)
		if err != nil {
			s.complain(ctx, err, "erasure", e.ID, "stage", e.Stage)
		}
		waits = waits || !done
	}
	return waits
}

func (s *Service) complain(ctx context.Context, err error, about ...any) {
	if ctx.Err() == nil {
		s.log.Error("an erasure could not go on; it is tried again", append(about, "err", err)...)
	}
}

// carryOut does what is left of an erasure; done is false when it must wait.
func (s *Service) carryOut(ctx context.Context, e *charging.Erasure) (done bool, err error) {
	if err := s.rename(ctx, e); err != nil {
		return false, err
	}
	charger, organization := s.reach(e)
	for e.Stage != charging.ErasureDone {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		switch e.Stage {
		case charging.ErasureWaiting:
			if s.runs(e, charger) {
				return false, nil
			}
			e.Stage = e.Stage.Next()
			err = s.store.SaveErasure(ctx, e)
		case charging.ErasureMessages:
			err = s.eraseMessages(ctx, e, charger)
		default:
			err = s.store.EraseSlice(ctx, e, charger, organization)
			s.rest(ctx)
		}
		if err != nil {
			return false, err
		}
	}
	e.Tag, e.FinishedAt = "", time.Now().UTC().Truncate(time.Millisecond)
	if err := s.store.SaveErasure(ctx, e); err != nil {
		return false, err
	}
	s.log.Info("a person was erased", "erasure", e.ID, "pseudonym", e.Pseudonym, "sessions", e.Counts.Sessions,
		"records", e.Counts.Records, "messages", e.Counts.Messages)
	return true, nil
}

func (s *Service) rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(s.cfg.Pause):
	}
}

// reach tells at which chargers, and in which organizations, the tag was this
// person's: in the organization of the erasure and those inside it, but not where
// another access ID has the same tag.
func (s *Service) reach(e *charging.Erasure) (charger, organization func(charging.ID) bool) {
	estate := s.fleet.Estate()
	organization = func(id charging.ID) bool {
		if !estate.Inside(id, e.OrganizationID) {
			return false
		}
		other := estate.FindTag(id, e.Tag)
		return other == nil || other.ID == e.AccessID || !estate.Inside(other.OrganizationID, e.OrganizationID)
	}
	return func(id charging.ID) bool {
		c := estate.Charger(id)
		if c == nil {
			return false
		}
		site := estate.Site(c.SiteID)
		return site != nil && organization(site.OrganizationID)
	}, organization
}

// runs reports whether a session with the tag still runs: what comes of it
// would bring the tag back.
func (s *Service) runs(e *charging.Erasure, charger func(charging.ID) bool) bool {
	estate, tag := s.fleet.Estate(), charging.NewTagEraser(e.Tag, e.Pseudonym)
	has := func(session *charging.Session) bool { return session != nil && tag.Is(session.Tag) }
	for slot := range estate.Len() {
		c := estate.At(slot)
		if !charger(c.ID) {
			continue
		}
		if slices.ContainsFunc(c.Ports, func(p *charging.Port) bool { return has(p.Session) }) || slices.ContainsFunc(c.Floating, has) {
			return true
		}
	}
	return false
}

func (s *Service) eraseMessages(ctx context.Context, e *charging.Erasure, charger func(charging.ID) bool) error {
	if s.messages != nil {
		n, err := s.messages.Erase(ctx, charger, charging.NewTagEraser(e.Tag, e.Pseudonym).JSON)
		if err != nil {
			return err
		}
		e.Counts.Messages += n
	}
	e.Stage = e.Stage.Next()
	return nil
}

// Recorded returns a page of erasures below an id, 0 for all, newest first.
func (s *Service) Recorded(ctx context.Context, before int64, limit int) ([]charging.Erasure, error) {
	return s.store.Erasures(ctx, before, limit)
}
