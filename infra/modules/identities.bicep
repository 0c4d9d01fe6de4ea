// Who does what: the app, Event Grid when it keeps lost events, and the alert that asks Resource Graph.

@description('What makes the names of this installation unique.')
param token string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-patchgate-app-${token}'
  location: location
  tags: tags
}

resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-patchgate-events-${token}'
  location: location
  tags: tags
}

resource alerts 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-patchgate-alerts-${token}'
  location: location
  tags: tags
}

@description('The id of the app\'s identity.')
output appId string = app.id

@description('Its object id, which roles are given to.')
output appPrincipalId string = app.properties.principalId

@description('Its client id, by which the app asks for tokens.')
output appClientId string = app.properties.clientId

@description('The object id of the identity that Event Grid keeps lost events with.')
output eventsPrincipalId string = events.properties.principalId

@description('The id of the identity that the alert on Resource Graph asks with.')
output alertsId string = alerts.id

@description('Its object id.')
output alertsPrincipalId string = alerts.properties.principalId
