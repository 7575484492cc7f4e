// Package cli is the command line: it serves, or does what an operator asks for,
// beside a running service or without one.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// What Run returns: the exit code of the process.
const (
	Done   = 0
	Failed = 1
	// Misused is for words and flags that are not understood: nothing was done.
	Misused = 2
)

const defaultFile = "etc/user-api.yaml"

// Env is what a command has of the process, and what a test replaces.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Rand     io.Reader
	Now      func() time.Time
	DNS      Resolver
	// Exit ends the process at once; nil has Run return instead.
	Exit func(code int)
	// SetUpLog makes the log of the process go to w; nil leaves the log alone.
	SetUpLog func(w io.Writer, level, encoding string) error
	// Terminal reports whether In, Out or Err is a terminal; nil asks the system.
	Terminal func(stream any) bool
}

// run is one call of the command line: the process, and the flags that all commands
// have.
type run struct {
	Env
	file string
	json bool
	// began says that words and flags were understood.
	began bool
}

// misuse is wrong usage that a command finds itself, after cobra has found none.
type misuse struct{ error }

func misused(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// Run does what the words say and returns the exit code. Whatever fails before a
// command begins is wrong usage, as is a misuse.
func Run(ctx context.Context, args []string, env Env) int {
	r := &run{Env: env}
	return r.execute(ctx, r.rootCommand(), args)
}

func (r *run) execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for the words of the process
	root.SetIn(r.In)
	root.SetOut(r.Out)
	root.SetErr(r.Err)
	at, err := root.ExecuteContextC(ctx)
	_, wrong := errors.AsType[misuse](err)
	switch {
	case err == nil:
		return Done
	case wrong || !r.began:
		fmt.Fprintf(r.Err, "%v\n\n%s", err, at.UsageString())
		return Misused
	}
	fmt.Fprintln(r.Err, err)
	return Failed
}

// rootCommand is the tree of commands. Each command is listed here and written in the
// file of its name.
func (r *run) rootCommand() *cobra.Command {
	serve := r.serveCommand()
	root := &cobra.Command{
		Use:   "user-api",
		Short: "The sign-in service and what its operator needs",
		Long: `user-api is the sign-in service. Without a command it serves.

Exit status: 0 done, 1 failed or, of a command that judges, not well, 2 the words or
flags were not understood and nothing was done.`,
		Example:       "  user-api -f etc/user-api.yaml\n  user-api help migrate",
		RunE:          serve.RunE,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	usage := root.UsageFunc()
	root.SetUsageFunc(func(c *cobra.Command) error {
		if c.HasAvailableSubCommands() && c.HasParent() { // it only has others below it, and does nothing itself
			defer func(does func(*cobra.Command, []string) error) { c.RunE = does }(c.RunE)
			c.RunE = nil
		}
		return usage(c)
	})
	root.PersistentFlags().StringVarP(&r.file, "file", "f", defaultFile, "the configuration file")
	_ = root.MarkPersistentFlagFilename("file", "yaml", "yml")
	beside := []*cobra.Command{
		r.adminCommand(),
		r.backupCommand(),
		r.clientCommand(),
		r.doctorCommand(),
		r.guardCommand(),
		r.healthCommand(),
		r.keysCommand(),
		r.migrateCommand(),
		r.numbersCommand(),
		r.restoreCommand(),
		r.secretsCommand(),
		r.sendCommand(),
		r.sessionsCommand(),
		r.userCommand(),
		r.versionCommand(),
		r.webhooksCommand(),
		r.completionCommand(),
	}
	for _, c := range beside {
		r.beside(c)
	}
	root.AddCommand(serve)
	root.AddCommand(beside...)
	root.SetHelpCommand(helpCommand())
	return root
}

// beside prepares a command, and those below it, that does not serve: errors of the
// log go where those of the command go, and SIGTERM and SIGINT end its context.
func (r *run) beside(c *cobra.Command) {
	for _, below := range c.Commands() {
		r.beside(below)
	}
	does := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		r.began = true
		if r.SetUpLog != nil {
			if err := r.SetUpLog(r.Err, "error", "plain"); err != nil {
				return err
			}
		}
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		c.SetContext(ctx)
		err := does(c, args)
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("interrupted: %w", err)
		}
		return err
	}
}

// group makes c a command that only has others below it.
func group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
	c.AddCommand(below...)
	c.SuggestionsMinimumDistance = 2
	c.FParseErrWhitelist.UnknownFlags = true // it is the word that is wrong
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return misused("%s: a command is missing", c.CommandPath())
		}
		return unknown(c, args[0])
	}
	return c
}

// unknown is a word for which c has no command.
func unknown(c *cobra.Command, word string) error {
	hint := ""
	for i, similar := range c.SuggestionsFor(word) {
		if i == 0 {
			hint = "; did you mean"
		}
		hint += " " + similar
	}
	return misused("unknown command %q for %q%s", word, c.CommandPath(), hint)
}

// jsonFlag gives c the flag that print looks at.
func (r *run) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&r.json, "json", false, "print JSON")
}

// print writes the value as JSON where that was asked for, and else the text as it is.
func (r *run) print(human string, value any) error {
	if !r.json {
		_, err := io.WriteString(r.Out, human)
		return err
	}
	return r.printJSON(value)
}

func (r *run) printJSON(value any) error {
	e := json.NewEncoder(r.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
