package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/cli"
)

// The output of an import, as text and as JSON.
func TestUserImport(t *testing.T) {
	eachStore(t, func(t *testing.T, file string) {
		dir := t.TempDir()
		users, refused := filepath.Join(dir, "users.jsonl"), filepath.Join(dir, "refused.jsonl")
		const hash = "$2b$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q"
		text := `{"id":1,"username":"ann","password_hash":"` + hash + `","nick":"Annie"}` + "\n" +
			`{"id":2,"username":"bob","email":"bob@example.com","email_proven":true,"password_hash":"` + strings.Replace(hash, "12", "19", 1) + `"}` + "\n" +
			`{"id":3,"email":"carol@example.com"}` + "\n" + `{"id":4,"username":"dave","email":"dave@example.com","email_proven":true}` + "\n" +
			`{"id":5,"email":"DAVE@example.com","email_proven":true}` + "\n"
		if err := os.WriteFile(users, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		type summary struct{ Records, Imported, ImportedBefore, Refused, UnprovenAddresses, WithoutPassword int }
		var got summary
		done(t, &got, "user", "import", "--from", "jsonl", "--dry-run", "--json", "-f", file, users)
		want := summary{Records: 5, Imported: 2, Refused: 3, WithoutPassword: 1}
		if got != want {
			t.Errorf("the dry run told %+v, want %+v", got, want)
		}
		code, out, errs := command("user", "import", "--from", "jsonl", "--refused", refused, "-f", file, users)
		const told = `5 records: 2 imported, 0 imported before, 0 deleted in the source, 3 refused
  refused, email_repeated: 1
  refused, hash_unsupported: 1
  refused, no_name: 1
1 without a password
1 hashes with the cost bcrypt 4096: every password sign-in takes as long until the last one is replaced
fields that are not imported: nick
`
		if diff := cmp.Diff(told, out); diff != "" || code != cli.Done || errs != "" {
			t.Errorf("exit code %d, %s (-want +got):\n%s", code, errs, diff)
		}
		const why = `{"line":2,"field":"hash","reason":"unsupported","detail":"bcrypt cost 19, want 4 to 14"}
{"line":3,"reason":"no_name","detail":"the record has no username, and its addresses are not proven"}
{"line":5,"field":"email","reason":"repeated","value":"d***@example.com","firstLine":4}
`
		lines, err := os.ReadFile(refused)
		if diff := cmp.Diff(why, string(lines)); diff != "" || err != nil {
			t.Errorf("refused, %v (-want +got):\n%s", err, diff)
		}
		if about, err := os.Stat(refused); err != nil || about.Mode().Perm() != 0o600 {
			t.Errorf("what is refused is %v, %v, want that the owner alone reads it", about.Mode(), err)
		}
		got = summary{}
		done(t, &got, "user", "import", "--from", "jsonl", "--proven", "email", "--json", "-f", file, users)
		want = summary{Records: 5, Imported: 1, ImportedBefore: 2, Refused: 2, WithoutPassword: 1}
		if got != want {
			t.Errorf("run again with proven addresses it told %+v, want %+v", got, want)
		}
		for words, want := range map[string]int{
			"--from nobody " + users: cli.Misused, users: cli.Misused, "--from csv --mapping x.yaml " + users: cli.Misused, "--from csv --proven fax " + users: cli.Misused,
			"--from csv": cli.Misused, "--from csv --region XX " + users: cli.Misused, "--from csv " + users + ".gone": cli.Failed, "--mapping " + users + " " + users: cli.Failed,
		} {
			if code, _, errs := command(append(append([]string{"user", "import"}, strings.Fields(words)...), "-f", file)...); code != want || errs == "" {
				t.Errorf("%q: exit code %d, %q, want %d", words, code, errs, want)
			}
		}
	})
}
