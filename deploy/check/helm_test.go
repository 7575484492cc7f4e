package check

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"gopkg.in/yaml.v3"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"helm.sh/helm/v3/pkg/releaseutil"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	kyaml "sigs.k8s.io/yaml"
)

const chartDir = deploy + "/helm/user-api"

// valueSets are what the chart is rendered with; each is a whole way to run it.
var valueSets = map[string]string{
	"minimal": `
secrets: {values: {REFRESH_SECRET: Wn5XbT8cQ2ZkR7vM4yLd9FhJ3gPs6aEu, OTP_PEPPER: Hd7Lp2VxQ9mRk4TzW8bYc5NfJ3gSa6Ee,
  DATA_SOURCE: "user:Kq8Zt3@tcp(mysql:3306)/userdb?parseTime=true&tls=true", REDIS_PASSWORD: Bv6Nw9Rt,
  TWILIO_ACCOUNT_SID: AC0123456789abcdef0123456789abcdef, TWILIO_API_KEY: SK0123456789abcdef0123456789abcdef, TWILIO_API_SECRET: Zx9Cv8Bn7Mm6Aa5Ss4Dd}}`,
	"existing secret": `
secrets: {existingSecret: user-api-secrets}
migrations: {by: start}
pdb: {enabled: false}`,
	"everything": `
image: {repository: registry.example.com/user-api, digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", pullPolicy: Always}
imagePullSecrets: [{name: pull}]
fullnameOverride: sign-in
secrets: {existingSecret: user-api-secrets}
service: {type: LoadBalancer, port: 8080, annotations: {a: b}}
ingress: {enabled: true, className: nginx, annotations: {a: b}, hosts: [login.example.com, id.example.com], tlsSecret: tls}
drain: 11
preStop: 5
autoscaling: {enabled: true, min: 3, max: 30, cpu: 60}
pdb: {maxUnavailable: 25%}
networkPolicy: {enabled: true, ingressNamespaces: [edge], metricsNamespaces: [monitoring, other]}
serviceMonitor: {enabled: true, interval: 30s, labels: {release: prometheus}}
serviceAccount: {annotations: {a: b}}
podAnnotations: {a: b}
podLabels: {a: b}
nodeSelector: {disk: fast}
tolerations: [{key: a, operator: Exists}]
affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: kubernetes.io/hostname}}]}}`,
	"single node": `
singleNode: {enabled: true, size: 1Gi, storageClass: fast}
secrets: {existingSecret: user-api-secrets, keys: [REFRESH_SECRET, OTP_PEPPER, TWILIO_ACCOUNT_SID, TWILIO_API_KEY, TWILIO_API_SECRET]}
config: {DataSource: "sqlite:/var/lib/user-api/user.db", CacheRedis: []}`,
}

// render makes the manifests of values, as `helm template` does.
func render(t *testing.T, values string) (map[string]string, error) {
	t.Helper()
	chart, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, given, chartutil.ReleaseOptions{Name: "user-api", Namespace: "id", IsInstall: true}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(chart, all)
}

// typeOf is what a manifest is decoded into.
func typeOf(kind string) any {
	switch kind {
	case "ConfigMap":
		return &core.ConfigMap{}
	case "Deployment":
		return &apps.Deployment{}
	case "HorizontalPodAutoscaler":
		return &autoscaling.HorizontalPodAutoscaler{}
	case "Ingress":
		return &networking.Ingress{}
	case "Job":
		return &batch.Job{}
	case "NetworkPolicy":
		return &networking.NetworkPolicy{}
	case "PersistentVolumeClaim":
		return &core.PersistentVolumeClaim{}
	case "PodDisruptionBudget":
		return &policy.PodDisruptionBudget{}
	case "Secret":
		return &core.Secret{}
	case "Service":
		return &core.Service{}
	case "ServiceAccount":
		return &core.ServiceAccount{}
	case "ServiceMonitor":
		return &monitoring.ServiceMonitor{}
	}
	return nil
}

// decode reads manifests by the types of the Kubernetes API, which must know every key.
func decode(t *testing.T, files map[string]string) map[string][]any {
	t.Helper()
	found := map[string][]any{}
	for name, file := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			continue
		}
		for _, text := range releaseutil.SplitManifests(file) {
			var head struct{ Kind string }
			if err := yaml.Unmarshal([]byte(text), &head); err != nil || head.Kind == "" {
				t.Errorf("%s: %v, kind %q:\n%s", name, err, head.Kind, text)
				continue
			}
			into := typeOf(head.Kind)
			if into == nil {
				t.Errorf("%s: no type for %s", name, head.Kind)
				continue
			}
			if err := kyaml.UnmarshalStrict([]byte(text), into); err != nil {
				t.Errorf("%s, %s: %v\n%s", name, head.Kind, err, text)
			}
			found[head.Kind] = append(found[head.Kind], into)
		}
	}
	return found
}

