package httpapi

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

func appendCurrentSession(dst []byte, e *fleet.Estate, s *charging.Session) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendInt(dst, s.ID)
	dst = append(dst, `,"startTime":`...)
	dst = appendTime(dst, s.StartedAt)
	dst = append(dst, `,"socStartPercent":`...)
	if s.HasSoCStart {
		dst = charging.AppendThousandths(dst, int64(s.SoCStart))
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"energyDeliveredKwh":`...)
	dst = charging.AppendThousandths(dst, s.Energy.Thousand())
	dst = append(dst, `,"ocppIdTag":`...)
	if s.Tag == "" {
		dst = append(dst, "null"...)
	} else {
		dst = appendString(dst, s.Tag)
	}
	dst = append(dst, `,"ocppTransactionId":`...)
	if s.TransactionID >= 1 && s.TransactionID <= charging.MaxID {
		dst = appendInt(dst, s.TransactionID)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"latestReadings":`...)
	dst = appendLatestReadings(dst, &s.Latest)
	dst = append(dst, `,"vehicle":`...)
	dst = appendVehicle(dst, e.Vehicle(s.VehicleID))
	dst = append(dst, `,"rfid":`...)
	dst = appendRFID(dst, e.AccessID(s.AccessID))
	dst = append(dst, `,"customer":`...)
	dst = appendCustomer(dst, e.Customer(s.CustomerID))
	return append(dst, '}')
}

func appendLatestReadings(dst []byte, l *charging.LatestReadings) []byte {
	dst = append(dst, `{"powerKw":`...)
	dst = appendReading(dst, l.Power, l.Power.Value.Thousand())
	dst = append(dst, `,"currentA":`...)
	dst = appendReading(dst, l.Current, int64(l.Current.Value))
	dst = append(dst, `,"socPercent":`...)
	dst = appendReading(dst, l.SoC, int64(l.SoC.Value))
	dst = append(dst, `,"voltage":`...)
	dst = appendReading(dst, l.Voltage, int64(l.Voltage.Value))
	return append(dst, '}')
}

// appendReading appends a reading whose value is thousandths of the unit shown.
func appendReading(dst []byte, r charging.Latest, thousandths int64) []byte {
	if r.At.IsZero() {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"value":`...)
	dst = charging.AppendThousandths(dst, thousandths)
	dst = append(dst, `,"timestamp":`...)
	dst = appendTime(dst, r.At)
	return append(dst, '}')
}

func appendVehicle(dst []byte, v *charging.Vehicle) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"id":`...)
	dst = appendInt(dst, v.ID)
	dst = append(dst, `,"make":`...)
	dst = appendText(dst, v.Make)
	dst = append(dst, `,"model":`...)
	dst = appendText(dst, v.Model)
	dst = append(dst, `,"name":`...)
	dst = appendString(dst, v.DisplayName())
	dst = append(dst, `,"vin":`...)
	dst = appendText(dst, v.VIN)
	return append(dst, '}')
}

// appendRFID appends the card of a session. A vehicle's own identification is
// shown by its vehicle alone (contract 3.4 no. 39).
func appendRFID(dst []byte, a *charging.AccessID) []byte {
	if a == nil || a.Type != charging.TypeRFID {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"id":`...)
	dst = appendInt(dst, a.ID)
	dst = append(dst, `,"name":`...)
	dst = appendText(dst, a.Name)
	return append(dst, '}')
}

func appendCustomer(dst []byte, c *charging.Customer) []byte {
	if c == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"name":`...)
	dst = appendString(dst, c.Name)
	return append(dst, '}')
}
