#!/bin/sh
# A sample helper for a CA behind "backend = exec" (certconnectord.conf(5)): it asks a CA that is a folder with a key, by
# openssl. Replace the openssl commands by what talks to your CA; the exit codes and variables stay.
#
#   ca-helper.sh FOLDER        FOLDER holds ca.pem and ca.key; the helper keeps what it issues there.
#
# What is asked stands in the environment (certmonger's doc/helpers.txt; CERTCONNECTOR_* are ours):
#   CERTMONGER_OPERATION   SUBMIT, POLL, IDENTIFY, FETCH-ROOTS, REVOKE, FIND
#   CERTMONGER_CSR         SUBMIT: the request, PEM
#   CERTMONGER_CA_PROFILE  SUBMIT: the template's name
#   CERTMONGER_CA_COOKIE   POLL: what this helper gave when it said "wait"
#   CERTMONGER_SPKI        SUBMIT, FIND: the request's public key, base64
#   CERTCONNECTOR_KEY      the same for every attempt at one job: ask the CA for it, or keep it, and FIND works
#   CERTCONNECTOR_SERIAL, CERTCONNECTOR_THUMBPRINT, CERTCONNECTOR_REASON   REVOKE: hex, hex, number of RFC 5280
#
# Exit codes: 0 done, the certificate in PEM on standard output; 1 wait, a cookie on standard output; 5 the same with the
# seconds to wait in a line before it; 2 denied, the reason on standard output; 3 the CA is not reached; 4 the helper is not
# configured; 6 the operation is not known here.
# It knows FIND: set "find = yes" in the CA's section. Print no secret: the agent logs and reports the output of codes above 1.
set -u
umask 077
folder=${1:?name the folder of the CA}
key=${CERTCONNECTOR_KEY:-none}

denied() {
  echo "$1"
  exit 2
}

[ -r "$folder/ca.key" ] || { echo "$folder/ca.key cannot be read"; exit 4; }
mkdir -p "$folder/issued" "$folder/revoked"

# Its serial number and its two thumbprints, as the agent writes them, with blanks between them.
names_of() {
  for what in -serial "-sha1 -fingerprint" "-sha256 -fingerprint"; do
    # shellcheck disable=SC2086 # options, not one word
    openssl x509 -in "$1" -noout $what 2> /dev/null | sed 's/^.*=//' | tr -d ':\n' | tr 'A-F' 'a-f'
    printf ' '
  done
}

case ${CERTMONGER_OPERATION:-} in
  IDENTIFY)
    echo "Sample helper 1"
    ;;
  FETCH-ROOTS)
    # A line with a name, then the certificate: the CA's own first.
    echo "Sample CA"
    cat "$folder/ca.pem"
    ;;
  SUBMIT)
    # The same job again gets the same certificate.
    if [ -s "$folder/issued/$key.pem" ]; then
      cat "$folder/issued/$key.pem"
      exit 0
    fi
    request=$folder/issued/$key.csr
    printf '%s\n' "${CERTMONGER_CSR:-}" > "$request"
    openssl req -in "$request" -noout -verify > /dev/null 2>&1 || denied "the request cannot be read"
    made=$folder/issued/$key.new
    openssl x509 -req -in "$request" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -days 30 -copy_extensions copyall \
      -set_serial "0x$(openssl rand -hex 15)" -out "$made" 2> /dev/null || exit 3
    mv "$made" "$folder/issued/$key.pem"
    cat "$folder/issued/$key.pem"
    ;;
  POLL)
    # This CA never says "wait"; one that does finds the request by the cookie.
    [ -s "$folder/issued/${CERTMONGER_CA_COOKIE:-none}.pem" ] || denied "there is no such request"
    cat "$folder/issued/$CERTMONGER_CA_COOKIE.pem"
    ;;
  FIND)
    # Nothing on standard output: no certificate came of this job.
    if [ -s "$folder/issued/$key.pem" ]; then cat "$folder/issued/$key.pem"; fi
    ;;
  REVOKE)
    wanted=${CERTCONNECTOR_SERIAL:-${CERTCONNECTOR_THUMBPRINT:-none}}
    for issued in "$folder/issued"/*.pem; do
      names=$(names_of "$issued")
      case " $names " in
        *" $wanted "*)
          echo "${CERTCONNECTOR_REASON:-0}" > "$folder/revoked/${names%% *}"
          exit 0
          ;;
      esac
    done
    denied "this CA has no certificate of serial number or thumbprint $wanted"
    ;;
  *)
    exit 6
    ;;
esac
