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

{{/* Who may do what on a node: nobody anything. */}}
{{- define "kluisje.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Certificates, memory for files, and keys if there are any; `given` says of which Secrets. */}}
{{- define "kluisje.mounts" -}}
- { name: tls, mountPath: /run/tls, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if .given.keys }}
- { name: keys, mountPath: /run/keys, readOnly: true }
{{- end }}
{{- end -}}

{{- define "kluisje.volumes" -}}
- name: tls
  secret: { secretName: {{ .given.tls }}, defaultMode: 0440 }
- name: tmp
  emptyDir: { sizeLimit: 256Mi }
{{- if .given.keys }}
- name: secret
  secret: { secretName: {{ .given.keys }}, defaultMode: 0440 }
- name: keys
  emptyDir: { medium: Memory, sizeLimit: 1Mi }
{{- end }}
{{- end -}}

{{/* The name server, and the database if it is told where that is. */}}
{{- define "kluisje.to-database" -}}
- to:
    - namespaceSelector: {}
      podSelector:
        matchLabels: { k8s-app: kube-dns }
  ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- if and .database .root.Values.database.to }}
- to:
    {{- toYaml .root.Values.database.to | nindent 4 }}
  ports:
    - { port: {{ .root.Values.database.port }} }
{{- end }}
{{- end -}}
