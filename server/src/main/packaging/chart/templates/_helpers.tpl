{{- define "tokenbroker.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tokenbroker.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tokenbroker.labels" -}}
{{ include "tokenbroker.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "tokenbroker.config" -}}
{{- $taken := list "listen" "listen_http" "data" "database" "tls" "insecure" "shutdown" -}}
{{- range $taken -}}
{{- if hasKey $.Values.config . -}}
{{- fail (printf "config.%s is set by the chart: see its values" .) -}}
{{- end -}}
{{- end -}}
{{- $all := deepCopy .Values.config -}}
{{- $_ := set $all "listen" "0.0.0.0:50051" -}}
{{- $_ := set $all "listen_http" "0.0.0.0:50052" -}}
{{- $_ := set $all "data" "/var/lib/tokenbroker" -}}
{{- $_ := set $all "shutdown" (dict "delay" .Values.shutdownDelay) -}}
{{- if .Values.database.url -}}
{{- $_ := set $all "database" (dict "url" .Values.database.url "user" .Values.database.user "password_file" "/run/secrets/tokenbroker/database/password") -}}
{{- end -}}
{{- if .Values.tls.secret -}}
{{- $tls := dict "cert_file" "/run/secrets/tokenbroker/tls/tls.crt" "key_file" "/run/secrets/tokenbroker/tls/tls.key" -}}
{{- if .Values.tls.clientCaSecret.name -}}
{{- $_ := set $tls "client_ca_file" "/run/secrets/tokenbroker/client-ca/ca.crt" -}}
{{- end -}}
{{- $_ := set $all "tls" $tls -}}
{{- else -}}
{{- $_ := set $all "insecure" true -}}
{{- end -}}
{{- if .Values.encryption.keysetSecret.name -}}
{{- $_ := set $all "encryption" (merge (dict "keyset_file" "/run/secrets/tokenbroker/keyset/keyset.json") (default dict (get $all "encryption"))) -}}
{{- end -}}
{{- if .Values.policy -}}
{{- $_ := set $all "policy" (dict "file" "/etc/tokenbroker/policy.yaml") -}}
{{- end -}}
{{ toYaml $all }}
{{- end -}}
