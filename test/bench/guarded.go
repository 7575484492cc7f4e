package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// The names of the sections about signing keys.
const (
	pathSigned  = "signed"
	pathGuarded = "guarded"
)

// keyed compares tokens signed by a key pair with tokens signed by a secret, in a check by the
// service and in a route of another service that verifies tokens. It also measures the cost of
// the revocation feed for such services.
func (b *bench) keyed(ctx context.Context) (err error) {
	if !b.wants(pathSigned) && !b.wants(pathGuarded) && !b.wants(pathFeed) {
		return nil
	}
	dsn, drop, err := b.stores.database()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	if err := b.fill(ctx, dsn, tokens); err != nil {
		return err
	}
	signer, err := b.startSigner(dsn)
	if err != nil {
		return err
	}
	defer signer.stop()
	signed, err := b.signed(signer)
	if err != nil {
		return err
	}
	if b.wants(pathSigned) {
		if err := b.checkSigned(dsn, signer, signed); err != nil {
			return err
		}
	}
	if b.wants(pathGuarded) {
		if err := b.guarded(signer, signed); err != nil {
			return err
		}
	}
	if !b.wants(pathFeed) {
		return nil
	}
	return b.feed(signer)
}

// startSigner runs the service with signing keys. The tokens of the seeder have the previous
// issuer.
func (b *bench) startSigner(dsn string) (*server, error) {
	return b.startWith("signer", b.binary, dsn, b.stores.redis, func(addr string) string {
		return fmt.Sprintf(", Signing: ES256, Issuer: %q, PrevIssuer: user-api", "http://"+addr)
	})
}

// signed returns access tokens signed by a key pair, which only the service can create, from a
// refresh of each session. The service has verified each before a contest begins.
func (b *bench) signed(signer *server) ([]string, error) {
	texts, errs := make([]string, tokens), make([]error, tokens)
	var all sync.WaitGroup
	turns := make(chan struct{}, b.conns)
	for i := range texts {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			texts[i], errs[i] = b.refreshed(signer, i)
		})
	}
	all.Wait()
	return texts, errors.Join(errs...)
}

func (b *bench) refreshed(signer *server, i int) (string, error) {
	refresh, err := b.seeder.refreshToken(i, 0)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]string{"refreshToken": refresh})
	if err != nil {
		return "", err
	}
	resp, err := http.Post("http://"+signer.addr+"/user/refresh", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var pair struct {
		AccessToken string `json:"accessToken"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&pair); err != nil || pair.AccessToken == "" {
		return "", fmt.Errorf("bench: a refresh answers %d: %w", resp.StatusCode, err)
	}
	return pair.AccessToken, nil
}

// checkSigned compares checks of tokens signed by a key pair and by a secret.
func (b *bench) checkSigned(dsn string, signer *server, signed []string) error {
	service, err := b.startService("service", b.binary, dsn, b.stores.redis)
	if err != nil {
		return err
	}
	defer service.stop()
	c := contest{
		name: "/user/check ES256", atLeast: 0.95, floorIs: "/user/check HS256",
		floor: side{server: service}, side: side{server: signer, clients: getters(b.conns, "/user/check", signed)},
	}
	if c.floor.clients, err = b.clients(pathCheck, tokens, 0); err != nil {
		return err
	}
	return b.contest(c, pathSigned)
}

// guarded compares a route behind clients/go with a route behind go-zero's own check.
func (b *bench) guarded(issuer *server, signed []string) error {
	binary := filepath.Join(b.dir, "guarded")
	if out, err := exec.Command("go", "build", "-C", "test/bench/guarded", "-o", binary, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("bench: build: %w: %s", err, out)
	}
	id, secret, err := b.reader()
	if err != nil {
		return err
	}
	floor, err := b.startGuarded(binary, "guarded-jwt", map[string]any{"Secret": b.access})
	if err != nil {
		return err
	}
	defer floor.stop()
	guarded, err := b.startGuarded(binary, "guarded-keys", map[string]any{"Issuer": "http://" + issuer.addr, "ClientID": id, "ClientSecret": secret})
	if err != nil {
		return err
	}
	defer guarded.stop()
	c := contest{
		name: "a route behind clients/go", atLeast: 1, floorIs: "the same behind `jwt: Auth`",
		floor: side{server: floor}, side: side{server: guarded, clients: getters(b.conns, "/me", signed)},
	}
	texts := make([]string, tokens)
	for i := range texts {
		if texts[i], err = floorToken(b.access, i); err != nil {
			return err
		}
	}
	c.floor.clients = getters(b.conns, "/me", texts)
	return b.contest(c, pathGuarded)
}

// reader creates a client that may follow the feed.
func (b *bench) reader() (id, secret string, err error) {
	b.readers++
	name := fmt.Sprintf("bench-%d", b.readers)
	out, err := exec.Command(b.binary, "client", "create", name, "--scope", "revocations:read", "--json", "-f", filepath.Join(b.dir, "signer.yaml")).Output()
	if err != nil {
		return "", "", fmt.Errorf("bench: make a client: %w", err)
	}
	var made struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
	}
	err = json.Unmarshal(out, &made)
	return made.ID, made.Secret, err
}

func (b *bench) startGuarded(binary, name string, conf map[string]any) (*server, error) {
	addr, port, err := freeAddr()
	if err != nil {
		return nil, err
	}
	dev, devPort, err := freeAddr()
	if err != nil {
		return nil, err
	}
	conf["Port"], _ = strconv.Atoi(port)
	conf["DevPort"], _ = strconv.Atoi(devPort)
	text, err := json.Marshal(conf)
	if err != nil {
		return nil, err
	}
	return launch(b.dir, name, addr, dev, exec.Command(binary, string(text)))
}
