package cli

import (
	"context"

	"github.com/spf13/cobra"
)

var Greeting = greeting

// Tree returns the tree of commands, including cobra's own.
func Tree(e Env) *cobra.Command {
	root := (&run{Env: e}).rootCommand()
	root.InitDefaultHelpCmd()
	return root
}

// Parse parses arguments with commands that do nothing, and returns the exit code.
func Parse(words []string, e Env) int {
	r := &run{Env: e}
	root := r.rootCommand()
	var still func(*cobra.Command)
	still = func(c *cobra.Command) {
		for _, below := range c.Commands() {
			still(below)
		}
		if c == root || !c.HasSubCommands() {
			c.RunE = func(*cobra.Command, []string) error {
				r.began = true
				return nil
			}
		}
	}
	still(root)
	return r.execute(context.Background(), root, words)
}

// Progress starts a progress indicator.
func Progress(e Env, what string) (at func(done, total int), done func()) {
	p := (&run{Env: e}).progress(what)
	return p.at, p.done
}
