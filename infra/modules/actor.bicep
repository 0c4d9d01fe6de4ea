// The right to change machines as the actions that are on do, on one subscription.
targetScope = 'subscription'

@description('What makes the names of this installation unique.')
param token string

@description('The object id of the app\'s identity.')
param principalId string

// Written by tools/role.py, from what the actions declare.
var role = loadJsonContent('../roles.json').actor

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, role.name)
  properties: {
    roleName: '${role.name} ${uniqueString(subscription().id, token)}'
    description: role.description
    type: 'CustomRole'
    permissions: [
      {
        actions: role.actions
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [
      subscription().id
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, definition.name)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', definition.name)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
