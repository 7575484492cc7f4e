package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/config"
)

const canary = "canary-Q7x"

// filled returns a Config in which every secret is the canary.
func filled() config.Config {
	c := config.Config{CacheRedis: []config.RedisNode{{Host: "h:1"}}, Webhooks: []config.Webhook{{Name: "h"}}, Social: config.Social{Providers: []config.SocialProvider{{Name: "s"}}}}
	for _, key := range config.Keys() {
		switch {
		case key.Env == "":
		case key.Type == reflect.TypeFor[config.Headers]():
			c.Telemetry.OtlpHeaders = config.Headers{"key": canary}
		default:
			at(&c, key.Path).SetString(canary)
		}
	}
	return c
}

// at returns the field at path; [] stands for the first element.
func at(c *config.Config, path string) reflect.Value {
	v := reflect.ValueOf(c).Elem()
	for name := range strings.SplitSeq(path, ".") {
		plain, list := strings.CutSuffix(name, "[]")
		v = v.FieldByName(plain)
		if list {
			v = v.Index(0)
		}
	}
	return v
}

// plainDiff compares field by field, because the masked forms would hide differences.
func plainDiff(a, b config.Config) string {
	var diffs []string
	for _, key := range config.Keys() {
		if strings.Contains(key.Path, "[]") {
			continue
		}
		x, y := at(&a, key.Path), at(&b, key.Path)
		if x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
			continue
		}
		if !reflect.DeepEqual(x.Interface(), y.Interface()) {
			diffs = append(diffs, fmt.Sprintf("- %s: %v\n+ %[1]s: %v", key.Path, x, y))
		}
	}
	return strings.Join(diffs, "\n")
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	c := filled()
	values := []any{c, &c, c.Auth, c.Otp, c.Privacy, c.Sms, c.Sms.Twilio, c.Email, c.Email.Smtp, c.Captcha, c.Blobs, c.Blobs.S3, c.CacheRedis, c.CacheRedis[0], c.Telemetry, c.Social, c.Social.Providers[0], []config.Config{c}, map[string]any{"c": c}}
	for _, v := range values {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v, fmt.Errorf("cause: %v", v))
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		out.Write(text)
		slog.New(slog.NewTextHandler(&out, nil)).Info("config", "c", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("config", "c", v)
		logx.SetWriter(logx.NewWriter(&out))
		logx.Info(v)
		logx.Infow("config", logx.Field("c", v))
		logx.Infof("%+v", v)
		if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
			t.Errorf("%T shows a secret:\n%s", v, &out)
		}
		if !strings.Contains(out.String(), "***") {
			t.Errorf("%T shows no mask, so it was not printed at all:\n%s", v, &out)
		}
	}
	logx.Reset()
	if got := c.CacheRedis[0].Pass; got != canary {
		t.Errorf("printing changed the password to %q", got)
	}
}

func TestMaskedShowsTheRest(t *testing.T) {
	got := fmt.Sprint(config.Otp{Length: 6, Pepper: canary})
	if diff := cmp.Diff(`{"Length":6,"Expire":0,"Attempts":0,"Cooldown":0,"Spread":false,"WebOtpDomain":"","AndroidHash":"","Pepper":"***","PrevPepper":"","TestIdentities":[]}`, got); diff != "" {
		t.Errorf("Otp (-want +got):\n%s", diff)
	}
}

func TestProblemsShowNoSecret(t *testing.T) {
	c := filled()
	c.Mode, c.Sms.Provider = "pro", "twilio"
	err := c.Validate()
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("want problems without the canary, got %v", err)
	}
}

// The values of headers may be secrets: they are neither printed nor quoted in problems.
func TestTelemetryHeaders(t *testing.T) {
	c, err := config.Parse([]byte("Mode: dev\nTelemetry: {Sampler: 0.25, OtlpHeaders: {api-key: "+canary+", tenant: 7}}"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Headers{"api-key": canary, "tenant": "7"}
	if diff := cmp.Diff(map[string]string(want), map[string]string(c.Telemetry.OtlpHeaders)); diff != "" || c.Telemetry.Sampler != 0.25 {
		t.Errorf("headers (-want +got):\n%s\nshare %v, want 0.25", diff, c.Telemetry.Sampler)
	}
	for _, shown := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c.Telemetry), fmt.Sprintf("%#v", c.Telemetry.OtlpHeaders)} {
		if strings.Contains(shown, canary) || !strings.Contains(shown, "api-key") {
			t.Errorf("printed: %s", shown)
		}
	}
	for vars, want := range map[string]config.Headers{
		"api-key=" + canary + ",tenant=a%20b%3D,x=a=b": {"api-key": canary, "tenant": "a b=", "x": "a=b"},
		"": {"api-key": "file"},
	} {
		c, err := config.Parse([]byte("Mode: dev\nTelemetry: {OtlpHeaders: {api-key: file}}"), env(map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": vars}))
		if diff := cmp.Diff(map[string]string(want), map[string]string(c.Telemetry.OtlpHeaders)); diff != "" || err != nil {
			t.Errorf("of the variable (-want +got):\n%s%v", diff, err)
		}
	}
	for vars, problem := range map[string]string{
		canary:               "Telemetry.OtlpHeaders: must be name=value, with commas between such pairs, and values escaped as in an address",
		"a=%zz" + canary:     "Telemetry.OtlpHeaders: must be name=value, with commas between such pairs, and values escaped as in an address",
		"a=" + canary + "\n": "Telemetry.OtlpHeaders.a: must not begin or end with white space or a line break: check whether OTEL_EXPORTER_OTLP_HEADERS was set with echo, which adds a line break; printf adds none",
	} {
		if _, err := config.Parse([]byte("Mode: dev"), env(map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": vars})); err == nil || err.Error() != problem {
			t.Errorf("%q: %v, want %s", vars, err, problem)
		}
	}
	for headers, problem := range map[string]string{
		"{a: [" + canary + "]}":     "Telemetry.OtlpHeaders.a: must be text (line 2)",
		"{a: " + canary + ", a: b}": "Telemetry.OtlpHeaders.a: is given twice (line 2)",
		canary:                      "Telemetry.OtlpHeaders: must be a section of names and values (line 2)",
	} {
		if _, err := config.Parse([]byte("Mode: dev\nTelemetry: {OtlpHeaders: "+headers+"}"), noEnv); err == nil || err.Error() != problem {
			t.Errorf("%s: %v, want %s", headers, err, problem)
		}
	}
}
