package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// BenchmarkMessage measures a message of OCPP 1.6 from the bytes of its frame
// to the bytes of its answer, with everything but the socket and the store, and
// once more with its raw message handed to a log that drops it.
func BenchmarkMessage(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchMessages(b, Config{}) })
	var last int64
	b.Run("kept", func(b *testing.B) {
		benchMessages(b, Config{Messages: dropped{}, NextMessageID: func() (int64, error) { last++; return last, nil }})
	})
}

// dropped is a log of raw messages that keeps none.
type dropped struct{}

func (dropped) Append(charging.Message) {}

func benchMessages(b *testing.B, cfg Config) {
	run := func(name, text string) {
		b.Run(name, func(b *testing.B) {
			y := newYard(b, cfg)
			defer y.stop()
			y.g.fleet = discard{y.estate}
			d := dialog{g: y.g, protocol: protocol16, charger: 1, generation: 1, turn: make(chan struct{}, 1)}
			data := []byte(text)
			out := make([]byte, 0, 4096)
			received := time.Now()
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f, err := ocpp.ParseFrame(data)
				if err != nil {
					b.Fatal(err)
				}
				r := d.answer(out[:0], &f, received)
				d.keepMessage(&f, r, received)
				if !bytes.HasPrefix(r.text, []byte("[3,")) {
					b.Fatalf("answer %s", r.text)
				}
			}
		})
	}
	run("Heartbeat", heartbeatCall)
	run("StatusNotification", statusCall)
	run("BootNotification", bootCall)
	run("MeterValues8", meterValues8)
}

// discard is an estate that decides at once.
type discard struct{ *memoryEstate }

func (discard) Handle(context.Context, charging.Event) (charging.Outcome, error) {
	return charging.Outcome{}, nil
}

const meterValues8 = `[2,"5f2c","MeterValues",{"connectorId":1,"transactionId":4711,"meterValue":[{"timestamp":"2026-03-01T12:00:00Z","sampledValue":[` +
	`{"value":"1234567.8","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh"},` +
	`{"value":"48211.5","context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unit":"W"},` +
	`{"value":"120.4","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unit":"A"},` +
	`{"value":"120.1","context":"Sample.Periodic","measurand":"Current.Import","phase":"L2","location":"Outlet","unit":"A"},` +
	`{"value":"119.9","context":"Sample.Periodic","measurand":"Current.Import","phase":"L3","location":"Outlet","unit":"A"},` +
	`{"value":"400.2","context":"Sample.Periodic","measurand":"Voltage","location":"Outlet","unit":"V"},` +
	`{"value":"61","context":"Sample.Periodic","measurand":"SoC","location":"EV","unit":"Percent"},` +
	`{"value":"31.5","context":"Sample.Periodic","measurand":"Temperature","location":"Body","unit":"Celsius"}]}]}]`

// BenchmarkIdleConnection measures the memory of connections that said
// something and then wait, on our side of the socket.
func BenchmarkIdleConnection(b *testing.B) {
	const connections = 2000
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	for b.Loop() {
		y := newYard(b, Config{PingEvery: -1})
		y.g.log, y.g.fleet = log, discard{y.estate}
		srv := httptest.NewServer(y.g)
		for i := range connections {
			y.add(charging.ChargerSettings{OCPPID: strconv.Itoa(i)})
		}
		clients := make([]net.Conn, connections)
		before := inUse()
		for i := range clients {
			clients[i] = dialBare(b, srv.Listener.Addr().String(), strconv.Itoa(i))
		}
		after := inUse()
		b.ReportMetric(float64(after-before)/connections, "B/connection")
		for _, c := range clients {
			c.Close()
		}
		y.stop()
		srv.Close()
	}
}

// dialBare connects a charger, has one message answered, and keeps nothing but
// the socket.
func dialBare(b *testing.B, address, identity string) net.Conn {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	io.WriteString(conn, "GET /ocpp/"+identity+" HTTP/1.1\r\n"+handshakeHead+"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n")
	if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame([]byte(statusCall)))); err != nil {
		b.Fatal(err)
	}
	want := []byte(`[3,"s1",{}]`)
	got := make([]byte, 0, 512)
	for !bytes.HasSuffix(got, want) {
		n, err := conn.Read(got[len(got):cap(got)])
		if err != nil {
			b.Fatalf("%v after %q", err, got)
		}
		got = got[:len(got)+n]
	}
	if !bytes.HasPrefix(got, []byte("HTTP/1.1 "+strconv.Itoa(http.StatusSwitchingProtocols))) {
		b.Fatalf("answer %q", got)
	}
	return conn
}

func inUse() uint64 {
	for range 3 {
		runtime.GC()
		time.Sleep(20 * time.Millisecond)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
