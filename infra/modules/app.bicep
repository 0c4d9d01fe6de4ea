// The function app, on a Flex Consumption plan. It reaches its storage, its telemetry and Azure by its
// identity; whoever deploys does so by theirs: basic authentication is off.

@description('The name of the app.')
@minLength(2)
@maxLength(60)
param name string

@description('The name of the plan.')
@minLength(1)
@maxLength(60)
param planName string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The version of Python.')
param pythonVersion string

@description('Instances that are always there for the Durable functions.')
param alwaysReadyInstances int

@description('The most instances.')
param maximumInstanceCount int

@description('Memory of each instance, in MB.')
param instanceMemoryMB int

@description('The id of the app\'s identity.')
param identityId string

@description('Its client id.')
param identityClientId string

@description('The name of the storage account.')
param storageName string

@description('The container that the code is deployed to.')
param packageContainer string

@description('Where telemetry is sent to.')
param connectionString string

@description('The workspace that the platform\'s logs go to.')
param workspaceId string

@description('The ids of the maintenance configurations that the app is for.')
param maintenanceConfigurations string[]

@description('More settings, by name. What is made here wins.')
param appSettings object

@description('The subnet that the app reaches its storage through. Empty: none.')
param subnetId string

@description('With a subnet: the addresses that may call the app, beside Event Grid.')
param allowedAddresses string[]

var closed = !empty(subnetId)
var clouds = {
  AzureCloud: 'AZURE_PUBLIC_CLOUD'
  AzureUSGovernment: 'AZURE_US_GOVERNMENT'
  AzureChinaCloud: 'AZURE_CHINA_CLOUD'
}

// What core/settings.py reads, and what the host does. On this plan FUNCTIONS_WORKER_RUNTIME,
// FUNCTIONS_EXTENSION_VERSION and FUNCTIONS_WORKER_PROCESS_COUNT have no effect, so they are not set.
// https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
var ours = {
  AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AZURE_CLIENT_ID: identityClientId
  AZURE_SDK_CLOUD_CONF: clouds[environment().name]
  PYTHON_THREADPOOL_THREAD_COUNT: '128'
  PATCHGATE_CONFIGURATIONS: join(maintenanceConfigurations, ',')
}

// Orchestrators and activities scale together, as one group of this name.
var ready = [
  {
    name: 'durable'
    instanceCount: alwaysReadyInstances
  }
]

// Event Grid comes from the internet, whatever the app's storage is behind.
var fromEventGrid = [
  {
    name: 'event-grid'
    tag: 'ServiceTag'
    ipAddress: 'AzureEventGrid'
    action: 'Allow'
    priority: 100
  }
]
var fromAddresses = [for (address, i) in allowedAddresses: {
  name: 'allowed-${i}'
  tag: 'Default'
  ipAddress: address
  action: 'Allow'
  priority: 200 + i
}]

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: closed ? subnetId : null
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      ipSecurityRestrictions: closed ? concat(fromEventGrid, fromAddresses) : []
      ipSecurityRestrictionsDefaultAction: closed ? 'Deny' : 'Allow'
      scmIpSecurityRestrictions: closed ? fromAddresses : []
      scmIpSecurityRestrictionsDefaultAction: closed ? 'Deny' : 'Allow'
      // No loop: how often one runs must be known before there is a storage account.
      appSettings: map(items(union(appSettings, ours)), setting => { name: setting.key, value: setting.value })
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: (alwaysReadyInstances > 0) ? ready : []
      }
    }
  }
}

resource noPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = [for way in ['scm', 'ftp']: {
  parent: site
  name: way
  properties: {
    allow: false
  }
}]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'patchgate'
  scope: site
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'FunctionAppLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('The name of the app.')
output name string = site.name

@description('Where it answers.')
output url string = 'https://${site.properties.defaultHostName}'
