// Stage two, after the code is deployed: Event Grid asks the function for its consent when a subscription
// to it is made, so the function must be there. Resources of stage one are found by their names.
targetScope = 'subscription'

@description('The name of the installation: that of stage one.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region of the app: that of stage one.')
@minLength(1)
param location string

@description('The ids of the maintenance configurations whose events are sent to the app: those of stage one.')
@minLength(1)
param maintenanceConfigurations string[]

@description('The resource group of the app, if it is not rg-ENVIRONMENT: that of stage one.')
@maxLength(90)
param resourceGroupName string = ''

@description('System topics that are there already, by the id of their configuration in lower case: Azure allows one for each configuration.')
param topicNames object = {}

@description('The ids of action groups that alerts go to, beside the one of stage one.')
param actionGroupIds string[] = []

@description('Tags of every resource.')
param tags object = {}

// By these names main.bicep made the resources.
var token = uniqueString(subscription().id, environmentName, location)
var groupName = empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
var appName = 'func-patchgate-${token}'
var storageName = 'stpatchgate${token}'

var allTags = union(tags, { 'azd-env-name': environmentName })
var ids = map(maintenanceConfigurations, id => toLower(trim(id)))
var here = '${subscription().id}/resourceGroups/${groupName}/providers'

resource configurations 'Microsoft.Maintenance/maintenanceConfigurations@2023-04-01' existing = [for id in ids: {
  name: split(id, '/')[8]
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
}]

module topics 'modules/topic.bicep' = [for (id, i) in ids: {
  name: 'topic-${i}-${token}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    token: token
    topicName: contains(topicNames, id) ? topicNames[id] : ''
    configurationName: split(id, '/')[8]
    location: configurations[i].location
    tags: allTags
    functionId: '${here}/Microsoft.Web/sites/${appName}/functions/maintenance_event'
    storageId: '${here}/Microsoft.Storage/storageAccounts/${storageName}'
    identityId: '${here}/Microsoft.ManagedIdentity/userAssignedIdentities/id-patchgate-events-${token}'
    workspaceId: '${here}/Microsoft.OperationalInsights/workspaces/log-patchgate-${token}'
    actionGroupIds: concat(['${here}/Microsoft.Insights/actionGroups/ag-patchgate-${token}'], actionGroupIds)
  }
}]
