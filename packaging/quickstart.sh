#!/usr/bin/env bash
# Runs the main job from end to end on this machine, on loopback and in a temporary folder only:
# a management endpoint, an agent with its embedded CA, issue and revoke jobs, a device that enrolls by SCEP, and a
# check of every result.
#
#   packaging/quickstart.sh            build, run, check, clean up; exit code 0 only if all of it held
#   packaging/quickstart.sh --jobs 100 with this number of issue jobs (5 to 10000; default 25)
#   packaging/quickstart.sh --keep     leave it running, and say how to look around and stop it
#   packaging/quickstart.sh --help
set -euo pipefail
# The agent refuses files that others may write, as a person's umask of 002 makes them.
umask 022
source_dir=$(cd "$(dirname "$0")/.." && pwd)

jobs=25
revocations=5
keep=no
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=yes ;;
    --jobs)
      jobs=${2:-}
      shift
      ;;
    -h | --help)
      sed -n '2,9s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "quickstart.sh: unknown argument $1; see --help" >&2
      exit 64
      ;;
  esac
  shift
done
if ! [[ $jobs =~ ^[0-9]+$ ]] || [ "$jobs" -lt "$revocations" ] || [ "$jobs" -gt 10000 ]; then
  echo "quickstart.sh: --jobs takes a number from $revocations to 10000" >&2
  exit 64
fi

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
die() {
  echo "FAILED: $*" >&2
  exit 1
}

endpoint_pid=
agent_pid=
work=
# Ends a process that this script started, and waits for it; harder when it does not end in time.
stop() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null || return 0
  for _ in $(seq 400); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
}
clean_up() {
  code=$?
  trap - EXIT
  if [ "$code" -ne 0 ] && [ -n "$work" ]; then
    for log in "$work"/agent/agent.log "$work"/endpoint.log; do
      [ -s "$log" ] && { echo "--- the end of ${log##*/}:"; tail -n 15 "$log"; } >&2
    done
  fi
  stop "$agent_pid"
  stop "$endpoint_pid"
  [ -n "$work" ] && rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local limit=$1 what=$2
  shift 2
  for _ in $(seq $((limit * 10))); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  die "waited $limit s for $what"
}

# Reads ninja's output, and shows how far the build is, in one line.
progress() {
  awk -v terminal="$([ -t 1 ] && echo 1 || echo 0)" '
    /^\[[0-9]+\/[0-9]+\]/ {
      split(substr($1, 2), part, /[\/\]]/)
      percent = int(part[1] * 100 / part[2])
      if (percent >= shown + (terminal ? 1 : 10)) {
        shown = percent
        printf(terminal ? "\r%d %% of %d steps" : "%d %% of %d steps  ", percent, part[2])
        fflush()
      }
    }
    END { if (shown) print "" }'
}

say "1. Building (the first time takes 10 to 20 minutes on two cores)"
"$source_dir/packaging/install-dependencies.sh" quickstart
cd "$source_dir"
cmake --preset release >/dev/null
build_log=$source_dir/build/quickstart.log
cmake --build --preset release --target certconnectord certconnector certconnector-endpoint 2>&1 |
  tee "$build_log" | progress || {
  tail -n 30 "$build_log" >&2
  die "the build; its whole output is in $build_log"
}
bin=$source_dir/build/release/bin

work=$(mktemp -d "${TMPDIR:-/tmp}/certconnector-quickstart.XXXXXX")
state=$work/agent/state
socket=$work/agent/run/agent.sock
endpoint() { "$bin/certconnector-endpoint" "$1" --state "$work/endpoint" "${@:2}"; }
cli() { "$bin/certconnector" --socket "$socket" "$@"; }

say "2. Starting the management endpoint on loopback"
mkdir -p "$work/endpoint" "$work/agent/run"
"$bin/certconnector-endpoint" serve --state "$work/endpoint" --listen 127.0.0.1:0 --admin 127.0.0.1:0 \
  --ready-file "$work/ready.json" >"$work/endpoint.log" 2>&1 &
endpoint_pid=$!
endpoint_is_ready() { [ -s "$work/ready.json" ] || ! kill -0 "$endpoint_pid"; }
wait_for 30 "the endpoint" endpoint_is_ready
[ -s "$work/ready.json" ] || die "the endpoint ended: $(cat "$work/endpoint.log")"
cat "$work/ready.json"

