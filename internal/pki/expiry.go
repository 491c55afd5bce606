package pki

import (
	"crypto/x509"
	"strconv"
	"time"
)

// Expiry is when a certificate ends.
type Expiry struct {
	// Name tells what it is for, such as server-rsa; it is unique.
	Name     string
	Subject  string
	NotAfter time.Time
}

// warnDays are the days before its end on which a certificate is warned of.
var warnDays = []int{30, 14, 7, 1, 0}

// Expiry lists the certificates in use: the server's, the roots of clients, and
// those of the authority.
func (s *Server) Expiry() []Expiry {
	m := s.current.Load()
	var list expiries
	for _, pair := range m.pairs {
		list.add("server-"+kindOf(pair.Leaf), pair.Leaf)
	}
	for _, cert := range m.clients {
		list.add("client-ca", cert)
	}
	if s.cfg.Authority != nil {
		for _, root := range s.cfg.Authority.Roots() {
			list.add(root.Name, root.Certificate)
		}
	}
	return list.all
}

type expiries struct {
	all   []Expiry
	names map[string]int
}

func (l *expiries) add(name string, cert *x509.Certificate) {
	if l.names == nil {
		l.names = map[string]int{}
	}
	l.names[name]++
	if n := l.names[name]; n > 1 {
		name += "-" + strconv.Itoa(n)
	}
	l.all = append(l.all, Expiry{Name: name, Subject: cert.Subject.String(), NotAfter: cert.NotAfter})
}

// warnExpiry logs each certificate that ends within 30 days, and again at 14, 7
// and 1 and when it is over.
func (s *Server) warnExpiry() {
	for _, e := range s.Expiry() {
		left := e.NotAfter.Sub(s.now())
		key := e.Name + " " + e.NotAfter.Format(time.RFC3339)
		for i := len(warnDays) - 1; i >= 0; i-- {
			days := warnDays[i]
			if left > time.Duration(days)*24*time.Hour {
				continue
			}
			if before, warned := s.warned[key]; !warned || days < before {
				s.warned[key] = days
				s.log.Warn("a certificate ends soon", "certificate", e.Name, "subject", e.Subject, "ends", e.NotAfter.UTC(),
					"left", left.Round(time.Hour), "fix", expiryFix(e.Name))
			}
			break
		}
	}
}

func expiryFix(name string) string {
	if len(name) >= 6 && name[:6] == "server" {
		return "Replace the files of --tls-cert and --tls-key; they are read again by themselves."
	}
	return "Install the next root in the chargers before this one ends."
}
