// Package cli is the command line: it runs the service or an operator's command, next to a
// running service or without one.
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

// The exit codes that Run returns.
const (
	Done   = 0
	Failed = 1
	// Misused means that arguments or flags were invalid and nothing was done.
	Misused = 2
)

const defaultFile = "etc/user-api.yaml"

// Env is what commands use of the process, and what tests replace.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Rand     io.Reader
	Now      func() time.Time
	DNS      Resolver
	// Exit ends the process immediately; if nil, Run returns instead.
	Exit func(code int)
	// SetUpLog directs the log of the process to w; nil leaves the log unchanged.
	SetUpLog func(w io.Writer, level, encoding string) error
	// Terminal reports whether In, Out or Err is a terminal; nil asks the system.
	Terminal func(stream any) bool
}

// run is one invocation of the command line: the process, and the flags that all commands
// share.
type run struct {
	Env
	file string
	json bool
	// began means that the arguments and flags were valid.
	began bool
}

// misuse is wrong usage that a command detects itself.
type misuse struct{ error }

func misused(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// Run executes the command line and returns the exit code. Any failure before a command
// begins is wrong usage.
func Run(ctx context.Context, args []string, env Env) int {
	r := &run{Env: env}
	return r.execute(ctx, r.rootCommand(), args)
}

func (r *run) execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for the arguments of the process
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

// rootCommand returns the command tree. Each command is in the file of its name.
func (r *run) rootCommand() *cobra.Command {
	serve := r.serveCommand()
	root := &cobra.Command{
		Use:   "user-api",
		Short: "The sign-in service and its operator commands",
		Long: `user-api is the sign-in service. Without a command it serves.

Exit status: 0 for success, 1 for a failure or a failed check, 2 if arguments or flags are
invalid and nothing was done.`,
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
	commands := []*cobra.Command{
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
	for _, c := range commands {
		r.prepareCommand(c)
	}
	root.AddCommand(serve)
	root.AddCommand(commands...)
	root.SetHelpCommand(helpCommand())
	return root
}

// prepareCommand prepares a command other than serve, and its subcommands: log errors go to
// the command's errors, and SIGTERM and SIGINT cancel its context.
func (r *run) prepareCommand(c *cobra.Command) {
	for _, below := range c.Commands() {
		r.prepareCommand(below)
	}
	runE := c.RunE
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
		err := runE(c, args)
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("interrupted: %w", err)
		}
		return err
	}
}

// group makes c a command that only has subcommands.
func group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
	c.AddCommand(below...)
	c.SuggestionsMinimumDistance = 2
	c.FParseErrWhitelist.UnknownFlags = true // report the unknown command instead
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return misused("%s: a subcommand is required", c.CommandPath())
		}
		return unknown(c, args[0])
	}
	return c
}

// unknown returns the error for an unknown subcommand of c.
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

// jsonFlag adds the flag --json, which print obeys.
func (r *run) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&r.json, "json", false, "print JSON")
}

// print writes value as JSON if --json was given, and human otherwise.
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
