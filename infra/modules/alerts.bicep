// What somebody has to be told at once, and whom. What each means: docs/operating.md. Alerts about the
// delivery of events stand beside each topic: see topic.bicep.

@description('What makes the names of this installation unique.')
param token string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('E-mail addresses that alerts go to.')
param emails string[]

@description('The ids of action groups that alerts go to besides.')
param actionGroupIds string[]

@description('The workspace with the app\'s logs.')
param workspaceId string

@description('The id of the identity that asks Resource Graph.')
param identityId string

@description('The ids of the maintenance configurations that the app is for, in lower case.')
param maintenanceConfigurations string[]

@description('Ask Resource Graph too.')
param watchResourceGraph bool

// Rules look back two days at most: Azure allows no more.
var rules = [
  {
    name: 'not-confirmed'
    title: 'a run that had to be cancelled may be patching machines'
    query: loadTextContent('../queries/not-confirmed.kql')
    severity: 0
    window: 'PT30M'
    every: 'PT5M'
    dimension: 'Run'
  }
  {
    name: 'unknown-twice'
    title: 'two gates in a row could not tell'
    query: loadTextContent('../queries/unknown-twice.kql')
    severity: 2
    window: 'P2D'
    every: 'PT30M'
    dimension: 'Configuration'
  }
  {
    name: 'no-gate'
    title: 'a run has ended that no gate had judged'
    query: loadTextContent('../queries/no-gate.kql')
    severity: 1
    window: 'P2D'
    every: 'PT30M'
    dimension: 'Run'
  }
]
var configurations = join(map(maintenanceConfigurations, id => '\'${id}\''), ', ')

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-patchgate-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'patchgate'
    enabled: true
    emailReceivers: [for (email, i) in emails: {
      name: 'email-${i}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

resource logs 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: 'patchgate-${rule.name}-${token}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Patchgate: ${rule.title}'
    severity: rule.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: rule.every
    windowSize: rule.window
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            {
              name: rule.dimension
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    actions: {
      actionGroups: concat([people.id], actionGroupIds)
    }
  }
}]

resource graph 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (watchResourceGraph) {
  name: 'patchgate-no-gate-graph-${token}'
  location: location
  tags: tags
  kind: 'LogAlert'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    displayName: 'Patchgate: a run has started that no gate had judged'
    severity: 1
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'P1D'
    // Azure tries a query when a rule is made, and new rights take minutes to work.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: replace(loadTextContent('../queries/no-gate-graph.kql'), '{configurations}', configurations)
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            {
              name: 'Run'
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    actions: {
      actionGroups: concat([people.id], actionGroupIds)
    }
  }
}
