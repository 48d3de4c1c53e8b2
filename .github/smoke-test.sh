#!/usr/bin/env bash
# Checks a deployed stack from outside: it is healthy, takes a log in each form, and stores it redacted.
#
#   smoke-test.sh STACK
#
# It posts as the tenant `smoke`. Where the stack's `auth` is api-key or jwt, SMOKE_CREDENTIAL holds that tenant's
# key (python -m cli keys create smoke --scope write,read) or token; without it only the refusal is checked.
# Needs curl, jq and pulumi; with `auth: none` also the AWS CLI, to read the record, if the caller may.
set -euo pipefail
stack=$1
output() { pulumi stack output "$1" --stack "$stack"; }
auth=$(output auth)
api_url=$(output api_gateway_url)
ingest_url=$(output ingest_url)
health_url=$(output health_url)
if [[ -n ${GITHUB_OUTPUT:-} ]]; then echo "health_url=$health_url" >> "$GITHUB_OUTPUT"; fi

# An id for each run: a POST that curl repeats is stored once, and no run meets another's logs.
export LOG_ID="smoke-${GITHUB_RUN_ID:-$$}-${GITHUB_RUN_ATTEMPT:-$(date +%s)}"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# expect STATUS CONDITION CURL_ARGUMENT…: retries for a minute, because a fresh deployment needs a moment.
expect() {
  local status=$1 condition=$2 got
  shift 2
  got=$(curl --silent --show-error --fail-with-body --max-time 15 --retry "${SMOKE_RETRIES:-5}" --retry-all-errors --retry-max-time 60 \
    --output "$answer" --write-out '%{http_code}' "$@") || true
  echo "$got $(cat "$answer")"
  if [[ $got != "$status" ]] || ! jq --exit-status "$condition" "$answer" > /dev/null; then
    echo "::error::wanted $status with $condition, got $got; see the answer above"
    return 1
  fi
}

# A header file, so that the credential never shows in a list of processes.
credential=()
if [[ $auth != none ]]; then
  got=$(curl --silent --max-time 15 --output /dev/null --write-out '%{http_code}' --request POST "$ingest_url" --data '{}')
  echo "$got without a credential"
  if [[ $got != 401 ]]; then echo "::error::wanted 401 without a credential, got $got"; exit 1; fi
  if [[ -z ${SMOKE_CREDENTIAL:-} ]]; then
    expect 200 '.status == "healthy"' "$health_url"
    echo "::warning::auth is $auth and SMOKE_CREDENTIAL is not set: no log was sent; run: python -m cli keys create smoke --scope write,read"
    exit 0
  fi
  credential=(--header @-)
fi
send() { expect "$@" ${credential[@]+"${credential[@]}"} <<< "Authorization: Bearer ${SMOKE_CREDENTIAL:-}"; }

is_accepted='.status == "accepted" and .tenant_id == "smoke" and .log_id == env.LOG_ID and (.message_id | length > 0)'
expect 200 '.status == "healthy"' "$health_url"
send 202 "$is_accepted" "$ingest_url" --header 'Content-Type: application/json' \
  --data '{"tenant_id": "smoke", "log_id": "'"$LOG_ID"'", "text": "User 555-0199..."}'
json_id=$LOG_ID
export LOG_ID="$LOG_ID-text"
send 202 "$is_accepted" "$ingest_url" --header 'Content-Type: text/plain' --header 'X-Tenant-ID: smoke' \
  --header "X-Log-ID: $LOG_ID" --data 'Error: contact admin@company.com or call 123-456-7890'

stored() { # prints the stored text of the first log, if it is there and may be read
  if [[ $auth != none ]]; then
    curl --silent --max-time 15 "$api_url/tenants/smoke/processed_logs/$json_id" "${credential[@]}" \
      <<< "Authorization: Bearer $SMOKE_CREDENTIAL" | jq --raw-output '.modified_data // empty'
  else
    aws dynamodb get-item --table-name "$(output table_name)" --consistent-read \
      --key '{"tenant_id": {"S": "smoke"}, "log_id": {"S": "'"$json_id"'"}}' | jq --raw-output '.Item.modified_data.S // empty'
  fi
}
if [[ $auth == none ]] && ! stored > /dev/null 2>&1; then
  echo "::notice::the record was not read back: auth is none, so there is no read API, and dynamodb:GetItem is not allowed here"
  exit 0
fi
for _ in $(seq "${SMOKE_TRIES:-30}"); do
  text=$(stored || true)
  if [[ $text == 'User [REDACTED]...' ]]; then echo "stored: $text"; exit 0; fi
  sleep 2
done
echo "::error::wanted the record $json_id to read 'User [REDACTED]...', got '$text'"
exit 1
