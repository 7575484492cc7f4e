package cli_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"user-api/internal/cli"
)

// walk calls visit with every visible command.
func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() || below.Name() == "help" {
			walk(below, visit)
		}
	}
}

func tree() *cobra.Command {
	e, _, _ := env()
	return cli.Tree(e)
}

// Every command has a short and a long description, and an example that parses.
func TestTree_explained(t *testing.T) {
	commands := 0
	walk(tree(), func(c *cobra.Command) {
		commands++
		if !strings.Contains(c.Example, "user-api") || c.Short == "" || c.Long == "" || c.Example == "" || strings.HasSuffix(c.Short, ".") || !strings.HasSuffix(strings.TrimSpace(c.Long), ".") && c.Name() != "completion" {
			t.Errorf("%s: Short %q, Long %q, Example %q", c.CommandPath(), c.Short, c.Long, c.Example)
		}
		own := false
		for line := range strings.Lines(c.Example) {
			words := shellWords(line)
			if len(words) == 0 || !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: the example %q does not run user-api", c.CommandPath(), line)
				continue
			}
			own = own || strings.Contains(line, c.CommandPath()) || c.Name() == "serve"
			e, _, errs := env()
			if code := cli.Parse(words, e); code != cli.Done {
				t.Errorf("%s: the example %q is not understood: %s", c.CommandPath(), line, errs)
			}
		}
		if !own {
			t.Errorf("%s: no example runs it: %q", c.CommandPath(), c.Example)
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s is not explained", c.CommandPath(), f.Name)
			}
		})
	})
	if commands < 30 {
		t.Errorf("only %d commands were found", commands)
	}
}

// An example that does not parse is detected.
func TestParse(t *testing.T) {
	for line, want := range map[string]int{"user role admin --id 5": cli.Done, "user role king --id 5": cli.Misused, "user role admin": cli.Misused} {
		e, _, _ := env()
		if code := cli.Parse(strings.Fields(line), e); code != want {
			t.Errorf("%s: exit code %d, want %d", line, code, want)
		}
	}
}

// shellWords returns the words after user-api in a line of a shell, up to a redirection. It
// supports single quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(strings.TrimSpace(line), "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	words = words[slices.Index(words, "user-api")+1:] // without it all words, which do not parse
	if end := slices.IndexFunc(words, func(w string) bool { return w == ">" || w == "<" || w == "|" }); end >= 0 {
		words = words[:end]
	}
	return words
}

// docs/commands.md contains the help of every command.
func TestDocs_commands(t *testing.T) {
	const page = "../../docs/commands.md"
	var b strings.Builder
	b.WriteString("# Commands\n\nThis page is written from the commands themselves: `go test ./internal/cli -run TestDocs -update`.\n")
	walk(tree(), func(c *cobra.Command) {
		fmt.Fprintf(&b, "\n## `%s`\n\n%s\n\n```\n%s\n```\n\n```sh\n%s\n```\n", c.CommandPath(), strings.ReplaceAll(c.Long, "\n  ", "\n    "), useLine(c), unindented(c.Example))
		if flags := c.LocalFlags().FlagUsages(); flags != "" {
			fmt.Fprintf(&b, "\n```\n%s```\n", flags)
		}
	})
	want := b.String()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("the page is another; go test ./internal/cli -run TestDocs -update writes it (-page +want):\n%s", diff)
	}
}

func useLine(c *cobra.Command) string {
	if c.HasSubCommands() && c.HasParent() {
		return c.CommandPath() + " COMMAND"
	}
	return c.UseLine()
}

func unindented(example string) string {
	return strings.ReplaceAll(strings.TrimPrefix(example, "  "), "\n  ", "\n")
}

// There is a completion script for each shell, and completions for it.
func TestCompletion(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "complete -o default -F __start_user-api user-api", "zsh": "#compdef user-api", "fish": "complete -c user-api", "powershell": "Register-ArgumentCompleter",
	} {
		if code, out, errs := command("completion", shell); code != cli.Done || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, %s, and no %q", shell, code, errs, want)
		}
	}
	for line, want := range map[string]string{
		"doc":                "doctor\t",
		"migrate ":           "status\t",
		"help migrate ":      "down\t",
		"user role ":         "admin\n",
		"user show --us":     "--username\t",
		"-f etc/x.yaml guar": "guard\t",
	} {
		words := strings.Split(line, " ")
		if code, out, _ := command(append([]string{"__complete"}, words...)...); code != cli.Done || !strings.Contains(out, want) {
			t.Errorf("%q: exit code %d, offers %q, not %q", line, code, out, want)
		}
	}
}

// Misspelled words get a suggestion.
func TestRun_hint(t *testing.T) {
	for word, want := range map[string]string{"doctr": "doctor", "migrate stats": "did you mean status"} {
		if _, _, errs := command(strings.Fields(word)...); !strings.Contains(errs, want) {
			t.Errorf("%s: no hint at %s: %s", word, want, errs)
		}
	}
}
