using './main.bicep'

// azd sets these: `azd env set MAINTENANCE_CONFIGURATIONS /subscriptions/…,/subscriptions/…`. Without azd,
// set them in the environment, or write values here.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'patchgate')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// Ids with a comma between them: docs/deploying.md shows how to find them.
param maintenanceConfigurations = split(readEnvironmentVariable('MAINTENANCE_CONFIGURATIONS', '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-example/providers/Microsoft.Maintenance/maintenanceConfigurations/example'), ',')

// Other subscriptions than those of the configurations:
// param machineSubscriptions = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002']

param alertEmails = filter(split(readEnvironmentVariable('ALERT_EMAILS', ''), ','), email => !empty(email))
