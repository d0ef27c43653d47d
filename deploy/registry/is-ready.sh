# Whether Apicurio takes requests. The image has bash but perhaps no HTTP client, so bash itself asks.
exec 3<>/dev/tcp/127.0.0.1/"${QUARKUS_HTTP_PORT:-8080}" || exit 1
printf 'GET /health/ready HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
read -r -t 4 _version status _reason <&3
[ "$status" = 200 ]
