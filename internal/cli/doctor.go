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
	// patience bounds each look at something outside the process.
	patience = 5 * time.Second

	// The database's clock and the process's. The service goes by the database's; others
	// who look at tokens or certificates do not.
	skewNoted   = 2 * time.Second
	skewTooMuch = 30 * time.Second

	// Of so many sessions' addresses, so many make a pattern.
	sessionsLookedAt = 200
	sessionsEnough   = 10

	// Of so many numbers doctor tells; `numbers check` looks at all.
	numbersLookedAt = 10_000

	// A certificate that ends sooner than this is worth a warning.
	certificateSoon = 21 * 24 * time.Hour
)

// errUnwell ends a doctor that has found something that must be mended.
var errUnwell = errors.New("doctor: something is wrong")

func (r *run) doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong",
		Long: `doctor tries what a start tries, by the same code, and what the service then needs from
others. It prints a line for each thing: ok, warn, or FAIL. What it cannot try is warn.
It leaves nothing behind, sends nothing and shows no secret. After a FAIL the exit
status is 1. With --json it prints a list of {"verdict", "about", "message"}.`,
		Example: "  user-api doctor -f etc/user-api.pro.yaml\n  user-api doctor --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if r.SetUpLog != nil {
				logx.Disable() // doctor itself says what it finds
			}
			return r.doctor(c.Context())
		},
	}
	r.jsonFlag(c)
	return c
}

// finding is one thing that doctor has to say.
type finding struct {
	// Verdict is ok, warn or FAIL.
	Verdict string `json:"verdict"`
	About   string `json:"about"`
	Message string `json:"message"`
}

// doctor tells what it finds.
type doctor struct {
	config.Config
	tell func(finding)
	now  func() time.Time
	rand io.Reader
	dns  Resolver
	// running says that a service of this kind serves at the configured address: a
	// second start would be refused, and that is no fault.
	running bool
	// secretGiven says that the configuration has an AccessSecret, rather than secrets.json.
	secretGiven bool
	unwell      bool
}

// doctor tells what it finds, and fails with errUnwell after a FAIL.
func (r *run) doctor(ctx context.Context) error {
	found := []finding{}
	d := &doctor{now: r.Now, rand: r.Rand, dns: r.DNS, tell: func(f finding) {
		if found = append(found, f); !r.json { // each as it is found: some take their time
			fmt.Fprintf(r.Out, "%-4s  %s: %s\n", f.Verdict, f.About, strings.ReplaceAll(f.Message, "\n", "\n      "))
		}
	}}
	err := d.look(ctx, r.file)
	if r.json {
		err = errors.Join(r.printJSON(found), err)
	}
	return err
}

// look tries everything that the configuration of a file names.
func (d *doctor) look(ctx context.Context, file string) error {
	var err error
	if d.Config, err = config.Load(file); err != nil {
		d.fail("configuration", "%s", err)
		return errUnwell
	}
	d.ok("configuration", "%s, mode %s", file, d.Mode)
	d.secretGiven = d.Auth.AccessSecret != ""
	d.risks()
	d.secrets()
	for _, check := range svc.Checks(d.Config, d.now) {
		d.judge(check.About)(check.Try())
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
	d.found(svc.LookAtSocial(ctx, d.Config, d.now, patience))
	d.webhooks(ctx)
	d.origins()
	d.passkeys()
	if d.unwell {
		return errUnwell
	}
	return nil
}

func (d *doctor) ok(about, format string, args ...any)   { d.say("ok", about, format, args) }
func (d *doctor) warn(about, format string, args ...any) { d.say("warn", about, format, args) }

func (d *doctor) fail(about, format string, args ...any) {
	d.unwell = true
	d.say("FAIL", about, format, args)
}

func (d *doctor) say(verdict, about, format string, args []any) {
	d.tell(finding{Verdict: verdict, About: about, Message: fmt.Sprintf(format, args...)})
}

// judge prints what a check of the start returned.
func (d *doctor) judge(about string) func(string, error) {
	return func(said string, err error) {
		if warning, ok := errors.AsType[svc.Warning](err); ok {
			d.warn(about, "%s", warning)
		} else if err != nil {
			d.fail(about, "%s", err)
		} else {
			d.ok(about, "%s", said)
		}
	}
}

// risks are what the start says aloud.
func (d *doctor) risks() {
	for _, risk := range d.Risks() {
		say := d.warn
		if risk.Grave {
			say = d.fail
		}
		say("open to others", "%s", risk)
	}
}

// secrets reads those that were made before, and makes none.
func (d *doctor) secrets() {
	const about = "secrets"
	_, err := os.Stat(filepath.Join(d.DataDir(), config.SecretsFile))
	if d.NeedsSecrets() && errors.Is(err, fs.ErrNotExist) {
		d.ok(about, "the missing ones will be made at the first start, in %s", d.DataDir())
	} else if err := d.FillSecrets(strings.NewReader("")); err != nil {
		d.fail(about, "%s", err)
	} else {
		d.ok(about, "present, long enough and distinct")
	}
	for _, file := range d.SecretFiles() {
		if open, err := svc.OpenToAll(file.Path); err == nil && open {
			d.warn(about, "%s: %s can be read by everybody on this host: run chmod 600 on it, unless it is in a container of the service alone", file.Variable, file.Path)
		}
	}
}

// certificate says when the pair, which the start has been found to load, ends.
func (d *doctor) certificate() {
	if d.CertFile == "" {
		return
	}
	ends, err := svc.CertificateEnds(d.Config)
	if err != nil {
		return // said by the check of the start
	}
	left := ends.Sub(d.now())
	switch day := ends.Format(time.DateOnly); {
	case left <= 0:
		d.fail("certificate", "has expired on %s", day)
	case left < certificateSoon:
		d.warn("certificate", "expires on %s, in %d days", day, int(left.Hours()/24))
	default:
		d.ok("certificate", "expires on %s", day)
	}
}

// ports tries to listen, as the start does first of all.
func (d *doctor) ports(ctx context.Context) {
	problems := server.TryPorts(d.Config)
	d.running = len(problems) > 0 && problems[0].Key == "Port" && server.Answers(ctx, d.Config)
	switch {
	case len(problems) == 0:
		d.ok("ports", "free")
	case d.running:
		d.warn("ports", "a user-api answers at %s:%d: if it is this one, all is well; a second one cannot start", d.Host, d.Port)
	default:
		d.fail("ports", "%s", problems)
	}
}

func (d *doctor) origins() {
	origins := d.PageOrigins()
	switch {
	case len(origins) == 0:
		d.ok("CORS", "no page of another origin may call")
	case slices.Contains(origins, "*"):
		d.warn("CORS", "pages of every origin may call")
	default:
		d.ok("CORS", "pages of %s may call", strings.Join(origins, ", "))
	}
}
