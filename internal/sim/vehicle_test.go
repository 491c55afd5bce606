package sim

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// someVehicle draws a vehicle that might exist.
func someVehicle(t *rapid.T) (vehicle, watts) {
	v := vehicle{
		capacity: energy(rapid.IntRange(5_000, 200_000).Draw(t, "capacity in Wh")) * wattHour,
		max:      watts(rapid.IntRange(1_000, 400_000).Draw(t, "power in W")),
		knee:     rapid.Float64Range(0.5, 0.97).Draw(t, "knee"),
	}
	v.stored = energy(float64(v.capacity) * rapid.Float64Range(0, 0.9).Draw(t, "soc"))
	v.target = v.stored + energy(float64(v.capacity-v.stored)*rapid.Float64Range(0, 1).Draw(t, "wish"))
	return v, watts(rapid.IntRange(1_000, 400_000).Draw(t, "limit in W"))
}

func TestVehicle(t *testing.T) {
	t.Run("power stays within both limits and ends at the target", rapid.MakeCheck(func(t *rapid.T) {
		v, limit := someVehicle(t)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			before := v
			d := time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "time"))
			p := v.power(limit)
			if p < 0 || p > limit || p > v.max {
				t.Fatalf("power %d of at most %d and %d", p, limit, v.max)
			}
			drawn := v.charge(d, limit)
			if drawn < 0 || v.stored < before.stored || v.soc() < before.soc() {
				t.Fatalf("the battery lost energy: %d, %d -> %d", drawn, before.stored, v.stored)
			}
			if v.stored > v.target {
				t.Fatalf("charged to %d, wanted %d", v.stored, v.target)
			}
			if most := p.over(d.Truncate(time.Millisecond)); drawn > most {
				t.Fatalf("drew %d in %v, more than %d", drawn, d, most)
			}
			if p == 0 && drawn != 0 {
				t.Fatalf("drew %d without power", drawn)
			}
		}
	}))

	t.Run("energy is the integral of power", rapid.MakeCheck(func(t *rapid.T) {
		v, limit := someVehicle(t)
		fine := v
		var integral float64 // W times s, in steps of 100 ms
		d := time.Duration(rapid.Int64Range(int64(time.Second), int64(2*time.Hour)).Draw(t, "time"))
		for range d / (100 * time.Millisecond) {
			integral += float64(fine.power(limit)) / 10
			fine.charge(100*time.Millisecond, limit)
		}
		drawn := float64(v.charge(d, limit)) / 1000
		// A step of 5 s is at most that far off when it is cut at the target.
		if off := drawn - integral; off > 0.01*integral+5*float64(limit) || off < -0.01*integral-5*float64(limit) {
			t.Fatalf("drew %.0f J, the integral is %.0f J", drawn, integral)
		}
	}))

	t.Run("the register and the battery agree", rapid.MakeCheck(func(t *rapid.T) {
		v, limit := someVehicle(t)
		before := v.stored
		drawn := v.charge(time.Duration(rapid.Int64Range(0, int64(20*time.Hour)).Draw(t, "time")), limit)
		stored := v.stored - before
		if off := stored - drawn*storedPercent/100; off > 20_000 || off < -20_000 {
			t.Fatalf("stored %d of %d", stored, drawn)
		}
	}))

	t.Run("the time to the target is when it is full", rapid.MakeCheck(func(t *rapid.T) {
		v, limit := someVehicle(t)
		d := v.timeToTarget(limit)
		v.charge(d, limit)
		if d < 24*time.Hour && !v.full() {
			t.Fatalf("not full after %v", d)
		}
	}))

	t.Run("power falls above the knee", func(t *testing.T) {
		v := vehicle{capacity: 100_000 * wattHour, max: 150_000, knee: 0.8}
		v.target = v.capacity
		last := v.max
		for percent := range energy(100) {
			v.stored = v.capacity * percent / 100
			p := v.power(200_000)
			if percent <= 80 && p != v.max || percent > 80 && p >= last {
				t.Fatalf("at %d %%: %d W after %d W", percent, p, last)
			}
			last = p
		}
		if last < 20_000 || last > 30_000 {
			t.Fatalf("%d W at 99 %%", last)
		}
	})
}
