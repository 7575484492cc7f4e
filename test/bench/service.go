package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"user-api/internal/config"
)

// accessExpire is the longest lifetime that the service allows, so that tokens that are
// signed before a run do not expire in it.
const accessExpire = time.Hour

// optional are settings for a load from a single address. Those that the build under test
// does not know are left out.
var optional = []string{
	"RateLimit: {Enabled: false}\n",
}

// build compiles the service as deploy/Dockerfile does.
func (b *bench) build() error {
	b.binary = filepath.Join(b.dir, "user-api")
	if out, err := exec.Command("go", "build", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", b.binary, "user.go").CombinedOutput(); err != nil {
		return fmt.Errorf("bench: build: %w: %s", err, out)
	}
	return nil
}

// startService runs a build of the service on a database and a Redis; if redis is empty, on
// the embedded one.
func (b *bench) startService(name, binary, source, redis string) (*server, error) {
	return b.startWith(name, binary, source, redis, func(string) string { return "" })
}

// startWith is startService with further settings of Auth, which may depend on the address.
func (b *bench) startWith(name, binary, source, redis string, auth func(addr string) string) (*server, error) {
	addr, port, err := freeAddr()
	if err != nil {
		return nil, err
	}
	dev, devPort, err := freeAddr()
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("Mode: test\nPort: %s\nDevServer: {Port: %s, Pprof: true}\nDataSource: %q\n", port, devPort, source) +
		fmt.Sprintf("Auth: {AccessSecret: %q, RefreshSecret: %q, AccessExpire: %d%s}\n", b.access, b.refresh, int(accessExpire.Seconds()), auth(addr)) +
		fmt.Sprintf("Otp: {Pepper: %q}\n", b.pepper)
	if redis != "" {
		text += fmt.Sprintf("CacheRedis: [{Host: %q}]\n", redis)
	}
	for _, line := range optional {
		if _, err := config.Parse([]byte(text+line), func(string) string { return "" }); err == nil {
			text += line
		}
	}
	file := filepath.Join(b.dir, name+".yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return launch(b.dir, name, addr, dev, exec.Command(binary, "-f", file))
}

func secret() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}