// Every way to run the chart is what the Kubernetes API takes, has just the parts it
// needs, and a configuration that the service takes.
func TestChart(t *testing.T) {
	common := []string{"ConfigMap", "Deployment", "Service", "ServiceAccount"}
	for name, more := range map[string][]string{
		"minimal":         {"Job", "PodDisruptionBudget", "Secret"},
		"existing secret": {},
		"everything":      {"HorizontalPodAutoscaler", "Ingress", "Job", "NetworkPolicy", "PodDisruptionBudget", "ServiceMonitor"},
		"single node":     {"PersistentVolumeClaim"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := render(t, valueSets[name])
			if err != nil {
				t.Fatal(err)
			}
			found := decode(t, files)
			var kinds []string
			for kind := range found {
				kinds = append(kinds, kind)
			}
			slices.Sort(kinds)
			if want := slices.Sorted(slices.Values(append(more, common...))); !slices.Equal(kinds, want) {
				t.Errorf("kinds %q, want %q", kinds, want)
			}
			deployment := found["Deployment"][0].(*apps.Deployment)
			wantSafe(t, deployment.Spec.Template.Spec)
			wantProbes(t, deployment.Spec.Template.Spec.Containers[0])
			for _, job := range found["Job"] {
				wantSafe(t, job.(*batch.Job).Spec.Template.Spec)
			}
			for _, m := range found["ConfigMap"] {
				takes(t, m.(*core.ConfigMap).Data["user-api.yaml"], deployment.Spec.Template.Spec.Containers[0].Env)
			}
		})
	}
}

// wantSafe demands what the restricted standard of Kubernetes does, and more.
func wantSafe(t *testing.T, pod core.PodSpec) {
	t.Helper()
	s, c := pod.SecurityContext, pod.Containers[0].SecurityContext
	if s == nil || c == nil || !*s.RunAsNonRoot || *s.RunAsUser != nobody || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault ||
		*c.AllowPrivilegeEscalation || !*c.ReadOnlyRootFilesystem || len(c.Capabilities.Drop) != 1 || c.Capabilities.Drop[0] != "ALL" ||
		pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Errorf("the pod may more than it needs: %+v %+v", s, c)
	}
}

// wantProbes demands that liveness asks no store, and that readiness is not strict.
func wantProbes(t *testing.T, c core.Container) {
	t.Helper()
	if got := c.LivenessProbe.HTTPGet.Path; got != "/healthz" {
		t.Errorf("liveness asks %s", got)
	}
	if got := c.ReadinessProbe.HTTPGet.Path; got != "/readyz" {
		t.Errorf("readiness asks %s", got)
	}
}

// takes has the service read a configuration with secrets in files: it then asks for
// the health of what does not run, and complains of nothing else.
func takes(t *testing.T, config string, env []core.EnvVar) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "user-api.yaml")
	// Nothing listens at the port; the data folder is not made by health.
	write(t, file, strings.Replace(config, "Port: 8888", fmt.Sprintf("Port: %d", freePort(t)), 1))
	cmd := exec.Command(binary(t), "health", "-f", file)
	for _, e := range env {
		name := strings.TrimSuffix(e.Name, "_FILE")
		path := filepath.Join(dir, name)
		if e.Value != "/run/secrets/user-api/"+name {
			t.Errorf("%s is %q", e.Name, e.Value)
		}
		write(t, path, sample(name))
		cmd.Env = append(cmd.Env, e.Name+"="+path)
	}
	wantTaken(t, cmd)
}

// sample is a secret that the service could have.
func sample(name string) string {
	var values struct {
		Secrets struct{ Values map[string]string }
	}
	if err := yaml.Unmarshal([]byte(valueSets["minimal"]), &values); err != nil {
		return ""
	}
	return values.Secrets.Values[name]
}

// A key that the chart does not know, and a value it cannot mean, are refused.
func TestChart_wrongValues(t *testing.T) {
	for _, c := range []struct{ values, want string }{
		{"replica: 3", "replica"},
		{"image: {repo: x}", "repo"},
		{"image: {digest: latest}", "digest"},
		{"replicas: 0", "replicas"},
		{"replicas: two", "replicas"},
		{"config: {Mode: production}", "Mode"},
		{"config: {Mode: pro, Drain: 3}", "Drain"},
		{"secrets: {keys: [ACCESS_SECRET_FILE]}", "keys"},
		{"secrets: {keys: [A, A]}", "keys"},
		{"migrations: {by: hand}", "by"},
		{"service: {type: ExternalName}", "type"},
		{"service: {port: 70000}", "port"},
		{"ingress: {enabled: yes please}", "enabled"},
		{"ingress: {hosts: []}", "hosts"},
		{"drain: -1", "drain"},
		{"resources: {limit: {}}", "limit"},
		{"pdb: {maxUnavailable: 0}", "maxUnavailable"},
		{"networkPolicy: {ingressNamespaces: []}", "ingressNamespaces"},
		{"serviceMonitor: {interval: often}", "interval"},
		{"singleNode: {size: big}", "size"},
		{"secrets: {values: {}}", "secrets.existingSecret, or secrets.values.REFRESH_SECRET"},
	} {
		if _, err := render(t, c.values); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error that names %q", c.values, err, c.want)
		}
	}
}

// `helm lint --strict` finds nothing.
func TestChart_lint(t *testing.T) {
	var values map[string]any
	if err := yaml.Unmarshal([]byte(valueSets["minimal"]), &values); err != nil {
		t.Fatal(err)
	}
	for _, m := range lint.AllWithKubeVersion(chartDir, values, "id", nil).Messages {
		if m.Severity > support.InfoSev {
			t.Errorf("%v", m)
		}
	}
}
