package auth

import (
	"testing"
	"time"
)

func TestATripEndsOnceAndInTime(t *testing.T) {
	var trips Trips
	begun := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	f := func(after time.Duration, want bool) {
		t.Helper()
		token := trips.Begin(Trip{State: "s", Next: "/sites"}, begun)
		trip, ok := trips.End(token, begun.Add(after))
		if ok != want || ok && (trip.State != "s" || trip.Next != "/sites") {
			t.Errorf("after %v: %v, %v", after, trip, ok)
		}
		if _, again := trips.End(token, begun.Add(after)); again {
			t.Errorf("after %v it ended twice", after)
		}
	}
	f(0, true)
	f(TripLasts, true)
	f(TripLasts+time.Second, false)
	if _, ok := trips.End("", begun); ok {
		t.Error("no token has a trip")
	}
}

func TestTheOldestTripIsGivenUpWhenThereAreTooMany(t *testing.T) {
	var trips Trips
	begun := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	first := trips.Begin(Trip{}, begun)
	second := trips.Begin(Trip{}, begun.Add(time.Millisecond))
	now := begun.Add(time.Second)
	for range maxTrips - 1 {
		trips.Begin(Trip{}, now)
	}
	if len(trips.byHash) != maxTrips {
		t.Errorf("%d trips are kept", len(trips.byHash))
	}
	if _, ok := trips.End(first, now); ok {
		t.Error("the oldest is still there")
	}
	if _, ok := trips.End(second, now); !ok {
		t.Error("the second oldest is gone")
	}
}

func TestTripsThatExpiredMakeRoom(t *testing.T) {
	var trips Trips
	begun := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for range maxTrips {
		trips.Begin(Trip{}, begun)
	}
	trips.Begin(Trip{}, begun.Add(TripLasts+time.Second))
	if len(trips.byHash) != 1 {
		t.Errorf("%d trips are kept", len(trips.byHash))
	}
}
