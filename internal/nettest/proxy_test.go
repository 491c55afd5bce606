package nettest

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A fault is what the proxy does to one piece of data on its way.
type fault int

const (
	resetRequest  fault = iota // the request is passed on, then both sides are reset
	resetAnswer                // the answer is thrown away and both sides reset
	cutRequest                 // half of the request is passed on, then reset
	cutAnswer                  // half of the answer, then reset
	stallRequest               // held back, then passed on
	stallAnswer                // held back, then passed on
	deadCharger                // the charger vanishes: the server hears and sees nothing any more
	deadServer                 // the server vanishes: the charger hears nothing for a while
	byteByByte                 // passed on in writes of one byte
	refuseConnect              // the connection is reset before it reaches the server
	faultCount
)

var faultNames = [faultCount]string{
	"reset between request and answer", "answer thrown away, then reset", "request cut in the middle, then reset",
	"answer cut in the middle, then reset", "request stalled", "answer stalled", "charger vanished without a word",
	"server vanished without a word", "delivered byte by byte", "reset before the handshake",
}

// ends says which faults end the connection; the others must not.
func (f fault) ends() bool {
	switch f {
	case stallRequest, stallAnswer, byteByByte:
		return false
	}
	return true
}

// injected is how often a fault was injected, and what it did.
type injected struct {
	// times it was injected; survived counts connections that carried more data
	// afterwards, lost those that did not.
	times, survived, lost int64
}

// A proxy stands between chargers and the server, and breaks what it is told
// to: one piece of data in every `each`.
type proxy struct {
	listener net.Listener
	server   string
	seed     uint64
	each     atomic.Int64 // 0 for no faults
	opened   atomic.Int64
	done     sync.WaitGroup

	mu     sync.Mutex
	conns  map[*net.TCPConn]struct{}
	closed bool
	did    [faultCount]injected
}

// startProxy starts a proxy without faults, which ends with the test.
func startProxy(t *testing.T, server string, seed uint64) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: server, seed: seed, conns: make(map[*net.TCPConn]struct{})}
	p.done.Go(p.accept)
	t.Cleanup(p.stop)
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) stop() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.done.Wait()
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.carry(c.(*net.TCPConn)) })
	}
}

// own takes a connection into the proxy's care; false when it stops.
func (p *proxy) own(c *net.TCPConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.conns[c] = struct{}{}
	}
	return !p.closed
}

func (p *proxy) disown(c *net.TCPConn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// A pair is one connection through the proxy. Its chance is its own, so that
// what happens to it does not hang on the others.
type pair struct {
	p               *proxy
	charger, server *net.TCPConn
	mu              sync.Mutex
	chance          *rand.Rand
	over            bool // a fault has ended it
	// tried is a fault that it should survive, from the moment that it is over.
	tried fault
	trial bool
}

func (p *proxy) carry(charger *net.TCPConn) {
	if !p.own(charger) {
		charger.Close()
		return
	}
	defer p.disown(charger)
	x := &pair{p: p, charger: charger, chance: rand.New(rand.NewPCG(p.seed, uint64(p.opened.Add(1))))}
	if each := p.each.Load(); each > 0 && x.chance.Int64N(each) == 0 {
		p.count(refuseConnect)
		_ = charger.SetLinger(0)
		return
	}
	c, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = charger.SetLinger(0)
		return
	}
	x.server = c.(*net.TCPConn)
	if !p.own(x.server) {
		x.server.Close()
		return
	}
	defer p.disown(x.server)
	var both sync.WaitGroup
	both.Go(func() { x.pump(x.server, charger, true) })
	x.pump(charger, x.server, false)
	both.Wait()
	x.judge(false)
}

// pump passes data on; requests says that it goes to the server.
func (x *pair) pump(to, from *net.TCPConn, requests bool) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !x.pass(to, buf[:n], requests) {
			return
		}
		if err != nil {
			if err == io.EOF {
				_ = to.CloseWrite()
			} else {
				x.reset()
			}
			return
		}
	}
}

// pass passes a piece on, with a fault when one is due. It returns false when
// the connection is over.
func (x *pair) pass(to *net.TCPConn, piece []byte, request bool) bool {
	f, wait, due := x.draw(request)
	if !due {
		return x.write(to, piece)
	}
	switch f {
	case resetRequest:
		x.write(to, piece)
		time.Sleep(wait / 200) // sometimes before the commit, sometimes after
		x.reset()
	case resetAnswer:
		x.reset()
	case cutRequest, cutAnswer:
		x.write(to, piece[:len(piece)/2])
		x.reset()
	case stallRequest, stallAnswer:
		time.Sleep(wait)
		return x.write(to, piece)
	case byteByByte:
		for i := range piece {
			if !x.write(to, piece[i:i+1]) {
				return false
			}
		}
		return true
	case deadCharger:
		_ = x.charger.SetLinger(0)
		x.charger.Close()
		_, _ = io.Copy(io.Discard, x.server) // until the server gives it up
	case deadServer:
		_ = x.server.SetLinger(0)
		x.server.Close()
		_ = x.charger.SetReadDeadline(time.Now().Add(wait))
		_, _ = io.Copy(io.Discard, x.charger)
		x.reset()
	}
	return false
}

func (x *pair) write(to *net.TCPConn, piece []byte) bool {
	_, err := to.Write(piece)
	return err == nil
}

// draw decides whether a piece meets a fault, which one, and how long that
// takes where it takes time.
func (x *pair) draw(request bool) (f fault, wait time.Duration, due bool) {
	x.judge(true)
	each := x.p.each.Load()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over || each == 0 || x.chance.Int64N(each) != 0 {
		return 0, 0, false
	}
	choice := []fault{resetAnswer, cutAnswer, stallAnswer, deadServer, byteByByte, byteByByte}
	if request {
		choice = []fault{resetRequest, resetRequest, cutRequest, stallRequest, deadCharger, byteByByte}
	}
	f = choice[x.chance.IntN(len(choice))]
	wait = time.Duration(50+x.chance.IntN(1500)) * time.Millisecond
	x.over = f.ends()
	if !x.over && !x.trial {
		x.tried, x.trial = f, true
	}
	x.p.count(f)
	return f, wait, true
}

// judge notes whether a connection lived on after a fault that it should
// survive.
func (x *pair) judge(alive bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.trial {
		return
	}
	x.trial = false
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	if alive {
		x.p.did[x.tried].survived++
	} else {
		x.p.did[x.tried].lost++
	}
}

// reset ends both sides with RST, as a broken network does.
func (x *pair) reset() {
	for _, c := range []*net.TCPConn{x.charger, x.server} {
		_ = c.SetLinger(0)
		c.Close()
	}
}

func (p *proxy) count(f fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.did[f].times++
	if f.ends() {
		p.did[f].lost++
	}
}
