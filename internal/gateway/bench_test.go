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
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/messagelog"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// BenchmarkMessage measures a message of OCPP 1.6 from the bytes of its frame
// to the bytes of its answer, with everything but the socket and the store, once
// more with its raw message kept in a real log, and with somebody following those
// of the charger, or of another one.
func BenchmarkMessage(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchMessages(b, Config{}, 0) })
	for name, followed := range map[string]charging.ID{"kept": 0, "followed": 1, "another-followed": 2} {
		b.Run(name, func(b *testing.B) { benchKept(b, followed) })
	}
}

func benchKept(b *testing.B, followed charging.ID) {
	kept, err := messagelog.Open(messagelog.Config{Folder: b.TempDir()}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	defer kept.Close(context.Background())
	var last int64
	benchMessages(b, Config{Messages: kept, NextMessageID: func() (int64, error) { last++; return last, nil }}, followed)
}

func benchMessages(b *testing.B, cfg Config, followed charging.ID) {
	run := func(name, text string, p *protocol) {
		b.Run(name, func(b *testing.B) {
			y := newYard(b, cfg)
			defer y.stop()
			y.g.fleet = discard{y.estate}
			if followed != 0 {
				defer y.g.FollowMessages(followed, func(*charging.Message) {})()
			}
			d := dialog{g: y.g, protocol: p, charger: 1, generation: 1, turn: make(chan struct{}, 1)}
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
	run("Heartbeat", heartbeatCall, protocol16)
	run("StatusNotification", statusCall, protocol16)
	run("BootNotification", bootCall, protocol16)
	run("MeterValues8", meterValues8, protocol16)
	run("TransactionEvent", transactionEvent, negotiate([]string{"ocpp2.0.1"}))
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

const transactionEvent = `[2,"t1","TransactionEvent",{"eventType":"Updated","timestamp":"2026-03-01T12:00:00Z","triggerReason":"MeterValuePeriodic",` +
	`"seqNo":7,"transactionInfo":{"transactionId":"0c2f6e6a-1f0d-4d2b-9a7d-3f6f4f3b2a11","chargingState":"Charging"},"evse":{"id":1,"connectorId":1},` +
	`"meterValue":[{"timestamp":"2026-03-01T12:00:00Z","sampledValue":[` +
	`{"value":1234567.8,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"}},` +
	`{"value":48211.5,"context":"Sample.Periodic","measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W"}},` +
	`{"value":61,"context":"Sample.Periodic","measurand":"SoC","location":"EV","unitOfMeasure":{"unit":"Percent"}}]}]}]`

// BenchmarkIdleConnection measures the memory of connections that said
// something and then wait, on our side of the socket: of 1.6 in plain, and of
// 2.0.1 with compression agreed on.
func BenchmarkIdleConnection(b *testing.B) {
	b.Run("ocpp1.6", func(b *testing.B) { benchIdle(b, "Sec-WebSocket-Protocol: ocpp1.6\r\n", []byte(statusCall), 0) })
	b.Run("ocpp2.0.1", func(b *testing.B) {
		benchIdle(b, "Sec-WebSocket-Protocol: ocpp2.0.1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", squeeze(b, []byte(statusCall2)), ws.Rsv(true, false, false))
	})
}

func benchIdle(b *testing.B, header string, message []byte, rsv byte) {
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
			clients[i] = dialBare(b, srv.Listener.Addr().String(), strconv.Itoa(i), header, message, rsv)
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
func dialBare(b *testing.B, address, identity, header string, message []byte, rsv byte) net.Conn {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	io.WriteString(conn, "GET /ocpp/"+identity+" HTTP/1.1\r\n"+handshakeHead+header+"\r\n")
	frame := ws.NewTextFrame(append([]byte(nil), message...))
	frame.Header.Rsv = rsv
	if err := ws.WriteFrame(conn, ws.MaskFrame(frame)); err != nil {
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
