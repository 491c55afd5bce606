package pki

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Config says what a Server serves with.
type Config struct {
	// CertFiles and KeyFiles are the server's certificates, each with its
	// intermediates, and their keys in the same order; best one ECDSA and one
	// RSA. None takes those of the authority.
	CertFiles, KeyFiles []string
	// ClientCAFiles hold roots of chargers' client certificates besides those of
	// the authority. Without any root no client certificate is asked for.
	ClientCAFiles []string
	// Authority is the built-in authority; nil for none.
	Authority *Authority
	// Host is the name that chargers reach the server by; certificates that are
	// not made out to it are warned about. "" for not known.
	Host string
	// MinVersion is the lowest TLS version; 0 means TLS 1.2, and lower ones
	// count as that.
	MinVersion uint16
	// AcceptExpired lets client certificates in whose time is over and which are
	// otherwise valid, so that they can be renewed (OCPP 2.0.1 A00.FR.429).
	AcceptExpired bool
	// ProxyHeaders are the headers, out of ProxyHeaderNames, in which trusted
	// proxies hand on client certificates; none believes no header.
	ProxyHeaders []string
	// ProxyOnly is for a server that serves no TLS itself and only checks what
	// proxies hand on: it needs no certificate of its own.
	ProxyOnly bool
	// ReloadEvery is how often files are looked at; 0 means 5 seconds.
	ReloadEvery time.Duration
	// HandshakeTimeout is how long a handshake may take; 0 means 10 seconds,
	// which is enough for a slow charger on a slow line.
	HandshakeTimeout time.Duration
	// Log takes what happened; needed.
	Log *slog.Logger
}

// Server holds the certificates of the TLS listener. Its methods may be called
// from any goroutine.
type Server struct {
	cfg     Config
	log     *slog.Logger
	now     func() time.Time
	current atomic.Pointer[material]
	metrics *metrics
	quiet   quieter
	files   watcher
	reload  sync.Mutex
	warned  map[string]int // by certificate: the fewest days warned of
}

// material is what is loaded at one time; it never changes.
type material struct {
	pairs   []*tls.Certificate
	roots   *x509.CertPool // of clients; nil when none are asked for
	clients []*x509.Certificate
	config  *tls.Config
}

// CipherSuites are those of TLS 1.2, in no order: crypto/tls orders them. The
// first four are those that certification demands (TC_A_04, TC_086); two of
// them have the RSA key exchange, which crypto/tls leaves out unless told.
var CipherSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
}

// NewServer loads the certificates. The error is a sentence that names the file
// and the fix.
func NewServer(cfg Config) (*Server, error) {
	if cfg.ReloadEvery <= 0 {
		cfg.ReloadEvery = 5 * time.Second
	}
	if cfg.HandshakeTimeout <= 0 {
		cfg.HandshakeTimeout = 10 * time.Second
	}
	cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
	if len(cfg.CertFiles) == 0 && cfg.Authority != nil {
		cfg.CertFiles, cfg.KeyFiles = cfg.Authority.serverFiles()
	}
	switch {
	case len(cfg.CertFiles) == 0 && cfg.ProxyOnly:
	case len(cfg.CertFiles) == 0 && cfg.Authority != nil:
		return nil, charging.Errorf(charging.Invalid, `the authority in %s has made no server certificate yet; make it with "chargeyard ca server" and the name that chargers connect to`, cfg.Authority.folder)
	case len(cfg.CertFiles) == 0:
		return nil, charging.Errorf(charging.Invalid, `TLS needs a certificate; name one with --tls-cert and --tls-key, or make an authority with "chargeyard ca init"`)
	case len(cfg.CertFiles) != len(cfg.KeyFiles):
		return nil, charging.Errorf(charging.Invalid, "there are %d certificate files and %d key files; each certificate needs its key, in the same order", len(cfg.CertFiles), len(cfg.KeyFiles))
	}
	if err := checkHeaders(cfg.ProxyHeaders); err != nil {
		return nil, err
	}
	cfg.ProxyHeaders = slices.Clone(cfg.ProxyHeaders)
	for i, name := range cfg.ProxyHeaders {
		cfg.ProxyHeaders[i] = http.CanonicalHeaderKey(strings.TrimSpace(name))
	}
	s := &Server{cfg: cfg, log: cfg.Log, now: time.Now, metrics: newMetrics(), warned: map[string]int{}}
	s.files.names = slices.Concat(cfg.CertFiles, cfg.KeyFiles, cfg.ClientCAFiles)
	s.files.loaded = s.files.look()
	m, err := s.load()
	if err != nil {
		return nil, err
	}
	s.current.Store(m)
	s.doubt(m)
	return s, nil
}

