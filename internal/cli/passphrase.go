package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"user-api/internal/config"
)

// errNoTerminal means that no terminal is available for a prompt.
var errNoTerminal = errors.New("there is no terminal to prompt for the passphrase: use --passphrase-file or " + config.BackupPassphrase)

// passphrase is the source of a passphrase. It is never an argument, because other users of
// the host can read those.
type passphrase struct {
	file   string
	prompt bool
}

func (p *passphrase) flags(c *cobra.Command) {
	c.Flags().StringVar(&p.file, "passphrase-file", "", "the file with the passphrase; default: the environment variable "+config.BackupPassphrase)
	c.Flags().BoolVar(&p.prompt, "passphrase", false, "prompt for the passphrase")
	c.MarkFlagsMutuallyExclusive("passphrase-file", "passphrase")
	_ = c.MarkFlagFilename("passphrase-file")
}

// given returns the passphrase, or "" if there is none.
func (p passphrase) given(r *run, twice bool) (string, error) {
	switch {
	case p.file != "":
		text, err := os.ReadFile(p.file)
		if err != nil {
			return "", err
		}
		word := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		if word == "" {
			return "", fmt.Errorf("%s is empty", p.file)
		}
		return word, nil
	case p.prompt:
		return r.askPassphrase(twice)
	}
	return config.Passphrase(), nil
}

// askPassphrase prompts for the passphrase without echo.
func (r *run) askPassphrase(twice bool) (string, error) {
	file, ok := r.In.(*os.File)
	if !ok || !r.terminal(r.In) {
		return "", errNoTerminal
	}
	read := func(what string) (string, error) {
		fmt.Fprint(r.Err, what)
		defer fmt.Fprintln(r.Err)
		word, err := term.ReadPassword(int(file.Fd()))
		return string(word), err
	}
	word, err := read("Passphrase: ")
	if err != nil {
		return "", err
	}
	if word == "" {
		return "", errors.New("the passphrase is empty")
	}
	if !twice {
		return word, nil
	}
	again, err := read("Repeat the passphrase: ")
	if err == nil && again != word {
		err = errors.New("the passphrases differ")
	}
	return word, err
}
