# After the code is deployed: wait for the function, send events to it, and ask whether all is well.
# Needs AZURE_SUBSCRIPTION_ID, AZURE_ENV_NAME, AZURE_LOCATION, MAINTENANCE_CONFIGURATIONS, and what
# main.bicep gives out: RESOURCE_GROUP_NAME, FUNCTION_APP_NAME, FUNCTION_APP_URL. azd sets them all.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '../..')
$pause = if ($env:SUBSCRIBE_PAUSE) { [int] $env:SUBSCRIBE_PAUSE } else { 15 } # seconds
$tries = if ($env:SUBSCRIBE_TRIES) { [int] $env:SUBSCRIBE_TRIES } else { 40 }

function Refuse([string] $Why) {
    [Console]::Error.WriteLine("patchgate: $Why")
    exit 1
}

$patchgate = '.venv/Scripts/patchgate.exe'
if (-not (Test-Path $patchgate)) { $patchgate = 'patchgate' }
$app = '--subscription', $env:AZURE_SUBSCRIPTION_ID, '--resource-group', $env:RESOURCE_GROUP_NAME, '--name', $env:FUNCTION_APP_NAME

Write-Output "patchgate: waiting for the function maintenance_event of $env:FUNCTION_APP_NAME"
for ($left = $tries; $true; $left--) {
    az functionapp function show @app --function-name maintenance_event --output none 2>$null
    if ($LASTEXITCODE -eq 0) { break }
    if ($left -le 1) { Refuse 'the app has no function maintenance_event: see its log, then azd deploy' }
    Start-Sleep -Seconds $pause
}

Write-Output 'patchgate: subscribing to the events'
az deployment sub create --subscription $env:AZURE_SUBSCRIPTION_ID --location $env:AZURE_LOCATION `
    --name "patchgate-events-$env:AZURE_LOCATION" --parameters infra/subscriptions.bicepparam `
    --only-show-errors --output none
if ($LASTEXITCODE -ne 0) { Refuse 'the events could not be subscribed to' }

# By its own variable, so that no other process sees it.
$env:PATCHGATE_APP_KEY = az functionapp keys list @app --query functionKeys.default --output tsv
if ($LASTEXITCODE -ne 0) { Refuse 'the key of the app could not be read' }

# New rights take minutes to work, so what fails is asked again.
$failed = 0
foreach ($id in $env:MAINTENANCE_CONFIGURATIONS -split ',') {
    for ($left = 5; $true; $left--) {
        & $patchgate doctor --configuration $id --app $env:FUNCTION_APP_URL
        if ($LASTEXITCODE -eq 0) { break }
        if ($left -le 1) { $failed = 1; break }
        Write-Output 'patchgate: asking again'
        Start-Sleep -Seconds $pause
    }
}
exit $failed