say "3. Starting the agent in a separate folder, with a SCEP service for devices"
endpoint challenge-keys >"$work/challenge-keys.pem"
cat >"$work/agent/certconnectord.conf" <<CONF
[agent]
state_dir = $state
runtime_dir = $work/agent/run

[http]
listen = 127.0.0.1:0

[scep.devices]
challenge = signed
challenge_issuer = quick-start
challenge_keys_file = $work/challenge-keys.pem
deliver_after_report = yes
CONF
"$bin/certconnectord" --config "$work/agent/certconnectord.conf" --check-config
"$bin/certconnectord" --config "$work/agent/certconnectord.conf" >"$work/agent/agent.log" 2>&1 &
agent_pid=$!
agent_is_ready() { cli version || ! kill -0 "$agent_pid"; }
wait_for 30 "the agent" agent_is_ready
cli version >/dev/null || die "the agent ended"

say "4. Making the CA, and onboarding the agent with a one-time token"
cli ca create default --root --subject "CN=Quick Start Device CA,O=Example"
(umask 077 && endpoint token >"$work/token")
cli enroll --token-file "$work/token"
ca=$(openssl x509 -in "$state/ca/default/certificate.pem" -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)
cli ca export default --format pem --out "$work/root.pem"

say "5. Making $jobs PKCS#10 requests with openssl: RSA-2048, RSA-3072 and P-256 in turn"
mkdir "$work/requests"
make_request() {
  local kind
  case $(($1 % 3)) in
    0) kind=(rsa:2048) ;;
    1) kind=(rsa:3072) ;;
    2) kind=(ec -pkeyopt ec_paramgen_curve:P-256) ;;
  esac
  local name
  name=$(printf 'device-%05d' "$1")
  openssl req -new -nodes -newkey "${kind[@]}" -keyout "$work/key.$1" -subj "/O=Example/CN=$name" \
    -addext "subjectAltName=DNS:$name.example" -out "$work/requests/$name.csr" 2>/dev/null
  rm "$work/key.$1"
}
for i in $(seq "$jobs"); do make_request "$i"; done

say "6. Queueing $jobs issue jobs at the endpoint, and waiting for the agent to do them"
endpoint queue-issue --ca "$ca" --template device --requests "$work/requests"
endpoint wait --finished "$jobs" --timeout 300s >/dev/null || die "the issue jobs did not finish"
endpoint results --out "$work/results" >/dev/null

say "7. Verifying every certificate with openssl"
public_key_of_request() { openssl req -in "$1" -noout -pubkey; }
public_key_of_certificate() { openssl x509 -in "$1" -noout -pubkey; }
verified=0
: >"$work/serials"
for certificate in "$work"/results/*.pem; do
  case ${certificate##*/} in chain-*) continue ;; esac
  openssl verify -x509_strict -purpose sslclient -CAfile "$work/root.pem" "$certificate" >/dev/null ||
    die "openssl does not verify ${certificate##*/}"
  name=$(openssl x509 -in "$certificate" -noout -subject -nameopt multiline | sed -n 's/^ *commonName *= //p')
  [ "$(public_key_of_certificate "$certificate")" = "$(public_key_of_request "$work/requests/$name.csr")" ] ||
    die "${certificate##*/} does not hold the key of the request of $name"
  openssl x509 -in "$certificate" -noout -ext subjectAltName | grep -q "DNS:$name.example" ||
    die "${certificate##*/} lacks the name that its request asked for"
  openssl x509 -in "$certificate" -noout -serial | cut -d= -f2 >>"$work/serials"
  verified=$((verified + 1))
done
[ "$verified" -eq "$jobs" ] || die "$verified certificates for $jobs jobs"
[ "$(sort -u "$work/serials" | wc -l)" -eq "$jobs" ] || die "a serial number was used twice"
echo "$verified certificates are good: chain, purpose, key and name are those of their requests."

