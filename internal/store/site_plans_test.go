package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestAFloorPlanIsKeptAndGoesWithItsSite(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	ctx, now := t.Context(), time.Now().UTC()
	spots := []charging.PlanSpot{{ChargerID: 41, X: 0.25, Y: 1}}
	p := charging.PlanPicture{ContentType: "image/png", Width: 3, Height: 2, Bytes: 5, Mark: "m1"}
	for _, err := range []error{
		s.SavePlanSpots(ctx, 12, spots, now, "key full"),
		s.SavePlanPicture(ctx, 12, p, []byte("12345"), now, "key full"),
		s.SavePlanSpots(ctx, 13, nil, now, "key full"),
		s.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s = openDir(t, dir)
	got, err := s.SitePlan(ctx, 12)
	if diff := cmp.Diff(charging.SitePlan{SiteID: 12, Picture: &p, Spots: spots}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	told, bytes, err := s.PlanPicture(ctx, 12)
	if err != nil || string(bytes) != "12345" || told == nil || *told != p {
		t.Errorf("the picture is %+v, %q, %v", told, bytes, err)
	}
	if told, bytes, err := s.PlanPicture(ctx, 13); told != nil || bytes != nil || err != nil {
		t.Errorf("a plan without a picture has %+v, %q, %v", told, bytes, err)
	}
	if got, err := s.SitePlan(ctx, 99); err != nil || got.Picture != nil || got.Spots != nil {
		t.Errorf("a site without a plan has %+v, %v", got, err)
	}
	if err := s.transact("removing a site", func(db *sqlite) error {
		return s.removeThings(db, &charging.Change{At: now, Actor: "test", RemovedSites: []charging.ID{12}}, edition{version: 1, at: now, actor: "test"})
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.SitePlan(ctx, 12); err != nil || got.Picture != nil || got.Spots != nil {
		t.Errorf("after its site the plan is %+v, %v", got, err)
	}
}
