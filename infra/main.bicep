// Stage one: everything but the event subscriptions, which Azure refuses to make before the function
// that takes the events is there. Stage two is subscriptions.bicep.
targetScope = 'subscription'

@description('A name for this installation, which its resources carry: 1 to 64 letters, digits, - _ . ( )')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region of the app. The maintenance configurations and machines may be in any other.')
@minLength(1)
param location string

@description('The ids of the maintenance configurations whose runs are judged. Their resource groups get the role to cancel; the app refuses events of others.')
@minLength(1)
param maintenanceConfigurations string[]

@description('The subscriptions with machines of these configurations. None: those that the configurations are in.')
param machineSubscriptions string[] = []

@description('What the app may read of machines: the least that its checks declare (roles.json), or the built-in Reader.')
@allowed([
  'least'
  'Reader'
])
param machineRole string = 'least'

@description('The resource group that is made for the app. Empty: rg-ENVIRONMENT.')
@maxLength(90)
param resourceGroupName string = ''

@description('The version of Python that the app runs on.')
@allowed([
  '3.12'
  '3.13'
])
param pythonVersion string = '3.13'

@description('Instances that are always there for the Durable functions, so that no gate begins cold. 0: none, which costs less.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 1

@description('The most instances that the app may grow to.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Memory of each instance, in MB.')
@allowed([
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Settings of the app beside those that are made here, by name: see local.settings.example.json.')
param appSettings object = {}

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('E-mail addresses that alerts go to.')
param alertEmails string[] = []

@description('The ids of action groups that alerts go to, beside the e-mail addresses.')
param actionGroupIds string[] = []

@description('Alert on runs that Resource Graph shows and no gate has judged. Azure calls alerts on Resource Graph a preview.')
param watchResourceGraph bool = true

@description('Storage behind private endpoints, in a virtual network that is made for it; the app takes events from Event Grid, and requests from allowedAddresses alone.')
param privateNetwork bool = false

@description('With privateNetwork: the addresses of the virtual network, a /24 or larger.')
param addressPrefix string = '10.90.0.0/24'

@description('With privateNetwork: the addresses (CIDR) that may call the HTTP API and deploy.')
param allowedAddresses string[] = []

@description('Tags of every resource.')
param tags object = {}

// subscriptions.bicep finds the resources by the same names.
var token = uniqueString(subscription().id, environmentName, location)
var groupName = empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
var appName = 'func-patchgate-${token}'
var storageName = 'stpatchgate${token}'

var allTags = union(tags, { 'azd-env-name': environmentName })
var ids = map(maintenanceConfigurations, id => toLower(trim(id)))
var groups = union([], map(ids, id => join(take(split(id, '/'), 5), '/')))
var machines = union([], empty(machineSubscriptions) ? map(ids, id => split(id, '/')[2]) : map(machineSubscriptions, id => toLower(trim(id))))

// Written by tools/role.py. Without an action that is on, nothing may be changed.
var changed = empty(loadJsonContent('roles.json').actor.actions) ? [] : machines

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: allTags
}

module identities 'modules/identities.bicep' = {
  name: 'identities-${token}'
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring-${token}'
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    publisherId: identities.outputs.appPrincipalId
    readerId: identities.outputs.alertsPrincipalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage-${token}'
  scope: group
  params: {
    name: storageName
    location: location
    tags: allTags
    closed: privateNetwork
    workspaceId: monitoring.outputs.workspaceId
    appPrincipalId: identities.outputs.appPrincipalId
    eventsPrincipalId: identities.outputs.eventsPrincipalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network-${token}'
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    addressPrefix: addressPrefix
    storageId: storage.outputs.id
  }
}

module app 'modules/app.bicep' = {
  name: 'app-${token}'
  scope: group
  params: {
    name: appName
    planName: 'plan-patchgate-${token}'
    location: location
    tags: allTags
    pythonVersion: pythonVersion
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    identityId: identities.outputs.appId
    identityClientId: identities.outputs.appClientId
    storageName: storage.outputs.name
    packageContainer: storage.outputs.packageContainer
    connectionString: monitoring.outputs.connectionString
    workspaceId: monitoring.outputs.workspaceId
    maintenanceConfigurations: ids
    appSettings: appSettings
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    allowedAddresses: allowedAddresses
  }
}

module cancellers 'modules/canceller.bicep' = [for (id, i) in groups: {
  name: 'canceller-${i}-${token}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    token: token
    principalId: identities.outputs.appPrincipalId
    watcherId: watchResourceGraph ? identities.outputs.alertsPrincipalId : ''
  }
}]

module readers 'modules/reader.bicep' = [for (id, i) in machines: {
  name: 'reader-${i}-${token}'
  scope: subscription(id)
  params: {
    token: token
    principalId: identities.outputs.appPrincipalId
    builtIn: machineRole == 'Reader'
  }
}]

module actors 'modules/actor.bicep' = [for (id, i) in changed: {
  name: 'actor-${i}-${token}'
  scope: subscription(id)
  params: {
    token: token
    principalId: identities.outputs.appPrincipalId
  }
}]

module alerts 'modules/alerts.bicep' = {
  name: 'alerts-${token}'
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    emails: alertEmails
    actionGroupIds: actionGroupIds
    workspaceId: monitoring.outputs.workspaceId
    identityId: identities.outputs.alertsId
    maintenanceConfigurations: ids
    watchResourceGraph: watchResourceGraph
  }
  dependsOn: [
    cancellers
  ]
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook-${token}'
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('The resource group of the app.')
output RESOURCE_GROUP_NAME string = group.name

@description('The name of the function app, which the code is deployed to.')
output FUNCTION_APP_NAME string = app.outputs.name

@description('Where the app answers.')
output FUNCTION_APP_URL string = app.outputs.url

@description('The object id of the app\'s identity, for `patchgate permissions --compare --principal`.')
output APP_PRINCIPAL_ID string = identities.outputs.appPrincipalId
