package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/config"
	"user-api/internal/server"
	"user-api/internal/svc"
)

const (
	// checkTimeout limits each check of something outside the process.
	checkTimeout = 5 * time.Second

	// Differences between the database's clock and the process's. The service uses the
	// database's; verifiers of tokens and certificates do not.
	skewWarn = 2 * time.Second
	skewFail = 30 * time.Second

	// Number of recent sessions whose addresses are checked, and the minimum for a verdict.
	sessionsChecked = 200
	sessionsEnough  = 10

	// Number of phone numbers that doctor checks; `numbers check` checks all.
	numbersChecked = 10_000

	// A certificate that expires within this time causes a warning.
	certificateWarn = 21 * 24 * time.Hour
)

// errUnhealthy is returned after a FAIL.
var errUnhealthy = errors.New("doctor: found a problem")

func (r *run) doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check the configuration and its dependencies",
		Long: `doctor runs the checks of the start, with the same code, and checks the systems that the
service depends on. It prints a line for each check: ok, warn, or FAIL. It prints warn for
what it cannot check. It leaves nothing behind, sends nothing and shows no secret. After a
FAIL the exit status is 1. With --json it prints a list of {"verdict", "about", "message"}.`,
		Example: "  user-api doctor -f etc/user-api.pro.yaml\n  user-api doctor --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if r.SetUpLog != nil {
				logx.Disable() // doctor prints its own findings
			}
			return r.doctor(c.Context())
		},
	}
	r.jsonFlag(c)
	return c
}

// finding is the JSON form of a result.
type finding struct {
	// Verdict is ok, warn or FAIL.
	Verdict string `json:"verdict"`
	About   string `json:"about"`
	Message string `json:"message"`
}

// doctor runs the checks.
type doctor struct {
	config.Config
	report func(finding)
	now    func() time.Time
	rand   io.Reader
	dns    Resolver
	// running means that this service already serves at the configured address, so the
	// ports are in use for a good reason.
	running bool
	// secretGiven means that AccessSecret is configured rather than from secrets.json.
	secretGiven bool
	failed      bool
}

// doctor runs the checks and prints the results. It fails with errUnhealthy after a FAIL.
func (r *run) doctor(ctx context.Context) error {
	found := []finding{}
	d := &doctor{now: r.Now, rand: r.Rand, dns: r.DNS, report: func(f finding) {
		if found = append(found, f); !r.json { // print immediately, because some checks are slow
			fmt.Fprintf(r.Out, "%-4s  %s: %s\n", f.Verdict, f.About, strings.ReplaceAll(f.Message, "\n", "\n      "))
		}
	}}
	err := d.checkAll(ctx, r.file)
	if r.json {
		err = errors.Join(r.printJSON(found), err)
	}
	return err
}

// checkAll runs all checks for the configuration in a file.
func (d *doctor) checkAll(ctx context.Context, file string) error {
	var err error
	if d.Config, err = config.Load(file); err != nil {
		d.fail("configuration", "%s", err)
		return errUnhealthy
	}
	d.ok("configuration", "%s, mode %s", file, d.Mode)
	d.secretGiven = d.Auth.AccessSecret != ""
	d.risks()
	d.secrets()
	for _, check := range svc.Checks(d.Config, d.now) {
		d.reporter(check.About)(check.Try())
	}
	d.certificate()
	d.ports(ctx)
	d.database(ctx)
	d.redis(ctx)
	d.messages(ctx)
	d.mail(ctx)
	d.mailRecords(ctx)
	d.captcha(ctx)
	d.breached(ctx)
	d.found(svc.ProbeSocial(ctx, d.Config, d.now, checkTimeout))
	d.webhooks(ctx)
	d.origins()
	d.passkeys()
	if d.failed {
		return errUnhealthy
	}
	return nil
}

func (d *doctor) ok(about, format string, args ...any)   { d.say("ok", about, format, args) }
func (d *doctor) warn(about, format string, args ...any) { d.say("warn", about, format, args) }

func (d *doctor) fail(about, format string, args ...any) {
	d.failed = true
	d.say("FAIL", about, format, args)
}

func (d *doctor) say(verdict, about, format string, args []any) {
	d.report(finding{Verdict: verdict, About: about, Message: fmt.Sprintf(format, args...)})
}

// reporter returns a function that reports the result of a start check.
func (d *doctor) reporter(about string) func(string, error) {
	return func(text string, err error) {
		if warning, ok := errors.AsType[svc.Warning](err); ok {
			d.warn(about, "%s", warning)
		} else if err != nil {
			d.fail(about, "%s", err)
		} else {
			d.ok(about, "%s", text)
		}
	}
}

// risks reports the risks that the start logs.
func (d *doctor) risks() {
	for _, risk := range d.Risks() {
		say := d.warn
		if risk.Grave {
			say = d.fail
		}
		say("open to others", "%s", risk)
	}
}

// secrets checks the existing secrets without generating any.
func (d *doctor) secrets() {
	const about = "secrets"
	_, err := os.Stat(filepath.Join(d.DataDir(), config.SecretsFile))
	if d.NeedsSecrets() && errors.Is(err, fs.ErrNotExist) {
		d.ok(about, "the missing ones will be generated at the first start, in %s", d.DataDir())
	} else if err := d.FillSecrets(strings.NewReader("")); err != nil {
		d.fail(about, "%s", err)
	} else {
		d.ok(about, "present, long enough and distinct")
	}
	for _, file := range d.SecretFiles() {
		if open, err := svc.OpenToAll(file.Path); err == nil && open {
			d.warn(about, "%s: every user of this host can read %s: run chmod 600 on it, unless it is in a container that runs only the service", file.Variable, file.Path)
		}
	}
}

// certificate reports when the certificate expires.
func (d *doctor) certificate() {
	if d.CertFile == "" {
		return
	}
	ends, err := svc.CertificateEnds(d.Config)
	if err != nil {
		return // the check of the start reports it
	}
	left := ends.Sub(d.now())
	switch day := ends.Format(time.DateOnly); {
	case left <= 0:
		d.fail("certificate", "expired on %s", day)
	case left < certificateWarn:
		d.warn("certificate", "expires on %s, in %d days", day, int(left.Hours()/24))
	default:
		d.ok("certificate", "expires on %s", day)
	}
}

// ports tries to listen, as the start does.
func (d *doctor) ports(ctx context.Context) {
	problems := server.TryPorts(d.Config)
	d.running = len(problems) > 0 && problems[0].Key == "Port" && server.Answers(ctx, d.Config)
	switch {
	case len(problems) == 0:
		d.ok("ports", "free")
	case d.running:
		d.warn("ports", "a user-api is already running at %s:%d; a second one cannot start", d.Host, d.Port)
	default:
		d.fail("ports", "%s", problems)
	}
}

func (d *doctor) origins() {
	origins := d.PageOrigins()
	switch {
	case len(origins) == 0:
		d.ok("CORS", "pages of other origins may not call the service")
	case slices.Contains(origins, "*"):
		d.warn("CORS", "pages of every origin may call the service")
	default:
		d.ok("CORS", "pages of %s may call the service", strings.Join(origins, ", "))
	}
}
