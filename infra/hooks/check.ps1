# Before anything is made: is all there that `azd up` needs, and do the configurations exist?
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '../..')

function Refuse([string] $Why) {
    [Console]::Error.WriteLine("patchgate: $Why")
    exit 1
}

if (-not (Get-Command az -ErrorAction SilentlyContinue)) {
    Refuse 'the Azure CLI is missing: https://aka.ms/install-azure-cli'
}
az account show --output none 2>$null
if ($LASTEXITCODE -ne 0) { Refuse 'nobody is signed in: az login' }

if (Test-Path .venv/Scripts/patchgate.exe) {
    $python = '.venv/Scripts/python.exe'
} elseif (Get-Command patchgate -ErrorAction SilentlyContinue) {
    $python = 'python'
} else {
    Refuse "the command line is missing, which looks after the events: python -m pip install -e '.[cli]'"
}

& $python tools/role.py --check
if ($LASTEXITCODE -ne 0) { Refuse 'the roles are not those that the checks need' }

if (-not $env:MAINTENANCE_CONFIGURATIONS) {
    Refuse 'say whose runs are judged: azd env set MAINTENANCE_CONFIGURATIONS ID,ID'
}

$form = '^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Maintenance/maintenanceConfigurations/[^/]+$'
foreach ($id in $env:MAINTENANCE_CONFIGURATIONS -split ',') {
    if ($id -notmatch $form) { Refuse "'$id' is not the id of a maintenance configuration" }
    az resource show --ids $id --output none 2>$null
    if ($LASTEXITCODE -ne 0) { Refuse "$id is not there, or you may not read it" }
}
Write-Output 'patchgate: all is there that the deployment needs'