say "8. Revoking $revocations of them, and waiting for the CRL"
head -n "$revocations" "$work/serials" >"$work/revoke"
endpoint queue-revoke --ca "$ca" --serials "$work/revoke" --reason 1
endpoint wait --finished $((jobs + revocations)) --timeout 300s >/dev/null || die "the revoke jobs did not finish"
crl_text() { openssl crl -inform DER -in "$state/ca/default/ca.crl" -CAfile "$work/root.pem" -noout -text 2>"$work/crl.check"; }
crl_has_all() {
  crl_text >"$work/crl.text" && grep -q "verify OK" "$work/crl.check" || return 1
  while read -r serial; do grep -qi "Serial Number: $serial\$" "$work/crl.text" || return 1; done <"$work/revoke"
}
wait_for 60 "a CRL with the $revocations serial numbers" crl_has_all
[ "$(grep -c "Serial Number:" "$work/crl.text")" -eq "$revocations" ] || die "the CRL has other serial numbers too"
echo "All $revocations serial numbers are in the CRL, which the CA has signed:"
sed 's/^/  /' "$work/revoke"

say "9. The endpoint's own record"
endpoint summary | tee "$work/summary"
expect() { grep -Eq "\"$1\": $2,?\$" "$work/summary" || die "the endpoint's record does not say $1: $2"; }
expect issued "$jobs"
expect revoked "$revocations"
none() { if grep -Eq "\"$1\": [1-9]" "$work/summary"; then die "the endpoint's record has something $1"; fi; }
for nothing in failed dead canceled queued leased superseded refused; do none "$nothing"; done

say "10. One device enrolls by SCEP, with a challenge that the endpoint has minted for it"
port=$(sed -n 's/.* event=http.started .* port=\([0-9]*\).*/\1/p' "$work/agent/agent.log")
scep=http://127.0.0.1:$port/certsrv/mscep/mscep.dll
(umask 077 && endpoint challenge --service devices --issuer quick-start --device laptop-7 \
  --subject "CN=laptop-7,O=Example" --san dns:laptop-7.example >"$work/challenge")
ca_certificates() { pki --scepca --url "$scep" --caout "$work/scep-ca.pem" --raout "$work/scep-ra.pem" --outform pem --force; }
wait_for 30 "the RA certificate of the SCEP service" ca_certificates
client() { pki "$@" 2>>"$work/scep-client.log" || die "the SCEP client: $(tail -n 2 "$work/scep-client.log")"; }
openssl genrsa -out "$work/laptop.key" 2048 2>/dev/null
client --scep --url "$scep" --in "$work/laptop.key" --dn "O=Example, CN=laptop-7" --san laptop-7.example \
  --password "$(cat "$work/challenge")" --cacert-enc "$work/scep-ra.pem" --cacert-sig "$work/scep-ra.pem" \
  --outform pem >"$work/laptop.pem"
openssl verify -x509_strict -purpose sslclient -CAfile "$work/root.pem" "$work/laptop.pem"
endpoint enrollments
cli certs list --device laptop-7 | tee "$work/certs"
grep -qi "$(openssl x509 -in "$work/laptop.pem" -noout -serial | cut -d= -f2)" "$work/certs" ||
  die "the device's certificate is not in certs list"

say "11. certconnector status"
cli status
echo "The certificates are those of the $jobs jobs, of laptop-7, and of the RA of the SCEP service."
say "    certconnector jobs list --limit 10"
cli jobs list --limit 10

if [ "$keep" = yes ]; then
  trap - EXIT
  say "All of it held. The endpoint (process $endpoint_pid) and the agent (process $agent_pid) go on in $work"
  cat <<LOOK

Look around:
  alias connector='$bin/certconnector --socket $socket'
  connector status --watch
  connector jobs list
  connector jobs explain ID

A job for a request of yours (any PKCS#10 request, PEM or DER, in a separate folder):
  mkdir $work/mine
  openssl req -new -nodes -newkey rsa:2048 -keyout $work/my.key -subj "/O=Example/CN=my-device" -out $work/mine/my.csr
  $bin/certconnector-endpoint queue-issue --state $work/endpoint --ca $ca --template device --requests $work/mine
  $bin/certconnector-endpoint wait --state $work/endpoint --finished $((jobs + revocations + 1))
  $bin/certconnector-endpoint results --state $work/endpoint --out $work/results

Stop it:
  kill $agent_pid $endpoint_pid; rm -r $work
LOOK
  exit 0
fi

say "12. Stopping the agent"
kill -TERM "$agent_pid"
agent_code=0
wait "$agent_pid" || agent_code=$?
agent_pid=
[ "$agent_code" -eq 0 ] || die "the agent ended with exit code $agent_code"
echo "It has finished what it was doing and ended with exit code 0."

say "All of it held: $jobs certificates issued and verified, $revocations revoked and in the CRL, one device enrolled by
SCEP, all reported."
