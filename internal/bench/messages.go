package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// charger is a charger of the benchmark, with one port.
type charger struct {
	*conn
	identity, tag string
	meter         int // Wh of the register
	session       int // transaction id, 0 for none
	turn          int // how many messages of its scenario were sent
	clock         time.Time
}

// A scenario is what the chargers of one measurement say, over and over.
type scenario struct {
	name  string
	title string
	// begin is done once by each charger before time is taken; nil for nothing.
	begin func(*charger) error
	// say sends the next message and checks its answer.
	say func(*charger) error
}

// scenarios are the columns of the table.
var scenarios = []scenario{
	{name: "heartbeat", title: "Heartbeat", say: (*charger).heartbeat},
	{name: "metervalues", title: "MeterValues (8 samples)", begin: (*charger).beSession, say: (*charger).meterValues},
	{name: "status", title: "StatusNotification", begin: (*charger).beFree, say: (*charger).status},
	{name: "session", title: "session mix", begin: (*charger).beFree, say: (*charger).mix},
}

func appendNumber(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// now appends the time as chargers write it. It never stands still, so that no
// message repeats another.
func (c *charger) now(b []byte) []byte {
	now := time.Now().UTC().Truncate(time.Millisecond)
	if !now.After(c.clock) {
		now = c.clock.Add(time.Millisecond)
	}
	c.clock = now
	return now.AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

func (c *charger) boot() error {
	answer, err := c.call(append(c.begin("BootNotification"),
		`{"chargePointVendor":"Bench","chargePointModel":"One","firmwareVersion":"1.0"}`...))
	if err != nil {
		return err
	}
	if !bytes.Contains(answer, []byte(`"Accepted"`)) {
		return fmt.Errorf("the boot of %s was answered %.100s", c.identity, answer)
	}
	return nil
}

func (c *charger) heartbeat() error {
	_, err := c.call(append(c.begin("Heartbeat"), `{}`...))
	return err
}

// status says Available and Preparing in turn: each message changes something.
func (c *charger) status() error {
	c.turn++
	word := "Available"
	if c.turn%2 == 1 {
		word = "Preparing"
	}
	return c.report(word)
}

func (c *charger) report(word string) error {
	b := append(c.begin("StatusNotification"), `{"connectorId":1,"errorCode":"NoError","status":"`...)
	b = append(append(b, word...), `","timestamp":"`...)
	_, err := c.call(append(c.now(b), `"}`...))
	return err
}

// meterValues sends 8 samples: energy, power, three currents, voltage, state of
// charge and temperature.
func (c *charger) meterValues() error {
	c.meter += 25
	b := append(c.begin("MeterValues"), `{"connectorId":1,"transactionId":`...)
	b = appendNumber(b, c.session)
	b = append(b, `,"meterValue":[{"timestamp":"`...)
	b = c.now(b)
	b = append(b, `","sampledValue":[{"value":"`...)
	b = appendNumber(b, c.meter)
	b = append(b, `","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"},{"value":"`...)
	b = appendNumber(b, 7000+c.meter%360)
	b = append(b, `","context":"Sample.Periodic","measurand":"Power.Active.Import","unit":"W"}`...)
	for _, phase := range [...]string{"L1", "L2", "L3"} {
		b = append(b, `,{"value":"`...)
		b = appendNumber(b, 10+c.meter%6)
		b = append(b, `.4","context":"Sample.Periodic","measurand":"Current.Import","phase":"`...)
		b = append(append(b, phase...), `","unit":"A"}`...)
	}
	b = append(b, `,{"value":"230.1","context":"Sample.Periodic","measurand":"Voltage","unit":"V"},{"value":"`...)
	b = appendNumber(b, 20+c.meter/1000%70)
	b = append(b, `","context":"Sample.Periodic","measurand":"SoC","unit":"Percent","location":"EV"},{"value":"31.5",`...)
	b = append(b, `"context":"Sample.Periodic","measurand":"Temperature","unit":"Celsius"}]}]}`...)
	_, err := c.call(b)
	return err
}

func (c *charger) authorize() error {
	b := append(append(c.begin("Authorize"), `{"idTag":"`...), c.tag...)
	answer, err := c.call(append(b, `"}`...))
	return accepted(answer, err)
}

func (c *charger) start() error {
	b := append(append(c.begin("StartTransaction"), `{"connectorId":1,"idTag":"`...), c.tag...)
	b = appendNumber(append(b, `","meterStart":`...), c.meter)
	answer, err := c.call(append(c.now(append(b, `,"timestamp":"`...)), `"}`...))
	if err := accepted(answer, err); err != nil {
		return err
	}
	c.session = transactionID(answer)
	if c.session == 0 {
		return fmt.Errorf("%w: no transaction id in %.100s", errRefused, answer)
	}
	return nil
}

func (c *charger) stop() error {
	b := appendNumber(append(c.begin("StopTransaction"), `{"transactionId":`...), c.session)
	b = appendNumber(append(b, `,"meterStop":`...), c.meter)
	b = c.now(append(b, `,"timestamp":"`...))
	_, err := c.call(append(b, `","reason":"EVDisconnected"}`...))
	c.session = 0
	return err
}

// mixLength is how many messages a session of the mix has: Authorize,
// StartTransaction, 10 MeterValues, StopTransaction.
const mixLength = 13

func (c *charger) mix() error {
	c.turn++
	switch c.turn % mixLength {
	case 1:
		return c.authorize()
	case 2:
		return c.start()
	case 0:
		return c.stop()
	}
	return c.meterValues()
}

// beSession begins a session unless one runs.
func (c *charger) beSession() error {
	if c.session != 0 {
		return nil
	}
	return c.start()
}

// beFree ends the session that runs, and begins the scenario anew.
func (c *charger) beFree() error {
	c.turn = 0
	if c.session == 0 {
		return nil
	}
	return c.stop()
}

// accepted wants the id tag to be Accepted: another answer would be another
// path through the server.
func accepted(answer []byte, err error) error {
	if err == nil && !bytes.Contains(answer, []byte(`"Accepted"`)) {
		return fmt.Errorf("%w: the id tag was not accepted: %.100s", errRefused, answer)
	}
	return err
}

// transactionID finds the transaction id in an answer, 0 for none.
func transactionID(answer []byte) int {
	_, rest, ok := bytes.Cut(answer, []byte(`"transactionId":`))
	if !ok {
		return 0
	}
	n := 0
	for _, d := range bytes.TrimLeft(rest, " ") {
		if d < '0' || d > '9' {
			break
		}
		n = 10*n + int(d-'0')
	}
	return n
}
