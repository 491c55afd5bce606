// Package openid asks an OpenID Connect provider who somebody is: the
// authorization code flow with PKCE. It knows the provider, not the users here,
// and keeps nothing of a sign-in. It may import auth, and does network I/O to the
// provider only.
package openid

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/chargeyard/chargeyard/internal/auth"
)

// Config says who the provider is and who we are there; zero values mean the
// defaults where there is one.
type Config struct {
	Issuer       string // as its discovery document writes it
	ClientID     string
	ClientSecret string // "" for a public client
	RedirectURL  string // where browsers come back, as registered there
	// Timeout bounds each request to the provider; 10 s by default. Again is how
	// long after a failed discovery the next one may come; 2 s by default.
	Timeout, Again time.Duration
}

// Service is a provider as this server uses it. Its methods may be called by any
// goroutine.
type Service struct {
	cfg    Config
	client *http.Client
	turn   chan struct{} // held by who looks at what follows
	known  *provider     // nil until it was found
	failed error         // of the last discovery
	at     time.Time     // of that
}

// provider is what a discovery found.
type provider struct {
	*oidc.Provider
	verifier *oidc.IDTokenVerifier
	endpoint oauth2.Endpoint
}

// New returns a service. The provider is looked for when somebody signs in.
func New(cfg Config) *Service {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Again <= 0 {
		cfg.Again = 2 * time.Second
	}
	return &Service{cfg: cfg, turn: make(chan struct{}, 1), client: &http.Client{Timeout: cfg.Timeout, Transport: &limited{http.DefaultTransport}}}
}

// Begin returns where the browser goes, and the secrets of its trip. Errors are
// *auth.OpenIDError.
func (s *Service) Begin(ctx context.Context) (address string, trip auth.Trip, err error) {
	p, err := s.provider(ctx)
	if err != nil {
		return "", auth.Trip{}, err
	}
	trip = auth.Trip{State: auth.NewToken(), Nonce: auth.NewToken(), Verifier: oauth2.GenerateVerifier()}
	return s.oauth(p).AuthCodeURL(trip.State, oidc.Nonce(trip.Nonce), oauth2.S256ChallengeOption(trip.Verifier)), trip, nil
}

// Finish fetches who came back from a trip with a code. Errors are
// *auth.OpenIDError.
func (s *Service) Finish(ctx context.Context, trip auth.Trip, code string) (auth.OpenIDPerson, error) {
	p, err := s.provider(ctx)
	if err != nil {
		return auth.OpenIDPerson{}, err
	}
	ctx = oidc.ClientContext(ctx, s.client)
	tokens, err := s.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(trip.Verifier))
	if err != nil {
		return auth.OpenIDPerson{}, s.exchangeFailed(err)
	}
	text, ok := tokens.Extra("id_token").(string)
	if !ok {
		return auth.OpenIDPerson{}, notProven(errors.New("the provider sent no ID token"))
	}
	token, err := p.verifier.Verify(ctx, text)
	if err != nil {
		if strings.Contains(err.Error(), "fetching keys") {
			return auth.OpenIDPerson{}, s.away(errors.New("the provider's keys cannot be fetched"))
		}
		return auth.OpenIDPerson{}, notProven(err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(trip.Nonce)) != 1 {
		return auth.OpenIDPerson{}, notProven(errors.New("the ID token is for another sign-in (nonce)"))
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(tokens.AccessToken); err != nil {
			return auth.OpenIDPerson{}, notProven(err)
		}
	}
	if token.Subject == "" {
		return auth.OpenIDPerson{}, notProven(errors.New("the ID token names nobody (sub)"))
	}
	return s.person(ctx, p, token, oauth2.StaticTokenSource(tokens))
}

