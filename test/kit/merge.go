package kit

import (
	"testing"

	"gopkg.in/yaml.v3"
)

// merge merges YAML documents section by section. Earlier ones are overridden by later ones.
func merge(t testing.TB, options []Option) string {
	t.Helper()
	all := map[string]any{}
	for _, option := range options {
		var one map[string]any
		if err := yaml.Unmarshal([]byte(option), &one); err != nil {
			t.Fatalf("option %q: %v", option, err)
		}
		lay(all, one)
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func lay(under, over map[string]any) {
	for key, value := range over {
		section, ok := value.(map[string]any)
		if below, exists := under[key].(map[string]any); ok && exists {
			lay(below, section)
			continue
		}
		under[key] = value
	}
}
