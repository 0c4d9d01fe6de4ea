// Log Analytics, and Application Insights that takes telemetry from identities alone: no key of it is used.

@description('What makes the names of this installation unique.')
param token string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('How long logs are kept, in days.')
param retentionDays int

@description('The object id of the identity that sends telemetry.')
param publisherId string

@description('The object id of the identity that alerts read logs with.')
param readerId string

var builtIn = loadJsonContent('../built-in-roles.json')

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-patchgate-${token}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-patchgate-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, publisherId, builtIn.MonitoringMetricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtIn.MonitoringMetricsPublisher)
    principalId: publisherId
    principalType: 'ServicePrincipal'
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, readerId, builtIn.LogAnalyticsReader)
  scope: workspace
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtIn.LogAnalyticsReader)
    principalId: readerId
    principalType: 'ServicePrincipal'
  }
}

@description('The id of the workspace.')
output workspaceId string = workspace.id

@description('Where telemetry is sent to. It names the place and is no secret: keys are switched off.')
output connectionString string = insights.properties.ConnectionString
