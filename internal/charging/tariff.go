package charging

import (
	"strings"
	"time"
)

// TariffPeriod is a part of the week, and perhaps of the year, whose energy is
// counted by itself: "On-peak". Times are those of the site's timezone.
type TariffPeriod struct {
	Name string
	// Days are the days of the week, 1 for Monday to 7 for Sunday.
	Days []int
	// From and To are minutes since midnight: From is included, To, which is after
	// it and at most 1440, is not.
	From, To int
	// FirstDate and LastDate bound it in the year, both included, as "2026-06-01";
	// "" for no bound.
	FirstDate, LastDate string
}

// Holds reports whether the period holds at a local time.
func (p *TariffPeriod) Holds(local time.Time) bool {
	weekday := int(local.Weekday())
	if weekday == 0 {
		weekday = 7
	}
	minute := local.Hour()*60 + local.Minute()
	if minute < p.From || minute >= p.To {
		return false
	}
	date := local.Format(time.DateOnly)
	if p.FirstDate != "" && date < p.FirstDate || p.LastDate != "" && date > p.LastDate {
		return false
	}
	for _, day := range p.Days {
		if day == weekday {
			return true
		}
	}
	return false
}

// Tariff bounds.
const (
	MaxTariffPeriods = 50
	minutesOfDay     = 24 * 60
)

// CheckTariff says what is wrong with the periods of a site, naming the member;
// nil when nothing is.
func CheckTariff(periods []TariffPeriod) error {
	if len(periods) > MaxTariffPeriods {
		return Errorf(Invalid, "periods: there may be at most %d", MaxTariffPeriods)
	}
	for i := range periods {
		if err := periods[i].check(); err != nil {
			return Errorf(Invalid, "periods[%d].%s", i, err.Msg)
		}
	}
	return nil
}

func (p *TariffPeriod) check() *Error {
	switch {
	case strings.TrimSpace(p.Name) == "":
		return Errorf(Invalid, "name: must not be empty")
	case len(p.Name) > 100:
		return Errorf(Invalid, "name: is longer than 100 characters")
	case len(p.Days) == 0:
		return Errorf(Invalid, "daysOfWeek: must name at least one day, 1 for Monday to 7 for Sunday")
	case p.From < 0 || p.From >= minutesOfDay:
		return Errorf(Invalid, "startTime: must be from 00:00 to 23:59")
	case p.To <= p.From || p.To > minutesOfDay:
		return Errorf(Invalid, "endTime: must be after startTime, and 24:00 at most; a period over midnight is two")
	}
	for _, day := range p.Days {
		if day < 1 || day > 7 {
			return Errorf(Invalid, "daysOfWeek: %d is none; they are 1 for Monday to 7 for Sunday", day)
		}
	}
	for _, bound := range []struct{ name, date string }{{"startDate", p.FirstDate}, {"endDate", p.LastDate}} {
		if bound.date == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, bound.date); err != nil {
			return Errorf(Invalid, "%s: %q is no date; write it like 2026-06-01", bound.name, bound.date)
		}
	}
	if p.FirstDate != "" && p.LastDate != "" && p.LastDate < p.FirstDate {
		return Errorf(Invalid, "endDate: is before startDate")
	}
	return nil
}
