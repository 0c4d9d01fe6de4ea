using './subscriptions.bicep'

// The same as in main.bicepparam.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'patchgate')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param maintenanceConfigurations = split(readEnvironmentVariable('MAINTENANCE_CONFIGURATIONS', '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-example/providers/Microsoft.Maintenance/maintenanceConfigurations/example'), ',')

// A topic that is there already, made in the portal for instance:
// param topicNames = {
//   '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-example/providers/microsoft.maintenance/maintenanceconfigurations/example': 'my-topic'
// }
