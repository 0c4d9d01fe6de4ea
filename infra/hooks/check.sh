#!/bin/sh
# Before anything is made: is all there that `azd up` needs, and do the configurations exist?
set -eu
cd "$(dirname "$0")/../.."

refuse() {
  echo "patchgate: $1" >&2
  exit 1
}

command -v az >/dev/null || refuse "the Azure CLI is missing: https://aka.ms/install-azure-cli"
az account show --output none 2>/dev/null || refuse "nobody is signed in: az login"

if [ -x .venv/bin/patchgate ]; then
  python=.venv/bin/python
elif command -v patchgate >/dev/null; then
  python=python3
else
  refuse "the command line is missing, which looks after the events: python3 -m pip install -e '.[cli]'"
fi

"$python" tools/role.py --check || refuse "the roles are not those that the checks need"

[ -n "${MAINTENANCE_CONFIGURATIONS:-}" ] ||
  refuse "say whose runs are judged: azd env set MAINTENANCE_CONFIGURATIONS ID,ID"

set -f
IFS=,
for id in $MAINTENANCE_CONFIGURATIONS; do
  # Letter case does not count in an id.
  case $(printf %s "$id" | tr '[:upper:]' '[:lower:]') in
    /subscriptions/*/resourcegroups/*/providers/microsoft.maintenance/maintenanceconfigurations/*) ;;
    *) refuse "'$id' is not the id of a maintenance configuration" ;;
  esac
  az resource show --ids "$id" --output none 2>/dev/null ||
    refuse "$id is not there, or you may not read it"
done
echo "patchgate: all is there that the deployment needs"
