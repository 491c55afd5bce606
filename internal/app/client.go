package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/store"
)

// lockPatience is how long a command waits for a data folder that another
// command works on, or whose server is about to answer.
const lockPatience = 10 * time.Second

// Client runs operations on a data folder: through its server, or in this
// process when there is none.
type Client struct {
	remote *http.Client // nil without a server
	admin  *Admin
	undo   cleanups
}

// Connect finds the server of the data folder, else opens the folder. Close
// releases it. With create a folder without data is set up as a first start
// does; else it is NotFound.
func Connect(ctx context.Context, cfg *config.Config, log *slog.Logger, create bool) (*Client, error) {
	if !create && !hasData(cfg.Data) {
		return nil, charging.Errorf(charging.NotFound,
			"there is no data of chargeyard in %s; name the folder with --data, or begin with \"chargeyard serve\"", cfg.Data)
	}
	deadline := time.Now().Add(lockPatience)
	for {
		if remote := dialServer(ctx, cfg.Data); remote != nil {
			return &Client{remote: remote}, nil
		}
		c, err := open(ctx, cfg, log)
		if !errors.Is(err, store.ErrLocked) || time.Now().After(deadline) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func hasData(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, store.DatabaseName))
	return !errors.Is(err, fs.ErrNotExist)
}

// dialServer returns a client of the server that works on the folder, or nil.
func dialServer(ctx context.Context, dir string) *http.Client {
	path := readPointer(dir)
	if path == "" {
		path = filepath.Join(dir, socketName)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	probe, err := dial(ctx, "", "")
	if err != nil {
		return nil
	}
	probe.Close()
	return &http.Client{Transport: &http.Transport{DialContext: dial}}
}

// open opens the folder for this process.
func open(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Client, error) {
	c := &Client{}
	st, err := store.Open(ctx, store.Options{Dir: cfg.Data, Version: Version(), Log: log})
	if err != nil {
		return nil, namingBackup(cfg.Data, err)
	}
	c.undo.add("store", func(context.Context) error { return st.Close() })
	// No life marks: only a server lives.
	fl := fleet.New(fleet.Config{LifeEvery: 24 * time.Hour}, st, log, prometheus.NewRegistry())
	c.admin = &Admin{fleet: fl, store: st}
	c.undo.add("fleet", fl.Stop)
	if err = fl.Start(ctx); err == nil {
		_, err = c.admin.firstStart(ctx, false)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close releases the data folder.
func (c *Client) Close() error {
	if c.remote != nil {
		c.remote.CloseIdleConnections()
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	return c.undo.run(ctx)
}

// Running reports whether a server works on the folder.
func (c *Client) Running() bool { return c.remote != nil }

// Do runs an operation and reads its result into out, a pointer.
func (c *Client) Do(ctx context.Context, name string, in, out any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var result json.RawMessage
	if c.remote != nil {
		result, err = c.ask(ctx, name, input)
	} else {
		result, err = runToJSON(ctx, c.admin, name, input)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(result, out)
}

func (c *Client) ask(ctx context.Context, name string, input []byte) (json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control/"+name, bytes.NewReader(input))
	if err != nil {
		return nil, err
	}
	resp, err := c.remote.Do(req)
	if err != nil {
		return nil, charging.Errorf(charging.Unavailable, "the running server did not answer: %w", err)
	}
	defer resp.Body.Close()
	var reply answer
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return nil, fmt.Errorf("the answer of the running server cannot be read: %w", err)
	}
	if reply.Error != "" {
		return nil, &charging.Error{Kind: kindNamed(reply.Kind), Msg: reply.Error}
	}
	return reply.Result, nil
}

func secretOf(st *store.Store) auth.ChargerSecret { return auth.ChargerSecret(st.Secret()) }
