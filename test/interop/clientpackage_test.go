package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// typescript is where the compiler is; without it the test is skipped.
func typescript(t *testing.T) (tsc string) {
	t.Helper()
	testkit.NotInRace(t, "it runs compilers")
	compiler.Ready(t)
	tsc, err := filepath.Abs(filepath.Join(clientTS, "node_modules/.bin/tsc"))
	if err != nil {
		t.Fatal(err)
	}
	return tsc
}

var compiler = kit.NewScripts(clientTS)

// run runs a program of others in a folder, and returns what it prints.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// The pages, which esbuild takes without a look at their types, compile strictly.
func TestClientTS_pages(t *testing.T) {
	t.Parallel()
	run(t, "../../internal/web/src", typescript(t), "--project", ".")
}

// The package, as npm packs it, compiles strictly in the projects of others.
func TestClientTS_package(t *testing.T) {
	t.Parallel()
	tsc := typescript(t)
	dir := t.TempDir()
	run(t, clientTS, "npm", "pack", "--silent", "--pack-destination", dir)
	run(t, dir, "sh", "-c", "mkdir -p node_modules/user-api-client && tar -xzf user-api-client-*.tgz --strip-components 1 -C node_modules/user-api-client")
	files := strings.Fields(run(t, filepath.Join(dir, "node_modules/user-api-client"), "find", ".", "-type", "f", "-not", "-name", "*.d.ts"))
	slices.Sort(files)
	if want := []string{"./LICENSE", "./README.md", "./dist/index.js", "./package.json"}; !slices.Equal(files, want) {
		t.Errorf("the package has %q, want %q and declarations", files, want)
	}
	for name, text := range map[string]string{"package.json": `{"type":"module"}`, "app.ts": consumerOK, "wrong.ts": consumerWrong} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := []string{"--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", ""}
	run(t, dir, tsc, append(flags, "--module", "nodenext", "app.ts", "wrong.ts")...)
	run(t, dir, tsc, append(flags, "--module", "esnext", "--moduleResolution", "bundler", "app.ts", "wrong.ts")...)
}

// What compiles in an application, and what must not.
const (
	consumerOK = `
import { createClient, ApiError, type Client, type Code, type TokenStore, type UserInfo } from 'user-api-client'
const store: TokenStore = { get: () => undefined, set: async () => {} }
const client: Client = createClient({ url: 'https://id.example.com', storage: store })
export async function app(signal: AbortSignal): Promise<string | undefined> {
  const { otpId } = await client.otp({ phone: '+919876543210' }, { signal })
  await client.login({ otpId, otp: '123456' })
  const user: UserInfo = await client.user()
  const picture: string | undefined = client.avatar.url(user, 128)
  const own = await client.call<{ total: number }>('GET', '/orders')
  await client.call('DELETE', '/orders/7', undefined, { auth: true })
  return picture ?? String(own.total + user.id)
}
export function told(err: unknown): Code | 'offline' | undefined {
  if (!(err instanceof ApiError)) return undefined
  if (err.code === 'otp_invalid' && err.attemptsLeft) return err.code
  return err.code === 'offline' ? err.code : undefined
}
`
	consumerWrong = `
import { createClient, type ApiError } from 'user-api-client'
const client = createClient()
// @ts-expect-error: no such storage
createClient({ storage: 'cookie' })
// @ts-expect-error: the password is missing
void client.register({ username: 'asha' })
// @ts-expect-error: no such code
export const gone = (err: ApiError) => err.code === 'otp_expired'
`
)
