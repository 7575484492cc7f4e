package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

func TestWeb(t *testing.T) {
	long := strings.Repeat("x", 501)
	for text, want := range map[string]string{
		"FrameAncestors: ['*']":                                              "Web.FrameAncestors[0]: must be an exact origin",
		"FrameAncestors: ['https://*.example.com']":                          "Web.FrameAncestors[0]: must be an exact origin",
		"FrameAncestors: ['https://a.test', 'https://a.test; script-src *']": "Web.FrameAncestors[1]: must be an exact origin",
		"FrameAncestors: [\"'self'\"]":                                       "Web.FrameAncestors[0]: must be an exact origin",
		"FrameAncestors: ['capacitor://localhost']":                          "Web.FrameAncestors[0]: must be an exact origin",
		"Embed: ['*']":                                              "Web.Embed[0]: must be an exact origin",
		"Embed: ['https://app.example.com/']":                       "Web.Embed[0]: must be an exact origin",
		"Embed: ['https://app.example.com:443']":                    "Web.Embed[0]: must be an exact origin",
		"Embed: ['null']":                                           "Web.Embed[0]: must be an exact origin",
		"Embed: [" + strings.Repeat("'https://a.test',", 101) + "]": "Web.Embed: must have at most 100",
		"Brand: {Name: " + strings.Repeat("x", 65) + "}":            "Web.Brand.Name: must have at most 64",
		"Brand: {Name: \"a\\u202eb\"}":                              "Web.Brand.Name: must have at most 64 characters, all of them visible",
		"Brand: {Name: \"a\\nb\"}":                                  "Web.Brand.Name: must have at most 64 characters, all of them visible",
		"Brand: {Logo: logo.jpg}":                                   "Web.Brand.Logo: must be a file whose name ends in .svg or .png",
		"Brand: {Color: red}":                                       "Web.Brand.Color: must be # and 6 hex digits",
		"Brand: {Color: '#fff'}":                                    "Web.Brand.Color: must be # and 6 hex digits",
		"Brand: {Color: '#2457d6;}'}":                               "Web.Brand.Color: must be # and 6 hex digits",
		"Brand: {Terms: 'http://example.com/terms'}":                "Web.Brand.Terms: must look like https://example.com/terms",
		"Brand: {Terms: 'javascript:alert(1)'}":                     "Web.Brand.Terms: must look like https://example.com/terms",
		"Brand: {Privacy: 'https://u@example.com/'}":                "Web.Brand.Privacy: must look like https://example.com/terms",
		"Brand: {Privacy: 'https://example.com/" + long + "'}":      "Web.Brand.Privacy: must look like https://example.com/terms",
	} {
		_, err := config.Parse([]byte("Mode: dev\nWeb: {"+text+"}"), noEnv)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// Valid values, and the additional rules of pro.
func TestWeb_pro(t *testing.T) {
	const clear = "Web: {Embed: ['http://app.example.com', 'http://127.0.0.1:3000'], FrameAncestors: ['http://app.example.com']," +
		" Brand: {Name: नमस्ते स्टोर, Logo: etc/Logo.SVG, Color: '#00fF00', Terms: 'https://example.com/terms?a=b#c', Privacy: 'https://example.com/p'}}"
	if _, err := config.Parse([]byte("Mode: dev\n"+clear), noEnv); err != nil {
		t.Errorf("dev: %v", err)
	}
	_, err := config.Parse([]byte("Mode: pro\n"+clear), noEnv)
	var got []string
	for _, line := range lines(t, err) {
		if strings.HasPrefix(line, "Web.") {
			got = append(got, line)
		}
	}
	want := []string{
		`Web.FrameAncestors[0]: must be https in pro (http only to loopback), is "http://app.example.com"`,
		`Web.Embed[0]: must be https in pro (http only to loopback), is "http://app.example.com"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pro (-want +got):\n%s", diff)
	}
}

// Origins in Embed may call the service; a disabled page opens nothing.
func TestConfig_PageOrigins(t *testing.T) {
	c := config.Config{Cors: config.Cors{Origins: []string{"https://a.test"}}, Web: config.Web{Enabled: true, Embed: []string{"https://b.test"}}}
	if diff := cmp.Diff([]string{"https://a.test", "https://b.test"}, c.PageOrigins()); diff != "" {
		t.Error(diff)
	}
	c.Web.Enabled = false
	if diff := cmp.Diff([]string{"https://a.test"}, c.PageOrigins()); diff != "" {
		t.Error(diff)
	}
}

func TestConfig_BrandName(t *testing.T) {
	c := config.Config{Name: "service"}
	for _, step := range []struct {
		change func()
		want   string
	}{
		{func() {}, "service"}, {func() { c.Delivery.AppName = "Acme" }, "Acme"}, {func() { c.Web.Brand.Name = "Acme ID" }, "Acme ID"},
	} {
		if step.change(); c.BrandName() != step.want {
			t.Errorf("the name is %q, want %q", c.BrandName(), step.want)
		}
	}
}
