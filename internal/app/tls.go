package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/gateway"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// listenTLS opens the TLS address, if there is one, so that a taken port is
// told before anything is made.
func (a *App) listenTLS(ctx context.Context) error {
	if a.cfg.TLSListen == "" {
		return nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.cfg.TLSListen)
	if err != nil {
		return listenError(a.cfg.TLSListen, err)
	}
	a.tlsListener = listener
	a.undo.add("TLS listener", func(context.Context) error {
		listener.Close() // it may be closed already
		return nil
	})
	return nil
}

// caFolder is where the built-in authority is.
func caFolder(cfg *config.Config) string {
	if cfg.CAFolder != "" {
		return cfg.CAFolder
	}
	return filepath.Join(cfg.Data, "ca")
}

// loadAuthority loads the built-in authority; nil when there is none.
func loadAuthority(cfg *config.Config) (*pki.Authority, error) {
	folder := caFolder(cfg)
	if _, err := os.Stat(folder); os.IsNotExist(err) && cfg.CAFolder == "" {
		return nil, nil
	}
	return pki.Load(folder)
}

// startCertificates loads what TLS and chargers' certificates need.
func (a *App) startCertificates(context.Context) (err error) {
	if a.authority, err = loadAuthority(a.cfg); err != nil {
		return err
	}
	if a.cfg.TLSListen == "" && len(a.cfg.ClientHeader) == 0 {
		return nil
	}
	a.certificates, err = pki.NewServer(pki.Config{
		CertFiles: a.cfg.TLSCert, KeyFiles: a.cfg.TLSKey, ClientCAFiles: a.cfg.TLSClientCA, Authority: a.authority,
		Host: publicHost(a.cfg.PublicURL), AcceptExpired: a.cfg.ExpiredCerts, ProxyHeaders: a.cfg.ClientHeader,
		ProxyOnly: a.cfg.TLSListen == "", Log: a.log.With("room", "pki"),
	})
	if err != nil {
		return err
	}
	a.registry.MustRegister(a.certificates)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { a.certificates.Run(ctx) })
	a.undo.add("certificates", func(context.Context) error {
		cancel()
		running.Wait()
		return nil
	})
	return nil
}

func publicHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// startTLS serves the TLS address with everything that the main address has.
func (a *App) startTLS(context.Context) error {
	if a.tlsListener != nil {
		a.serve("TLS address", a.certificates.Listen(a.tlsListener), a.entrance())
	}
	return nil
}

// TLSAddr is the address that the server listens on with TLS; nil for none.
func (a *App) TLSAddr() net.Addr {
	if a.tlsListener == nil {
		return nil
	}
	return a.tlsListener.Addr()
}

// responders are who is asked about contract certificates; nil for nobody.
func (a *App) responders() (gateway.Responders, error) {
	if len(a.cfg.OCSP) == 0 {
		return nil, nil
	}
	roots, err := readRoots(a.cfg.ContractCA)
	if err != nil {
		return nil, err
	}
	cfg := pki.OCSPConfig{Roots: roots}
	if !slices.Contains(a.cfg.OCSP, "any") {
		cfg.Hosts = a.cfg.OCSP
	}
	return pki.NewOCSPClient(cfg), nil
}

func readRoots(files []string) (all []*x509.Certificate, err error) {
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, charging.Errorf(charging.Invalid, "--contract-ca: %w", err)
		}
		certs, err := pki.ParseChain(string(text))
		if err != nil {
			return nil, charging.Errorf(charging.Invalid, "--contract-ca: %s: %w", name, err)
		}
		all = append(all, certs...)
	}
	return all, nil
}

// signer signs chargers' certificates with the built-in authority.
type signer struct{ a *App }

// CanSign implements gateway.Signer.
func (s signer) CanSign(use string) bool {
	return use != useV2G || s.a.authority.HasV2G()
}

const useV2G = "V2GCertificate"

// Sign implements gateway.Signer.
func (s signer) Sign(ctx context.Context, r gateway.SigningRequest) {
	if err := s.sign(ctx, r); err != nil {
		s.a.log.Warn("a charger's certificate was not signed", "charger", r.ChargerID, "use", r.Use, "err", err)
	}
}

func (s signer) sign(ctx context.Context, r gateway.SigningRequest) error {
	c := s.a.admin.fleet.Estate().Charger(r.ChargerID)
	if c == nil {
		return charging.Errorf(charging.NotFound, "charger %d is gone", r.ChargerID)
	}
	chain, cert, err := s.a.authority.SignCSR([]byte(r.CSR), pki.Applicant{Identity: c.OCPPID, Serial: c.EffectiveSerialNumber(),
		Organization: s.a.cfg.Organization, V2G: r.Use == useV2G})
	if err != nil {
		return err
	}
	payload, err := certificateSigned(r, chain)
	if err != nil {
		return err
	}
	answer := s.a.gateway.Call(ctx, charging.Call{ChargerID: r.ChargerID, Action: "CertificateSigned", Payload: payload})
	if answer.Status != charging.CommandAnswered {
		return fmt.Errorf("CertificateSigned: %s: %s", answer.Status, answer.Error.Description)
	}
	s.a.log.Info("signed a charger's certificate", "identity", c.OCPPID, "use", r.Use, "until", cert.NotAfter,
		"fingerprint", pki.Fingerprint(cert), "answer", string(answer.Response))
	return nil
}
