// The app's storage: no keys, no public blobs, TLS 1.2. It holds the state of Durable Functions (blobs,
// queues, tables), the package that is deployed, and events that could not be delivered.

@description('The name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Take nothing from the internet but what Azure itself sends with an identity.')
param closed bool

@description('The workspace that logs and metrics go to.')
param workspaceId string

@description('The object id of the app\'s identity.')
param appPrincipalId string

@description('The object id of the identity that Event Grid keeps lost events with.')
param eventsPrincipalId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      // Event Grid is let in by its identity: it counts as one of Azure's own services.
      bypass: 'AzureServices'
      defaultAction: closed ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: 'packages'
  properties: {
    publicAccess: 'None'
  }
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: 'dead-letters'
  properties: {
    publicAccess: 'None'
  }
}

module access 'storage-access.bicep' = {
  name: 'access-${name}'
  params: {
    accountName: account.name
    deadLettersName: deadLetters.name
    appPrincipalId: appPrincipalId
    eventsPrincipalId: eventsPrincipalId
  }
}

// Writes and deletes only: the queues are read every two seconds.
resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'patchgate'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

@description('The id of the account.')
output id string = account.id

@description('The name of the account, once everything about it is there.')
output name string = access.outputs.accountName

@description('The container that the code is deployed to.')
output packageContainer string = packages.name
