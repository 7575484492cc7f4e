package process

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"user-api/internal/testkit"
)

const startCommand = "go run user.go -f etc/user-api.yaml"

// The tour works as in the README, on the shipped configuration except for the two ports
// and the log level, and causes no error.
func TestTour(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			testkit.Missing(t, program)
		}
	}
	steps := tour(t, "README.md")
	if len(steps) == 0 {
		t.Fatal("README has no tour")
	}
	h := newHome(t)
	h.edits = []edit{{"Level: info", "Level: debug"}, {"Port: 6060", fmt.Sprintf("Port: %d", testkit.FreePort(t))}}
	p := h.start(t)
	variables := map[string]string{}
	var before any
	for i, s := range steps {
		for name, path := range s.variables {
			value, ok := at(before, path)
			if !ok {
				t.Fatalf("step %d: %s: the previous answer has no text at %s", i+1, name, path)
			}
			variables[name] = value
		}
		before = p.follow(t, i+1, s, variables)
	}
	p.terminate(t)
	for line := range strings.Lines(p.out.String()) {
		if strings.Contains(line, `"level":"error"`) {
			t.Errorf("the tour causes an error in the log: %s", line)
		}
	}
}

func TestReadme_startCommand(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	for _, f := range readme(t) {
		if f.language == "sh" && strings.Contains("\n"+f.text, "\n"+startCommand+"\n") {
			return
		}
	}
	t.Errorf("no sh block of README has the line %q", startCommand)
}

// follow runs one step and returns its answer. It repeats a read-only step for a while, as
// messages arrive in the background.
func (p *process) follow(t *testing.T, n int, s step, variables map[string]string) (answer any) {
	t.Helper()
	var problems []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		text := p.bash(t, s.command, variables)
		if problems = differences(s.want, text); len(problems) == 0 {
			_ = json.Unmarshal([]byte(text), &answer)
			rememberAnswer(answer)
			return answer
		}
		if strings.Contains(s.command, " -d ") || strings.Contains(s.command, " -X ") {
			break
		}
	}
	t.Fatalf("step %d:\n%s%s", n, s.command, strings.Join(problems, "\n"))
	return nil
}

func (p *process) bash(t *testing.T, command string, variables map[string]string) string {
	t.Helper()
	address, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(command, "8888", address.Port()))
	shell.Dir, shell.Env = p.cmd.Dir, os.Environ()
	for name, value := range variables {
		shell.Env = append(shell.Env, name+"="+value)
	}
	out, err := shell.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return strings.TrimSpace(string(out))
}
