// The right to read machines, on one subscription.
targetScope = 'subscription'

@description('What makes the names of this installation unique.')
param token string

@description('The object id of the app\'s identity.')
param principalId string

@description('The built-in Reader instead of the least that the checks need.')
param builtIn bool

// Written by tools/role.py: the one source is core/rights.py, and what the checks declare.
var role = loadJsonContent('../roles.json').reader
var reader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', loadJsonContent('../built-in-roles.json').Reader)
var least = guid(subscription().id, token, role.name)

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!builtIn) {
  name: least
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
  name: guid(subscription().id, principalId, builtIn ? 'Reader' : role.name)
  properties: {
    roleDefinitionId: builtIn ? reader : subscriptionResourceId('Microsoft.Authorization/roleDefinitions', least)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    definition
  ]
}
