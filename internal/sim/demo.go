package sim

import "time"

// DemoLife is a lively hour for people who watch: half of the ports begin to
// charge within seconds, readings come every 10 s, and every few minutes
// something fails, is lost or comes back. Times are the clock's.
func DemoLife() Life {
	return Life{
		ArrivalsPerHour: 12, FirstArrivals: 0.55, Haste: 4, UnknownTags: 0.04,
		SampleInterval: 10 * time.Second,
		FaultsPerHour:  1.5, FaultLength: 90 * time.Second,
		DisconnectsPerHour: 2, Reboots: 0.3, OfflineLength: 45 * time.Second,
	}
}

// SteadyLife is an ordinary day at a busy site: readings every minute, a fault a
// charger every few days, a lost connection a day.
func SteadyLife() Life {
	return Life{
		ArrivalsPerHour: 1, FirstArrivals: 0.3, UnknownTags: 0.02,
		SampleInterval: time.Minute, FaultsPerHour: 0.01, DisconnectsPerHour: 0.04, Reboots: 0.2,
	}
}

// RestlessLife is for crash tests: sessions of seconds, so that starts, readings
// and stops are always on their way. Sessions are short on the clock too; use it
// with Speed 1.
func RestlessLife() Life {
	return Life{
		ArrivalsPerHour: 3600, FirstArrivals: 1, Haste: 60, SessionLength: 4 * time.Second, UnknownTags: 0.05,
		SampleInterval: time.Second, FaultsPerHour: 20, FaultLength: time.Second,
		DisconnectsPerHour: 60, Reboots: 0.3, OfflineLength: time.Second,
	}
}

// QuickRetry is Retry for tests: it gives up nothing and comes back at once.
func QuickRetry() Retry {
	return Retry{Interval: 200 * time.Millisecond, BackOffMin: 100 * time.Millisecond, BackOffMax: time.Second}
}
