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

// errNoTerminal means that there is nobody to ask.
var errNoTerminal = errors.New("there is no terminal to ask for the passphrase at: give --passphrase-file, or " + config.BackupPassphrase)

// passphrase says where a passphrase comes from: never from the words of the command,
// which everybody on the machine can read.
type passphrase struct {
	file string
	ask  bool
}

func (p *passphrase) flags(c *cobra.Command) {
	c.Flags().StringVar(&p.file, "passphrase-file", "", "the file with the passphrase; else "+config.BackupPassphrase+" of the environment")
	c.Flags().BoolVar(&p.ask, "passphrase", false, "ask for the passphrase")
	c.MarkFlagsMutuallyExclusive("passphrase-file", "passphrase")
	_ = c.MarkFlagFilename("passphrase-file")
}

// given reads the passphrase where one is given, "" else.
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
	case p.ask:
		return r.askPassphrase(twice)
	}
	return config.Passphrase(), nil
}

// askPassphrase reads it without showing it.
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
	again, err := read("Once more: ")
	if err == nil && again != word {
		err = errors.New("the two are not the same")
	}
	return word, err
}