// load reads all files.
func (s *Server) load() (*material, error) {
	m := &material{}
	for i, name := range s.cfg.CertFiles {
		pair, err := loadPair(name, s.cfg.KeyFiles[i], s.now())
		if err != nil {
			return nil, err
		}
		m.pairs = append(m.pairs, pair)
	}
	for _, name := range s.cfg.ClientCAFiles {
		list, err := readCertificates("file of client roots", name)
		if err != nil {
			return nil, err
		}
		m.clients = append(m.clients, list...)
	}
	roots := m.clients
	if s.cfg.Authority != nil {
		roots = append(s.cfg.Authority.clientRoots(), roots...)
	}
	if len(roots) > 0 {
		m.roots = x509.NewCertPool()
		for _, root := range roots {
			m.roots.AddCert(root)
		}
	}
	m.config = s.newConfig(m)
	return m, nil
}

// newConfig makes the TLS settings for what is loaded.
func (s *Server) newConfig(m *material) *tls.Config {
	config := &tls.Config{
		MinVersion:     s.cfg.MinVersion,
		CipherSuites:   CipherSuites,
		NextProtos:     []string{"http/1.1"}, // a WebSocket needs it
		GetCertificate: m.choose,
	}
	if m.roots != nil {
		// The chain is checked here and not by crypto/tls, so that the log can
		// tell what is wrong, and an expired certificate can be let in.
		config.ClientAuth = tls.RequestClientCert
		config.ClientCAs = m.roots
		config.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return nil
			}
			return s.verify(m.roots, state.PeerCertificates)
		}
	}
	return config
}

// TLSConfig returns settings that always serve the newest certificates.
func (s *Server) TLSConfig() *tls.Config {
	config := s.current.Load().config.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if conn, ours := hello.Conn.(*asking); ours {
			conn.name = hello.ServerName
		}
		return s.current.Load().config, nil
	}
	return config
}

// choose returns the first certificate that the client can use. A charger that
// asks for another name gets one too: it may be told an address only.
func (m *material) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	for _, pair := range m.pairs {
		if hello.SupportsCertificate(pair) == nil {
			return pair, nil
		}
	}
	anyName := *hello
	anyName.ServerName = ""
	for _, pair := range m.pairs {
		if anyName.SupportsCertificate(pair) == nil {
			return pair, nil
		}
	}
	if len(m.pairs) == 0 {
		return nil, errors.New("the server has no certificate")
	}
	return m.pairs[0], nil
}

// doubt warns about what works and yet may be refused.
func (s *Server) doubt(m *material) {
	kinds := map[string]bool{}
	for i, pair := range m.pairs {
		kinds[kindOf(pair.Leaf)] = true
		if text := nameDoubt(pair.Leaf, s.cfg.Host); text != "" {
			s.log.Warn(text, "file", s.cfg.CertFiles[i], "fix", "Make the certificate out to the name in --public-url, as common name and as alternative name.")
		}
	}
	for _, kind := range []string{kindECDSA, kindRSA} {
		if !kinds[kind] && !s.cfg.ProxyOnly {
			s.log.Info("there is no server certificate of this kind, so chargers that know no other cannot connect", "kind", kind,
				"fix", "Give --tls-cert a second certificate of this kind.")
		}
	}
}

// Reload reads the files again. When one of them cannot be used everything
// stays as it was, and the error names the file and the fix.
func (s *Server) Reload() error {
	s.reload.Lock()
	defer s.reload.Unlock()
	s.files.loaded = s.files.look()
	m, err := s.load()
	if err != nil {
		return err
	}
	s.current.Store(m)
	s.doubt(m)
	return nil
}

// Run reloads files that change, renews the server certificates of the
// authority and warns of certificates that end soon, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	look := time.NewTicker(s.cfg.ReloadEvery)
	defer look.Stop()
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	s.keepUp()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			s.reloadChanged()
		case <-hourly.C:
			s.keepUp()
		}
	}
}

func (s *Server) reloadChanged() {
	if !s.files.changed() {
		return
	}
	if err := s.Reload(); err != nil {
		s.log.Error("new certificates cannot be used, and the old ones stay", "reason", err)
		return
	}
	s.log.Info("new certificates are in use")
}

// keepUp renews what is ours and warns of what is not.
func (s *Server) keepUp() {
	if s.cfg.Authority != nil {
		if renewed, err := s.cfg.Authority.renewServer(s.now()); err != nil {
			s.log.Error("the server's certificates cannot be renewed", "reason", err)
		} else if renewed {
			s.log.Info("the server's certificates are renewed by the built-in authority")
		}
	}
	s.warnExpiry()
}
