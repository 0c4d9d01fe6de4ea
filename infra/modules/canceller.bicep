// The right to cancel, on the resource group of maintenance configurations, and nowhere else.

@description('What makes the names of this installation unique.')
param token string

@description('The object id of the app\'s identity.')
param principalId string

@description('The object id of the identity that alerts on runs without a gate. Empty: there is no such alert.')
param watcherId string

// Written by tools/role.py: the one source is core/rights.py.
var role = loadJsonContent('../roles.json').canceller
var builtIn = loadJsonContent('../built-in-roles.json')

// A role's name may be had once in a tenant, so it ends with a mark of this group and installation.
resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, token, role.name)
  properties: {
    roleName: '${role.name} ${uniqueString(resourceGroup().id, token)}'
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
      resourceGroup().id
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, definition.name)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', definition.name)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource watcher 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(watcherId)) {
  name: guid(resourceGroup().id, watcherId, builtIn.Reader)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtIn.Reader)
    principalId: watcherId
    principalType: 'ServicePrincipal'
  }
}