// person reads what the provider tells of somebody: in the token, or if that has
// no e-mail address, at the place for more.
func (s *Service) person(ctx context.Context, p *provider, token *oidc.IDToken, access oauth2.TokenSource) (auth.OpenIDPerson, error) {
	who := auth.OpenIDPerson{Issuer: s.cfg.Issuer, Subject: token.Subject}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return who, notProven(err)
	}
	if claims["email"] == nil && p.UserInfoEndpoint() != "" {
		more, err := p.UserInfo(ctx, access)
		if err != nil {
			return who, s.away(errors.New("the provider's userinfo endpoint gives no answer of use"))
		}
		if more.Subject != token.Subject {
			return who, notProven(errors.New("the userinfo endpoint tells of another person"))
		}
		claims = nil
		if err := more.Claims(&claims); err != nil {
			return who, notProven(err)
		}
	}
	// Of no other claim the provider says that it verified it.
	who.Email, _ = claims["email"].(string)
	who.Email = strings.TrimSpace(who.Email)
	who.Name, _ = claims["name"].(string)
	switch verified := claims["email_verified"].(type) {
	case bool:
		who.EmailVerified = verified
	case string: // as some providers write it
		who.EmailVerified = verified == "true"
	}
	return who, nil
}

func (s *Service) oauth(p *provider) *oauth2.Config {
	return &oauth2.Config{ClientID: s.cfg.ClientID, ClientSecret: s.cfg.ClientSecret, Endpoint: p.endpoint, RedirectURL: s.cfg.RedirectURL,
		Scopes: []string{oidc.ScopeOpenID, oidc.ScopeEmail, oidc.ScopeProfile}}
}

// provider returns the provider, which it finds by its discovery document when it
// does not know it. Who comes while somebody looks waits for the outcome, and a
// failure stands for a moment.
func (s *Service) provider(ctx context.Context) (*provider, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, &auth.OpenIDError{Problem: auth.OpenIDAway, Err: ctx.Err()}
	}
	if s.known != nil {
		return s.known, nil
	}
	if s.failed != nil && time.Since(s.at) < s.cfg.Again {
		return nil, s.failed
	}
	found, err := s.discover(ctx)
	if err != nil {
		err = &auth.OpenIDError{Problem: auth.OpenIDAway, Err: fmt.Errorf("finding the provider %s: %w", s.cfg.Issuer, err)}
		if ctx.Err() == nil { // else it was the browser that went
			s.failed, s.at = err, time.Now()
		}
		return nil, err
	}
	s.known, s.failed = found, nil
	return found, nil
}

func (s *Service) discover(ctx context.Context) (*provider, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), s.cfg.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Keys    string   `json:"jwks_uri"`
	}
	if err := p.Claims(&more); err != nil {
		return nil, err
	}
	endpoint := p.Endpoint()
	if endpoint.AuthURL == "" || endpoint.TokenURL == "" || more.Keys == "" {
		return nil, errors.New("its discovery document lacks authorization_endpoint, token_endpoint or jwks_uri")
	}
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // what every provider takes that says nothing
	if s.cfg.ClientSecret == "" || len(more.Methods) > 0 && !slices.Contains(more.Methods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &provider{p, p.Verifier(&oidc.Config{ClientID: s.cfg.ClientID}), endpoint}, nil
}

// away is the error of a provider that does not do what it should; it is looked
// for anew before the next sign-in, since it may have moved.
func (s *Service) away(err error) error {
	s.turn <- struct{}{}
	s.known = nil
	<-s.turn
	return &auth.OpenIDError{Problem: auth.OpenIDAway, Err: err}
}

// exchangeFailed tells a provider that refuses a code from one that is away. What
// it answered is not repeated: it may hold what should be in no log.
func (s *Service) exchangeFailed(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.Response == nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			err = errors.New("its answer is no JSON")
		}
		return s.away(fmt.Errorf("fetching the tokens: %w", err))
	}
	why := fmt.Errorf("the provider answered %d %q to the code", refused.Response.StatusCode, refused.ErrorCode)
	if refused.Response.StatusCode >= http.StatusInternalServerError {
		return s.away(why)
	}
	return notProven(why)
}

func notProven(err error) error { return &auth.OpenIDError{Problem: auth.OpenIDNotProven, Err: err} }
