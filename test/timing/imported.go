package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// importedKinds are hashes that an import brings, of a password that nobody tries.
var importedKinds = []struct{ name, hash string }{
	{"MD5", "$md5$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"},
	{"bcrypt 4", "$2a$04$.msNDSm7q4UDjeqNsP6AmuuG.2W1N3eBq/PXkITVwqZv2qYoQkZyG"},
	{"bcrypt 10", "$2a$10$5CoRqQd2yEt5KofYqImWO.OwYPFEeAYu9BFhrUzZhW2GKt5laiMGq"},
	{"bcrypt 12", "$2a$12$o6hx.Wog/wvFSkT/Bp/6DOxCtLRTDj7lm9on9suF/WaCGNVHbkfL6"},
	{"MD5 in bcrypt", "$md5$2b$10$UhIpaab2aoNaIyMHe1csi.L7yFoP1TOoAgUdO3uDE1K4M5D0ThSgS"},
	{"PBKDF2", "$pbkdf2-sha256$i=600000$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"},
	{"scrypt", "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"},
	{"Firebase", "$firebase-scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"},
	{"argon2i", "$argon2i$v=19$m=65536,t=3,p=4$kk51rW/vxIVCYn+EG4kTSg$NyT88uraJ6im6dyha/M5jhXvpqlEdlS/9fEm7ScMb8c"},
}

// perName is how many wrong passwords an account is tried with: a limit per account is not
// what is measured.
const perName = 20

// nameOf is who is asked about with the i-th try.
func nameOf(class string, i int) string { return fmt.Sprintf("%s.%d", class, i/perName) }

// register makes accounts of our own.
func (s *service) register(n int) error {
	for i := range n {
		status, answer, err := s.call(http.MethodPost, "/user/register", "", map[string]string{"username": nameOf("known", i*perName), "password": password})
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("register: %d %v, %w", status, answer, errors.Join(err, errStatus))
		}
	}
	return nil
}

// imported measures accounts that were imported beside one of our own and one that is
// not there: each kind of hash by itself, and then all of them.
func imported(tries int, mysql, redis string) error {
	ok := true
	for i := range len(importedKinds) + 1 {
		held, err := importedKind(tries, i, mysql, redis)
		if err != nil {
			return err
		}
		ok = ok && held
		if mysql != "" {
			break // the database is not empty any more
		}
	}
	if !ok {
		return errors.New("a class can be told by its time")
	}
	return nil
}

// importedKind measures one kind, or all if there is none of that number. On MySQL it
// is all, as there is one database.
func importedKind(tries, number int, mysql, redis string) (held bool, err error) {
	dir, err := os.MkdirTemp("", "timing")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	s, err := start(dir, mysql, redis)
	if err != nil {
		return false, err
	}
	err = s.register(tries/perName + 1)
	s.stop()
	if err != nil {
		return false, err
	}
	name, who := "all", []string{"known", "unknown"}
	text := "id,username,password_hash\n"
	for i, kind := range importedKinds {
		if i == number || number == len(importedKinds) || mysql != "" {
			class := fmt.Sprint("kind", i)
			for n := range tries/perName + 1 {
				text += fmt.Sprintf("%[1]s,%[1]s,\"%s\"\n", nameOf(class, n*perName), kind.hash)
			}
			who = append(who, class)
		}
	}
	if number < len(importedKinds) && mysql == "" {
		name = importedKinds[number].name
	}
	if err := os.WriteFile(filepath.Join(dir, "users.csv"), []byte(text), 0o600); err != nil {
		return false, err
	}
	out, err := s.command("user", "import", "--from", "csv", "users.csv").CombinedOutput()
	if err != nil || !strings.Contains(string(out), ", 0 refused") {
		return false, fmt.Errorf("import: %w: %s", err, out)
	}
	if err := s.begin(""); err != nil {
		return false, err
	}
	defer s.stop()
	return s.measure(route{name: name, path: "/user/login", body: func(class string, i int) any {
		return map[string]string{"username": nameOf(class, i), "password": "not " + password}
	}, status: http.StatusUnauthorized}, who, tries)
}
