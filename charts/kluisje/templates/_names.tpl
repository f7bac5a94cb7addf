{{/* SPDX-License-Identifier: EUPL-1.2 */}}
{{- define "kluisje.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "kluisje.name" -}}
{{ .root.Release.Name }}-{{ .part }}
{{- end -}}

{{- define "kluisje.selector" -}}
app.kubernetes.io/name: kluisje
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "kluisje.labels" -}}
{{ include "kluisje.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* What every container may do: nothing but run. */}}
{{- define "kluisje.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{/* Key files must be readable by their owner alone; a mounted Secret cannot be, so they are copied into memory. */}}
{{- define "kluisje.keys" -}}
- name: keys
  image: {{ include "kluisje.image" .root | quote }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [sh, -ceu, "umask 077; cp -L /run/secret/* /run/keys/; chmod 400 /run/keys/*"]
  securityContext:
    {{- include "kluisje.confined" . | nindent 4 }}
  resources:
    requests: { cpu: 10m, memory: 16Mi }
    limits: { memory: 32Mi }
  volumeMounts:
    - { name: secret, mountPath: /run/secret, readOnly: true }
    - { name: keys, mountPath: /run/keys }
{{- end -}}
