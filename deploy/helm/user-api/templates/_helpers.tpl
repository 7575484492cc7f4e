{{- define "user-api.fullname" -}}
{{- default (printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) | replace "user-api-user-api" "user-api") .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "user-api.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "user-api.labels" -}}
{{ include "user-api.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "user-api.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "user-api.secret" -}}
{{ .Values.secrets.existingSecret | default (include "user-api.fullname" .) }}
{{- end }}

{{- /* The configuration as the service reads it: what the chart decides wins. */ -}}
{{- define "user-api.config" -}}
{{- $own := dict "Host" "0.0.0.0" "Port" 8888 "Drain" .Values.drain "DevServer" (dict "Enabled" true "Host" "0.0.0.0" "Port" 6060 "Pprof" false) }}
{{- if .Values.singleNode.enabled }}
{{- $_ := set $own "SingleNode" true }}
{{- else if eq .Values.migrations.by "hook" }}
{{- $_ := set $own "Migrate" "off" }}
{{- end }}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $own) }}
{{- end }}

{{- define "user-api.env" -}}
{{- range .Values.secrets.keys }}
- name: {{ . }}_FILE
  value: /run/secrets/user-api/{{ . }}
{{- end }}
{{- end }}

{{- define "user-api.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "user-api.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* secretName and configName tell the hook's own from the nodes'. */ -}}
{{- define "user-api.volumes" -}}
- name: config
  configMap: {name: {{ .configName }}}
- name: secrets
  secret: {secretName: {{ .secretName }}, defaultMode: 0440}
{{- end }}

{{- define "user-api.mounts" -}}
- {name: config, mountPath: /etc/user-api, readOnly: true}
- {name: secrets, mountPath: /run/secrets/user-api, readOnly: true}
{{- end }}
