// Who may do what with the storage. The app: what the Functions host and Durable Functions need.
// Event Grid: to write lost events, into their container and nowhere else.

@description('The name of the storage account.')
param accountName string

@description('The container of lost events.')
param deadLettersName string

@description('The object id of the app\'s identity.')
param appPrincipalId string

@description('The object id of the identity that Event Grid keeps lost events with.')
param eventsPrincipalId string

var builtIn = loadJsonContent('../built-in-roles.json')
var roles = [
  builtIn.StorageBlobDataOwner
  builtIn.StorageQueueDataContributor
  builtIn.StorageTableDataContributor
]

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: accountName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' existing = {
  parent: account
  name: 'default'
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: blobs
  name: deadLettersName
}

resource ofApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles: {
  name: guid(account.id, appPrincipalId, role)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource ofEvents 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(deadLetters.id, eventsPrincipalId, builtIn.StorageBlobDataContributor)
  scope: deadLetters
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtIn.StorageBlobDataContributor)
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
  }
}

@description('The name of the account, once the rights are given.')
output accountName string = account.name
