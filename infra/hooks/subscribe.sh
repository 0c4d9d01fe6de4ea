#!/bin/sh
# After the code is deployed: wait for the function, send events to it, and ask whether all is well.
# Needs AZURE_SUBSCRIPTION_ID, AZURE_ENV_NAME, AZURE_LOCATION, MAINTENANCE_CONFIGURATIONS, and what
# main.bicep gives out: RESOURCE_GROUP_NAME, FUNCTION_APP_NAME, FUNCTION_APP_URL. azd sets them all.
set -eu
cd "$(dirname "$0")/../.."
pause=${SUBSCRIBE_PAUSE:-15} # seconds
tries=${SUBSCRIBE_TRIES:-40}

patchgate=.venv/bin/patchgate
[ -x "$patchgate" ] || patchgate=patchgate

echo "patchgate: waiting for the function maintenance_event of $FUNCTION_APP_NAME"
left=$tries
until az functionapp function show --subscription "$AZURE_SUBSCRIPTION_ID" \
  --resource-group "$RESOURCE_GROUP_NAME" --name "$FUNCTION_APP_NAME" \
  --function-name maintenance_event --output none 2>/dev/null; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then
    echo "patchgate: the app has no function maintenance_event: see its log, then azd deploy" >&2
    exit 1
  fi
  sleep "$pause"
done

echo "patchgate: subscribing to the events"
az deployment sub create --subscription "$AZURE_SUBSCRIPTION_ID" --location "$AZURE_LOCATION" \
  --name "patchgate-events-$AZURE_LOCATION" --parameters infra/subscriptions.bicepparam \
  --only-show-errors --output none

# By its own variable, so that no other process sees it.
PATCHGATE_APP_KEY=$(az functionapp keys list --subscription "$AZURE_SUBSCRIPTION_ID" \
  --resource-group "$RESOURCE_GROUP_NAME" --name "$FUNCTION_APP_NAME" \
  --query functionKeys.default --output tsv)
export PATCHGATE_APP_KEY

# New rights take minutes to work, so what fails is asked again.
well() {
  left=5
  until "$patchgate" doctor --configuration "$1" --app "$FUNCTION_APP_URL"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    echo "patchgate: asking again"
    sleep "$pause"
  done
}

failed=0
set -f
IFS=,
for id in $MAINTENANCE_CONFIGURATIONS; do
  unset IFS
  well "$id" || failed=1
done
exit "$failed"
